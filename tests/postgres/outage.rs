//! A database that is stopped, restarted and killed: the server reports an error, never a missing secret, and recovers by
//! itself.

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use reqwest::StatusCode;
use serde_json::json;
use strongroom_tests::postgres::{Cluster, Database};
use strongroom_tests::server::SERVE;
use strongroom_tests::{Client, Scene, Server, Store, wait};

const ENDS: [fn(&mut Cluster); 3] = [Cluster::stop, Cluster::crash, Cluster::kill];

async fn is_ready(server: &Server) -> bool {
    server.nobody().get("/readyz").await.status == StatusCode::OK
}

#[tokio::test]
async fn a_database_outage_is_an_error_and_the_server_recovers() {
    let mut cluster = Cluster::start();
    let store = Store::on_postgres(Database::create_at(&cluster.url("postgres")));
    let Scene { server, writer, runner, .. } = Scene::on(store.serve().await).await;
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
        // The outcome of a probe is kept for a second.
        wait::is("it is not ready", async || !is_ready(&server).await).await;
        assert_eq!(server.nobody().get("/healthz").await.status, StatusCode::OK);

        cluster.run();
        wait::is("it is ready again", async || is_ready(&server).await).await;
        // The first request on an old connection still fails.
        accept_changes(&writer, "B", round).await;
        for (name, value) in [("A", json!("kept")), ("B", json!(round))] {
            let read = wait::until("values can be read", async || {
                let read = runner.try_value(name).await;
                read.errors().is_empty().then_some(read)
            });
            assert_eq!(read.await.data("/secret_value"), &value);
        }
    }
    store.admin(&["audit", "verify"]).await;
}

async fn accept_changes(writer: &Client, name: &str, value: usize) {
    wait::is("changes are accepted", async || writer.try_set(name, json!(value)).await.errors().is_empty())
        .await;
}

#[derive(Default)]
struct Load {
    is_over: AtomicBool,
    refusals: AtomicUsize,
}

impl Load {
    /// Counts a secret up from 0. Returns the last acknowledged number and the last one tried.
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
async fn acknowledged_changes_survive_every_end_of_the_database() {
    const NAMES: [&str; 6] = ["S0", "S1", "S2", "S3", "S4", "S5"];
    let mut cluster = Cluster::start();
    let store = Store::on_postgres(Database::create_at(&cluster.url("postgres")));
    let Scene { server: _server, writer, runner, .. } = Scene::on(store.serve().await).await;
    let load = Arc::new(Load::default());
    let mut tasks = Vec::new();
    for name in NAMES {
        writer.set(name, json!(0)).await;
        let (load, writer, runner) = (Arc::clone(&load), writer.clone(), runner.clone());
        tasks.push(tokio::spawn(async move { load.count_up(name, writer, runner).await }));
    }
    accept_changes(&writer, "before", 0).await;
    for (round, end) in ENDS.into_iter().enumerate() {
        let before = load.refusals.load(Ordering::Relaxed);
        end(&mut cluster);
        wait::is("the end is noticed", async || load.refusals.load(Ordering::Relaxed) > before).await;
        cluster.run();
        accept_changes(&writer, &format!("after {round}"), round).await;
    }
    load.is_over.store(true, Ordering::Relaxed);
    for (name, task) in NAMES.into_iter().zip(tasks) {
        let expected = task.await.expect("a writer");
        let found = runner.value(name).await.as_i64();
        // A failed change may have happened.
        assert!(found.is_some_and(|found| expected.contains(&found)), "{name}: {found:?} of {expected:?}");
    }
    let verified = store.admin(&["audit", "verify"]).await;
    assert!(verified.contains("whole"), "{verified}");
}

#[tokio::test]
async fn an_unreachable_database_stops_the_start() {
    let mut cluster = Cluster::start();
    let store = Store::on_postgres(Database::create_at(&cluster.url("postgres")));
    cluster.stop();
    store.refused(&SERVE, "Connection refused").await;
}
