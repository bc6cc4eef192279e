//! `strongroom export`: values into a file for its owner alone.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, symlink};

use serde_json::{Value, json};
use strongroom_tests::{Machine, text};

use crate::Scene;

const DOCUMENT: &str = r#"{"DOC":{"z":1.10,"a":[null,true,12345678901234567890123.40]},"EMPTY":"","KEY":"-----BEGIN\r\nMIIE\n","NULL":null,"ODD":" $HOME ~ `x` \"q\" 'q' \\ # 🔑\u0000","my secret":"-0"}"#;

async fn filled() -> Scene {
    let scene = Scene::new().await;
    scene.writer.file("first.json", DOCUMENT);
    scene.writer.run(["import", "first.json", "--yes"]).await.succeeded();
    scene
}

fn read_json(machine: &Machine, file: &str) -> Value {
    serde_json::from_str(&machine.read(file)).expect("it is JSON")
}

#[tokio::test]
async fn json_and_text_as_toml_round_trip() {
    let scene = filled().await;
    let ran = scene.runner.run(["export", "all.json"]).await.says(&["6 secrets", "all.json"]);
    assert_eq!(ran.printed(), "");
    assert_eq!(read_json(&scene.runner, "all.json"), serde_json::from_str::<Value>(DOCUMENT).expect("JSON"));
    let path = scene.runner.home().join("all.json");
    scene.writer.run(["import", text(&path), "--yes"]).await.says(&["6 secrets unchanged"]);
    let reads = scene.admin.audit(json!({"action": {"_eq": "read:secret-value"}})).await;
    let mut read: Vec<_> = reads.iter().map(|entry| entry["object_name"].as_str()).collect();
    read.sort_unstable();
    assert_eq!(read, ["DOC", "EMPTY", "KEY", "NULL", "ODD", "my secret"].map(Some), "each once");

    let odd = " $HOME ${x} ~ `x` \"q\" 'q' \\ \\n # 🔑 ";
    let lines = ("LINES", "first\nsecond\r\n\tthird\r");
    let texts = [("PLAIN", "plain value"), ("ODD", odd), lines, ("EMPTY", ""), ("NUMBER", "42")];
    scene.admin.set_all(&texts).await;
    scene.runner.run(["export", "out.toml", "--only", "PLAIN,ODD,LINES,EMPTY,NUMBER"]).await.succeeded();
    let path = scene.runner.home().join("out.toml");
    scene.writer.run(["import", text(&path), "--yes"]).await.says(&["5 secrets unchanged"]);
}

#[tokio::test]
async fn a_file_is_for_its_owner_alone_and_is_not_overwritten() {
    let scene = filled().await;
    let runner = &scene.runner;
    runner.run(["export", "all.json"]).await.succeeded();
    let path = runner.home().join("all.json");
    let mode = || fs::metadata(&path).expect("it exists").permissions().mode() & 0o777;
    assert_eq!(mode(), 0o600);

    runner.file("all.json", "the old content");
    let before = scene.reads().await;
    runner.run(["export", "all.json"]).await.fails(1, &["all.json", "--force"]);
    assert_eq!(runner.read("all.json"), "the old content");
    assert_eq!(scene.reads().await, before, "no value is read");

    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("it is ours");
    runner.run(["export", "all.json", "--force"]).await.succeeded();
    assert!(runner.read("all.json").contains("MIIE"));
    assert_eq!(mode(), 0o600, "also of a replaced file");

    // A link could lead to a place that others may read.
    let target = runner.file("target", "the link's target");
    symlink(&target, runner.home().join("link.json")).expect("links can be made");
    fs::create_dir(runner.home().join("folder.json")).expect("folders can be made");
    for arguments in
        [&["link.json"][..], &["link.json", "--force"], &["folder.json"], &["folder.json", "--force"]]
    {
        runner.run([&["export"][..], arguments].concat()).await.failed(1);
        assert_eq!(runner.read("target"), "the link's target");
    }
    let left = runner.files_with("MIIE");
    assert_eq!(left.len(), 1, "no temporary file is left: {left:?}");
}

#[tokio::test]
async fn names_may_go_to_standard_output_and_values_only_to_files_whose_format_holds_them() {
    let scene = filled().await;
    for arguments in [&["export"][..], &["export", "-"], &["export", "--format", "env"]] {
        let said = scene.runner.run(arguments).await.failed(2);
        assert!(!said.contains("MIIE"), "{said}");
    }
    scene.runner.run(["export", "no/such/folder/out.json"]).await.failed(1);
    scene.writer.run(["export", "out.json"]).await.failed(3);
    assert!(!scene.writer.home().join("out.json").exists());

    let names = "DOC\nEMPTY\nKEY\nNULL\nODD\nmy secret\n";
    assert_eq!(scene.writer.run(["export", "--names"]).await.succeeded().printed(), names);
    scene.writer.run(["export", "--names", "names.txt"]).await.succeeded();
    assert_eq!(scene.writer.read("names.txt"), names);
    scene.writer.run(["export", "--names", "names.txt"]).await.failed(1);
    assert_eq!(scene.reads().await, 0);

    // Values that a format can't hold are named, and nothing is written.
    scene.runner.run(["export", "all.env"]).await.fails(1, &["my secret"]);
    let said = scene.runner.run(["export", "all.toml"]).await.failed(1);
    assert!(said.contains("NULL") || said.contains("DOC"), "{said}");
    for name in ["all.env", "all.toml"] {
        assert!(!scene.runner.home().join(name).exists());
    }
    // An env file holds other values as JSON, without their type.
    let ran = scene.runner.run(["export", "some.env", "--only", "DOC,KEY"]).await.succeeded();
    insta::assert_snapshot!(ran.stderr + scene.runner.read("some.env").as_str(), @r#"
    warning: No spelling suits every program: the values of KEY are misread by node --env-file, a shell. JSON has no such limit.
    warning: Every value becomes a string here, including 1 value of another type. JSON keeps types.
    Wrote 2 secrets to some.env, readable only by you.
    DOC='{"z":1.10,"a":[null,true,12345678901234567890123.40]}'
    KEY="-----BEGIN\r
    MIIE
    "
    "#);
    let path = scene.runner.home().join("some.env");
    scene.writer.run(["import", text(&path), "--yes"]).await.succeeded();
    let text = r#"{"z":1.10,"a":[null,true,12345678901234567890123.40]}"#;
    assert_eq!(scene.reader.value("DOC").await, json!(text));
}

#[tokio::test]
async fn only_and_except_choose_the_exported_secrets() {
    let scene = filled().await;
    for (options, expected) in [
        (&["--only", "EMPTY,DOC"][..], &["DOC", "EMPTY"][..]),
        (&["--only", "N*,KEY", "--except", "NO_*"], &["KEY", "NULL"]),
        (&["--except", "my secret,NULL,O*,DOC"], &["EMPTY", "KEY"]),
    ] {
        scene.runner.run([&["export", "some.json", "--force"], options].concat()).await.succeeded();
        let written = read_json(&scene.runner, "some.json");
        let mut names: Vec<_> = written.as_object().expect("an object").keys().collect();
        names.sort();
        assert_eq!(names, expected, "{options:?}");
    }
    let before = scene.runner.read("some.json");
    let except_all = ["export", "some.json", "--force", "--except", "*"];
    scene.runner.run(except_all).await.fails(1, &["no secrets"]);
    assert_eq!(scene.runner.read("some.json"), before);
    for only in ["DOC,MISSING", "MISSING_*"] {
        scene.runner.run(["export", "more.json", "--only", only]).await.fails(1, &["MISSING"]);
    }
    assert!(!scene.runner.home().join("more.json").exists());

    let limited = scene.limited("runner", &["E*"]).await;
    limited.run(["export", "limited.json"]).await.succeeded();
    assert_eq!(read_json(&limited, "limited.json"), json!({"EMPTY": ""}));
}
