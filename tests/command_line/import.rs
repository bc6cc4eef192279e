//! `strongroom import`: all the secrets of a file, or none.

use serde_json::json;

use crate::Scene;

/// Imports a file, checks that it sets exactly these secrets, and deletes them.
async fn check(scene: &Scene, name: &str, arguments: &[&str], content: &str, expected: &[(&str, &str)]) {
    scene.writer.file(name, content);
    let import = [&["import", name, "--yes"], arguments].concat();
    let number = expected.len();
    let s = if number == 1 { "" } else { "s" };
    let said = format!("Imported {number} secret{s}: {number} new, 0 overwritten; 0 were unchanged.\n");
    assert_eq!(scene.writer.run(import).await.says(&[&said]).printed(), "");
    for (secret, value) in expected {
        assert_eq!(scene.reader.value_text(secret).await, *value, "{name}: {secret}");
        scene.admin.delete(secret).await;
    }
    assert!(scene.admin.names().await.is_empty(), "{name} sets no other secret");
}

async fn check_refused(scene: &Scene, name: &str, content: impl AsRef<[u8]>, parts: &[&str]) {
    scene.writer.file(name, content.as_ref());
    let before = scene.admin.rows("secret", "id version").await;
    for flag in ["--yes", "--dry-run"] {
        scene.writer.run(["import", name, flag]).await.fails(1, parts);
    }
    assert_eq!(scene.admin.rows("secret", "id version").await, before);
}

/// Parts of a file, and the name and value of the secret that each sets.
type Row = (&'static str, &'static str, &'static str);

/// Imports a file of these parts, and checks its secrets.
async fn check_rows(scene: &Scene, file: &str, rows: &[Row], separator: &str, [before, after]: [&str; 2]) {
    let parts: Vec<_> = rows.iter().map(|(part, ..)| *part).collect();
    let expected: Vec<_> = rows.iter().map(|(_, name, value)| (*name, *value)).collect();
    check(scene, file, &[], &[before, &parts.join(separator), after].concat(), &expected).await;
}

/// `env_files` has the syntax.
const ENV: &[Row] = &[
    ("PLAIN=plain value", "PLAIN", r#""plain value""#),
    ("export EXPORTED = spaces around   # and a comment", "EXPORTED", r#""spaces around""#),
    ("NUMBER=42", "NUMBER", r#""42""#),
    ("TRUE=true", "TRUE", r#""true""#),
    ("lower=case", "lower", r#""case""#),
];

const LONG: &str = "12345678901234567890123.4567890123456789000";

const JSON: &[Row] = &[
    (r#""TEXT": "text stays 42""#, "TEXT", r#""text stays 42""#),
    (r#""NUMBER": 12345678901234567890123.4567890123456789000"#, "NUMBER", LONG),
    (r#""EXACT": 1.10"#, "EXACT", "1.10"),
    (r#""DOC": {"z": 1, "a": [null, true, {"1": 2}]}"#, "DOC", r#"{"z":1,"a":[null,true,{"1":2}]}"#),
    (r#""NULL": null"#, "NULL", "null"),
    (r#""my secret": """#, "my secret", r#""""#),
    (r#""clé 🔑": false"#, "clé 🔑", "false"),
];

const TOML: &[Row] = &[
    (r#"text = "text""#, "text", r#""text""#),
    (r"literal = 'C:\n'", "literal", r#""C:\\n""#),
    ("integer = 9223372036854775807", "integer", "9223372036854775807"),
    ("float = 1.5", "float", "1.5"),
    ("yes = true", "yes", "true"),
    (r#"list = [1, "two", [3]]"#, "list", r#"[1,"two",[3]]"#),
    (r#""my secret" = "quoted""#, "my secret", r#""quoted""#),
    ("lines = '''\r\nl1\r\nl2\r\n'''\r", "lines", r#""l1\nl2\n""#),
    ("[table]\nb = 1\na = { x = \"y\" }", "table", r#"{"b":1,"a":{"x":"y"}}"#),
];

#[tokio::test]
async fn each_format_keeps_its_types_and_prefects_file_is_read_as_by_prefect() {
    let scene = Scene::new().await;
    for name in [".env", ".env.production", "app.env"] {
        check_rows(&scene, name, ENV, "\n", ["\n# A comment, and blank lines\n\n", "\n"]).await;
    }
    let lines = [("A", "\"1\""), ("B", "\"2\"")];
    check(&scene, "settings.txt", &["--format", "env"], "A=1\r\nB='2'\r\n", &lines).await;
    check_rows(&scene, "secrets.json", JSON, ",\n    ", ["{\n    ", "\n}\n"]).await;
    check_rows(&scene, "secrets.toml", TOML, "\n", ["", "\n"]).await;

    let content = "[context.secrets]\nA = \"the value of A\"\nB = { user = 1 }\nHOMELY = \"~/x\"\n\n[logging]\nlevel = \"DEBUG\"\n";
    for name in [".prefect/config.toml", "other.toml"] {
        scene.writer.file(name, content);
        let ran = scene.writer.run(["import", name, "--dry-run", "--json"]).await.succeeded().json();
        assert_eq!(ran["created"].as_array().map(Vec::len), Some(3), "{ran}");
    }
    scene.writer.run(["import", ".prefect/config.toml", "--yes"]).await.succeeded();
    let homely = json!(scene.writer.home().join("x"));
    for (name, value) in [("A", json!("the value of A")), ("B", json!({"user": 1})), ("HOMELY", homely)] {
        assert_eq!(scene.reader.value(name).await, value);
    }
    scene.writer.file("none.toml", "[context]\n");
    let import = ["import", "none.toml", "--format", "prefect", "--yes"];
    scene.writer.run(import).await.says(&["no secrets"]);
}

#[tokio::test]
async fn an_invalid_file_is_reported_by_position_and_nothing_is_imported() {
    let scene = Scene::new().await;
    scene.admin.set("OLD", json!("the old value")).await;
    let rows: &[(&str, &str, &[&str])] = &[
        ("a.env", "OLD=hunter2hunter2\nB hunter2hunter2\n", &["a.env", "line 2"]),
        ("a.env", "OLD='hunter2hunter2\n", &["line 1"]),
        ("a.env", "OLD='x' hunter2hunter2\n", &["line 1"]),
        ("a.env", "A=hunter2hunter2\n\nA=hunter2hunter2\n", &["line 1", "line 3", "A"]),
        ("a.env", "=hunter2hunter2\n", &["line 1"]),
        ("a.json", "{\"OLD\": \"hunter2hunter2\",\n  hunter2hunter2}", &["a.json", "line 2"]),
        ("a.json", "{\"OLD\": \"hunter2hunter2\", \"B\": 1,\n\"B\": 2}", &["B"]),
        ("a.json", "{\"OLD\": {\"x\": \"hunter2hunter2\", \"x\": 2}}", &["line 1"]),
        ("a.json", "[\"hunter2hunter2\"]", &["object"]),
        ("a.json", "\"hunter2hunter2\"", &["object"]),
        ("a.json", "{\"OLD\": \"hunter2hunter2\"", &["line 1"]),
        ("a.toml", "OLD = \"hunter2hunter2\"\nB = hunter2hunter2\n", &["a.toml", "line 2"]),
        ("a.toml", "OLD = \"hunter2hunter2\"\nB = 2026-11-21\n", &["B", "quote"]),
        ("a.toml", "B = inf\n", &["B"]),
        ("a.toml", "B = { x = [nan] }\n", &["B"]),
        ("config.toml", "[context.secrets]\nOLD = \"hunter2hunter2\nB = 1\n", &["config.toml", "line 2"]),
        ("config.toml", "[context.secrets]\nOLD = \"hunter2hunter2\"\nB = 2026-11-21\n", &["B"]),
        ("a.json", "{\"OLD\": \"x\", \" B\": \"hunter2hunter2\"}", &["name", "2"]),
        ("a.json", "{\"OLD\": \"x\", \"\": \"hunter2hunter2\"}", &["name", "2"]),
    ];
    for (name, content, parts) in rows {
        check_refused(&scene, name, content, parts).await;
    }
    let parts = ["b.env", "UTF-8", "line 2", "iconv"];
    check_refused(&scene, "b.env", b"\nOLD=hunter2hunter2\xff\n", &parts).await;
    let wide = "A=hunter2hunter2".encode_utf16();
    let little: Vec<u8> = wide.clone().flat_map(u16::to_le_bytes).collect();
    let big: Vec<u8> = wide.flat_map(u16::to_be_bytes).collect();
    for content in [[b"\xff\xfe", &little[..]].concat(), [b"\xfe\xff", &big[..]].concat(), little, big] {
        check_refused(&scene, "b.env", content, &["b.env is UTF-16", "iconv"]).await;
    }
    let large = json!({"OLD": "x", "B": "hunter2hunter2".repeat(5000)}).to_string();
    check_refused(&scene, "large.json", large, &["B", "65536"]).await;
    // Too much is refused before it is sent.
    let env =
        |count, value: &str| (0..count).map(|number| format!("S{number}={value}\n")).collect::<Vec<_>>();
    let many = env(5001, "x").concat();
    check_refused(&scene, "many.env", &many, &["5001", "5000"]).await;
    let large = env(100, &"x".repeat(60_000)).concat();
    check_refused(&scene, "large.env", &large, &["5 MiB"]).await;
    assert_eq!(scene.reader.value("OLD").await, json!("the old value"));
}

#[tokio::test]
async fn a_preview_changes_nothing_and_a_second_import_has_nothing_to_do() {
    let scene = Scene::new().await;
    scene.admin.set_all(&[("OLD", "the old value"), ("SAME", "the same value")]).await;
    scene.writer.file(".env", "NEW=the new value\nOLD=the newer value\nSAME=the same value\n");
    scene.server.store().must_stay_secret("the newer value");

    let ran = scene.writer.run(["import", ".env", "--dry-run"]).await;
    insta::assert_snapshot!(ran.succeeded().printed(), @"
    new: 1
      + NEW
    overwritten: 1
      ~ OLD
    unchanged: 1
      = SAME
    ");
    let previewed = scene.writer.run(["import", ".env", "--dry-run", "--json"]).await.succeeded().json();
    let mut expected =
        json!({"created": ["NEW"], "overwritten": ["OLD"], "unchanged": ["SAME"], "imported": false});
    assert_eq!(previewed, expected);
    assert_eq!(scene.admin.names().await, ["OLD", "SAME"]);
    assert_eq!(scene.reader.value("OLD").await, json!("the old value"));

    let done = scene.writer.run(["import", ".env", "--yes", "--json"]).await.succeeded().json();
    expected["imported"] = json!(true);
    assert_eq!(done, expected);
    for arguments in [&["import", ".env", "--yes"][..], &["import", ".env", "--dry-run"]] {
        scene.writer.run(arguments).await.says(&["3 secrets unchanged"]);
    }
    assert_eq!(scene.admin.listed("secret", "version", "name", "OLD").await["version"], 2);
}

#[tokio::test]
async fn without_a_terminal_an_import_needs_yes_and_standard_input_a_format() {
    let scene = Scene::new().await;
    scene.writer.file(".env", "A=the value of A\n");
    for (arguments, reason) in [
        (&["import", ".env"][..], "without a terminal"),
        (&["import", "-", "--format", "env"], "because standard input is the file"),
    ] {
        scene.writer.run_with(arguments, "y\n").await.fails(2, &["--yes", reason]);
    }
    assert!(scene.admin.names().await.is_empty());
    scene.writer.run_with(["import", "-", "--yes"], "A=1").await.fails(2, &["--format"]);
    for (format, content) in [("env", "E=1"), ("json", "{\"J\": \"1\"}"), ("toml", "T = '1'")] {
        let import = ["import", "-", "--yes", "--format", format];
        scene.writer.run_with(import, content).await.succeeded();
    }
    assert_eq!(scene.admin.names().await, ["E", "J", "T"]);
    let import = ["import", "-", "--yes", "--format", "env"];
    scene.writer.run_with(import, "").await.fails(1, &["othing was given"]);
    scene.writer.file("unknown.txt", "A=1");
    scene.writer.run(["import", "unknown.txt", "--yes"]).await.fails(2, &["--format"]);
    scene.writer.run(["import", "missing.env", "--yes"]).await.fails(1, &["missing.env"]);
}

#[tokio::test]
async fn a_key_without_permission_imports_nothing() {
    let scene = Scene::with_secrets(&["AWS_KEY"]).await;
    for machine in [scene.runner.clone(), scene.limited("user", &["DB_*"]).await] {
        machine.file(".env", "DB_URL=planted value\nAWS_KEY=planted value\n");
        for flag in ["--yes", "--dry-run"] {
            machine.run(["import", ".env", flag]).await.failed(3);
        }
    }
    assert_eq!(scene.admin.names().await, ["AWS_KEY"]);
    assert_eq!(scene.reader.value("AWS_KEY").await, json!("the value of AWS_KEY"));
}
