//! `rotate-data-keys`: every value of a team sealed anew, and nobody sees any of it.

use std::sync::Arc;

use serde_json::json;
use strongroom_tests::terminal::Terminal;
use strongroom_tests::{Client, Store, Team, assert_says};

use super::{Load, assert_all_there, assert_fixed, filled, fingerprints, keys_in_file};

/// What is known of secrets that nobody touches, but how they are sealed.
const KNOWN: &str = "SELECT quote(name) || quote(version) || quote(created) || quote(updated) || quote(updated_by) || \
                     quote(last_read) || quote(last_read_by) || quote(deleted) || quote(description) \
                     FROM secrets WHERE name LIKE 'still%' ORDER BY id";
const KNOWN_VERSIONS: &str = "SELECT quote(secret_id) || quote(v.version) || quote(v.created) || quote(created_by) \
                              FROM secret_versions v JOIN secrets s ON s.id = secret_id \
                              WHERE name LIKE 'still%' ORDER BY secret_id, v.version";
const SEALED: &str = "SELECT hex(sealed) FROM secret_versions v JOIN secrets s ON s.id = secret_id \
                      WHERE name LIKE 'still%' ORDER BY secret_id, v.version";
/// The ids of data keys, and of those with which something is sealed.
const DATA_KEYS: &str = "SELECT lower(hex(id)) FROM data_keys ORDER BY id";
const USED: &str = "SELECT DISTINCT lower(hex(data_key_id)) FROM secret_versions ORDER BY 1";

/// Rotates, which has to succeed: what it says, and how far it said to be on the way.
async fn rotate(store: &Store, arguments: &[&str]) -> (String, String) {
    let ran = store.run(&[&["rotate-data-keys"], arguments].concat()).await;
    let progress = ran.stderr.clone();
    (ran.succeeded(), progress)
}

/// Secrets that nobody touches: of several versions, read once, deleted.
async fn set_still(writer: &Client, runner: &Client) {
    for number in 0..4 {
        let name = format!("still {number}");
        for version in 0..=number {
            writer.set(&name, json!(format!("version {version} of {name}"))).await;
        }
        runner.value(&name).await;
    }
    writer.delete("still 3").await;
}

async fn assert_still(writer: &Client, runner: &Client) {
    for number in 0..3 {
        let name = format!("still {number}");
        assert_eq!(runner.value(&name).await, json!(format!("version {number} of {name}")));
    }
    writer.try_restore("still 3").await.assert_success("restore_secret");
    assert_eq!(runner.value("still 3").await, json!("version 3 of still 3"));
    let back = json!({"name": "still 3", "version": 1});
    writer.done("restore_secret_version", back).await;
    assert_eq!(runner.value("still 3").await, json!("version 0 of still 3"));
}

async fn set_many(writer: &Client, count: usize) {
    let secret =
        |number| json!({"name": format!("one of many {number}"), "value": format!("the value {number}")});
    let secrets: Vec<_> = (0..count).map(secret).collect();
    let answer = writer.try_import(json!({"secrets": secrets})).await;
    answer.assert_success("import_secrets");
}

#[tokio::test]
async fn all_values_are_sealed_anew_beside_a_running_server_and_nobody_notices() {
    let store = Store::new();
    let (server, writer, runner) = filled(&store).await;
    set_still(&writer, &runner).await;
    set_many(&writer, 300).await;
    let known = async || [store.sql_texts(KNOWN).await, store.sql_texts(KNOWN_VERSIONS).await];
    let (before, sealed) = (known().await, store.sql_texts(SEALED).await);
    assert_eq!(sealed.len(), 10, "all versions of each");
    let first = store.sql_texts(DATA_KEYS).await;

    let load = Load::start(&[writer.clone(), writer.clone()], &[runner.clone(), runner.clone()]);
    load.goes_on().await;
    let (said, progress) = rotate(&store, &[]).await;
    load.goes_on().await;
    assert!(said.starts_with("acme: sealed "), "{said}");
    assert!(progress.contains("acme: 0 of "), "{progress}");

    let second = store.sql_texts(DATA_KEYS).await;
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first, second, "the old key is gone");
    assert_eq!(store.sql_texts(USED).await, second, "nothing is sealed with another");
    assert_eq!(known().await, before, "nothing else of them has changed");
    let sealed_anew = store.sql_texts(SEALED).await;
    assert!(sealed.iter().all(|old| !sealed_anew.contains(old)), "no ciphertext of before is left");

    let values = load.stop().await;
    assert_all_there(&runner, &values).await;
    assert_still(&writer, &runner).await;
    server.stop().await;
    let server = store.serve().await;
    let (writer, runner) = (writer.at(&server), runner.at(&server));
    assert_all_there(&runner, &values).await;

    rotate(&store, &[]).await;
    let third = store.sql_texts(DATA_KEYS).await;
    assert!(third.len() == 1 && third != second);
    assert_all_there(&runner, &values).await;
    writer.set("after", json!("it goes on")).await;
    assert_eq!(store.sql_texts(USED).await, third);
    store.admin(&["audit", "verify"]).await;
}

#[tokio::test]
async fn it_is_in_the_team_s_log_and_in_no_other_s() {
    let store = Store::new();
    let (server, ..) = filled(&store).await;
    let acme = Team::existing(&store, "acme").at(&server);
    let (acme, other) =
        (acme.key("administrator").await, server.team("other").await.key("administrator").await);
    let of_acme =
        "SELECT lower(hex(id)) FROM data_keys WHERE team_id = (SELECT id FROM teams WHERE slug = 'acme')";
    let of_other =
        "SELECT lower(hex(id)) FROM data_keys WHERE team_id = (SELECT id FROM teams WHERE slug = 'other')";
    let (old, kept) = (store.sql_texts(of_acme).await, store.sql_texts(of_other).await);
    let (said, _) = rotate(&store, &["--team", "acme"]).await;
    assert_eq!(said, "acme: encrypted 8 values with a new data key.\n");
    let new = store.sql_texts(of_acme).await;
    assert_eq!(store.sql_texts(of_other).await, kept);
    let about_keys = json!({"action": {"_like": "%:data_key"}});
    let told: Vec<_> = acme
        .audit(about_keys.clone())
        .await
        .iter()
        .map(|entry| {
            let text = |field: &str| entry[field].as_str().expect("a text").to_owned();
            (text("action"), text("object_id").replace('-', ""))
        })
        .collect();
    let expected =
        [("delete:data_key".to_owned(), old[0].clone()), ("create:data_key".to_owned(), new[0].clone())];
    assert_eq!(told, expected);
    assert!(other.audit(about_keys).await.is_empty());
}

#[tokio::test]
async fn both_rotations_and_several_of_each_at_the_same_time_get_along() {
    let store = Store::new();
    let (_server, writer, runner) = filled(&store).await;
    set_many(&writer, 200).await;
    let load = Load::start(std::slice::from_ref(&writer), std::slice::from_ref(&runner));
    let run = |command: &'static str| {
        let store = Arc::clone(&store);
        async move { store.run(&[command]).await.succeeded() }
    };
    tokio::join!(
        run("rotate-data-keys"),
        run("rotate-master-key"),
        run("rotate-data-keys"),
        run("rotate-master-key"),
    );
    load.goes_on().await;
    let values = load.stop().await;
    assert_all_there(&runner, &values).await;
    let keys = store.sql_texts(DATA_KEYS).await;
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert_eq!(store.sql_texts(USED).await, keys);
    assert_eq!(fingerprints(&store).await.len(), 1);
    assert_eq!(keys_in_file(&store).len(), 1);
}

#[tokio::test]
async fn what_does_not_open_is_told_and_left_as_it_is_and_stops_no_other_team() {
    let store = Store::new();
    let (server, writer, runner) = filled(&store).await;
    writer.set("broken", json!("to be broken")).await;
    let broken = "(SELECT id FROM secrets WHERE name = 'broken')";
    store.sql(&format!("UPDATE secret_versions SET sealed = x'00' WHERE secret_id = {broken}")).await;
    let sealed =
        format!("SELECT hex(sealed) || hex(data_key_id) FROM secret_versions WHERE secret_id = {broken}");
    let before = store.sql_texts(&sealed).await;
    let id = store.sql_texts(&format!("SELECT lower(hex({broken}))")).await.remove(0);
    for _ in 0..2 {
        let failed = store.run(&["rotate-data-keys"]).await.failed();
        let said = failed.replace('-', "");
        assert_says(&said, &["encrypted 8 values with a new data key", "do not decrypt", &id, "version 1"]);
        assert_eq!(store.sql_texts(&sealed).await, before);
        assert_fixed(&runner).await;
        assert_eq!(store.sql_texts(DATA_KEYS).await.len(), 2, "its key is kept");
    }
    writer.delete("broken").await;
    store.sql(&format!("DELETE FROM secret_versions WHERE secret_id = {broken}")).await;
    let (said, _) = rotate(&store, &[]).await;
    assert!(said.contains("finished the rotation"), "{said}");
    assert_eq!(store.sql_texts(DATA_KEYS).await.len(), 1);

    // A data key that was changed stops no other team.
    let other = server.team("other").await;
    other.key("user").await.set("A", json!("the value of A")).await;
    store
        .sql("UPDATE data_keys SET wrapped = x'00' WHERE team_id = (SELECT id FROM teams WHERE slug = 'other')")
        .await;
    let failed = store.run(&["rotate-data-keys"]).await.failed();
    assert_says(&failed, &["encrypted 8 values with a new data key", "do not decrypt", "version 1"]);
    assert_fixed(&runner).await;
}

#[tokio::test]
async fn a_terminal_shows_a_bar_and_the_newest_key_is_the_newest_also_where_the_clock_was_set_back() {
    let store = Store::new();
    let (_server, writer, runner) = filled(&store).await;
    store.sql("UPDATE data_keys SET created = '2199-01-01 00:00:00+00:00'").await;
    let old = store.sql_texts(DATA_KEYS).await;
    rotate(&store, &[]).await;
    let new = store.sql_texts(DATA_KEYS).await;
    assert!(new.len() == 1 && new != old);
    assert_fixed(&runner).await;

    set_many(&writer, 300).await;
    let command = store.command(["rotate-data-keys"]);
    let mut terminal = Terminal::run_command(command.as_std(), store.scratch(), 100);
    let status = terminal.ended().await;
    let shown = terminal.shown();
    assert!(status.success(), "{shown}");
    assert!(shown.contains("of 308 values"), "{shown:?}");
    assert!(!shown.contains("acme: 0 of"), "no lines beside the bar: {shown:?}");
    assert!(shown.contains("acme: encrypted 308 values with a new data key."), "{shown:?}");
    assert_fixed(&runner).await;
}
