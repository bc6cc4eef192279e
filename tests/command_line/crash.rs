//! An import of which the program or the server is killed is done completely or not at all.

use std::time::{Duration, Instant};

use serde_json::json;
use strongroom_tests::program::Running;
use strongroom_tests::{Client, Machine, Server, Store};

use crate::secrets_file;

const NUMBER: usize = 1000;
const MOMENTS: u32 = 6;

async fn count(client: &Client, prefix: &str) -> usize {
    let filter = format!(r#"{{name: {{_like: "{prefix}\\_%"}}}}"#);
    let document = format!("{{ secret_aggregate(where: {filter}) {{ aggregate {{ count }} }} }}");
    let count = client.query(&document).await.data("/secret_aggregate/aggregate/count").as_u64();
    count.and_then(|count| usize::try_from(count).ok()).expect("a number")
}

fn import(machine: &Machine, server: &Server, prefix: &str) -> Running {
    let file = format!("{prefix}.json");
    let value = |number| format!("value {number} of {prefix} {}", "x".repeat(500));
    secrets_file(machine, &file, NUMBER, |number| (format!("{prefix}_{number}"), value(number)));
    machine.with("STRONGROOM_SERVER", server.url()).start(["import", &file, "--yes"])
}

/// A server, a key for it, a machine with another one, and the duration of a whole import.
async fn scene() -> (Server, String, Machine, Duration) {
    let store = Store::new();
    let server = store.serve().await;
    let team = server.team("acme").await;
    let machine = Machine::bare(&store).with_key(&team.new_key("user").await);
    let key = team.new_key("administrator").await;
    let begin = Instant::now();
    assert!(import(&machine, &server, "FIRST").ended().await.success());
    let took = begin.elapsed();
    let admin = server.with_key(&key);
    assert_eq!(count(&admin, "FIRST").await, NUMBER);
    assert_eq!(admin.audit(json!({"action": {"_eq": "create:secret"}})).await.len(), NUMBER);
    let value = team.key("runner").await.value("FIRST_999").await;
    assert!(value.as_str().is_some_and(|value| value.starts_with("value 999 of FIRST ")), "{value}");
    (server, key, machine, took)
}

#[tokio::test]
async fn a_killed_program_has_imported_all_or_nothing() {
    let (server, key, machine, took) = scene().await;
    let admin = server.with_key(&key);
    let mut killed = 0;
    for moment in 1..=MOMENTS {
        let prefix = format!("ROUND{moment}");
        let mut running = import(&machine, &server, &prefix);
        // The moment of the kill, not a wait.
        tokio::time::sleep(took * moment / (MOMENTS + 1)).await;
        killed += usize::from(running.is_running());
        running.kill().await;
        let at_once = count(&admin, &prefix).await;
        // The server may still be working on the import; another change comes after it.
        admin.set("LATER", json!(moment)).await;
        let later = count(&admin, &prefix).await;
        let is_whole = [(0, 0), (0, NUMBER), (NUMBER, NUMBER)].contains(&(at_once, later));
        assert!(is_whole, "{moment}: {at_once}, {later}");
    }
    assert!(import(&machine, &server, "ROUND1").ended().await.success());
    assert_eq!(count(&admin, "ROUND1").await, NUMBER);
    assert!(killed > 0, "each import ended before the kill");
    let store = server.store().clone();
    server.stop().await;
    store.admin(&["audit", "verify"]).await;
}

#[tokio::test]
async fn a_killed_server_has_imported_all_or_nothing() {
    let (mut server, key, machine, took) = scene().await;
    let store = server.store().clone();
    let mut unfinished = 0;
    for moment in 1..=MOMENTS {
        let prefix = format!("ROUND{moment}");
        let mut running = import(&machine, &server, &prefix);
        tokio::time::sleep(took * moment / (MOMENTS + 1)).await;
        server.kill().await;
        let status = running.ended().await;
        unfinished += usize::from(!status.success());

        server = store.serve().await;
        let admin = server.with_key(&key);
        let found = count(&admin, &prefix).await;
        if status.success() {
            assert_eq!(found, NUMBER, "a reported import is durable");
        } else {
            assert!([0, NUMBER].contains(&found), "{found} in round {moment}");
            assert_eq!(status.code(), Some(4), "{}", running.said());
        }
        assert_eq!(count(&admin, "FIRST").await, NUMBER);
        store.admin(&["audit", "verify"]).await;
    }
    assert!(unfinished > 0, "each import ended before the kill");
}
