//! One secret at a time: set, list, get, exists, delete, restore.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use serde_json::{Value, json};
use strongroom_tests::text;

use crate::{SECRET, Scene};

/// Sets a secret from standard input, and checks its value and the warning, if any.
async fn check_set(scene: &Scene, arguments: &[&str], stdin: &str, expected: Value, hint: &str) {
    let set = [&["set", "A"], arguments].concat();
    let ran = scene.writer.run_with(set, stdin).await.succeeded();
    let warned = ran.stderr.strip_prefix("Set A.\n").expect("it says so");
    assert_eq!(warned.is_empty(), hint.is_empty(), "{stdin:?}: {warned}");
    assert!(warned.contains(hint), "{stdin:?}: {warned}");
    assert_eq!(ran.printed(), "");
    assert_eq!(scene.reader.value("A").await, expected, "{stdin:?} {arguments:?}");
}

/// A token without a signature.
const EXPIRED: &str = "eyJhbGciOiJub25lIn0.eyJleHAiOjE3MDAwMDAwMDB9.";

#[tokio::test]
async fn set_drops_the_line_break_of_a_single_line_and_takes_files_and_json() {
    let scene = Scene::new().await;
    for (given, expected, hint) in [
        ("hunter2 hunter2", "hunter2 hunter2", ""),
        ("hunter2 hunter2\n", "hunter2 hunter2", ""),
        ("hunter2 hunter2\r\n", "hunter2 hunter2", ""),
        ("hunter2 hunter2\n\n", "hunter2 hunter2\n", "line break"),
        ("hunter2 hunter2\r\n\r\n", "hunter2 hunter2\r\n", "line break"),
        ("hunter2 hunter2\r", "hunter2 hunter2\r", "carriage return"),
        (" spaces around ", " spaces around ", "begins with a space and ends with a space"),
        ("\u{feff}hunter2 hunter2\r\n", "\u{feff}hunter2 hunter2", "byte order mark"),
        ("clé 🔑 \u{200b}", "clé 🔑 \u{200b}", "U+200B"),
        ("with a \0 in it", "with a \0 in it", "U+0000"),
        // Multi-line values keep their last line break.
        ("first line\nsecond line\n", "first line\nsecond line\n", ""),
        ("first line\nsecond line", "first line\nsecond line", ""),
        ("first line\r\nsecond line\r\n", "first line\r\nsecond line\r\n", "carriage return"),
        // Text stays text.
        ("42\n", "42", ""),
        ("true", "true", ""),
        (r#"{"a": 1}"#, r#"{"a": 1}"#, "JSON that is stored as a string"),
        (r#"{"a": 1, "a": 2}"#, r#"{"a": 1, "a": 2}"#, "repeats a key of line 1"),
        ("changeme", "changeme", "looks like a placeholder"),
        (EXPIRED, EXPIRED, "is a JWT that expired on 2023-11-14"),
        ("-----BEGIN KEY-----\nMIIE\n", "-----BEGIN KEY-----\nMIIE\n", "has a PEM block without an END line"),
        ("$HOME ~ `x` \\n", "$HOME ~ `x` \\n", ""),
    ] {
        check_set(&scene, &[], given, json!(expected), hint).await;
    }
    for (value, hint) in [("hunter2 hunter2\n", "line break"), ("", ""), ("\n", "line break")] {
        check_set(&scene, &["--file", "-"], value, json!(value), hint).await;
    }

    // Files are read to the byte.
    for content in ["-----BEGIN KEY-----\r\nMIIE\r\n", "", "no break at its end", "\n\n", "\u{feff}mark"] {
        let file = scene.writer.file("value", content);
        scene.writer.run(["set", "A", "--file", text(&file)]).await.succeeded();
        assert_eq!(scene.reader.value("A").await, json!(content));
    }
    scene.writer.run(["set", "A", "--file", "/dev/null"]).await.succeeded();
    assert_eq!(scene.reader.value("A").await, json!(""));

    for (given, expected) in [
        ("42\n", json!(42)),
        (" null ", Value::Null),
        ("\"text\"", json!("text")),
        ("[1, {\"a\": false}]", json!([1, {"a": false}])),
    ] {
        check_set(&scene, &["--json"], given, expected, "").await;
    }
    let document = r#"{"z":1.10,"a":[12345678901234567890123456789012345678901234567890,-0],"1":1e-7}"#;
    scene.writer.run_with(["set", "A", "--json"], document).await.succeeded();
    assert_eq!(scene.reader.value_text("A").await, document);

    let described = async |arguments: &[&str]| {
        let set = [&["set", "A"], arguments].concat();
        scene.writer.run_with(set, "the value of A").await.succeeded();
        scene.admin.listed("secret", "description", "name", "A").await["description"].take()
    };
    assert_eq!(described(&["--description", "for the job"]).await, json!("for the job"));
    assert_eq!(described(&[]).await, json!("for the job"), "it stays");
    assert_eq!(described(&["--description", ""]).await, Value::Null);

    // The expiry is a duration, a day or never.
    for (expires, listed, is_soon) in [
        ("2101-12-31", Some("2101-12-31T23:59:59"), false),
        ("20d", Some("20"), true),
        ("never", None, false),
    ] {
        scene.writer.run_with(["set", "A", "--expires", expires], "the value of A").await.succeeded();
        let row = &scene.writer.run(["list", "--json"]).await.succeeded().json()[0];
        assert_eq!(row["expires_at"].is_null(), listed.is_none(), "{expires}: {row}");
        assert!(row["expires_at"].as_str().unwrap_or_default().starts_with(listed.unwrap_or_default()));
        let table = scene.writer.run(["list"]).await.succeeded().printed().to_owned();
        assert_eq!(table.contains("EXPIRES"), listed.is_some(), "{table}");
        for (flags, is_long_enough) in [(["--expiring", "30d"], true), (["--expiring", "10d"], false)] {
            let ran = scene.writer.run([&["list", "--names"], &flags[..]].concat()).await.succeeded();
            let expected = if is_soon && is_long_enough { "A\n" } else { "" };
            assert_eq!(ran.printed(), expected, "{expires} {flags:?}");
        }
    }
    scene.writer.run(["list", "--expiring", "1d"]).await.says(&["No secret"]);
    scene.writer.run_with(["set", "A", "--expires", "2001-01-01"], "x").await.fails(1, &["in the future"]);
    scene.writer.run_with(["set", "A", "--expires", "soon"], "x").await.fails(2, &["90d"]);
    scene.writer.run_with(["set", "A", "--expires", "300000y"], "x").await.fails(2, &["at most 100 years"]);
    for (arguments, part) in [
        (&["set", "A", "--expires", "-1d"][..], "90d"),
        (&["set", "A", "--expected-version", "-1"], "must be a version number"),
        (&["delete", "A", "--expected-version", "-1"], "must be a version number"),
        (&["list", "--expiring", "soon"], "must be a duration of at most 100 years"),
        (&["list", "--expiring", "never"], "must be a duration of at most 100 years"),
    ] {
        scene.writer.run_with(arguments, "x").await.fails(2, &[part]);
    }
    scene.writer.run_with(["set", "A", "--expires", "2101-12-31"], "the value of A").await.succeeded();
    for (day, listed) in [("2101-12-30", ""), ("2101-12-31", "A\n")] {
        let ran = scene.writer.run(["list", "--names", "--expiring", day]).await.succeeded();
        assert_eq!(ran.printed(), listed, "{day}");
    }
}

#[tokio::test]
async fn invalid_input_and_values_as_arguments_are_refused_without_repeating_them() {
    let scene = Scene::new().await;
    scene.admin.set("A", json!("the value before")).await;
    for (arguments, given, code, part) in [
        (&["set", "A"][..], &b""[..], 1, "othing was given"),
        (&["set", "A"], b"\n", 1, "othing was given"),
        (&["set", "A"], b"hunter2hunter2\xff", 1, "UTF-8"),
        (&["set", "A", "--file", "-"], b"hunter2hunter2\xff", 1, "UTF-8"),
        (&["set", "A", "--json"], b"hunter2hunter2", 1, "line 1"),
        (&["set", "A", "--json"], b"{\n\"a\": hunter2hunter2}", 1, "line 2, column 6"),
        (&["set", "A", "--json"], b"{\"a\": \"hunter2hunter2", 1, "line 1"),
        (&["set", "A", "--json"], b"\"hunter2hunter2\" \"more\"", 1, "line 1"),
        (&["set", "A", "--file", "missing"], b"", 1, "missing"),
        (&["set", " A", "--file", "-"], b"hunter2hunter2", 1, "name"),
        (&["set", "", "--file", "-"], b"hunter2hunter2", 1, "name"),
        (&["set", "A\n"], b"hunter2hunter2", 1, "name"),
        (&["set"], b"hunter2hunter2", 2, "NAME"),
        (&["set", "A=hunter2hunter2"], b"x", 2, "A value is never an argument: `strongroom set NAME`"),
        (&["set", "-dash"], b"x", 2, "put -- before a name"),
        (&["delete", "-dash"], b"x", 2, "put -- before a name"),
    ] {
        scene.writer.run_with(arguments, given).await.fails(code, &[part]);
    }
    scene.writer.run_with(["set", "A"], SECRET.repeat(5000)).await.fails(1, &["65536 bytes"]);
    scene.writer.run_with(["set", "A"], SECRET.repeat(500_000)).await.failed(1);
    let nested = ["[".repeat(128), "]".repeat(128)].concat();
    scene.writer.run_with(["set", "A", "--json"], nested).await.fails(1, &["at most 127 levels"]);
    // A value is never an argument.
    for arguments in [
        &["set", "A", SECRET][..],
        &["set", "A", "and", SECRET],
        &["set", "A", "--json", SECRET],
        &["set", "A", "--", SECRET],
        &["set", "A", "--value", SECRET],
        &["set", "A", "--value=hunter2hunter2"],
        &["set", "A", "-xunter2hunter2"],
        &["set", "A=hunter2hunter2", SECRET],
        &["get", "A", SECRET],
        &["hunter2hunter2"],
        &["list", SECRET],
    ] {
        let said = scene.writer.run_with(arguments, "x").await.failed(2);
        if arguments[0] == "set" && !arguments[2].starts_with("--") {
            assert!(said.contains("never an argument"), "{arguments:?}: {said}");
        }
    }
    // This begins with the short form of --help, but must not look like a success.
    let ran = scene.writer.run_with(["set", "A", "-hunter2hunter2"], "x").await;
    assert_eq!(ran.code, Some(2));
    assert!(!ran.printed().contains("hunter2"), "{ran:?}");
    scene.writer.run(["get".as_ref(), OsStr::from_bytes(b"A\xff")]).await.failed(2);
    assert_eq!(scene.reader.value("A").await, json!("the value before"));
    assert_eq!(scene.admin.names().await, ["A"]);
}

#[tokio::test]
async fn names_may_be_any_text_that_the_server_accepts() {
    let scene = Scene::new().await;
    for name in ["my secret", "a\"b'c\\d", "clé 🔑", "a/b", "a=b", "$HOME", "*", "set", "-dash", "--names"]
    {
        let value = format!("value of {name}!");
        scene.writer.run_with(["set", "--", name], &value).await.succeeded();
        assert_eq!(scene.runner.run(["get", "--", name]).await.succeeded().printed(), value);
        for (command, code) in [("exists", 0), ("delete", 0), ("exists", 1), ("restore", 0)] {
            assert_eq!(scene.writer.run([command, "--", name]).await.code, Some(code), "{command} {name}");
        }
    }
    assert_eq!(scene.runner.run(["list", "--names"]).await.succeeded().printed().lines().count(), 10);
}

#[tokio::test]
async fn get_prints_text_to_the_byte_and_other_values_as_json_and_exists_reads_none() {
    let scene = Scene::new().await;
    for (value, plain, as_json) in [
        (json!("hunter2 hunter2"), "hunter2 hunter2", "\"hunter2 hunter2\"\n"),
        (json!("ends\n"), "ends\n", "\"ends\\n\"\n"),
        (json!(" a\r\nb\t\u{0}\u{7f}🔑 "), " a\r\nb\t\u{0}\u{7f}🔑 ", "\" a\\r\\nb\\t\\u0000\u{7f}🔑 \"\n"),
        (json!(""), "", "\"\"\n"),
        (json!("42"), "42", "\"42\"\n"),
        (json!(42), "42", "42\n"),
        (Value::Null, "null", "null\n"),
        (json!(true), "true", "true\n"),
        (json!({"b": [1], "a": null}), r#"{"b":[1],"a":null}"#, "{\"b\":[1],\"a\":null}\n"),
    ] {
        scene.admin.set("A", value.clone()).await;
        let ran = scene.runner.run(["get", "A"]).await.succeeded();
        assert_eq!((ran.printed(), ran.stderr.as_str()), (plain, ""));
        assert_eq!(scene.runner.run(["get", "A", "--json"]).await.succeeded().printed(), as_json);
    }
    let number = "12345678901234567890123456789.10";
    scene.writer.run_with(["set", "A", "--json"], number).await.succeeded();
    assert_eq!(scene.runner.run(["get", "A"]).await.printed(), number);

    // `exists` reads none of them.
    let before = scene.reads().await;
    let no = |name| (name, 1, "false\n");
    for (name, code, word) in [("A", 0, "true\n"), no("B"), no(""), no("a")] {
        let ran = scene.writer.run(["exists", name]).await;
        assert_eq!((ran.code, ran.printed(), ran.stderr.as_str()), (Some(code), "", ""));
        let ran = scene.runner.run(["exists", name, "--json"]).await;
        assert_eq!((ran.code, ran.printed()), (Some(code), word));
    }
    assert_eq!(scene.reads().await, before);
}

#[tokio::test]
async fn a_limited_key_sees_its_secrets_and_get_reports_missing_secrets_and_permissions() {
    let scene = Scene::with_secrets(&["A", "DB_URL", "AWS_KEY"]).await;
    scene.runner.run(["get", "MISSING"]).await.fails(1, &["The secret MISSING was not found"]);
    for name in ["A", "MISSING"] {
        let said = scene.writer.run(["get", name]).await.failed(3);
        assert!(said.contains("read:secret-value") || said.contains("runner"), "{said}");
    }
    let limited = scene.limited("runner", &["DB_*"]).await;
    let beyond = limited.run(["get", "A"]).await.failed(1);
    assert_eq!(beyond.replace(" A ", " B "), limited.run(["get", "B"]).await.failed(1));

    let limited = scene.limited("user", &["DB_*"]).await;
    assert_eq!(limited.run(["list", "--names"]).await.succeeded().printed(), "DB_URL\n");
    assert_eq!(limited.run(["exists", "AWS_KEY"]).await.code, Some(1));
    limited.run_with(["set", "AWS_KEY"], "planted value").await.failed(3);
    limited.run(["delete", "AWS_KEY"]).await.failed(3);
}

#[tokio::test]
async fn a_deleted_secret_is_restored_by_the_suggested_command_and_other_versions_are_refused() {
    const CHANGED: &str =
        "Could not delete A: The secret has changed in the meantime: it is at version 1, not 2.";
    let scene = Scene::new().await;
    scene.admin.set("my secret", json!("the value of mine")).await;
    scene.writer.run(["delete", "my secret"]).await.says(&["strongroom restore 'my secret'"]);
    assert!(scene.admin.names().await.is_empty());
    scene.writer.run(["delete", "my secret"]).await.fails(1, &["no secret with that name"]);

    let program = strongroom_tests::program::binary();
    let folder = program.parent().expect("a directory").display();
    let script = format!("PATH={folder}:$PATH; strongroom restore 'my secret'");
    scene.writer.run_program("sh", ["-c", &script]).await.succeeded();
    assert_eq!(scene.reader.value("my secret").await, json!("the value of mine"));
    scene.writer.run(["restore", "my secret"]).await.failed(1);
    scene.writer.run(["restore", "MISSING"]).await.failed(1);
    for command in ["delete", "restore"] {
        scene.runner.run([command, "my secret"]).await.failed(3);
    }
    assert_eq!(scene.admin.names().await, ["my secret"]);

    for (command, version, code, said) in [
        (
            "set",
            "1",
            1,
            "Could not set A: The secret has changed in the meantime: it was deleted or renamed.",
        ),
        ("set", "0", 0, "Set A."),
        ("set", "0", 1, "Could not set A: A secret with that name already exists, at version 1."),
        ("delete", "2", 1, CHANGED),
        ("delete", "1", 0, "Deleted A."),
    ] {
        let ran = scene.writer.run_with([command, "A", "--expected-version", version], "a value").await;
        assert!(ran.stderr.contains(said), "{}", ran.stderr);
        assert_eq!(ran.code, Some(code), "{command} {version}");
    }
}

#[tokio::test]
async fn many_secrets_are_deleted_and_restored_all_or_none() {
    let scene = Scene::new().await;
    scene.admin.set_all(&[("A", "the value of A"), ("B", "the value of B"), ("C", "the value of C")]).await;
    let said = ["error: Nothing was deleted: 1 of the 3 secrets", "MISSING: There is no secret"];
    scene.writer.run(["delete", "A", "MISSING", "B"]).await.fails(1, &said);
    scene.writer.run(["delete", "A", "B", "--expected-version", "1"]).await.fails(2, &["a single secret"]);
    scene.runner.run(["delete", "A", "B"]).await.failed(3);
    assert_eq!(scene.admin.names().await, ["A", "B", "C"]);
    let said = ["Deleted 2 secrets. `strongroom restore A B` restores them."];
    scene.writer.run(["delete", "A", "B"]).await.says(&said);
    assert_eq!(scene.admin.names().await, ["C"]);
    scene.writer.run(["restore", "A", "C"]).await.fails(1, &["C: There is already a secret with that name."]);
    scene.writer.run(["restore", "A", "B"]).await.says(&["Restored 2 secrets."]);
    scene.admin.set_all(&[("-dash", "the value of a dash"), ("--dash", "the value of dashes")]).await;
    let said = ["`strongroom restore A -- -dash --dash`"];
    scene.writer.run(["delete", "A", "--", "-dash", "--dash"]).await.says(&said);
    scene.writer.run(["restore", "A", "--", "-dash", "--dash"]).await.succeeded();
    assert_eq!(scene.reader.value("A").await, json!("the value of A"));
}

#[tokio::test]
async fn list_shows_secrets_without_values_and_lookalikes_and_escape_sequences_safely() {
    let scene = Scene::new().await;
    assert_eq!(scene.writer.run(["list"]).await.says(&["strongroom set NAME"]).printed(), "");

    scene.admin.set_all(&[("B", "the value of B"), ("B", "the second value of B")]).await;
    let long = "a description that is too long for any terminal ".repeat(8);
    let input = json!({"name": "A", "value": "the value of A", "description": long.trim()});
    scene.admin.done("set_secret", input).await;
    scene.runner.run(["get", "A"]).await.succeeded();

    let ran = scene.writer.run(["list"]).await.succeeded();
    let table = scene.redacted(&scene.writer, ran.printed());
    insta::assert_snapshot!(table.replace(long.trim(), "(all of it)"), @"
    NAME  VERSION  UPDATED           UPDATED BY           LAST READ         DESCRIPTION
    A     #        ####-##-## ##:##  administrator key #  ####-##-## ##:##  (all of it)
    B     #        ####-##-## ##:##  administrator key #  -                 -
    ");

    assert_eq!(scene.writer.run(["list", "--names"]).await.succeeded().printed(), "A\nB\n");
    let listed = scene.writer.run(["list", "--json"]).await.succeeded().json();
    let b = ["name", "version", "updated_by", "last_read"].map(|field| listed[1][field].clone());
    let by = scene.admin.auth_info("name").await;
    assert_eq!(b, [json!("B"), json!(2), by, Value::Null]);
    assert_eq!(listed[0]["description"], long.trim());
    assert!(listed[0]["last_read_by"].as_str().is_some_and(|by| by.starts_with("runner key")), "{listed}");
    for time in [&listed[0]["updated"], &listed[0]["last_read"]] {
        assert!(time.as_str().is_some_and(|time| time.contains('T')), "{time}");
    }

    // Lookalike names and escape sequences are shown safely.
    for (name, warning) in [
        ("DB_PASSWORD", None),
        ("DB_PASS\u{ad}WORD", Some("DB_PASS‹U+00AD›WORD looks like DB_PASSWORD, which is another secret.")),
        ("D\u{412}_PASSWORD", Some("D‹U+0412›_PASSWORD looks like DB_PASS")),
        ("Caf\u{e9}", None),
        ("Cafe\u{301}", Some("Cafe‹U+0301› looks like Caf‹U+00E9›, which is another secret.")),
        ("ключ", None),
    ] {
        let ran = scene.writer.run_with(["set", name], "a value").await.succeeded();
        let told = ran.stderr.lines().find(|line| line.contains("looks like"));
        assert_eq!(told.is_some(), warning.is_some(), "{name}: {told:?}");
        assert!(told.unwrap_or_default().contains(warning.unwrap_or_default()), "{name}: {told:?}");
    }
    let file = scene.writer.file("twin.json", "{\"KEY\": 1, \"K\u{415}Y\": 2}");
    scene.writer.run(["import", text(&file), "--yes"]).await.says(&["K‹U+0415›Y looks like KEY"]);

    scene.writer.run(["list"]).await.prints(&["DB_PASS‹U+00AD›WORD"]);
    // Programs read names as they are.
    scene.writer.run(["list", "--names"]).await.prints(&["DB_PASS\u{ad}WORD\n"]);

    let ran = scene.writer.run_with(["set", "DB_PASSWORD\u{200b}"], "a value").await;
    assert_ne!(ran.code, Some(0));
    assert!(ran.stderr.contains("can't have invisible characters at its start or end"), "{}", ran.stderr);

    let input =
        json!({"name": "A", "value": "the value of A", "description": "\u{1b}[2J\u{1b}]0;title\u{7}red"});
    scene.admin.mutate("set_secret", input).await.assert_rejected();
    scene.admin.set("A", json!("the value of A")).await;
    // A server that refuses less could have it.
    let description = "char(27) || '[2J' || char(27) || ']0;title' || char(7) || 'red'";
    scene.server.store().sql(&format!("UPDATE secrets SET description = {description}")).await;
    let ran = scene.writer.run(["list"]).await.prints(&["red"]);
    assert!(!ran.printed().contains(['\u{1b}', '\u{7}']), "{:?}", ran.printed());
    let listed = scene.writer.run(["list", "--json"]).await.succeeded().json();
    assert_eq!(listed[0]["description"], "\u{1b}[2J\u{1b}]0;title\u{7}red");
}
