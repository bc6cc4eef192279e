//! A flow gets the same values from `strongroom run`, from the server, and from Prefect's configuration.

use serde_json::{Value, json};
use strongroom_tests::python::{Prefect, interpreter, script_path};
use strongroom_tests::{Machine, text};

use crate::Scene;

// Prefect has its own types of lists and dictionaries for its configuration, and Python's for a server's answers. They are
// equal, so the tests compare them as `plain`.

/// Runs the flow of `local.py` with backend `server` under `strongroom run`, and returns its report.
async fn run_flow(scene: &Scene, options: &[&str], names: &[&str]) -> Value {
    let machine = Machine::at(&scene.server)
        .with_key(&scene.team.new_key("runner").await)
        .with("PREFECT__BACKEND", "server")
        .with("PREFECT__LOGGING__LEVEL", "ERROR")
        .with("PYTHONDONTWRITEBYTECODE", "1")
        .with("PYTHONWARNINGS", "ignore");
    let python = interpreter();
    let python = text(&python);
    let script = script_path("local.py");
    let command = [&["run"], options, &["--", python, &script], names].concat();
    let ran = machine.run(command).await.succeeded();
    let last = ran.printed().lines().last().expect("it reports");
    serde_json::from_str(last).expect("it reports JSON")
}

async fn ask_server(scene: &Scene, names: &[&str]) -> Value {
    scene.runner.report("local.py", names).await
}

/// JSON documents.
const VALUES: [&str; 37] = [
    r#""hunter2 hunter2""#, r#""""#, r#"" ""#, r#"" blanks around  ""#, r#""trailing break\n""#, r#""\n""#,
    r#""$HOME""#, r#""${HOME}/x $PATH $$ $1""#, r#""~""#, r#""~/x""#, r#""~root/x""#,
    r#""a ~/x and %HOME%""#, r#""True""#, r#""true""#, r#""False""#, r#""None""#, r#""null""#, r#""42""#,
    r#""0777""#, r#""1.10""#, r#""1e400""#, r#""1_000""#, r#""(1, 2)""#, r#""'quoted'""#, r#""\"quoted\"""#,
    r#""[1, 2""#, r#""{'a': 1}""#, r#""{\"a\": 1}""#, r#""a__b__c""#, "42", "-0.0", "1.5e300", "true",
    "null", "[]", "{}", r#"{"items": 1}"#,
];

const LONG_VALUES: [&str; 9] = [
    r#""clé 🔑 ключ \u2028\u0085""#,
    r#""123456789012345678901234567890""#,
    r#""it's \"both\" ` and \\ ''' \"\"\"""#,
    r#""first\nsecond\r\n\tthird""#,
    r#""${cloud.api} and ${context.secrets.UPPER}""#,
    "123456789012345678901234567890",
    r#"{"keys": {"get": ["$HOME", "~/x", "True", null, 1.10]}, "a b": "'"}"#,
    r#"["$HOME", "True", "~", 123456789012345678901234567890, {"copy": "it's"}]"#,
    r#""-----BEGIN KEY-----\nMIIE\n-----END KEY-----\n""#,
];

const NAMES: [&str; 9] =
    ["UPPER", "upper", "Mixed_Case", "my secret", "with-dash", "with.dot", "clé", "1", "UPPER_2"];

#[tokio::test]
async fn a_flow_gets_the_same_values_from_run_as_from_the_server_and_only_chosen_secrets() {
    let scene = Scene::new().await;
    let writer = scene.team.key("user").await;
    let values = [&VALUES[..], &LONG_VALUES].concat();
    let numbered: Vec<String> = (NAMES.len()..values.len()).map(|number| format!("V{number}")).collect();
    let names: Vec<&str> = NAMES.into_iter().chain(numbered.iter().map(String::as_str)).collect();
    for (name, value) in names.iter().zip(&values) {
        let value: Value = serde_json::from_str(value).expect("JSON");
        writer.set(name, value).await;
    }
    let local = run_flow(&scene, &[], &names).await;
    let remote = ask_server(&scene, &names).await;
    let mut different = Vec::new();
    for (name, value) in names.iter().zip(&values) {
        // Neither report has a value that the flow did not get.
        let (here, there) = (&local["plain"][name], &remote["plain"][name]);
        if here != there || !here.is_string() {
            different.push(format!("{value}: {here} by run, {there} from the server"));
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert_eq!(remote["successful"], json!(true), "{remote:#}");
    assert_eq!(local["successful"], json!(true), "{local:#}");
    assert_eq!(local["got"]["UPPER"], "'hunter2 hunter2'");

    // Only the chosen secrets.
    writer.set_all(&[("A", "the value of A"), ("B", "the value of B")]).await;
    for options in [["--only", "A"], ["--except", "B"]] {
        let found = run_flow(&scene, &[&options[..], &["--prefect"]].concat(), &["A", "B"]).await;
        assert_eq!(found["got"]["A"], "'the value of A'");
        assert_ne!(found["got"]["B"], "'the value of B'");
        assert_eq!(found["successful"], json!(false));
    }
}

const CONFIGURATION: &str = r#"
debug = true

[context.secrets]
TEXT = "hunter2 hunter2"
HOMELY = "~/x"
VARIABLE = "$STORE_HOME/x"
MIXED = "a ~ and $STORE_HOME"
TRUE = "True"
lower = "true"
JSON = '{"a": 1.10, "b": [null]}'
NUMBER = "42"
LONG = "123456789012345678901234567890"
INTEGER = 42
FLOAT = 1.5
YES = true
LIST = ["one", "two", "~/x"]
NUMBERS = [1, 2]
QUOTES = "it's \"both\""
LINES = """first
second"""
EMOJI = "🔑"
EMPTY = ""
BLANKS = "  around  "
REFERENCE = "${context.secrets.TEXT} twice"
NESTED = { user = "ada", password = "hunter2 hunter2" }

[logging]
level = "ERROR"
"#;

#[tokio::test]
async fn values_imported_from_prefects_configuration_stay_the_same() {
    let scene = Scene::new().await;
    let here = Prefect::bare(&scene.server).with("STORE_HOME", "/srv/store");
    std::fs::create_dir_all(here.home().join(".prefect")).expect("directories can be created");
    let path = here.home().join(".prefect/config.toml");
    std::fs::write(&path, CONFIGURATION).expect("files can be written");
    let (_, section) = CONFIGURATION.split_once("[context.secrets]\n").expect("it has one");
    let (section, _) = section.split_once("\n\n").expect("it ends");
    let names: Vec<&str> = section.lines().filter_map(|line| Some(line.split_once(" = ")?.0)).collect();
    assert_eq!(names.len(), 21);
    let before = here.report("local.py", &names).await;
    assert_eq!(before["successful"], json!(true), "{before:#}");

    let machine = Machine::at(&scene.server)
        .with_key(&scene.team.new_key("user").await)
        .with("HOME", here.home())
        .with("STORE_HOME", "/srv/store");
    machine.run(["import", text(&path), "--yes"]).await.succeeded();
    // On another machine, without that configuration.
    let after = ask_server(&scene, &names).await;
    for name in names {
        assert_eq!(after["plain"][name], before["plain"][name], "{name}");
        assert!(after["plain"][name].is_string(), "the flow got it: {after:#}");
    }
}
