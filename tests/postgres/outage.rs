//! A database that is stopped, restarted and killed: the server says that it can't, never that something is not there, and
//! goes on by itself.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

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
            assert!(answer.errors().iter().all(|error| error.code == "API_ERROR"), "{answer:?}");
            assert!(!answer.errors().is_empty() && !answer.text.contains("No value found"));
        }
        // The outcome of the last probe serves for a second.
        wait::until("it is not ready", async || (!is_ready(&server).await).then_some(())).await;
        let alive = server.nobody().get("/healthz").await;
        assert_eq!(alive.status, StatusCode::OK);

        cluster.run();
        wait::until("it is ready again", async || is_ready(&server).await.then_some(())).await;
        // Whoever gets one of the old connections is told to try again once more.
        wait::until("changes are taken", async || {
            let set = writer.try_set("B", json!(round)).await;
            set.errors().is_empty().then_some(())
        })
        .await;
        for (name, value) in [("A", json!("kept")), ("B", json!(round))] {
            let read = wait::until("values are told", async || {
                let read = runner.try_value(name).await;
                read.errors().is_empty().then_some(read)
            });
            assert_eq!(read.await.data("/secret_value"), &value);
        }
    }
    store.admin(&["audit", "verify"]).await;
}

#[derive(Default)]
struct Load {
    is_over: AtomicBool,
    refusals: AtomicUsize,
}

impl Load {
    /// Counts a secret up from 0. Returns the last acknowledged number and the last that was tried.
    async fn count_up(&self, name: &str, writer: Client, runner: Client) -> RangeInclusive<i64> {
        let (mut acknowledged, mut tried) = (0, 0);
        while !self.is_over.load(Ordering::Relaxed) {
            tried += 1;
            let set = writer.try_set(name, json!(tried)).await;
            if set.errors().is_empty() {
                set.assert_success("set_secret");
                acknowledged = tried;
            } else {
                set.assert_error("API_ERROR");
                self.refusals.fetch_add(1, Ordering::Relaxed);
            }
            let read = runner.try_value(name).await;
            if read.errors().is_empty() {
                let found = read.data("/secret_value").as_i64().expect("a number");
                assert!(
                    (acknowledged..=tried).contains(&found),
                    "{name}: {found} of {acknowledged} to {tried}"
                );
            } else {
                read.assert_error("API_ERROR");
                self.refusals.fetch_add(1, Ordering::Relaxed);
            }
        }
        acknowledged..=tried
    }
}

#[tokio::test]
async fn what_was_acknowledged_is_there_however_the_database_ends_under_load() {
    const NAMES: [&str; 6] = ["S0", "S1", "S2", "S3", "S4", "S5"];
    let mut cluster = Cluster::start();
    let store = Store::on_postgres(Database::create_at(&cluster.url("postgres")));
    let server = store.serve().await;
    let team = server.team("acme").await;
    let (writer, runner) = (team.key("user").await, team.key("runner").await);
    let load = Arc::new(Load::default());
    let mut tasks = Vec::new();
    for name in NAMES {
        writer.set(name, json!(0)).await;
        let (load, writer, runner) = (Arc::clone(&load), writer.clone(), runner.clone());
        tasks.push(tokio::spawn(async move { load.count_up(name, writer, runner).await }));
    }
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
        let before = load.refusals.load(Ordering::Relaxed);
        end(&mut cluster);
        wait::until("the end is noticed", async || {
            (load.refusals.load(Ordering::Relaxed) > before).then_some(())
        })
        .await;
        cluster.run();
        goes_on(round + 1).await;
    }
    load.is_over.store(true, Ordering::Relaxed);
    for (name, task) in NAMES.into_iter().zip(tasks) {
        let expected = task.await.expect("a writer");
        let found = runner.value(name).await.as_i64();
        // One that failed may have happened: nobody said that it had not.
        assert!(found.is_some_and(|found| expected.contains(&found)), "{name}: {found:?} of {expected:?}");
    }
    let verified = store.admin(&["audit", "verify"]).await;
    assert!(verified.contains("whole"), "{verified}");
}

#[tokio::test]
async fn a_database_that_is_away_stops_the_start_with_a_reason() {
    let mut cluster = Cluster::start();
    let store = Store::on_postgres(Database::create_at(&cluster.url("postgres")));
    cluster.stop();
    store.refused(&["serve", "--listen", "127.0.0.1:0"], "Connection refused").await;
}
