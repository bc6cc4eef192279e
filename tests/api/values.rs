//! Values: any JSON, kept to the digit and to the byte.

use serde_json::{Value, json};
use strongroom_tests::Scene;

const SET: &str = "mutation($input: set_secret_input!) { set_secret(input: $input) { success } }";

/// Sets the JSON text `value` in each way a client can, and expects `expected` to come back, character for character.
async fn check(scene: &Scene, value: &str, expected: &str) {
    let Scene { writer, runner, .. } = scene;
    let variables = format!(r#"{{"input": {{"name": "V", "value": {value}}}}}"#);
    let as_object = format!(r#"{{"query": {}, "variables": {variables}}}"#, json!(SET));
    let as_text = format!(r#"{{"query": {}, "variables": {}}}"#, json!(SET), json!(variables));
    for body in [as_object, as_text] {
        writer.set("V", json!("something else")).await;
        writer.post("/", body).await.assert_success("set_secret");
        assert_eq!(runner.value_text("V").await, expected, "set as {value}");
    }
}

#[tokio::test]
async fn literals_json_and_text_come_back_unchanged() {
    let scene = &Scene::new().await;
    let Scene { writer, runner, .. } = scene;
    let unchanged = r#""VALUE" "" "42" 42 -7 1.10 12345678901234567890123 0.1000000000000000055511151231257827 true
        false null [] {}"#;
    let unchanged = unchanged.split_whitespace().map(|literal| (literal, literal));
    let others = [
        (r#""{\"a\": 1}""#, r#""{\"a\": 1}""#),
        (r#""a\u00fc\n\t\"""#, r#""aü\n\t\"""#),
        (r#""""block "text" stays""""#, r#""block \"text\" stays""#),
        (r#"[1, "two", [3.0], null]"#, r#"[1,"two",[3.0],null]"#),
        (r#"{b: 1, a: "x", n: {z: [true], y: null}}"#, r#"{"b":1,"a":"x","n":{"z":[true],"y":null}}"#),
    ];
    for (literal, expected) in unchanged.chain(others) {
        let document =
            format!("mutation {{ set_secret(input: {{name: \"L\", value: {literal}}}) {{ success }} }}");
        writer.query(&document).await.assert_success("set_secret");
        assert_eq!(runner.value_text("L").await, expected, "{literal}");
    }
    writer.delete("L").await;
    // A word without quotes and half a surrogate pair are refused.
    let word = json!({"query": "mutation { set_secret(input: {name: \"E\", value: canary}) { success } }"});
    let half = r#"{"input": {"name": "S", "value": "canary \ud800"}}"#;
    let half = format!(r#"{{"query": {}, "variables": {half}}}"#, json!(SET));
    for body in [word.to_string(), half] {
        let answer = writer.post("/", body).await;
        answer.assert_never_says("canary");
        assert!(!answer.errors().is_empty(), "{answer:?}");
    }
    assert_eq!(writer.names().await, [""; 0]);
    // Variables work inside literals.
    let document = "mutation Set($name: String!, $value: JSON!, $n: JSON) {
        set_secret(input: {name: $name, value: {user: \"me\", password: $value, more: [$n, $n]}}) { success } }";
    let variables = json!({"name": "W", "value": "hunter2 hunter2", "n": 12});
    writer.graphql(document, variables).await.assert_success("set_secret");
    let expected = json!({"user": "me", "password": "hunter2 hunter2", "more": [12, 12]});
    assert_eq!(runner.value("W").await, expected);
    // So do JSON and text in variables.
    let kinds = r#"null true false 0 -1 "" "abc" [] {} [null] {"a":null}"#;
    let numbers = "42 1.10 1.0 -0 -0.0 9007199254740993 12345678901234567890 12345678901234567890123 \
                   -12345678901234567890123.4567890123456789000 0.1000000000000000055511151231257827 \
                   3.141592653589793238462643383279502884197169399375105820974944 \
                   [1.10,{\"n\":100000000000000000000000000000000000001}]";
    // Keys keep their order at every depth, and private ones of serde_json are keys like others.
    let objects = [
        r#"{"b":1,"a":2,"c":{"z":1,"y":2,"x":[{"n":1,"m":2}]}}"#,
        r#"{"10":1,"9":2,"":3," ":4,"1":5}"#,
        r#"{"type":"service_account","project_id":"p","private_key":"-----BEGIN\nA\n","auth":{"uri":"u","id":"7"}}"#,
        r#"{"__proto__":1,"constructor":{"prototype":2},"$serde_json::private::Number":"x"}"#,
        r#"{"$serde_json::private::Number":"12"}"#,
        r#"{"$serde_json::private::RawValue":"[1,2]"}"#,
        r#"[{"a":{"c":1.10,"$serde_json::private::RawValue":"{\"b\":1}"}}]"#,
    ];
    for value in kinds.split(' ').chain(numbers.split(' ')).chain(objects) {
        check(scene, value, value).await;
    }
    for value in objects {
        check(scene, &value.replace('$', r"\u0024"), value).await;
    }
    // Numbers beyond any machine keep their digits and exponent.
    for (value, expected) in
        [("1e400", "1e+400"), ("1E400", "1e+400"), ("-1.50e-400", "-1.50e-400"), ("1e+400", "1e+400")]
    {
        check(scene, value, expected).await;
    }
    let texts = "123|true|null|0777|1e3|0x1f| x |abc #c|\"q\"|{\"a\": 1}|[1,2|a: b|&a b|\t|\n|line\r\nline\n|\u{0}|\
                 \u{7f}\u{85}\u{2028}\u{feff}|e\u{301} é|🔑 ключ 鍵|</script><b>&amp;|$HOME ${x.y} ~|NaN|' OR 1=1 --";
    for text in texts.split('|') {
        writer.set("T", json!(text)).await;
        assert_eq!(runner.value("T").await, json!(text), "{text:?}");
    }
}

#[tokio::test]
async fn a_value_is_required_may_be_null_and_has_at_most_64_kib() {
    let Scene { writer, runner, .. } = &Scene::new().await;
    for (document, variables) in [
        ("mutation { set_secret(input: {name: \"A\"}) { success } }", json!({})),
        (SET, json!({"input": {"name": "A"}})),
        ("mutation($value: JSON) { set_secret(input: {name: \"A\", value: $value}) { success } }", json!({})),
    ] {
        writer.graphql(document, variables).await.assert_error("BAD_USER_INPUT");
    }
    assert_eq!(writer.names().await, [""; 0]);
    writer.set("A", json!(null)).await;
    assert_eq!(runner.value("A").await, Value::Null);
    // The default of a variable is a value.
    let document = "mutation($value: JSON = {a: [1.10]}) { set_secret(input: {name: \"A\", value: $value}) { success } }";
    writer.graphql(document, json!({})).await.assert_success("set_secret");
    assert_eq!(runner.value_text("A").await, r#"{"a":[1.10]}"#);
    writer.graphql(document, json!({"value": null})).await.assert_success("set_secret");
    assert_eq!(runner.value("A").await, Value::Null);
    // An omitted variable never becomes null.
    writer.set("A", json!("the value that stays")).await;
    for document in [
        "mutation($value: JSON) { it: set_secret(input: {name: \"A\", value: $value}) { success } }",
        "mutation($value: JSON) { it: update_secret(input: {name: \"A\", value: $value}) { success } }",
        "mutation($input: set_secret_input!) { it: set_secret(input: $input) { success } }",
    ] {
        for variables in
            [json!({}), json!({"valeu": "misspelt"}), json!({"input": {"name": "A", "valeu": "misspelt"}})]
        {
            writer.graphql(document, variables).await;
            assert_eq!(runner.value("A").await, json!("the value that stays"), "{document}");
        }
    }
    // Other operations make no difference.
    let set = "set_secret(input: {name: \"B\", value: $v}) { success }";
    for (other, field) in
        [("mutation B($v: JSON!)", set), ("mutation B($v: JSON = 1)", set), ("query B", "secret_names")]
    {
        let document = format!(
            "mutation A($v: JSON) {{ set_secret(input: {{name: \"A\", value: $v}}) {{ success }} }} {other} {{ {field} }}"
        );
        let body = json!({"query": document, "operationName": "A", "variables": {"w": "misspelt"}});
        writer.post("/", body.to_string()).await.assert_error("BAD_USER_INPUT");
        assert_eq!(runner.value("A").await, json!("the value that stays"), "{other}");
    }
    // It has at most 64 KiB as encoded JSON.
    let limit = 64 * 1024;
    let largest = json!("x".repeat(limit - 2));
    writer.set("BIG", largest.clone()).await;
    assert_eq!(runner.value("BIG").await, largest);
    let refused = writer.try_set("BIG", json!("x".repeat(limit - 1))).await;
    let message = refused.assert_error("BAD_USER_INPUT");
    assert!(message.contains("64") || message.contains("65536"), "the message names the limit: {message}");
    refused.assert_never_says("xxxxxxxx");
    let update = json!({"name": "BIG", "value": "x".repeat(limit)});
    writer.mutate("update_secret", update).await.assert_error("BAD_USER_INPUT");
    assert_eq!(runner.value("BIG").await, largest, "a refused value changes nothing");
    // Two bytes per character: `\n` as an escape, `ü` in UTF-8.
    for character in ["\n", "ü"] {
        writer.set("FITS", json!(character.repeat((limit - 2) / 2))).await;
        let larger = json!(character.repeat((limit - 2) / 2 + 1));
        writer.try_set("DOES NOT", larger).await.assert_error("BAD_USER_INPUT");
    }
    let list = |length: usize| Value::Array(vec![json!(0); length]);
    writer.set("FITS", list((limit - 1) / 2)).await;
    writer.try_set("DOES NOT", list((limit - 1) / 2 + 1)).await.assert_error("BAD_USER_INPUT");
    assert_eq!(writer.names().await, ["A", "BIG", "FITS"]);
}
