//! Damaged backup files, and backups of damaged stores.

use std::fs;
use std::sync::Arc;

use serde_json::json;
use strongroom_tests::{Scene, Store, assert_says, paths};

const HEADER: usize = 118;
const CHUNK: usize = 64 * 1024 + 16;

/// Expects a file to be refused with `part` in the message, and nothing to be created.
async fn check_refused(empty: &Arc<Store>, what: &str, bytes: &[u8], part: &str) {
    let file = empty.beside("damaged.backup");
    fs::write(&file, bytes).expect("files can be written");
    for arguments in [&["restore", &file][..], &["backup", "--check", &file]] {
        let said = empty.run(arguments).await.failed();
        assert!(said.contains(part), "{what}: should say {part}: {said}");
    }
    assert_eq!(paths(empty.data_dir()), [empty.data_dir().join("master.key")], "{what}");
}

#[tokio::test]
async fn a_damaged_file_restores_nothing_and_findings_are_restored_only_when_accepted() {
    let Scene { server, writer, runner, .. } = Scene::new().await;
    for index in 0..6 {
        writer.set(&format!("S{index}"), json!(format!("value {index} {}", "x".repeat(60_000)))).await;
    }
    writer.set_all(&[("A", "the value of A"), ("B", "the value of B")]).await;
    let store = Arc::clone(server.store());
    let whole = fs::read(store.back_up().await).expect("the file can be read");
    server.stop().await;
    let chunks = (whole.len() - HEADER).div_ceil(CHUNK);
    assert!(chunks > 4, "{chunks}");
    let at = |chunk: usize| HEADER + chunk * CHUNK;
    let swapped = [&whole[..at(1)], &whole[at(2)..at(3)], &whole[at(1)..at(2)], &whole[at(3)..]].concat();
    let empty = store.empty_with_key();
    let another = fs::read(store.back_up().await).expect("the file can be read");
    let flipped = |index: usize| {
        let mut bytes = whole.clone();
        // A hexadecimal digit stays one.
        bytes[index] = if bytes[index].is_ascii_alphabetic() { b'0' } else { bytes[index] ^ 1 };
        bytes
    };
    for (what, bytes, part) in [
        ("the magic", flipped(0), "is not a backup"),
        ("the format", flipped(18), "this version reads the format 1"),
        ("the fingerprint", flipped(32), "is encrypted with the master key"),
        ("the salt", flipped(60), "chunk 1 was changed"),
        ("the salt's name", flipped(48), "its header is malformed"),
        ("the first chunk", flipped(at(0)), "chunk 1 was changed"),
        ("the middle", flipped(at(2) + 1000), "chunk 3 was changed"),
        ("a tag", flipped(at(2) - 1), "chunk 2 was changed"),
        ("the manifest", flipped(whole.len() - 40), "was changed"),
        ("the last byte", flipped(whole.len() - 1), "was changed"),
        ("cut off: all", Vec::new(), "is not a backup"),
        ("cut off: in the header", whole[..HEADER - 1].to_vec(), "its header is malformed"),
        ("cut off: after the header", whole[..HEADER].to_vec(), "chunk 1 was changed"),
        ("cut off: after a chunk", whole[..at(1)].to_vec(), "it is cut off after chunk 1"),
        ("cut off: after another", whole[..at(3)].to_vec(), "it is cut off after chunk 3"),
        ("cut off: in a chunk", whole[..at(2) + 100].to_vec(), "chunk 3 was changed"),
        ("cut off: a byte", whole[..whole.len() - 1].to_vec(), "was changed"),
        ("appended: a byte", [&whole[..], b"x"].concat(), "was changed"),
        ("appended: a chunk", [&whole[..], &whole[at(1)..at(2)]].concat(), "was changed"),
        ("swapped", swapped, "chunk 2 was changed"),
        ("left out", [&whole[..at(1)], &whole[at(2)..]].concat(), "chunk 2 was changed"),
        ("repeated", [&whole[..at(2)], &whole[at(1)..]].concat(), "chunk 3 was changed"),
        ("mixed with another", [&whole[..at(1)], &another[at(1)..]].concat(), "chunk 2 was changed"),
    ] {
        check_refused(&empty, what, &bytes, part).await;
    }
    // The whole file shows its content, and restores it.
    let file = empty.beside("whole.backup");
    fs::write(&file, &whole).expect("files can be written");
    let printed = empty.run(&["backup", "--check", &file]).await.succeeded();
    assert_says(&printed, &["secrets: 8", "secret_versions: 8", "teams: 1", "audit checkpoint: acme "]);
    empty.run(&["restore", &file]).await.succeeded();
    let server = empty.serve().await;
    let value = runner.at(&server).value("S3").await;
    assert_eq!(value, json!(format!("value 3 {}", "x".repeat(60_000))));
    // Findings are reported, and restored only when accepted.
    store.sql("UPDATE audit_entries SET actor_name = 'somebody else' WHERE sequence = 2").await;
    let misplaced = "UPDATE secret_versions SET sealed =
        (SELECT sealed FROM secret_versions JOIN secrets ON id = secret_id WHERE name = 'A')
        WHERE secret_id = (SELECT id FROM secrets WHERE name = 'B')";
    store.sql(misplaced).await;
    let file = store.beside("b");
    let finding = "the audit log of acme: entry 2 was changed";
    let empty = store.empty_with_key();
    for (store, command) in
        [(&store, &["backup"][..]), (&empty, &["backup", "--check"]), (&empty, &["restore"])]
    {
        let complaint = store.refused(&[command, &[file.as_str()]].concat(), finding).await;
        assert_says(&complaint, &["version 1 of the secret", "--accept-findings"]);
    }
    assert!(!empty.data_dir().join("strongroom.db").exists());
    empty.run(&["restore", "--accept-findings", &file]).await.succeeded();
    let new = empty.serve().await;
    assert_eq!(runner.at(&new).value("A").await, json!("the value of A"));
    runner.at(&new).try_value("B").await.assert_error("API_ERROR");
}

#[tokio::test]
async fn rows_without_their_parents_are_not_restored_and_those_with_invalid_columns_are() {
    let store = Store::new();
    let team = store.team("acme").await;
    team.person("user").await;
    let invalid = store.copy();
    store.sql("DELETE FROM users").await;
    let file = store.beside("b");
    store.refused(&["backup", &file], "row 1 of memberships: user_id refers to").await;
    let empty = store.empty_with_key();
    empty.refused(&["restore", &file], "--accept-findings").await;
    empty.refused(&["restore", "--accept-findings", &file], "FOREIGN KEY").await;
    assert_eq!(empty.sql_number("SELECT count(*) FROM sqlite_master").await, 0);
    // Rows with invalid columns are kept as they are.
    let store = invalid;
    store.sql("UPDATE audit_entries SET time = 'yesterday', actor_id = 7 WHERE sequence = 2").await;
    store.sql("UPDATE users SET created = x'00ff'").await;
    let file = store.beside("b");
    store.refused(&["backup", &file], "row 2 of audit_entries lacks").await;
    empty.run(&["restore", "--accept-findings", &file]).await.succeeded();
    assert_eq!(empty.rows("users").await, store.rows("users").await);
    let mut entries = empty.rows("audit_entries").await;
    entries.retain(|entry| !entry.contains("restore:backup"));
    assert_eq!(entries, store.rows("audit_entries").await);
}
