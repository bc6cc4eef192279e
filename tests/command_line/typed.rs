//! At a terminal: hidden input, questions, colours, and tables that fit.

use std::process::ExitStatus;

use serde_json::json;
use strongroom_tests::terminal::Terminal;
use strongroom_tests::{Machine, assert_says};

use crate::{Scene, secrets_file};

const VALUE: &str = "typed hunter2 hunter2";

/// Types keys at a prompt: how the program ends, and all that the terminal shows.
async fn typed(machine: &Machine, arguments: &[&str], prompt: &str, keys: &str) -> (ExitStatus, String) {
    let mut terminal = Terminal::run(machine, arguments);
    terminal.expect(prompt).await;
    terminal.type_keys(keys).await;
    (terminal.ended().await, terminal.shown())
}

#[tokio::test]
async fn typed_input_is_kept_whole_and_not_shown_and_an_interrupt_sets_no_secret() {
    let scene = Scene::new().await;
    for (keys, code) in [("\r", Some(1)), ("\x04", Some(1)), ("half a value\x03", None)] {
        let (status, shown) = typed(&scene.writer, &["set", "A"], "not shown", keys).await;
        assert!(!status.success() && (code.is_none() || status.code() == code), "{keys:?}: {status}");
        assert!(!shown.contains("half"), "{shown}");
    }
    // A missing permission is reported before the prompt.
    let mut terminal = Terminal::run(&scene.writer.with_key("sr_wrong_wrong_wrong"), &["set", "A"]);
    assert_eq!(terminal.ended().await.code(), Some(3));
    assert!(!terminal.shown().contains("not shown"), "{}", terminal.shown());
    assert!(scene.admin.names().await.is_empty());

    let prompt = "Value of A (it is not shown): ";
    let set = ["set", "A", "--description", "typed"];
    let (status, shown) = typed(&scene.writer, &set, prompt, &format!("{VALUE}\r")).await;
    assert!(status.success() && shown.contains("Set A.") && !shown.contains("hunter2"), "{shown}");
    let (status, shown) = typed(&scene.writer, &["set", "A", "--json"], "not shown", "hunter2 {\r").await;
    assert!(status.code() == Some(1) && !shown.contains("hunter2"), "{shown}");
    assert_eq!(scene.reader.value("A").await, json!(VALUE));

    let long = "x".repeat(10_000);
    let file = format!("A={long}\rB=2\r\x04");
    for arguments in [&["import", "-", "--format", "env", "--yes"][..], &["set", "C", "--file", "-"]] {
        let (status, shown) = typed(&scene.writer, arguments, "Ctrl-D", &file).await;
        assert!(status.success() && !shown.contains("xxx"), "{shown}");
    }
    assert_eq!(scene.reader.value("A").await, json!(long));
    assert_eq!(scene.reader.value("C").await, json!(format!("A={long}\nB=2\n")));
}

#[tokio::test]
async fn a_paste_is_read_whole_and_does_not_reach_the_shell() {
    let scene = Scene::new().await;
    let long = format!("hunter2 {}", "x".repeat(10_000));
    let long_line = format!("{long}\r");
    let program = strongroom_tests::program::binary().display().to_string();
    for (index, (pasted, expected)) in [
        ("-----BEGIN\rhunter2\r-----END\r", Some("-----BEGIN\nhunter2\n-----END\n")),
        ("first\r\nhunter2\r\n", Some("first\nhunter2\n")),
        // Bracketed, and followed by Enter.
        ("\x1b[200~first\rhunter2\x1b[201~\r", Some("first\nhunter2\n")),
        ("\x1b[200~first\nhunter2\n\x1b[201~\r", Some("first\nhunter2\n")),
        ("\x1b[200~token hunter2\r\x1b[201~\r", Some("token hunter2")),
        ("\x1b\x1b[200~token hunter2\x1b[201~\r", Some("token hunter2")),
        ("a\thunter2\r", Some("a\thunter2")),
        (long_line.as_str(), Some(long.as_str())),
        ("first\x03echo hunter2\rhunter2\r", None),
        ("\x04echo hunter2\rhunter2\r", None),
        ("\x1b[200~first\x03echo hunter2\r", None),
    ]
    .into_iter()
    .enumerate()
    {
        let mut shell = scene.writer.program("bash");
        shell.args(["--norc", "--noprofile", "-i"]).env("PS1", "ready> ");
        let mut terminal = Terminal::run_command(shell.as_std(), scene.writer.home(), 100);
        terminal.type_line(&format!("'{program}' set P{index}")).await;
        terminal.expect("not shown): ").await;
        terminal.type_keys(pasted).await;
        terminal.expect(if expected.is_some() { "Set P" } else { "ready> " }).await;
        terminal.type_line("echo left-$((1 + 1)); history; exit").await;
        terminal.expect("left-2").await;
        terminal.ended().await;
        let shown = terminal.shown();
        assert!(!shown.contains("hunter2") && !shown.contains("not found"), "{pasted:?}: {shown}");
        let there = scene.admin.names().await.contains(&format!("P{index}"));
        assert_eq!(there, expected.is_some(), "{pasted:?}");
        if let Some(expected) = expected {
            assert_eq!(scene.reader.value(&format!("P{index}")).await, json!(expected), "{pasted:?}");
            let lines = expected.lines().count();
            let is_said = shown.contains(&format!("Read {lines} lines."));
            assert_eq!(is_said, lines > 1, "{pasted:?}: {shown}");
        }
    }
    assert!(scene.writer.files_with("hunter2").is_empty(), "not in the shell's history either");
}

/// The text without escape sequences.
fn plain(shown: &str) -> String {
    let mut parts = shown.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| {
        let end = part.find(|letter: char| letter.is_ascii_alphabetic());
        text + end.map_or("", |end| &part[end + 1..])
    })
}

#[tokio::test]
async fn output_fits_the_terminal_and_is_coloured_unless_disabled() {
    let scene = Scene::new().await;
    let long = "a description that is far too long for a line of a terminal ".repeat(4);
    let input = json!({"name": "DATABASE_PASSWORD", "value": "the value of A", "description": long.trim()});
    scene.admin.done("set_secret", input).await;
    for columns in [100, 120, 200] {
        let mut terminal = Terminal::run_in(&scene.writer, columns, &["list"]);
        assert!(terminal.ended().await.success());
        let shown = plain(&terminal.shown());
        let lines: Vec<_> = shown.lines().map(|line| line.trim_end_matches('\r')).collect();
        assert_eq!(lines.len(), 2, "one line for each: {shown}");
        for line in &lines {
            assert!(line.chars().count() <= usize::from(columns), "{columns}: {line}");
            assert_eq!(*line, line.trim_end(), "no trailing blanks");
        }
        assert!(lines[1].starts_with("DATABASE_PASSWORD "), "names are whole: {shown}");
        assert!(lines[1].ends_with('…'), "{shown}");
    }

    for (value, shown) in [(json!("the value of A"), "the value of A\r\n"), (json!([1]), "[1]\r\n")] {
        scene.admin.set("A", value).await;
        let mut terminal = Terminal::run(&scene.runner, &["get", "A"]);
        assert!(terminal.ended().await.success());
        assert_eq!(terminal.shown(), shown);
    }
    let coloured = async |machine: &Machine| {
        let mut terminal = Terminal::run(machine, &["get", "MISSING"]);
        assert_eq!(terminal.ended().await.code(), Some(1));
        assert_says(&terminal.shown(), &["error:"]);
        terminal.shown().contains("\u{1b}[")
    };
    assert!(coloured(&scene.runner).await);
    assert!(!coloured(&scene.runner.with("NO_COLOR", "1")).await);
    let said = scene.runner.run(["get", "MISSING"]).await.failed(1);
    assert!(!said.contains('\u{1b}'), "{said:?}");
}

/// An import of a new and an existing secret that waits for an answer.
async fn asked(scene: &Scene) -> Terminal {
    scene.admin.try_delete("NEW").await;
    scene.admin.set("OLD", json!("the old value")).await;
    scene.writer.file("some.env", "NEW=the new value\nOLD=the newer value\n");
    scene.server.store().must_stay_secret("the newer value");
    let mut terminal = Terminal::run(&scene.writer, &["import", "some.env"]);
    terminal.expect("Import 2 secrets? [y/N]").await;
    let shown = plain(&terminal.shown());
    assert_says(&shown, &["new: 1", "overwritten: 1", "unchanged: 0", "NEW", "OLD"]);
    scene.server.store().assert_keeps_secrets("the question", &shown);
    terminal
}

#[tokio::test]
async fn an_import_needs_a_yes_to_an_unchanged_preview() {
    let scene = Scene::new().await;
    for yes in ["y", "Y", "yes"] {
        let mut terminal = asked(&scene).await;
        assert_eq!(scene.reader.value("OLD").await, json!("the old value"));
        terminal.type_line(yes).await;
        terminal.expect("Imported 2 secrets: 1 new, 1 overwritten; 0 were unchanged.").await;
        assert!(terminal.ended().await.success());
        assert_eq!(scene.reader.value("OLD").await, json!("the newer value"));
    }
    for no in ["\r", "n\r", "what?\r", "y\rmore\r", "\x04", "\x03"] {
        let mut terminal = asked(&scene).await;
        terminal.type_keys(no).await;
        let status = terminal.ended().await;
        assert_eq!(status.code(), if no == "\x03" { None } else { Some(1) }, "{no:?}: {}", terminal.shown());
        assert_eq!(scene.admin.names().await, ["OLD"]);
        assert_eq!(scene.reader.value("OLD").await, json!("the old value"));
    }
    for what in ["OLD", "NEW", "deleted"] {
        let mut terminal = asked(&scene).await;
        match what {
            "deleted" => scene.admin.delete("OLD").await,
            name => scene.admin.set(name, json!("a colleague's value")).await,
        }
        let secrets = async || scene.admin.rows("secret(order_by: {name: asc})", "name version").await;
        let before = secrets().await;
        terminal.type_line("y").await;
        assert_eq!(terminal.ended().await.code(), Some(1), "{}", terminal.shown());
        assert_says(&terminal.shown(), &["changed since the preview"]);
        assert_eq!(before, secrets().await, "{what}");
    }

    let secret = |number| (format!("S{number:02}"), "a value of many".to_owned());
    secrets_file(&scene.writer, "many.json", 60, secret);
    let import = ["import", "many.json"];
    let (status, shown) = typed(&scene.writer, &import, "Import 60 secrets? [y/N]", "y\r").await;
    assert!(status.success() && shown.contains("and 40 more"), "{shown}");
    assert_eq!(scene.admin.names().await.len(), 60);
}
