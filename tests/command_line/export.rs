//! `strongroom export`: values into a file for its owner alone.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use serde_json::{Value, json};
use strongroom_tests::text;

use crate::Scene;

const DOCUMENT: &str = r#"{"DOC":{"z":1.10,"a":[null,true,12345678901234567890123.40]},"EMPTY":"","KEY":"-----BEGIN\r\nMIIE\n","NULL":null,"ODD":" $HOME ~ `x` \"q\" 'q' \\ # 🔑\u0000","my secret":"-0"}"#;

async fn filled() -> Scene {
    let scene = Scene::new().await;
    scene.writer.file("first.json", DOCUMENT);
    scene.writer.run(["import", "first.json", "--yes"]).await.succeeded();
    scene
}

#[tokio::test]
async fn json_goes_around_without_a_change() {
    let scene = filled().await;
    let ran = scene.runner.run(["export", "all.json"]).await.succeeded();
    assert_eq!(ran.printed(), "");
    assert!(ran.stderr.contains("6 secrets") && ran.stderr.contains("all.json"), "{}", ran.stderr);
    let written: Value = serde_json::from_str(&scene.runner.read("all.json")).expect("it is JSON");
    let expected: Value = serde_json::from_str(DOCUMENT).expect("it is JSON");
    assert_eq!(written, expected);
    let path = scene.runner.home().join("all.json");
    scene.writer.run(["import", text(&path), "--yes"]).await.says(&["6 secrets unchanged"]);
    let reads = json!({"action": {"_eq": "read:secret-value"}});
    let mut read: Vec<_> =
        scene.admin.audit(reads).await.iter().map(|entry| entry["object_name"].clone()).collect();
    read.sort_by_key(Value::to_string);
    assert_eq!(json!(read), json!(["DOC", "EMPTY", "KEY", "NULL", "ODD", "my secret"]), "each once");
}

#[tokio::test]
async fn text_goes_around_as_env_and_as_toml() {
    let scene = Scene::new().await;
    let texts = [
        ("PLAIN", "plain value"),
        ("ODD", " $HOME ${x} ~ `x` \"q\" 'q' \\ \\n # 🔑 "),
        ("LINES", "first\nsecond\r\n\tthird\r"),
        ("EMPTY", ""),
        ("NUMBER", "42"),
    ];
    for (name, value) in texts {
        scene.admin.set(name, json!(value)).await;
    }
    for name in ["out.env", "out.toml"] {
        scene.runner.run(["export", name]).await.succeeded();
        let path = scene.runner.home().join(name);
        let path = text(&path);
        scene.writer.run(["import", path, "--yes"]).await.says(&["5 secrets unchanged"]);
    }
    // A shell understands it as well.
    let mut shell = scene.runner.program("bash");
    shell.args(["-c", "set -a; . ./out.env; printf %s \"$ODD|$LINES|$PLAIN\""]);
    let ran = scene.runner.run_command(shell, None).await.succeeded();
    assert_eq!(ran.printed().split('|').next(), Some(texts[1].1));
}

#[tokio::test]
async fn a_file_is_for_its_owner_alone_and_is_not_overwritten() {
    let scene = filled().await;
    scene.runner.run(["export", "all.json"]).await.succeeded();
    let path = scene.runner.home().join("all.json");
    let mode = || fs::metadata(&path).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);

    scene.runner.file("all.json", "what was there before");
    let before = scene.reads().await;
    scene.runner.run(["export", "all.json"]).await.fails(1, &["all.json", "--force"]);
    assert_eq!(scene.runner.read("all.json"), "what was there before");
    assert_eq!(scene.reads().await, before, "nothing was read for nothing");

    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("it is ours");
    scene.runner.run(["export", "all.json", "--force"]).await.succeeded();
    assert!(scene.runner.read("all.json").contains("MIIE"));
    assert_eq!(mode(), 0o600, "also where another one was");

    // A link is not followed to where others might read.
    let target = scene.runner.file("target", "what is linked to");
    std::os::unix::fs::symlink(&target, scene.runner.home().join("link.json")).expect("links can be made");
    for force in [&[][..], &["--force"]] {
        scene.runner.run([&["export", "link.json"], force].concat()).await.failed(1);
        assert_eq!(scene.runner.read("target"), "what is linked to");
    }
    let left: Vec<_> = scene.runner.files_with("MIIE");
    assert_eq!(left.len(), 1, "nothing is left over beside them: {left:?}");
}

#[tokio::test]
async fn values_never_go_to_standard_output_and_names_do() {
    let scene = filled().await;
    for arguments in [&["export"][..], &["export", "-"], &["export", "--format", "env"]] {
        let said = scene.runner.run(arguments).await.failed(2);
        assert!(!said.contains("MIIE"), "{said}");
    }
    assert_eq!(scene.reads().await, 0);
    scene.runner.run(["export", "no/such/folder/out.json"]).await.failed(1);
    scene.writer.run(["export", "out.json"]).await.failed(3);
    assert!(!scene.writer.home().join("out.json").exists());

    // Names go wherever they are wanted.
    let names = "DOC\nEMPTY\nKEY\nNULL\nODD\nmy secret\n";
    // Anybody may have them.
    let ran = scene.writer.run(["export", "--names"]).await.succeeded();
    assert_eq!(ran.printed(), names);
    scene.writer.run(["export", "--names", "names.txt"]).await.succeeded();
    assert_eq!(scene.writer.read("names.txt"), names);
    scene.writer.run(["export", "--names", "names.txt"]).await.failed(1);
    assert_eq!(scene.reads().await, 0);
}

#[tokio::test]
async fn what_a_format_can_not_hold_is_said_and_nothing_is_written() {
    let scene = filled().await;
    scene.runner.run(["export", "all.env"]).await.fails(1, &["my secret"]);
    let said = scene.runner.run(["export", "all.toml"]).await.failed(1);
    assert!(said.contains("NULL") || said.contains("DOC"), "{said}");
    for name in ["all.env", "all.toml"] {
        assert!(!scene.runner.home().join(name).exists());
    }
    // What is not text goes into an env file as JSON, and loses its type.
    scene.runner.run(["export", "some.env", "--only", "DOC,KEY"]).await.says(&["warning"]);
    let path = scene.runner.home().join("some.env");
    scene.writer.run(["import", text(&path), "--yes"]).await.succeeded();
    let text = r#"{"z":1.10,"a":[null,true,12345678901234567890123.40]}"#;
    assert_eq!(scene.reader.value("DOC").await, json!(text));
}

#[tokio::test]
async fn only_what_is_asked_for_is_exported() {
    let scene = filled().await;
    for (options, expected) in [
        (&["--only", "EMPTY,DOC"][..], &["DOC", "EMPTY"][..]),
        (&["--only", "N*,KEY", "--except", "NO_*"], &["KEY", "NULL"]),
        (&["--except", "my secret,NULL,O*,DOC"], &["EMPTY", "KEY"]),
    ] {
        let command = [&["export", "some.json", "--force"], options].concat();
        scene.runner.run(command).await.succeeded();
        let written: Value = serde_json::from_str(&scene.runner.read("some.json")).expect("it is JSON");
        let mut names: Vec<_> = written.as_object().expect("an object").keys().collect();
        names.sort();
        assert_eq!(names, expected, "{options:?}");
    }
    let before = scene.runner.read("some.json");
    let said = scene.runner.run(["export", "some.json", "--force", "--except", "*"]).await.failed(1);
    assert!(said.contains("no secrets") && scene.runner.read("some.json") == before, "{said}");
    for only in ["DOC,MISSING", "MISSING_*"] {
        scene.runner.run(["export", "more.json", "--only", only]).await.fails(1, &["MISSING"]);
    }
    assert!(!scene.runner.home().join("more.json").exists());

    // A limited key exports what it may see.
    let limited = scene.limited("runner", &["E*"]).await;
    limited.run(["export", "limited.json"]).await.succeeded();
    let written: Value = serde_json::from_str(&limited.read("limited.json")).expect("it is JSON");
    assert_eq!(written, json!({"EMPTY": ""}));
}
