//! A clock that jumps while the server runs.

use std::sync::Arc;

use serde_json::json;
use strongroom_tests::durability::faults::Clock;
use strongroom_tests::{SERVE, Scene, Server, Store, Strongroom};

const CLIENTS: usize = 4;
const OPERATIONS: u64 = 100;

/// A server whose clock jumps; `None`, and a notice, if libfaketime is missing.
async fn serve(store: &Arc<Store>, test: &str) -> Option<(Clock, Server)> {
    let Some(clock) = Clock::new(store.scratch()) else {
        println!("{test} is skipped: libfaketime is not installed");
        return None;
    };
    let mut command = store.command(SERVE);
    clock.give_to(&mut command);
    let server = Server::start_command(store, command).await;
    Some((clock, server))
}

#[tokio::test]
async fn clock_jumps_change_neither_versions_nor_order_nor_the_audit_log() {
    let mut strongroom = Strongroom::new(Store::new(), CLIENTS).await;
    let Some((clock, server)) = serve(&Arc::clone(&strongroom.store), "the test of jumps").await else {
        return;
    };
    strongroom.runs_as(server);
    // All of them within the time in which deleted secrets can be restored.
    for offset in ["+0", "+3h", "-5h", "+2d", "-2d", "+0"] {
        println!("at {offset}");
        clock.jump_to(offset);
        strongroom.work(OPERATIONS).await;
        strongroom.assert_undisturbed().await;
    }
}

#[tokio::test]
async fn keys_and_sessions_expire_by_the_clock() {
    let store = Store::new();
    let Some((clock, server)) = serve(&store, "the test of keys and sessions").await else {
        return;
    };
    let Scene { server, team, writer, runner, .. } = Scene::on(server).await;
    let hour = team.new_key_with("runner", &["--expires", "1h"]).await;
    let hour = server.with_key(&hour);
    let session = server.fixed_session(&team.person("administrator").await).await;
    writer.set("A", json!("a value")).await;
    // Sessions end after 12 hours, or after one without use.
    for (offset, key_works, session_works) in [
        ("+0", true, true),
        ("+30m", true, true),
        ("+3h", false, false),
        ("+20d", false, false),
        ("-20d", true, true),
        ("+0", true, true),
    ] {
        clock.jump_to(offset);
        assert_eq!(runner.value("A").await, json!("a value"), "at {offset}");
        let works = hour.query("{ auth_info { name } }").await.errors().is_empty();
        assert_eq!(works, key_works, "the key at {offset}");
        let works = session.query("{ auth_info { name } }").await.errors().is_empty();
        assert_eq!(works, session_works, "the session at {offset}");
    }
    server.admin(&["audit", "verify"]).await;
}
