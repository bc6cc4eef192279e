//! A database that is stopped, restarted and killed: the server reports an error, never a missing secret, and recovers by
//! itself.

use reqwest::StatusCode;
use serde_json::json;
use strongroom_tests::durability::{Event, Strongroom, load};
use strongroom_tests::postgres::{Cluster, Database};
use strongroom_tests::{SERVE, Server, Store, wait};

const ENDS: [&str; 3] = ["INT", "QUIT", "KILL"];

async fn is_ready(server: &Server) -> bool {
    server.nobody().get("/readyz").await.status == StatusCode::OK
}

#[tokio::test]
async fn an_outage_is_an_error_and_loses_nothing_and_no_server_starts_without_a_database_that_syncs() {
    let mut cluster = Cluster::start();
    let store = Store::on_postgres(Database::create_at(&cluster.url("postgres")));
    let mut strongroom = Strongroom::started(store, 6).await;
    let (writer, runner) = (strongroom.administrator(), strongroom.reader());
    writer.set("A", json!("kept")).await;
    for (round, end) in ENDS.into_iter().enumerate() {
        strongroom.load(|mut caller| async move {
            caller.errors_are_unclear = true;
            // One error may come from an old connection, the others come from the outage.
            for _ in 0..3 {
                load::work(caller.clone(), fastrand::Rng::new()).await;
            }
        });
        strongroom.history.acknowledges(60).await;
        cluster.end(end);
        strongroom.join().await;
        let (read, named, set, missing) = tokio::join!(
            runner.try_value("A"),
            runner.query("{ secret_names }"),
            writer.try_set("B", json!("lost")),
            runner.try_value("NONE"),
        );
        for answer in [read, named, set, missing] {
            assert!(answer.errors().iter().all(|error| error.code == "API_ERROR"), "{answer:?}");
            assert!(!answer.errors().is_empty() && !answer.text.contains("No value found"), "{answer:?}");
        }
        // The outcome of a probe is kept for a second.
        wait::is("it is not ready", async || !is_ready(strongroom.server()).await).await;
        assert_eq!(strongroom.server().nobody().get("/healthz").await.status, StatusCode::OK);

        cluster.run();
        wait::is("it is ready again", async || is_ready(strongroom.server()).await).await;
        // The first request on an old connection still fails.
        let is_accepted = async || writer.try_set("B", json!(round)).await.errors().is_empty();
        wait::is("changes are accepted", is_accepted).await;
        for (name, value) in [("A", json!("kept")), ("B", json!(round))] {
            let read = wait::until("values can be read", async || {
                let read = runner.try_value(name).await;
                read.errors().is_empty().then_some(read)
            });
            assert_eq!(read.await.data("/secret_value"), &value);
        }
        // Nothing in flight can still happen.
        strongroom.history.add(Event::Killed);
    }
    assert_eq!(strongroom.check().await, []);
    // An unreachable database stops a start.
    cluster.end("INT");
    strongroom.store.refused(&SERVE, "Connection refused").await;
    // So does one that does not sync.
    cluster.run_with("fsync=off");
    strongroom.store.refused(&SERVE, "fsync=off").await;
}
