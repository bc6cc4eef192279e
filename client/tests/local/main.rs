//! Compares our local secrets with those of the real Prefect 1.4.1.
//!
//! Both load the same variables and files, thousands of them, and must agree on each secret, on the result of
//! `Secret.get()`, and on the settings that matter for it, or both refuse, for the same reason. `difference` lists the
//! intended differences, which must be exactly as described.
//!
//! `STRONGROOM_PROPERTY_CASES` is the number of configurations; the seed is always the same. The tests print their counts.
//! Run a long round with `cargo test -p strongroom --test local`: nextest stops tests after five minutes.

mod case;
mod difference;
mod grammar;
mod original;
mod toml;

use std::env;
use std::fmt::Debug;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value as Json, json};
use strongroom::local::{Configuration, Error, Problem, Surroundings, to_variable};
use strongroom_formats::Format;

use case::{Case, Loaded};
use difference::Difference;
use grammar::{Texts, of};
use original::Original;

const CASES: usize = 700;

/// Secrets that others refer to.
const REFERRED: &[&str] = &["A", "B"];

/// The other secrets. Some of the names are those of tables of secrets.
const NAMES: &[&str] = &[
    "C", "D", "E", "lower", "Mixed Case", "with.dot", "é", "_x", "T__A", "T__B__C", "N1", "N2", "N3", "y_",
    "q\"'",
];

fn runner(seed: u8) -> TestRunner {
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]))
}

fn cases() -> usize {
    env::var("STRONGROOM_PROPERTY_CASES").map_or(CASES, |count| count.parse().expect("it is a number"))
}

fn generate<S: Strategy>(strategy: &S, runner: &mut TestRunner) -> S::Value {
    strategy.new_tree(runner).expect("a value can be generated").current()
}

#[test]
fn our_secrets_match_prefects() {
    let home = tempfile::tempdir().unwrap();
    let mut original = Original::start(home.path());
    let mut runner = runner(7);
    let strategy = prop_oneof![
        19 => configuration().prop_map(Ok),
        1 => (0..difference::all("word").len(), "[a-z]{1,6}").prop_map(Err),
    ];
    let mut count = Count::default();
    for _ in 0..cases() {
        let case = match generate(&strategy, &mut runner) {
            Ok(case) => case,
            Err((index, word)) => {
                check_difference(&difference::all(&word)[index], home.path(), &mut original);
                count.differences += 1;
                continue;
            }
        };
        match (case.theirs(home.path(), &mut original), case.ours(home.path())) {
            (Err(theirs), Err(ours)) => {
                assert!(is_same_reason(&theirs, &ours), "{case:?}\ntheirs: {theirs}\nours: {ours}");
                count.refused += 1;
            }
            (Ok(theirs), Ok(ours)) => {
                for ((name, mut theirs), (_, ours)) in theirs.secrets.into_iter().zip(ours.secrets) {
                    if theirs.get == "UnicodeDecodeError" {
                        // The difference `BytesInNoEncoding`, and no other.
                        assert_eq!(theirs.context[0], "bytes", "{name} of {case:?}");
                        theirs.get = theirs.context.clone();
                    }
                    assert_eq!(theirs, ours, "{name} of {case:?}");
                    count.secrets += 1;
                    count.found += usize::from(theirs.context != "KeyError");
                }
                check_settings(&theirs.settings, &ours.settings, &case);
            }
            (theirs, ours) => panic!("{case:?}\ntheirs: {}\nours: {}", brief(&theirs), brief(&ours)),
        }
    }
    println!("{count:#?}");
}

/// The page knows no variables and has no Python, so it refuses more.
#[test]
fn page_reads_a_secret_as_the_command_line_or_refuses_it() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("config.toml");
    let mut runner = runner(13);
    let texts = prop_oneof![grammar::text(), grammar::text_alone(), "[-+0-9a-z.,:_ ()]{1,8}"];
    let strategy = toml::value(texts.boxed());
    let (mut read, mut refused) = (0, 0);
    for _ in 0..4 * cases() {
        let text = format!("[context.secrets]\nA = {}\n", generate(&strategy, &mut runner));
        let Ok(contents) = strongroom_formats::read(&text, Format::Prefect) else { continue };
        let Some(entry) = contents.entries.first() else { continue };
        let Ok(value) = &entry.value else {
            refused += 1;
            continue;
        };
        std::fs::write(&file, &text).unwrap();
        let none: [(String, String); 0] = [];
        let configuration = Configuration::of_file(&file, &Surroundings::new(none)).unwrap();
        let found = configuration.secret("A").map(|value| value.to_json().unwrap());
        assert_eq!(found.as_ref(), Some(value.value()), "{text}");
        read += 1;
    }
    println!("{read} secrets read, {refused} refused");
    assert!(read > refused / 4, "the page reads too few");
}

#[derive(Debug, Default)]
struct Count {
    secrets: usize,
    /// The secrets that exist.
    found: usize,
    /// The configurations that both sides refuse, for the same reason.
    refused: usize,
    /// The configurations that show an intended difference.
    differences: usize,
}

#[test]
fn each_difference_is_as_listed() {
    let home = tempfile::tempdir().unwrap();
    let mut original = Original::start(home.path());
    let documented = include_str!("../../../docs/local-secrets.md");
    for difference in difference::all("word") {
        let name = difference.name;
        assert!(documented.contains(&format!("`{name}`")), "docs/local-secrets.md does not have {name}");
        check_difference(&difference, home.path(), &mut original);
    }
}

fn check_difference(difference: &Difference, home: &Path, original: &mut Original) {
    let Difference { name, case, .. } = difference;
    let theirs = case.theirs(home, original);
    let ours = case.ours(home).map_err(|error| error.to_string());
    for (outcome, expected) in [(&theirs, &difference.theirs), (&ours, &difference.ours)] {
        assert!(expected.is_met(outcome), "{name}: {}, not {expected:?}", brief(outcome));
    }
    assert!(theirs != ours, "{name}: there is none");
}

fn brief(outcome: &impl Debug) -> String {
    format!("{outcome:?}").chars().take(1000).collect()
}

#[test]
fn a_variable_carries_any_value() {
    let home = tempfile::tempdir().unwrap();
    let mut original = Original::start(home.path());
    let mut runner = runner(11);
    let strategy = (vec(json_value(), 1..20), vec(grammar::text(), grammar::VARIABLES.len()));
    let (mut count, mut plain) = (0, 0);
    for _ in 0..cases() / 2 {
        let (values, variables) = generate(&strategy, &mut runner);
        let variables = grammar::VARIABLES.iter().zip(&variables);
        let mut case = variables.fold(Case::default(), |case, (name, text)| case.variable(name, text));
        for (place, value) in values.iter().enumerate() {
            let name = format!("N{place}");
            let (variable, text) = to_variable(&name, value).unwrap();
            assert!(!text.contains('\0'));
            let written = value.to_string();
            plain += usize::from(*text == written || value.as_str() == Some(&text));
            case = case.variable(&variable, &text).name(&name);
        }
        let Ok(Loaded { secrets, .. }) = case.theirs(home.path(), &mut original) else { panic!("{case:?}") };
        for (value, (_, found)) in values.iter().zip(secrets) {
            let api = original.ask(&json!({"api": value.to_string()}));
            let expected = api.get("value").unwrap_or(&api["error"]);
            assert_eq!(found.get, *expected, "{value} in {case:?}");
            count += 1;
        }
    }
    println!("{count} values, {plain} of them as plain text");
}

/// Variables and files with all kinds of content, and the names of all secrets that they could define.
fn configuration() -> impl Strategy<Value = Case> {
    let alone = grammar::text_alone();
    let referred = (
        vec(prop::option::weighted(0.8, grammar::text()), grammar::VARIABLES.len()),
        vec(prop::option::of(alone.clone()), REFERRED.len()),
        vec(prop::option::of(alone), 2),
    );
    let secrets = vec(prop::option::weighted(0.8, grammar::text()), NAMES.len());
    let settings = vec(prop::option::weighted(0.15, Just(())), SETTINGS.len()).prop_flat_map(|chosen| {
        let chosen = SETTINGS.iter().zip(chosen).filter(|(_, chosen)| chosen.is_some());
        let assign = |name: &'static str, texts| of(texts).prop_map(move |text| (name.to_owned(), text));
        chosen.map(|(&(name, texts), _)| assign(name, texts)).collect::<Vec<_>>()
    });
    let odd = prop::option::weighted(0.08, odd_variable());
    let files = (prop::option::weighted(0.6, user_file()), prop::option::weighted(0.15, backend_file()));
    (referred, secrets, settings, odd, files)
        .prop_flat_map(|((variables, referred, mine), secrets, settings, odd, (user, backend))| {
            let owned = |(name, text): (&str, Option<String>)| (name.to_owned(), text);
            let variables = grammar::VARIABLES.iter().copied().zip(variables).map(owned);
            let mine = ["PREFECT__MINE__ONE", "PREFECT__mine__Two"].into_iter().zip(mine).map(owned);
            let secrets = REFERRED.iter().zip(referred).chain(NAMES.iter().zip(secrets));
            let secrets = secrets.map(|(name, text)| (format!("PREFECT__CONTEXT__SECRETS__{name}"), text));
            let all = variables.chain(secrets).chain(mine).filter_map(|(name, text)| Some((name, text?)));
            let all: Vec<_> = all.chain(settings).chain(odd).collect();
            let names = REFERRED.iter().chain(NAMES).filter_map(|name| name.split("__").next());
            let names = names.chain(["F1", "F 2", "F3", "Low", "Mix", "NONE"]);
            let mut names: Vec<_> = names.map(str::to_owned).collect();
            names.dedup();
            (Just(all).prop_shuffle(), Just((user, backend, names)))
        })
        .prop_map(|(variables, (user, backend, names))| Case { variables, user, backend, names })
}

/// The settings that decide about the source of secrets, with their values.
const SETTINGS: &[(&str, &[&str])] = &[
    ("PREFECT__BACKEND", &["cloud", "server", "CLOUD", "", "5", "'server'", "$HOME"]),
    (
        "PREFECT__CLOUD__USE_LOCAL_SECRETS",
        &["false", "False", "FALSE", "true", "0", "", "None", "no", "'False'", "[]"],
    ),
    (
        "PREFECT__CLOUD__API",
        &["http://h:1", "http://h:1/graphql", "${server.endpoint}", "", "5", "${cloud.endpoint}/x"],
    ),
    ("PREFECT__cloud__endpoint", &["http://h:2/", "~/x", "$HOME/y"]),
    ("PREFECT__CLOUD__API_KEY", &["key", "12345", "1e5", "0x10", "", "None", "True", "[1, 2.5]", "' '", "0"]),
    ("PREFECT__CLOUD__TENANT_ID", &["3b1c", "", "5", "b6b350a8-7a1a-4ad8-a2ae-0a5a5e0e8052"]),
    ("PREFECT__SERVER__HOST", &["http://s", "${server.port}", "5"]),
    ("PREFECT__context__secrets__Low", &["low", "1", "$V2"]),
    ("PREFECT__Context__Secrets__Mix", &["mix"]),
    ("PREFECT__CONTEXT__SECRETS_X", &["x"]),
    ("PREFECT__", &["x"]),
    ("PREFECT____X", &["x"]),
    ("prefect__context__secrets__C", &["x"]),
    ("PREFECT_X", &["x"]),
];

/// A variable that makes some or all of the configuration invalid, or changes its meaning.
fn odd_variable() -> impl Strategy<Value = (String, String)> {
    of(&[
        "PREFECT__CONTEXT__SECRETS={'C': 'c', 'D': {'x': (1,)}, 5: 6, None: 7}",
        "PREFECT__CONTEXT__SECRETS={}",
        "PREFECT__CONTEXT__SECRETS={'T': {'A': 1}, 'E': [{'items': 1}]}",
        "PREFECT__CONTEXT__SECRETS={'C': {'items': 1}}",
        "PREFECT__CONTEXT__SECRETS__keys=1",
        "PREFECT__CONTEXT__SECRETS__items__X=1",
        "PREFECT__CONTEXT__SECRETS__KEYS=1",
        "PREFECT__CONTEXT__SECRETS__C={'a': {'copy': 1}}",
        "PREFECT__KEYS=1",
        "PREFECT__MINE__ONE__MORE=1",
        "PREFECT__CLOUD__API__X=1",
        "PREFECT__CONTEXT__SECRETS__T=5",
        "PREFECT__CONTEXT__SECRETS__T={'A': 5}",
        "PREFECT__CONTEXT=",
        "PREFECT__CONTEXT=5",
        "PREFECT__CONTEXT=None",
        "PREFECT__CONTEXT={}",
        "PREFECT__CONTEXT={'secrets': {'A': 1}}",
        "PREFECT__CONTEXT=[]",
        "PREFECT__CONTEXT=word",
        "PREFECT__CLOUD=5",
        "PREFECT__CLOUD={'use_local_secrets': False}",
        "PREFECT__CONTEXT__SECRETS__C=$TWICE",
        "PREFECT__USER_CONFIG_PATH=$HOME/.prefect/backend.toml",
        "PREFECT__USER_CONFIG_PATH=",
        "PREFECT__USER_CONFIG_PATH=/no/such",
        "PREFECT__BACKEND_CONFIG_PATH=~/.prefect/config.toml",
    ])
    .prop_map(|assignment| {
        let (name, value) = assignment.split_once('=').expect("there is one");
        (name.to_owned(), value.to_owned())
    })
}

fn user_file() -> impl Strategy<Value = String> {
    let secret = |key: &'static str| {
        let line = move |(value, indent): (Option<String>, String)| {
            value.map(|value| format!("{indent}{key} = {value}\n")).unwrap_or_default()
        };
        (prop::option::of(toml::value(grammar::text())), of(&["", "", "  "])).prop_map(line)
    };
    let secrets = (secret("F1"), secret("\"F 2\""), secret("C"), secret("'F3'"))
        .prop_map(|(one, two, three, four)| one + &two + "# c\n" + &three + &four);
    let top =
        of(&["", "", "backend = \"server\"\n", "home_dir = '~/elsewhere'\n", "# c = 1\n", "debug = true\n"]);
    let header = of(&[
        "[context.secrets]\n", "[context.secrets] # c\n", "[ context.secrets ]\n", "[context.\"secrets\"]\n",
    ]);
    let mine = toml_settings();
    let more = of(&[
        "",
        "[context.secrets.T]\nA = 1\nx.y = \"z\"\n",
        "[[context.secrets.E]]\na = 1\n[[context.secrets.E]]\na = \"42\"\n",
        "[cloud]\nuse_local_secrets = false\napi_key = \"from file\"\n",
        "[cloud]\nrequest_timeout = 1.5\n[cloud.agent]\nlabels = ['a']\n",
        "[logging]\nlevel = \"${backend}\"\n",
        "[context.other]\nx = 1\n",
        "[x]\n",
        "[context.secrets.N1]\na = 'it is'\n\n\n[context.secrets.N1.b]\nc = [[1], ['d']]\n",
    ]);
    let refused = of(&[
        "[context.secrets.D]\nkeys = 1\n",
        "[context.secrets\n",
        "nothing\n",
        "[context.secrets]\n",
        "a = \n",
    ]);
    let more = prop_oneof![14 => more, 1 => refused];
    let line_ends = of(&["\n", "\n", "\n", "\r\n", "\r"]);
    (top, header, secrets, mine, more, line_ends).prop_map(|(top, header, secrets, mine, more, end)| {
        (top + &header + &secrets + &mine + &more).replace('\n', &end)
    })
}

fn toml_settings() -> impl Texts {
    (prop::option::of(toml::value(grammar::text_alone())), any::<bool>())
        // Variables refer to these, which don't refer to variables: a circle is a difference.
        .prop_map(|(value, dotted)| match value.map(|value| value.replace('$', "S")) {
            // Lines under a dotted key are a difference.
            Some(value) if dotted && !value.starts_with("\"\"\"") && !value.starts_with("'''") => {
                format!("[other]\nx.y = {value}\n[mine]\nthree = 3\n")
            }
            Some(value) => format!("[mine]\nthree = {value}\n"),
            None => String::new(),
        })
}

fn backend_file() -> impl Strategy<Value = String> {
    of(&[
        "backend = \"server\"\n",
        "backend = \"cloud\"\n",
        "[context.secrets]\nF1 = \"from the backend file\"\n",
        "[cloud]\napi = \"http://backend\"\n",
        "[context]\nsecrets = { C = 1 }\n",
        "",
        "= 1\n",
    ])
}

/// Any value of the API, including texts that Prefect would change.
fn json_value() -> impl Strategy<Value = Json> {
    let text = prop_oneof![
        4 => grammar::text(),
        1 => grammar::json(),
        2 => any::<String>(),
        1 => of(&["$HOME", "~/x", "~", "True", "FALSE", "0x1F", "(1,2)", "'quoted'", "NaN", "-Infinity", "\0", "a\0$b", "${x}", "${cloud.api}",
            "\"${cloud.api}\"", "\"\\ud800$V1\"", "trailing  \n", "{1: $V1}", "\"\\u0024V1\"", "'\\x24V1'", "'\\x24{x}'", "\"'\\\\x24{x}'\"",
            "'\\x7eroot'", "None", "...", "1_000", "\u{feff}1", "\r", "1\r"]),
    ];
    let number = prop_oneof![
        any::<i64>().prop_map(Json::from),
        of(&[
            "1234567890123456789012345678", "-0", "-0.0", "1.0", "1e400", "1E5", "1.10", "5e-324", "0.1",
            "1e16", "123456789.125"
        ])
        .prop_map(|number| number.parse().expect("a number"))
        .prop_map(Json::Number),
    ];
    let leaf = prop_oneof![6 => text.clone().prop_map(Json::from), 2 => number, 1 => Just(Json::Null), 1 => any::<bool>().prop_map(Json::from)];
    leaf.prop_recursive(3, 16, 4, move |inner| {
        let key = prop_oneof![3 => of(&["a", "b", "items", "keys", "copy", "$V1", "${x}", "~", "", "True", "__class__"]), 1 => text.clone()];
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Json::from),
            vec((key, inner), 0..4).prop_map(|entries| Json::Object(entries.into_iter().collect())),
        ]
    })
}

/// Whether both sides refuse for the same reason.
fn is_same_reason(theirs: &str, ours: &Error) -> bool {
    let is = |start: &str, part: &str| theirs.starts_with(start) && theirs.contains(part);
    match ours {
        Error::NotToml { .. } => is("TomlDecodeError", "") || is("IndexError", ""),
        Error::RefusedName { name, .. } => {
            theirs == format!("ValueError: {}", json!(format!("Invalid config key: \"{name}\"")))
        }
        Error::BelowValue(_) => {
            is("AttributeError", "'setdefault'")
                || is("TypeError", "item assignment")
                || is("TypeError", "indices")
        }
        Error::Unusable { problem: Problem::NoText, .. } => is("AttributeError", "'upper'"),
        Error::Unusable { problem: Problem::AccountName, .. } => {
            theirs == "ValueError: \"embedded null byte\""
        }
        Error::Unusable { problem: Problem::TooManyDigits, .. } => is("ValueError: \"Exceeds the limit", ""),
        Error::NotTable(key) => {
            key == "context" && (is("TypeError", "") || is("ValueError: \"dictionary update", ""))
        }
        _ => false,
    }
}

/// Compares the settings that decide about secrets. Ours are text or nothing, Prefect's may be anything.
fn check_settings(theirs: &Json, ours: &Json, case: &Case) {
    for (name, ours) in ours.as_object().expect("an object") {
        let theirs = &theirs[name];
        let is_nothing = theirs[0] != "text" || theirs[1] == "";
        match (name.as_str(), ours) {
            // If `cloud` is not a table, Prefect fails as soon as it reads it.
            ("local", _) if theirs.is_string() => {
                assert_eq!(*ours, json!(["bool", true]), "{name} of {case:?}");
            }
            (_, Json::Null) => assert!(is_nothing, "{name} of {case:?}: {theirs}"),
            _ => assert_eq!(theirs, ours, "{name} of {case:?}"),
        }
    }
}

/// The table missing from Prefect's own documentation: text, the value in the context, and the result of `get()`.
#[test]
fn texts_become_what_they_look_like() {
    let check = |text: &str, context: Json, get: Json| {
        let variable = ("PREFECT__CONTEXT__SECRETS__N", text);
        let configuration = Configuration::load(&Surroundings::new([variable, ("HOME", "/none")]));
        let value = configuration.unwrap().secret("N").unwrap().clone();
        assert_eq!(case::tagged(&value), context, "{text:?}");
        assert_eq!(case::tagged(&value.loads()), get, "{text:?}");
    };
    let same = |text: &str, value: Json| check(text, value.clone(), value);
    let integer = |value: u32| json!(["integer", format!("0x{value:x}")]);
    let float = |value: f64| json!(["float", format!("{:016x}", value.to_bits())]);
    let text = |text: &str| json!(["text", text]);
    same("hello", text("hello"));
    // The text of a string literal is cast once more.
    for written in ["42", " 42 ", "'42'", "\"42\""] {
        same(written, integer(42));
    }
    same("042", text("042"));
    same("0x1F", integer(31));
    same("1_000", integer(1000));
    same("1e5", float(100_000.0));
    same("123e4567", float(f64::INFINITY));
    same("TRUE", json!(["bool", true]));
    same("None", json!(["none"]));
    check("null", text("null"), json!(["none"]));
    same("{\"a\": 1}", json!(["dict", [[text("a"), integer(1)]]]));
    check("{\"a\": true}", text("{\"a\": true}"), json!(["dict", [[text("a"), ["bool", true]]]]));
    same("[1, \"b\"]", json!(["list", [integer(1), text("b")]]));
    same("(1, 2)", json!(["tuple", [integer(1), integer(2)]]));
    same("{1, 2}", json!(["set", [integer(1), integer(2)]]));
    check("b'x'", json!(["bytes", "78"]), json!(["bytes", "78"]));
    same("1+2j", json!(["complex", "3ff0000000000000", "4000000000000000"]));
    same("", text(""));
    same("pa$HOMEword", text("pa$HOMEword"));
    same("$NOPE_X", text("$NOPE_X"));
    same("a${b.c}d", text("ad"));
    same("~/x", text("/none/x"));
}

#[test]
fn texts_in_a_file_become_what_they_look_like() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let text = "[context.secrets]\na = \"42\"\nb = \"true\"\nc = '{\"a\": 1}'\nd = \"$USER\"\n'e f' = 1\n";
    std::fs::write(&path, text).unwrap();
    let surroundings = Surroundings::new([("USER", "me"), ("PREFECT__CONTEXT__SECRETS__X", "1")]);
    let configuration = Configuration::of_file(&path, &surroundings).unwrap();
    let found: Json =
        configuration.secrets().map(|(name, value)| (name.to_owned(), value.to_json().unwrap())).collect();
    assert_eq!(found.to_string(), r#"{"a":42,"b":true,"c":{"a":1},"d":"me","e f":1}"#);
}

#[test]
fn the_key_saved_by_prefect_auth_is_used() {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join(".prefect");
    std::fs::create_dir(&folder).unwrap();
    let auth = "# c\n\n[\"127.0.0.1-4200\"]\napi_key = \"left\"\ntenant_id = \"team\"\n\n[\"api.prefect.io\"]\napi_key = \"other\"\n";
    std::fs::write(folder.join("auth.toml"), auth).unwrap();
    let load = |more: &[(&str, &str)]| {
        let home = ("HOME", home.path().to_str().unwrap());
        let api = ("PREFECT__CLOUD__API", "http://127.0.0.1:4200/graphql");
        let variables = [home, api].into_iter().chain(more.iter().copied());
        Configuration::load(&Surroundings::new(variables))
    };
    let configuration = load(&[]).unwrap();
    assert_eq!(configuration.api(), Some("http://127.0.0.1:4200/graphql"));
    assert_eq!(configuration.api_key().as_deref(), Some("left"));
    assert_eq!(configuration.tenant_id(), Some("team"));
    assert_eq!(configuration.request_timeout(), Some(std::time::Duration::from_secs(15)));
    assert!(configuration.uses_local_secrets());
    let settings = [("PREFECT__CLOUD__API_KEY", "12345"), ("PREFECT__CLOUD__USE_LOCAL_SECRETS", "false")];
    let configuration = load(&settings).unwrap();
    assert_eq!(configuration.api_key().as_deref(), Some("12345"));
    assert!(!configuration.uses_local_secrets());
    std::fs::write(folder.join("auth.toml"), "hunter2").unwrap();
    let error = load(&[]).unwrap_err().to_string();
    assert!(error.ends_with("auth.toml, line 1, column 8: key with no value, expected `=`"), "{error}");
    assert!(load(&[("PREFECT__CLOUD__API_KEY", "a"), ("PREFECT__CLOUD__TENANT_ID", "b")]).is_ok());
}
