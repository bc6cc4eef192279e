//! Crashes and stops: acknowledged changes survive, a killed first start does no harm, and a file that is no database is left
//! alone. `tests/durability` kills servers under load.

mod backup;

use std::fs;
use std::sync::Arc;

use serde_json::json;
use strongroom_tests::server::SERVE;
use strongroom_tests::{Server, Store, wait};

#[tokio::test]
async fn every_kind_of_change_survives_a_kill() {
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
async fn a_killed_first_start_does_no_harm() {
    for waits_for_key in [false, true] {
        let store = Store::new();
        let mut child = store.spawn(&SERVE);
        if waits_for_key {
            wait::until("the master key is made", async || store.key_file().exists().then_some(())).await;
        }
        child.kill().await.expect("a child can be killed");

        assert_can_be_set_up(&store).await;
    }
}

#[tokio::test]
async fn ctrl_c_stops_the_server() {
    let mut server = Server::start().await;
    server.signal("INT");
    let status = server.ended().await;
    assert!(status.success(), "{status}");
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused_and_left_alone() {
    let store = Store::new();
    store.team("acme").await;
    let database = store.data_dir().join("strongroom.db");
    assert!(database.exists(), "there is a database");
    fs::write(&database, b"this is not a database, but notes").expect("it can be replaced");
    let before = store.content();
    for arguments in
        [&SERVE[..], &["admin", "create-key", "--team", "acme", "--name", "k", "--role", "runner"]]
    {
        let complaint = store.run(arguments).await.failed();
        assert!(complaint.to_lowercase().contains("database"), "{arguments:?}: {complaint}");
    }
    assert!(store.content() == before, "a refused start changes nothing");
}
