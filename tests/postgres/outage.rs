//! A database that is stopped, restarted and killed: the server says that it can't, never that something is not there, and
//! goes on by itself.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use reqwest::StatusCode;
use serde_json::json;
use strongroom_tests::postgres::{Cluster, Database};
use strongroom_tests::{Client, Server, Store, wait};

/// The ways in which a database goes: told to, without a word, and killed.
const ENDS: [fn(&mut Cluster); 3] = [Cluster::stop, Cluster::crash, Cluster::kill];

async fn is_ready(server: &Server) -> bool {
    server.nobody().get("/readyz").await.status == StatusCode::OK
}

#[tokio::test]
async fn while_the_database_is_away_nothing_is_missing_and_then_it_goes_on() {
    let mut cluster = Cluster::start();
    let store = Store::on_postgres(Database::create_at(&cluster.url("postgres")));
    let server = store.serve().await;
    let team = server.team("acme").await;
    let (writer, runner) = (team.key("user").await, team.key("runner").await);
    writer.set("A", json!("kept")).await;

    for (round, end) in ENDS.into_iter().enumerate() {
        end(&mut cluster);
        let (read, named, set, absent) = tokio::join!(
            runner.try_value("A"),
            runner.query("{ secret_names }"),
            writer.try_set("A", json!("lost")),
            runner.try_value("NONE"),
        );
        for answer in [read, named, set, absent] {
            assert!(
                answer.errors().iter().all(|error| error.code == "API_ERROR"),
                "{answer:?}"
            );
            assert!(!answer.errors().is_empty() && !answer.text.contains("No value found"));
        }
        assert!(!is_ready(&server).await);
        let alive = server.nobody().get("/healthz").await;
        assert_eq!(alive.status, StatusCode::OK);

        cluster.run();
        wait::until("it is ready again", async || {
            is_ready(&server).await.then_some(())
        })
        .await;
        assert_eq!(runner.value("A").await, json!("kept"));
        writer.set("B", json!(round)).await;
        assert_eq!(runner.value("B").await, json!(round));
    }
    store.admin(&["audit", "verify"]).await;
}

/// Sets a secret to one number after the other, and reads it: how many it has set, as far as it knows, and how often
/// it was told to try again.
async fn count_up(
    name: String,
    writer: Client,
    runner: Client,
    is_over: Arc<AtomicBool>,
) -> (i64, i64, usize) {
    let (mut acknowledged, mut tried, mut refused) = (0, 0, 0);
    while !is_over.load(Ordering::Relaxed) {
        tried += 1;
        let set = writer.try_set(&name, json!(tried)).await;
        if set.errors().is_empty() {
            set.assert_success("set_secret");
            acknowledged = tried;
        } else {
            set.assert_error("API_ERROR");
            refused += 1;
        }
        let read = runner.try_value(&name).await;
        if read.errors().is_empty() {
            let found = read.data("/secret_value").as_i64().expect("a number");
            assert!(
                (acknowledged..=tried).contains(&found),
                "{name}: {found} of {acknowledged} to {tried}"
            );
        } else if acknowledged > 0 {
            read.assert_error("API_ERROR");
        }
    }
    (acknowledged, tried, refused)
}

#[tokio::test]
async fn what_was_acknowledged_is_there_however_the_database_ends_under_load() {
    const WRITERS: usize = 6;
    let mut cluster = Cluster::start();
    let store = Store::on_postgres(Database::create_at(&cluster.url("postgres")));
    let server = store.serve().await;
    let team = server.team("acme").await;
    let (writer, runner) = (team.key("user").await, team.key("runner").await);
    let is_over = Arc::new(AtomicBool::new(false));
    let tasks = (0..WRITERS).map(|number| {
        let name = format!("S{number}");
        tokio::spawn(count_up(
            name,
            writer.clone(),
            runner.clone(),
            Arc::clone(&is_over),
        ))
    });
    let tasks: Vec<_> = tasks.collect();
    let goes_on = async |round: usize| {
        let name = format!("after {round}");
        wait::until("changes are taken", async || {
            let answer = writer.try_set(&name, json!(round)).await;
            answer.errors().is_empty().then_some(())
        })
        .await;
    };
    goes_on(0).await;
    for (round, end) in ENDS.into_iter().enumerate() {
        end(&mut cluster);
        cluster.run();
        goes_on(round + 1).await;
    }
    is_over.store(true, Ordering::Relaxed);
    let mut refusals = 0;
    for (number, task) in tasks.into_iter().enumerate() {
        let (acknowledged, tried, refused) = task.await.expect("a writer");
        let found = runner.value(&format!("S{number}")).await.as_i64();
        // One that failed may have happened: nobody said that it had not.
        assert!(
            found.is_some_and(|found| (acknowledged..=tried).contains(&found)),
            "S{number}: {found:?} of {acknowledged} to {tried}"
        );
        refusals += refused;
    }
    assert!(refusals >= ENDS.len(), "the ends were noticed");
    let verified = store.admin(&["audit", "verify"]).await;
    assert!(verified.contains("whole"), "{verified}");
}

#[tokio::test]
async fn a_database_that_is_away_stops_the_start_with_a_reason() {
    let mut cluster = Cluster::start();
    let store = Store::on_postgres(Database::create_at(&cluster.url("postgres")));
    cluster.stop();
    let complaint = store.run(&["serve", "--listen", "127.0.0.1:0"]).await.failed();
    assert!(complaint.contains("Connection refused"), "{complaint}");
}
