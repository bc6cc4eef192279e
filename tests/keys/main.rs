//! Master keys and data keys: where they come from, and that they can be changed under everybody's hands.

mod data_keys;
mod killed;
mod master_key;
mod sources;

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use strongroom_tests::{Client, Server, Store, wait};
use tokio::sync::watch;
use tokio::task::JoinHandle;

const FIXED: usize = 8;
const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

fn some_key(store: &Store, digit: &str) -> String {
    let key = digit.repeat(64);
    store.must_stay_secret(&key);
    key
}

fn key_file(store: &Store) -> PathBuf {
    store.data_dir().join("master.key")
}

fn keys_in_file(store: &Store) -> Vec<String> {
    let text = fs::read_to_string(key_file(store)).expect("the key can be read");
    let keys: Vec<_> = text.lines().map(str::to_owned).collect();
    for key in &keys {
        store.must_stay_secret(key);
    }
    keys
}

async fn fingerprints(store: &Store) -> Vec<String> {
    let distinct = "SELECT DISTINCT master_key_fingerprint FROM data_keys ORDER BY 1";
    store.sql_texts(distinct).await
}

async fn set_fixed(writer: &Client) {
    for number in 0..FIXED {
        let name = format!("fixed {number}");
        writer.set(&name, json!(format!("the fixed value {number}"))).await;
    }
}

async fn assert_fixed(runner: &Client) {
    for number in 0..FIXED {
        let value = runner.value(&format!("fixed {number}")).await;
        assert_eq!(value, json!(format!("the fixed value {number}")));
    }
}

/// People and programs who go on working while something else happens, each of whose requests has to succeed.
struct Load {
    ending: watch::Sender<bool>,
    writers: Vec<JoinHandle<HashMap<String, Value>>>,
    readers: Vec<JoinHandle<()>>,
    rounds: Arc<AtomicUsize>,
}

impl Load {
    fn start(writers: &[Client], readers: &[Client]) -> Self {
        let (ending, stopping) = watch::channel(false);
        let rounds = Arc::new(AtomicUsize::new(0));
        let write = |(number, client): (usize, &Client)| {
            let writing = write(client.clone(), number, stopping.clone(), Arc::clone(&rounds));
            tokio::spawn(writing)
        };
        let read = |client: &Client| tokio::spawn(read(client.clone(), stopping.clone()));
        Self {
            writers: writers.iter().enumerate().map(write).collect(),
            readers: readers.iter().map(read).collect(),
            ending,
            rounds,
        }
    }

    async fn goes_on(&self) {
        let wanted = self.rounds.load(Ordering::Relaxed) + 2 * self.writers.len();
        wait::until("the writers go on", async || {
            let is_over = self.writers.iter().any(JoinHandle::is_finished);
            (is_over || self.rounds.load(Ordering::Relaxed) >= wanted).then_some(())
        })
        .await;
    }

    async fn stop(self) -> HashMap<String, Value> {
        self.ending.send(true).expect("they listen");
        for reader in self.readers {
            reader.await.expect("every read succeeds");
        }
        let mut values = HashMap::new();
        for writer in self.writers {
            values.extend(writer.await.expect("every write succeeds"));
        }
        values
    }
}

/// Sets, imports, renames, deletes and restores secrets of its own: those there are at the end.
async fn write(
    client: Client,
    writer: usize,
    stopping: watch::Receiver<bool>,
    rounds: Arc<AtomicUsize>,
) -> HashMap<String, Value> {
    let [set, imported, deleted, renamed] =
        ["set", "imported", "deleted", "renamed"].map(|what| format!("writer {writer} {what}"));
    let mut values = HashMap::new();
    for round in 0.. {
        if *stopping.borrow() {
            break;
        }
        let value = json!(format!("a value of round {round} by writer {writer}"));
        client.set(&set, value.clone()).await;
        let both =
            json!({"secrets": [{"name": imported, "value": value}, {"name": deleted, "value": value}]});
        client.try_import(both).await.assert_success("import_secrets");
        let rename = json!({"name": set, "new_name": renamed, "overwrite": true});
        client.try_update(rename).await.assert_success("update_secret");
        client.delete(&imported).await;
        client.try_restore(&imported).await.assert_success("restore_secret");
        client.delete(&deleted).await;
        values = HashMap::from([(renamed.clone(), value.clone()), (imported.clone(), value)]);
        rounds.fetch_add(1, Ordering::Relaxed);
    }
    values
}

async fn read(client: Client, stopping: watch::Receiver<bool>) {
    while !*stopping.borrow() {
        assert_fixed(&client).await;
        let names: Vec<_> = (0..FIXED).map(|number| format!("fixed {number}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        let answer = client.try_values(&names).await;
        let rows = answer.data("/secret_values").as_array().expect("a list");
        assert_eq!(rows.len(), FIXED);
    }
}

async fn assert_all_there(runner: &Client, values: &HashMap<String, Value>) {
    assert_fixed(runner).await;
    for (name, value) in values {
        assert_eq!(&runner.value(name).await, value, "{name}");
    }
    let names = runner.names().await;
    let of_load = names.iter().filter(|name| name.starts_with("writer "));
    assert_eq!(of_load.count(), values.len(), "{names:?}");
}

async fn filled(store: &Arc<Store>) -> (Server, Client, Client) {
    let server = store.serve().await;
    let team = server.team("acme").await;
    let (writer, runner) = (team.key("user").await, team.key("runner").await);
    set_fixed(&writer).await;
    (server, writer, runner)
}
