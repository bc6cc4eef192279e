//! `rotate-data-keys`: every value of a team is encrypted again, and no client notices.

use serde_json::json;
use strongroom_tests::receiver::{NETWORKS, Receiver};
use strongroom_tests::terminal::Terminal;
use strongroom_tests::{Client, Scene, Server, Store, assert_says};

use super::{SOME, assert_fixed, filled, filled_for_load, fingerprints, keys_in_file, run_under_load};

/// Everything about the untouched secrets except the ciphertexts.
const KNOWN: &str = "SELECT quote(name) || quote(version) || quote(created) || quote(updated) || quote(updated_by) || \
                     quote(last_read) || quote(last_read_by) || quote(deleted) || quote(description) \
                     FROM secrets WHERE name LIKE 'still%' ORDER BY id";
const KNOWN_VERSIONS: &str = "SELECT quote(secret_id) || quote(v.version) || quote(v.created) || quote(created_by) \
                              FROM secret_versions v JOIN secrets s ON s.id = secret_id \
                              WHERE name LIKE 'still%' ORDER BY secret_id, v.version";
const SEALED: &str = "SELECT hex(sealed) FROM secret_versions v JOIN secrets s ON s.id = secret_id \
                      WHERE name LIKE 'still%' ORDER BY secret_id, v.version";
const DATA_KEYS: &str = "SELECT lower(hex(id)) FROM data_keys ORDER BY id";
const USED: &str = "SELECT DISTINCT lower(hex(data_key_id)) FROM secret_versions ORDER BY 1";

async fn rotate(store: &Store) -> String {
    store.run(&["rotate-data-keys"]).await.succeeded()
}

/// Secrets that no client touches: with several versions, read once, one of them deleted.
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
    writer.restore("still 3").await;
    assert_eq!(runner.value("still 3").await, json!("version 3 of still 3"));
    writer.revert("still 3", 1).await;
    assert_eq!(runner.value("still 3").await, json!("version 0 of still 3"));
}

#[tokio::test]
async fn every_value_is_encrypted_again_under_load_and_several_rotations_can_run_at_once() {
    let store = Store::new();
    let mut strongroom = filled_for_load(&store).await;
    let (writer, runner) = (strongroom.administrator(), strongroom.reader());
    set_still(&writer, &runner).await;
    writer.set_many("one of many", 300).await;
    let known = async || [store.sql_texts(KNOWN).await, store.sql_texts(KNOWN_VERSIONS).await];
    let (before, sealed) = (known().await, store.sql_texts(SEALED).await);
    assert_eq!(sealed.len(), 10, "all versions of each");
    let first = store.sql_texts(DATA_KEYS).await;

    let ran = run_under_load(&mut strongroom, "rotate-data-keys").await;
    assert!(ran.stderr.contains("acme: 0 of "), "{}", ran.stderr);
    let said = ran.succeeded();
    assert!(said.starts_with("acme: encrypted "), "{said}");

    let second = store.sql_texts(DATA_KEYS).await;
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first, second, "the old key is gone");
    assert_eq!(store.sql_texts(USED).await, second, "nothing is encrypted with another");
    assert_eq!(known().await, before, "nothing else of them has changed");
    let encrypted_again = store.sql_texts(SEALED).await;
    assert!(sealed.iter().all(|old| !encrypted_again.contains(old)), "no old ciphertext is left");

    assert_fixed(&runner).await;
    assert_still(&writer, &runner).await;
    strongroom.restart().await;

    rotate(&store).await;
    let third = store.sql_texts(DATA_KEYS).await;
    assert!(third.len() == 1 && third != second);
    strongroom.assert_undisturbed().await;
    assert_fixed(&strongroom.reader()).await;
    strongroom.administrator().set("after", json!("it goes on")).await;
    assert_eq!(store.sql_texts(USED).await, third);
    // Several rotations of both kinds can run at the same time.
    let run = async |command| store.run(&[command]).await.succeeded();
    strongroom.work(SOME).await;
    tokio::join!(
        run("rotate-data-keys"),
        run("rotate-master-key"),
        run("rotate-data-keys"),
        run("rotate-master-key"),
    );
    strongroom.history.acknowledges(SOME).await;
    strongroom.assert_undisturbed().await;
    assert_fixed(&strongroom.reader()).await;
    let keys = store.sql_texts(DATA_KEYS).await;
    assert_eq!(keys.len(), 1, "{keys:?}");
    assert_eq!(store.sql_texts(USED).await, keys);
    assert_eq!(fingerprints(&store).await.len(), 1);
    assert_eq!(keys_in_file(&store).len(), 1);
}

#[tokio::test]
async fn a_rotation_is_in_the_log_of_each_team_that_it_concerns() {
    let store = Store::new();
    let Scene { server, admin, writer, .. } = Scene::on(store.serve().await).await;
    writer.set("A", json!("the value of A")).await;
    let other = server.team("other").await.key("administrator").await;
    let keys_of = async |slug: &str| {
        let team = format!("(SELECT id FROM teams WHERE slug = '{slug}')");
        store.sql_texts(&format!("SELECT lower(hex(id)) FROM data_keys WHERE team_id = {team}")).await
    };
    let (old, kept) = (keys_of("acme").await, keys_of("other").await);
    let said = store.run(&["rotate-data-keys", "--team", "acme"]).await.succeeded();
    assert_eq!(said, "acme: encrypted 1 values with a new data key.\n");
    let new = keys_of("acme").await;
    assert_eq!(keys_of("other").await, kept);
    let about_keys = json!({"action": {"_like": "%:data_key"}});
    let entries = admin.audit(about_keys.clone()).await;
    let recorded: Vec<_> = entries
        .iter()
        .map(|entry| {
            let text = |field: &str| entry[field].as_str().expect("a text").to_owned();
            (text("action"), text("object_id").replace('-', ""))
        })
        .collect();
    let expected =
        [("delete:data_key".to_owned(), old[0].clone()), ("create:data_key".to_owned(), new[0].clone())];
    assert_eq!(recorded, expected);
    assert!(other.audit(about_keys).await.is_empty());

    let old = fingerprints(&store).await.remove(0);
    let said = store.run(&["rotate-master-key"]).await.succeeded();
    store.hears("the output of rotate-master-key", &said);
    let new = fingerprints(&store).await.remove(0);
    for admin in [admin, other] {
        let entries = admin.audit(json!({"action": {"_eq": "rotate:master_key"}})).await;
        assert_eq!(entries.len(), 1, "{entries:?}");
        assert_eq!(entries[0]["actor_kind"], "system");
        assert_eq!(entries[0]["detail"], json!(format!("{new}, was {old}")));
    }
}

#[tokio::test]
async fn a_terminal_shows_a_bar_and_an_undecryptable_value_is_reported_and_stops_no_other_team() {
    let store = Store::new();
    let (server, writer, runner) = filled(&store).await;
    // A clock that was set back changes no order of keys.
    store.sql("UPDATE data_keys SET created = '2199-01-01 00:00:00+00:00'").await;
    let old = store.sql_texts(DATA_KEYS).await;
    rotate(&store).await;
    let new = store.sql_texts(DATA_KEYS).await;
    assert!(new.len() == 1 && new != old);
    assert_fixed(&runner).await;

    writer.set_many("one of many", 300).await;
    let command = store.command(["rotate-data-keys"]);
    let mut terminal = Terminal::run_command(command.as_std(), store.scratch(), 100);
    let status = terminal.ended().await;
    let shown = terminal.shown();
    assert!(status.success(), "{shown}");
    assert_says(&shown, &["of 308 values", "acme: encrypted 308 values with a new data key."]);
    assert!(!shown.contains("acme: 0 of"), "no lines besides the bar: {shown:?}");
    assert_fixed(&runner).await;
    // An undecryptable value is reported and kept.
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
        assert_says(&said, &["encrypted 308 values with a new data key", "do not decrypt", &id, "version 1"]);
        assert_eq!(store.sql_texts(&sealed).await, before);
        assert_fixed(&runner).await;
        assert_eq!(store.sql_texts(DATA_KEYS).await.len(), 2, "its key is kept");
    }
    writer.delete("broken").await;
    store.sql(&format!("DELETE FROM secret_versions WHERE secret_id = {broken}")).await;
    assert_says(&rotate(&store).await, &["finished the rotation"]);
    assert_eq!(store.sql_texts(DATA_KEYS).await.len(), 1);

    // A damaged data key stops no other team.
    let other = server.team("other").await;
    other.key("user").await.set("A", json!("the value of A")).await;
    let its_team = "team_id = (SELECT id FROM teams WHERE slug = 'other')";
    store.sql(&format!("UPDATE data_keys SET wrapped = x'00' WHERE {its_team}")).await;
    let failed = store.run(&["rotate-data-keys"]).await.failed();
    assert_says(&failed, &["encrypted 308 values with a new data key", "do not decrypt", "version 1"]);
    assert_fixed(&runner).await;
}

#[tokio::test]
async fn the_signing_key_of_a_webhook_is_encrypted_again_and_stays_the_same() {
    let store = Store::new();
    let server = Server::start_on(&store, &NETWORKS).await;
    let Scene { admin, writer, .. } = &Scene::on(server).await;
    let receiver = Receiver::start().await;
    let key = admin.set_webhook(&receiver.url()).await;
    let sealed = async || store.sql_texts("SELECT hex(sealed) || hex(data_key_id) FROM webhooks").await;
    let before = sealed().await;
    for command in ["rotate-data-keys", "rotate-master-key"] {
        store.run(&[command]).await.succeeded();
    }
    assert_ne!(sealed().await, before);
    assert_eq!(store.sql_texts(DATA_KEYS).await.len(), 1, "the old data key is gone");
    writer.set("A", json!("the value of A")).await;
    assert!(receiver.receives(1).await[0].is_verified(&key).await);

    // One that does not decrypt keeps its data key, and stops no rotation.
    store.sql("UPDATE webhooks SET sealed = x'00'").await;
    let kept = store.sql_texts(DATA_KEYS).await;
    store.run(&["rotate-data-keys"]).await.succeeded();
    let keys = store.sql_texts(DATA_KEYS).await;
    assert!(keys.len() == 2 && keys.contains(&kept[0]), "{keys:?}");
}
