//! Crashes and stops: acknowledged changes survive, a killed first start does no harm, and a file that is no database is left
//! alone. `tests/durability` kills servers under load.

mod backup;

use std::fs;
use std::sync::Arc;

use serde_json::json;
use strongroom_tests::{SERVE, Scene, Store, wait};

#[tokio::test]
async fn created_and_revoked_keys_survive_a_kill_and_ctrl_c_stops_the_server() {
    let store = Store::new();
    let Scene { server, admin, writer, runner, .. } = Scene::on(store.serve().await).await;
    writer.set("A", json!("the value")).await;
    server.kill().await;

    let server = store.serve().await;
    let (id, made) = admin.at(&server).new_key(json!({"name": "made before a kill", "role": "runner"})).await;
    server.kill().await;

    let server = store.serve().await;
    assert_eq!(made.at(&server).value("A").await, json!("the value"));
    assert_eq!(runner.at(&server).value("A").await, json!("the value"));
    admin.at(&server).done("delete_api_key", json!({"key_id": id})).await;
    server.kill().await;

    let mut server = store.serve().await;
    made.at(&server).assert_unknown().await;
    assert_eq!(runner.at(&server).value("A").await, json!("the value"));
    server.signal("INT");
    let status = server.ended().await;
    assert!(status.success(), "{status}");
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
            wait::is("the master key is made", async || store.key_file().exists()).await;
        }
        child.kill().await.expect("a child can be killed");

        assert_can_be_set_up(&store).await;
    }
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
