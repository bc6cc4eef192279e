//! Where the server and the key come from, what is wrong with that, and the codes of it.

use serde_json::json;
use strongroom_tests::Machine;
use strongroom_tests::server::free_address;

use crate::Scene;

const FILE: &str = ".config/strongroom/config.toml";

/// Whom the machine's settings make one.
async fn name(machine: &Machine, arguments: &[&str]) -> String {
    let whoami = [&["whoami", "--json"], arguments].concat();
    let found = machine.run(whoami).await.succeeded().json();
    found["role"].as_str().expect("a role").to_owned()
}

#[tokio::test]
async fn an_argument_goes_before_a_variable_before_the_file() {
    let scene = Scene::new().await;
    let [in_file, in_variable, in_argument] = ["user", "read-only", "administrator"];
    let url = scene.server.url();
    let machine = Machine::bare(scene.server.store());
    let key = scene.team.new_key(in_file).await;
    machine.file(FILE, format!("server = \"{url}\"\nkey = \"{key}\"\n"));
    assert_eq!(name(&machine, &[]).await, in_file);

    let machine = machine.with_key(&scene.team.new_key(in_variable).await);
    assert_eq!(name(&machine, &[]).await, in_variable);
    let file = machine.file("key of the administrator", scene.team.new_key(in_argument).await + "\n");
    let file = file.to_str().expect("UTF-8");
    assert_eq!(name(&machine, &["--key-file", file]).await, in_argument);
    let key = scene.team.new_key(in_argument).await;
    assert_eq!(name(&machine, &["--key", &key]).await, in_argument);
    // A variable that is empty is none.
    assert_eq!(name(&machine.with("STRONGROOM_KEY", ""), &[]).await, in_file);

    let away = format!("http://{}", free_address());
    let machine = machine.with("STRONGROOM_SERVER", &away);
    assert_eq!(name(&machine, &["--server", url]).await, in_variable);
}

#[tokio::test]
async fn a_key_file_is_a_variable_or_beside_the_configuration() {
    let scene = Scene::new().await;
    let machine = Machine::at(&scene.server);
    let key = scene.team.new_key("read-only").await;
    let path = machine.file("some where/key", format!("\u{feff}  {key}\r\n\n"));
    assert_eq!(name(&machine.with("STRONGROOM_KEY_FILE", &path), &[]).await, "read-only");

    machine.file(".config/strongroom/key", &key);
    machine.file(FILE, "key-file = \"key\"\n");
    assert_eq!(name(&machine, &[]).await, "read-only");

    let elsewhere = machine.file("elsewhere/strongroom/config.toml", "key-file = \"../../some where/key\"\n");
    let machine = machine.with("XDG_CONFIG_HOME", machine.home().join("elsewhere"));
    assert_eq!(name(&machine, &[]).await, "read-only");
    let other = Machine::at(&scene.server);
    assert_eq!(name(&other.with("STRONGROOM_CLIENT_CONFIG", &elsewhere), &[]).await, "read-only");
    let path = elsewhere.to_str().expect("UTF-8");
    assert_eq!(name(&other, &["--config", path]).await, "read-only");
}

#[tokio::test]
async fn bad_files_are_told_by_their_place_and_never_by_their_content() {
    let scene = Scene::new().await;
    let secret = "hunter2hunter2";
    scene.server.store().must_stay_secret(secret);
    let machine = Machine::at(&scene.server);
    for (content, part) in [
        ("server = \"http://127.0.0.1:1\"\nkey = hunter2hunter2\n", "line 2"),
        ("key = \"hunter2hunter2\n", "line 1"),
        ("hunter2hunter2", "line 1"),
        ("key = 1\n", "key"),
        ("[key]\nvalue = \"hunter2hunter2\"\n", "key"),
        ("kee = \"hunter2hunter2\"\n", "kee"),
    ] {
        machine.file(FILE, content);
        let said = machine.run(["list"]).await.failed(2);
        assert!(said.contains("config.toml") && said.contains(part), "{content}: {said}");
    }
    machine.file(FILE, b"key = \"hunter2hunter2\xff\"\n");
    machine.run(["list"]).await.failed(2);
    machine.file(FILE, "key-file = \"missing\"\n");
    let said = machine.run(["list"]).await.failed(2);
    assert!(said.contains("missing"), "{said}");
    machine.file(".config/strongroom/missing", " \n");
    let said = machine.run(["list"]).await.failed(2);
    assert!(said.contains("holds no key"), "{said}");

    machine.file(FILE, "");
    for arguments in [["--config", "nowhere.toml"], ["--key-file", "nowhere.key"]] {
        let said = machine.run([&["list"], &arguments[..]].concat()).await.failed(2);
        assert!(said.contains(arguments[1]), "{said}");
    }
}

#[tokio::test]
async fn each_kind_of_failure_has_its_code() {
    let scene = Scene::new().await;
    scene.admin.set("A", json!("the value of A")).await;
    let none = Machine::at(&scene.server);
    let said = none.run(["list"]).await.failed(3);
    assert!(said.contains("STRONGROOM_KEY"), "{said}");
    let unknown = none.with_key("sr_0000000000000000000000000000000000000000000000000");
    let said = unknown.run(["list"]).await.failed(3);
    assert!(said.contains("does not accept the API key"), "{said}");
    let malformed = none.with_key("a key of\nsomething else");
    malformed.run(["list"]).await.failed(3);
    for address in ["127.0.0.1:4300", "ftp://127.0.0.1", "nonsense"] {
        scene.writer.with("STRONGROOM_SERVER", address).run(["list"]).await.failed(2);
    }
    let not_ours = scene.writer.with("STRONGROOM_SERVER", format!("{}/healthz/graphql", scene.server.url()));
    // Any path that ends so is GraphQL.
    not_ours.run(["list"]).await.succeeded();
    for wrong in [&["nothing"][..], &["list", "--nothing"], &["get"], &["completions", "dos"], &[]] {
        let ran = scene.writer.run(wrong).await;
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(!ran.stderr.is_empty());
    }
    // Not there, and not allowed.
    scene.runner.run(["get", "B"]).await.failed(1);
    scene.runner.run_with(["set", "A"], "the other value").await.failed(3);
}

#[tokio::test]
async fn a_server_that_is_away_or_none_has_a_code_of_its_own() {
    let scene = Scene::new().await;
    let secret = "hunter2hunter2";
    scene.server.store().must_stay_secret(secret);
    let address = free_address();
    let away = scene.writer.with("STRONGROOM_SERVER", format!("http://user:hunter2hunter2@{address}"));
    let (list, set) = tokio::join!(away.run(["list"]), away.run_with(["set", "A"], "hunter2hunter2"));
    for said in [list.failed(4), set.failed(4)] {
        assert!(said.contains(&address) && said.contains("can't be reached"), "{said}");
    }
}

#[tokio::test]
async fn a_file_that_others_may_read_is_noticed_by_the_doctor() {
    use std::os::unix::fs::PermissionsExt as _;
    let scene = Scene::new().await;
    let machine = Machine::at(&scene.server);
    let key = scene.team.new_key("read-only").await;
    let path = machine.file(FILE, format!("key = \"{key}\"\n"));
    for (mode, well) in [(0o644, false), (0o600, true)] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("it is ours");
        let report = machine.run(["doctor", "--json"]).await.succeeded().json();
        let found = report["checks"].as_array().expect("a list").iter().any(|check| {
            check["outcome"] != json!("well")
                && check["message"].as_str().is_some_and(|text| text.contains("config.toml"))
        });
        assert_eq!(found, !well, "{report:#}");
    }
}
