//! Killed in the middle of an import, the program or the server: all of it is there, or none.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use strongroom_tests::{Client, Machine, Server, Store};

const NUMBER: usize = 1000;
const MOMENTS: u32 = 6;

fn file(machine: &Machine, prefix: &str) {
    let secrets: serde_json::Map<String, Value> = (0..NUMBER)
        .map(|number| {
            let value = format!("value {number} of {prefix} {}", "x".repeat(500));
            (format!("{prefix}_{number}"), json!(value))
        })
        .collect();
    machine.file(&format!("{prefix}.json"), json!(secrets).to_string());
}

async fn count(client: &Client, prefix: &str) -> u64 {
    let filter = format!(r#"{{name: {{_like: "{prefix}\\_%"}}}}"#);
    let answer =
        client.query(&format!("{{ secret_aggregate(where: {filter}) {{ aggregate {{ count }} }} }}")).await;
    answer.data("/secret_aggregate/aggregate/count").as_u64().expect("a number")
}

struct Scene {
    store: Arc<Store>,
    admin_key: String,
    machine: Machine,
    took: Duration,
}

async fn scene() -> Scene {
    let store = Store::new();
    let server = store.serve().await;
    let team = server.team("acme").await;
    let machine = Machine::bare(&store).with_key(&team.new_key("user").await);
    let admin_key = team.new_key("administrator").await;
    file(&machine, "FIRST");
    let begin = Instant::now();
    let machine_here = machine.with("STRONGROOM_SERVER", server.url());
    machine_here.run(["import", "FIRST.json", "--yes"]).await.succeeded();
    let took = begin.elapsed();
    let admin = server.with_key(&admin_key);
    assert_eq!(count(&admin, "FIRST").await, NUMBER as u64);
    let created = json!({"action": {"_eq": "create:secret"}});
    assert_eq!(admin.audit(created).await.len(), NUMBER);
    let value = team.key("runner").await.value("FIRST_999").await;
    assert!(value.as_str().is_some_and(|value| value.starts_with("value 999 of FIRST ")), "{value}");
    server.stop().await;
    Scene { store, admin_key, machine, took }
}

impl Scene {
    async fn serve(&self) -> (Server, Client, Machine) {
        let server = self.store.serve().await;
        let admin = server.with_key(&self.admin_key);
        let machine = self.machine.with("STRONGROOM_SERVER", server.url());
        (server, admin, machine)
    }
}

#[tokio::test]
async fn killed_at_any_moment_the_program_has_imported_all_or_nothing() {
    let scene = scene().await;
    let (server, admin, machine) = scene.serve().await;
    let mut killed = 0;
    for moment in 1..=MOMENTS {
        let prefix = format!("ROUND{moment}");
        file(&machine, &prefix);
        let name = format!("{prefix}.json");
        let mut running = machine.start(["import", &name, "--yes"]);
        // Not waiting for anything: this is when it is killed.
        tokio::time::sleep(scene.took * moment / (MOMENTS + 1)).await;
        killed += usize::from(running.is_running());
        running.kill().await;
        let right_away = count(&admin, &prefix).await;
        // What it had sent by then the server may still be about to do; a change comes after that.
        admin.set("LATER", json!(moment)).await;
        let later = count(&admin, &prefix).await;
        for found in [right_away, later] {
            assert!([0, NUMBER as u64].contains(&found), "{found} in round {moment}");
        }
        assert!(later >= right_away);
        // And once more from the beginning, it is all there.
        if moment == MOMENTS {
            machine.run(["import", &name, "--yes"]).await.succeeded();
            assert_eq!(count(&admin, &prefix).await, NUMBER as u64);
        }
    }
    assert!(killed > 0, "it was always too late to kill it");
    server.stop().await;
    scene.store.admin(&["audit", "verify"]).await;
}

#[tokio::test]
async fn killed_at_any_moment_the_server_has_imported_all_or_nothing() {
    let scene = scene().await;
    let mut unfinished = 0;
    for moment in 1..=MOMENTS {
        let prefix = format!("ROUND{moment}");
        let (server, _, machine) = scene.serve().await;
        file(&machine, &prefix);
        let name = format!("{prefix}.json");
        let mut running = machine.start(["import", &name, "--yes"]);
        tokio::time::sleep(scene.took * moment / (MOMENTS + 1)).await;
        server.kill().await;
        let status = running.ended().await;
        unfinished += usize::from(!status.success());

        let (server, admin, _) = scene.serve().await;
        let found = count(&admin, &prefix).await;
        assert!([0, NUMBER as u64].contains(&found), "{found} in round {moment}");
        if status.success() {
            assert_eq!(found, NUMBER as u64, "what it said was done is done");
        } else {
            assert_eq!(status.code(), Some(4), "{}", running.said());
        }
        assert_eq!(count(&admin, "FIRST").await, NUMBER as u64);
        server.stop().await;
        scene.store.admin(&["audit", "verify"]).await;
    }
    assert!(unfinished > 0, "it was always too late to kill it");
}
