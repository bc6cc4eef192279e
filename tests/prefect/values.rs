//! Values through `client.set_secret` and `Secret.get`.

use strongroom_tests::python::Ask;

use crate::Scene;

/// Python expressions for which `Secret.get` returns a value with the same `repr`. A `Box` would say so.
const UNCHANGED: &[&str] = &[
    "None", "True", "False", "0", "-17", "12345678901234567890123", "0.1", "5e-324", "-0.0", "[]", "{}",
    "[1, [2, [3, [None]]]]", "{'nested': '42'}", "{'a': {'b': [{'c': 1}]}}", "''", "'abc'", "'007'",
    "'0777'", "'\"'", "'[1,2'", "\"{'a':1}\"", "' x '", "'abc #c'", "'a\\r\\nb\\tc\\x00\\x7f'",
    "'clé 🔑 \\u2028'", "'True'", "'None'",
];

/// Python expressions, and the `repr` of the value that `Secret.get` returns. It reads text as JSON if it can.
const VALUES: &[(&str, &str)] = &[
    ("-(10 ** 60)", "-1000000000000000000000000000000000000000000000000000000000000"),
    ("1.7976931348623157e308", "1.7976931348623157e+308"),
    ("(1, 'two', [3.5])", "[1, 'two', [3.5]]"),
    ("{'b': 1, 'a': {'z': [True], 'y': None}}", "{'b': 1, 'a': {'z': [True], 'y': None}}"),
    (
        "{'ACCESS_KEY': 'AKIA', 'SECRET_ACCESS_KEY': 'x/y+z='}",
        "{'ACCESS_KEY': 'AKIA', 'SECRET_ACCESS_KEY': 'x/y+z='}",
    ),
    ("{5: 'five', None: 'none', True: 'true'}", "{'5': 'five', 'null': 'none', 'true': 'true'}"),
    (
        "{str(i): i for i in reversed(range(12))}",
        "{'11': 11, '10': 10, '9': 9, '8': 8, '7': 7, '6': 6, '5': 5, '4': 4, '3': 3, '2': 2, '1': 1, '0': 0}",
    ),
    ("'-----BEGIN KEY-----\\nMIIE\\n'", "'-----BEGIN KEY-----\\nMIIE\\n'"),
    ("'42'", "42"),
    ("' 42'", "42"),
    ("'1.10'", "1.1"),
    ("'1e400'", "inf"),
    ("'true'", "True"),
    ("'null'", "None"),
    ("'NaN'", "nan"),
    ("'-Infinity'", "-inf"),
    ("'\"1234\"'", "'1234'"),
    ("'{\"x\": 42}'", "{'x': 42}"),
    ("'[1, \"2\"]'", "[1, '2']"),
    ("'12345678901234567890123'", "12345678901234567890123"),
];

#[tokio::test]
async fn values_that_python_writes_as_json_are_read_back_under_any_name() {
    const ODD: [&str; 8] = ["my secret", "a\"b'c\\d", "clé 🔑", "a/b", "keys", "{x}", "$input", "%s"];
    let Scene { server: _server, writer, runner, .. } = Scene::new().await;
    let unchanged = UNCHANGED.iter().map(|value| (*value, *value));
    let values: Vec<_> = unchanged.chain(VALUES.iter().copied()).collect();
    let numbered = (ODD.len()..values.len()).map(|number| format!("V {number}"));
    let names: Vec<String> = ODD.into_iter().map(str::to_owned).chain(numbered).collect();
    let first = names.iter().map(|name| Ask::Set(name, "{'first': 'value'}"));
    let second = names.iter().zip(&values).map(|(name, (value, _))| Ask::Set(name, value));
    let set: Vec<Ask> = first.chain(second).collect();
    for (ask, outcome) in set.iter().zip(writer.ask_all(&set).await) {
        assert_eq!(outcome.returned(), "None", "{ask:?}");
    }
    let read: Vec<Ask> = names.iter().flat_map(|name| [Ask::Exists(name), Ask::Get(name)]).collect();
    for (pair, (value, expected)) in runner.ask_all(&read).await.chunks(2).zip(&values) {
        assert_eq!((pair[0].returned(), pair[1].returned()), ("True", *expected), "set_secret({value})");
    }
}
