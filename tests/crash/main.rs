//! Crashes, stops and lost keys: keys and roles are there afterwards, a start that was killed harms nothing, and what the
//! server cannot open it leaves as it is. Secrets under load are killed in `tests/durability`.

mod backup;

use std::fs;
use std::process::Stdio;
use std::sync::Arc;

use serde_json::json;
use strongroom_tests::{Server, Store, wait};

#[tokio::test]
async fn killed_right_after_anything_else_it_still_has_it() {
    let store = Store::new();
    let team = store.team("acme").await;
    let (admin_key, runner_key) = (team.new_key("administrator").await, team.new_key("runner").await);

    let server = store.serve().await;
    let admin = server.with_key(&admin_key);
    for name in ["RENAMED", "DELETED", "KEPT"] {
        admin.set(name, json!(format!("the value of {name}"))).await;
    }
    admin.done("update_secret", json!({"name": "RENAMED", "new_name": "NEW NAME"})).await;
    server.kill().await;

    let server = store.serve().await;
    server.with_key(&admin_key).delete("DELETED").await;
    server.kill().await;

    let server = store.serve().await;
    let input = json!({"name": "made before the crash", "role": "runner"});
    let (_, made) = server.with_key(&admin_key).new_key(input).await;
    server.kill().await;

    let server = store.serve().await;
    let runner = made.at(&server);
    assert_eq!(runner.names().await, ["KEPT", "NEW NAME"]);
    assert_eq!(runner.value("NEW NAME").await, json!("the value of RENAMED"));
    let admin = server.with_key(&admin_key);
    admin.try_restore("DELETED").await.assert_success("restore_secret");
    let keys = admin.rows("auth_api_key", "id role name").await;
    let old = keys.iter().find(|key| key["role"] == "runner" && key["name"] != "made before the crash");
    let id = old.expect("the first runner's key is listed")["id"].clone();
    admin.done("delete_api_key", json!({"key_id": id})).await;
    server.kill().await;

    let server = store.serve().await;
    server.with_key(&runner_key).query("{ secret_names }").await.assert_error("UNAUTHENTICATED");
    assert_eq!(made.at(&server).value("DELETED").await, json!("the value of DELETED"));
}

async fn assert_can_be_set_up(store: &Arc<Store>) {
    let mut server = store.serve().await;
    server.set_up_link().await;
    let team = server.team("acme").await;
    team.key("user").await.set("A", json!("the value")).await;
    assert_eq!(team.key("runner").await.value("A").await, json!("the value"));
}

#[tokio::test]
async fn killed_during_the_first_start_it_starts_all_the_same() {
    for wait_for_it in [false, true] {
        let store = Store::new();
        let mut command = store.command(["serve", "--listen", "127.0.0.1:0"]);
        let mut child =
            command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the server starts");
        if wait_for_it {
            wait::until("the master key is made", async || {
                store.data_dir().join("master.key").exists().then_some(())
            })
            .await;
        }
        child.kill().await.expect("a child can be killed");

        assert_can_be_set_up(&store).await;
    }
}

#[tokio::test]
async fn interrupted_from_the_keyboard_it_stops_as_well() {
    let mut server = Server::start().await;
    server.signal("INT");
    let status = server.ended().await;
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn a_database_that_is_none_is_refused_and_left_alone() {
    let store = Store::new();
    store.team("acme").await;
    let database = store.data_dir().join("strongroom.db");
    assert!(database.exists(), "there is a database");
    fs::write(&database, b"this is not a database, but somebody's notes").expect("it can be replaced");
    let before = store.content();
    for arguments in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["admin", "create-key", "--team", "acme", "--name", "k", "--role", "runner"],
    ] {
        let complaint = store.run(arguments).await.failed();
        assert!(complaint.to_lowercase().contains("database"), "{arguments:?}: {complaint}");
        assert!(!complaint.contains("panicked"), "{complaint}");
    }
    assert!(store.content() == before, "a refused start changes nothing");
}
