//! A clock that jumps while the server runs.

use std::sync::Arc;

use serde_json::json;
use strongroom_tests::durability::checker::Checkers;
use strongroom_tests::durability::faults::Clock;
use strongroom_tests::durability::history::Outcome;
use strongroom_tests::durability::load::{self, Common};
use strongroom_tests::durability::strongroom::Strongroom;
use strongroom_tests::durability::target::Target as _;
use strongroom_tests::{Server, Store, Team};

const CLIENTS: usize = 4;
const OPERATIONS: usize = 25;

/// A server on that store whose clock jumps; `None`, and a notice, where that can't be done.
async fn serve(store: &Arc<Store>, test: &str) -> Option<(Clock, Server)> {
    let Some(clock) = Clock::new(store.scratch()) else {
        println!("{test} is skipped: libfaketime is not installed");
        return None;
    };
    let mut command = store.command(["serve", "--listen", "127.0.0.1:0"]);
    clock.give_to(&mut command);
    let server = Server::start_command(store, command).await;
    Some((clock, server))
}

#[tokio::test]
async fn when_the_clock_jumps_versions_order_and_audit_log_stay_what_they_are() {
    let mut strongroom = Strongroom::new(Store::new(), CLIENTS).await;
    let Some((clock, server)) = serve(&Arc::clone(strongroom.store()), "the test of jumps").await else {
        return;
    };
    strongroom.runs_as(server);
    let mut checkers = Checkers::new(load::groups(CLIENTS));
    let common = Arc::new(Common::default());
    // All of them within the time in which what was deleted can be restored.
    for offset in ["+0", "+3h", "-5h", "+2d", "-2d", "+0"] {
        clock.jump_to(offset);
        let clients = load::start(&strongroom, CLIENTS, |client, asker| {
            let common = Arc::clone(&common);
            async move {
                let mut random = fastrand::Rng::new();
                for _ in 0..OPERATIONS {
                    let number = common.numbers.next();
                    let action = load::choose(&mut random, client, number);
                    let outcome = load::perform(&asker, client, number, action, &common).await;
                    assert!(matches!(outcome, Some(Outcome::Told(_))), "{outcome:?}");
                }
            }
        });
        clients.join_all().await;
        load::add_sight(&common, strongroom.sight().await.expect("all is there"));
        let events = common.history.take();
        assert_eq!(checkers.follow(&events), [], "at {offset}");
        assert_eq!(strongroom.inspect(&events).await, [], "at {offset}");
    }
}

#[tokio::test]
async fn when_the_clock_jumps_keys_and_sessions_end_when_it_says_so() {
    let store = Store::new();
    let Some((clock, server)) = serve(&store, "the test of keys and sessions").await else {
        return;
    };
    let team: Team = server.team("acme").await;
    let runner = team.key("runner").await;
    let hour = team.new_key_with("runner", &["--expires", "1h"]).await;
    let hour = server.with_key(&hour);
    let session = server.fixed_session(&team.person("administrator").await).await;
    team.key("user").await.set("A", json!("a value")).await;
    // Sessions are over after 12 hours, and when they were not used for one.
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
