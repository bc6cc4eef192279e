//! Master keys and data keys: their sources, and their rotation under load.

mod data_keys;
mod killed;
mod master_key;
mod sources;

use std::fs;
use std::sync::Arc;

use strongroom_tests::store::Ran;
use strongroom_tests::{Client, Server, Store, Strongroom};

const FIXED: usize = 8;
const CLIENTS: usize = 4;
/// How many more operations show that the clients go on.
const SOME: u64 = 20;

fn some_key(store: &Store, digit: &str) -> String {
    let key = digit.repeat(64);
    store.must_stay_secret(&key);
    key
}

fn keys_in_file(store: &Store) -> Vec<String> {
    let text = fs::read_to_string(store.key_file()).expect("the key can be read");
    let keys: Vec<_> = text.lines().map(str::to_owned).collect();
    for key in &keys {
        store.must_stay_secret(key);
    }
    keys
}

async fn fingerprints(store: &Store) -> Vec<String> {
    store.sql_texts("SELECT DISTINCT master_key_fingerprint FROM data_keys ORDER BY 1").await
}

async fn assert_fixed(runner: &Client) {
    runner.assert_many("fixed", 0..FIXED).await;
}

/// A server with some fixed secrets, a client that may write and one that may read values.
async fn filled(store: &Arc<Store>) -> (Server, Client, Client) {
    let server = store.serve().await;
    let team = server.team("acme").await;
    let (writer, runner) = (team.key("user").await, team.key("runner").await);
    writer.set_many("fixed", FIXED).await;
    (server, writer, runner)
}

/// The same with clients for a load.
async fn filled_for_load(store: &Arc<Store>) -> Strongroom {
    let strongroom = Strongroom::started(Arc::clone(store), CLIENTS).await;
    strongroom.administrator().set_many("fixed", FIXED).await;
    strongroom
}

/// Runs a command under a load that must not be disturbed.
async fn run_under_load(strongroom: &mut Strongroom, command: &str) -> Ran {
    strongroom.work(SOME).await;
    let ran = strongroom.store.run(&[command]).await;
    strongroom.history.acknowledges(SOME).await;
    strongroom.assert_undisturbed().await;
    ran
}
