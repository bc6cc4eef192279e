//! A file that is not what was written, and a store that was broken before.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use strongroom_tests::{Client, Server, Store};

use super::{back_up, beside};

/// The bytes of the header, and of a sealed chunk.
const HEADER: usize = 118;
const CHUNK: usize = 64 * 1024 + 16;

/// A store whose backup has several chunks, and the backup.
async fn large() -> (Arc<Store>, Client, Vec<u8>) {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let (writer, runner) = (team.key("user").await, team.key("runner").await);
    for index in 0..6 {
        let value = format!("value {index} {}", "x".repeat(60_000));
        writer.set(&format!("S{index}"), json!(value)).await;
    }
    let file = back_up(server.store()).await;
    let bytes = fs::read(&file).expect("the file can be read");
    let store = Arc::clone(server.store());
    server.stop().await;
    (store, runner, bytes)
}

/// Expects a file to be refused, with `part` in the message, and nothing to be made.
async fn check_refused(empty: &Arc<Store>, what: &str, bytes: &[u8], part: &str) {
    let file = beside(empty, "damaged.backup");
    fs::write(&file, bytes).expect("files can be written");
    for arguments in [&["restore", &file][..], &["backup", "--check", &file]] {
        let refused = empty.run(arguments).await.failed();
        assert!(refused.contains(part), "{what}: should say {part}: {refused}");
        assert!(!refused.contains("panicked"), "{what}: {refused}");
    }
    let left: Vec<PathBuf> = fs::read_dir(empty.data_dir())
        .expect("the folder can be read")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    assert_eq!(left, [empty.data_dir().join("master.key")], "{what}");
}

#[tokio::test]
async fn a_file_that_is_not_whole_restores_nothing() {
    let (store, _, whole) = large().await;
    let chunks = (whole.len() - HEADER).div_ceil(CHUNK);
    assert!(chunks > 4, "{chunks}");
    let at = |chunk: usize| HEADER + chunk * CHUNK;
    let empty = store.empty_with_key();
    let flipped = |index: usize| {
        let mut bytes = whole.clone();
        // A hexadecimal digit stays one.
        bytes[index] = if bytes[index].is_ascii_alphabetic() { b'0' } else { bytes[index] ^ 1 };
        bytes
    };
    for (what, bytes, part) in [
        ("the magic", flipped(0), "is not a backup"),
        ("the form", flipped(18), "this version reads the form 1"),
        ("the fingerprint", flipped(32), "is sealed with the master key"),
        ("the salt", flipped(60), "chunk 1 was changed"),
        ("the salt's name", flipped(48), "its header is not one"),
        ("the first chunk", flipped(at(0)), "chunk 1 was changed"),
        ("the middle", flipped(at(2) + 1000), "chunk 3 was changed"),
        ("a tag", flipped(at(2) - 1), "chunk 2 was changed"),
        ("the manifest", flipped(whole.len() - 40), "was changed"),
        ("the last byte", flipped(whole.len() - 1), "was changed"),
        ("cut off: all", Vec::new(), "is not a backup"),
        ("cut off: in the header", whole[..HEADER - 1].to_vec(), "its header is not one"),
        ("cut off: behind the header", whole[..HEADER].to_vec(), "chunk 1 was changed"),
        ("cut off: behind a chunk", whole[..at(1)].to_vec(), "it is cut off behind chunk 1"),
        ("cut off: behind another", whole[..at(3)].to_vec(), "it is cut off behind chunk 3"),
        ("cut off: in a chunk", whole[..at(2) + 100].to_vec(), "chunk 3 was changed"),
        ("cut off: a byte", whole[..whole.len() - 1].to_vec(), "was changed"),
        ("appended: a byte", [&whole[..], b"x"].concat(), "was changed"),
        ("appended: a chunk", [&whole[..], &whole[at(1)..at(2)]].concat(), "was changed"),
        (
            "swapped",
            [&whole[..at(1)], &whole[at(2)..at(3)], &whole[at(1)..at(2)], &whole[at(3)..]].concat(),
            "chunk 2 was changed",
        ),
        ("left out", [&whole[..at(1)], &whole[at(2)..]].concat(), "chunk 2 was changed"),
        ("repeated", [&whole[..at(2)], &whole[at(1)..]].concat(), "chunk 3 was changed"),
    ] {
        check_refused(&empty, what, &bytes, part).await;
    }
}

#[tokio::test]
async fn one_of_several_chunks_tells_what_it_holds_and_restores() {
    let (store, runner, whole) = large().await;
    let empty = store.empty_with_key();
    let file = beside(&empty, "whole.backup");
    fs::write(&file, &whole).expect("files can be written");
    let printed = empty.run(&["backup", "--check", &file]).await.succeeded();
    for line in ["secrets: 6", "secret_versions: 6", "teams: 1", "audit checkpoint: acme "] {
        assert!(printed.contains(line), "{line}: {printed}");
    }
    empty.run(&["restore", &file]).await.succeeded();
    let server = empty.serve().await;
    let value = runner.at(&server).value("S3").await;
    assert_eq!(value, json!(format!("value 3 {}", "x".repeat(60_000))));
}

#[tokio::test]
async fn chunks_of_another_backup_of_the_same_store_do_not_fit() {
    let (store, _, first) = large().await;
    let file = back_up(&store).await;
    let second = fs::read(&file).expect("the file can be read");
    let mixed = [&first[..HEADER + CHUNK], &second[HEADER + CHUNK..]].concat();
    check_refused(&store.empty_with_key(), "mixed", &mixed, "chunk 2 was changed").await;
}

#[tokio::test]
async fn what_was_broken_in_the_store_is_told_and_restored_only_when_asked() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let (writer, runner) = (team.key("user").await, team.key("runner").await);
    for name in ["A", "B"] {
        writer.set(name, json!(format!("the value of {name}"))).await;
    }
    let store = Arc::clone(server.store());
    server.stop().await;
    store.sql("UPDATE audit_entries SET actor_name = 'somebody else' WHERE sequence = 2").await;
    store
        .sql(
            "UPDATE secret_versions SET sealed = (SELECT sealed FROM secret_versions JOIN secrets ON id = secret_id \
             WHERE name = 'A') WHERE secret_id = (SELECT id FROM secrets WHERE name = 'B')",
        )
        .await;
    let file = beside(&store, "b");
    let complaint = store.run(&["backup", &file]).await.failed();
    let empty = store.empty_with_key();
    let checked = empty.run(&["backup", "--check", &file]).await.failed();
    let refused = empty.run(&["restore", &file]).await.failed();
    for told in [&complaint, &checked, &refused] {
        assert!(told.contains("the audit log of acme: entry 2 was changed"), "{told}");
        assert!(told.contains("version 1 of the secret"), "{told}");
        assert!(told.contains("--accept-findings"), "{told}");
    }
    assert!(!empty.data_dir().join("strongroom.db").exists());
    empty.run(&["restore", "--accept-findings", &file]).await.succeeded();
    let new = empty.serve().await;
    assert_eq!(runner.at(&new).value("A").await, json!("the value of A"));
    runner.at(&new).try_value("B").await.assert_error("API_ERROR");
}

#[tokio::test]
async fn rows_that_hold_what_their_columns_can_not_are_kept_as_they_are() {
    let store = Store::new();
    let team = store.team("acme").await;
    team.person("user").await;
    store.sql("UPDATE audit_entries SET time = 'yesterday', actor_id = 7 WHERE sequence = 2").await;
    store.sql("UPDATE users SET created = x'00ff'").await;
    let file = beside(&store, "b");
    let complaint = store.run(&["backup", &file]).await.failed();
    assert!(complaint.contains("row 2 of audit_entries lacks"), "{complaint}");
    let empty = store.empty_with_key();
    empty.run(&["restore", "--accept-findings", &file]).await.succeeded();
    assert_eq!(empty.rows("users").await, store.rows("users").await);
    let mut entries = empty.rows("audit_entries").await;
    entries.retain(|entry| !entry.contains("restore:backup"));
    assert_eq!(entries, store.rows("audit_entries").await);
}

#[tokio::test]
async fn rows_without_their_parents_are_told_and_not_restored() {
    let store = Store::new();
    let team = store.team("acme").await;
    team.person("user").await;
    store.sql("DELETE FROM users").await;
    let file = beside(&store, "b");
    let complaint = store.run(&["backup", &file]).await.failed();
    assert!(complaint.contains("row 1 of memberships: its user_id"), "{complaint}");
    let empty = store.empty_with_key();
    empty.run(&["restore", &file]).await.failed();
    let refused = empty.run(&["restore", "--accept-findings", &file]).await.failed();
    assert!(refused.contains("FOREIGN KEY"), "{refused}");
    assert_eq!(empty.sql_number("SELECT count(*) FROM sqlite_master").await, 0);
}
