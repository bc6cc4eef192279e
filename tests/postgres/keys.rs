//! Keys are changed beside several servers: both go on, and nothing is sealed with what is no longer there.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::json;
use strongroom_tests::{Client, Store, write_private};
use tokio::task::JoinHandle;

use crate::Scene;

const FIRST: &str = "1f";
const SECOND: &str = "2e";

/// Sets and reads a secret of its own until it is told to end; every request has to succeed.
fn work(writer: Client, runner: Client, name: &'static str, is_over: &Arc<AtomicBool>) -> JoinHandle<usize> {
    let is_over = Arc::clone(is_over);
    tokio::spawn(async move {
        let mut rounds = 0;
        while !is_over.load(Ordering::Relaxed) {
            writer.set(name, json!(rounds)).await;
            assert_eq!(runner.value(name).await, json!(rounds));
            rounds += 1;
        }
        rounds
    })
}

fn write_keys(store: &Store, digits: &[&str]) {
    let keys: Vec<_> = digits.iter().map(|digits| digits.repeat(32)).collect();
    for key in &keys {
        store.must_stay_secret(key);
    }
    write_private(store.data_dir().join("master.key"), keys.join("\n"));
}

#[tokio::test]
async fn keys_are_changed_beside_two_servers_and_nobody_notices() {
    let store = Scene::store();
    fs::create_dir(store.data_dir()).expect("folders can be made");
    write_keys(&store, &[FIRST]);
    let Scene { store, first, second, team } = Scene::on(store).await;
    let (writer, runner) = (team.key("user").await, team.key("runner").await);
    let secrets: Vec<_> =
        (0..150).map(|number| json!({"name": format!("S{number}"), "value": number})).collect();
    writer.done("import_secrets", json!({"secrets": secrets})).await;

    let is_over = Arc::new(AtomicBool::new(false));
    let load = [
        work(writer.at(&first), runner.at(&second), "at the first", &is_over),
        work(writer.at(&second), runner.at(&first), "at the second", &is_over),
    ];
    store.refused(&["rotate-master-key"], "other servers may use").await;
    write_keys(&store, &[SECOND, FIRST]);
    store.run(&["rotate-master-key"]).await.succeeded();
    let key = fs::read_to_string(store.data_dir().join("master.key")).expect("the key can be read");
    assert_eq!(key.trim(), SECOND.repeat(32), "the old one is no longer used");
    let said = store.run(&["rotate-data-keys"]).await.succeeded();
    assert!(said.starts_with("acme: sealed "), "{said}");
    is_over.store(true, Ordering::Relaxed);
    for task in load {
        assert!(task.await.expect("every request succeeds") > 0);
    }

    assert_eq!(store.sql_number("SELECT count(*) FROM data_keys").await, 1);
    let foreign = "SELECT count(*) FROM secret_versions WHERE data_key_id NOT IN (SELECT id FROM data_keys)";
    assert_eq!(store.sql_number(foreign).await, 0);
    for (number, server) in [(0, &first), (149, &second)] {
        assert_eq!(runner.at(server).value(&format!("S{number}")).await, json!(number));
    }
    store.admin(&["audit", "verify"]).await;
}
