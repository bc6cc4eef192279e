//! Crashes and stops: acknowledged changes survive, a killed first start does no harm, and a file that is no database is left
//! alone. `tests/durability` kills servers under load.

mod backup;

use std::collections::BTreeSet;
use std::fs;
use std::sync::Arc;

use serde_json::json;
use strongroom_tests::receiver::{NETWORKS, Receiver};
use strongroom_tests::{SERVE, Scene, Server, Store, free_address, wait};
use tokio::task::JoinSet;

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

#[tokio::test]
async fn events_of_acknowledged_changes_are_delivered_after_a_kill() {
    let store = Store::new();
    let serve = async || Server::start_on(&store, &NETWORKS).await;
    let Scene { server, admin, writer, .. } = Scene::on(serve().await).await;
    // Nothing listens yet, so the server is killed between the commits and the deliveries.
    let address = free_address();
    let key = admin.set_webhook(&format!("http://{address}/hook")).await;
    let mut writers = JoinSet::new();
    for number in 0..20 {
        let writer = writer.clone();
        writers.spawn(async move {
            let name = format!("SECRET_{number}");
            writer.set(&name, json!(format!("the value of {name}"))).await;
            name
        });
    }
    let acknowledged: BTreeSet<_> = writers.join_all().await.into_iter().collect();
    server.kill().await;

    let receiver = Receiver::start_at(&address, &[]).await;
    let server = serve().await;
    let events = wait::until("an event of each change", async || {
        let events = receiver.events();
        let told: BTreeSet<_> = events.iter().filter_map(|event| event.about().1).collect();
        (told == acknowledged).then_some(events)
    })
    .await;
    for event in &events {
        assert!(event.is_verified(&key).await, "{event:?}");
    }
    wait::is("all are delivered", async || {
        let deliveries = admin.at(&server).rows("webhook_delivery", "state").await;
        deliveries.len() == 20 && deliveries.iter().all(|delivery| delivery["state"] == "delivered")
    })
    .await;
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
