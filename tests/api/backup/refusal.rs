//! Refused backups and restores: an existing file, a store that is not empty, another master key.

use std::fs;
use std::path::Path;

use serde_json::json;
use strongroom_tests::{Store, assert_says, mode, text};

const ENTRIES: &str = "SELECT count(*) FROM audit_entries";
const TEAMS: &str = "SELECT count(*) FROM teams";

#[tokio::test]
async fn an_existing_file_a_later_version_and_another_master_key_are_refused() {
    let store = Store::new();
    store.team("acme").await;
    let path = store.file("somebody's notes");
    let file = text(&path);
    store.refused(&["backup", file], "already exists; `--force`").await;
    assert_eq!(fs::read_to_string(file).expect("text"), "somebody's notes");
    let entries = store.sql_number(ENTRIES).await;
    store.run(&["backup", "--force", file]).await.succeeded();
    store.run(&["backup", "--check", file]).await.succeeded();
    assert_eq!(store.sql_number(ENTRIES).await, entries + 1, "a refused backup is not recorded");
    assert_eq!(mode(file), 0o600);
    let complaint = store.refused(&["backup", &store.beside("missing/b")], "missing/b").await;
    assert!(!complaint.contains("draft"), "{complaint}");
    assert!(store.drafts().is_empty());
    // An empty store of a later version is left alone.
    let file = store.back_up().await;
    let later = store.empty_with_key();
    later.serve().await.stop().await;
    later.sql("INSERT INTO seaql_migrations VALUES ('m0999_later', 0); CREATE TABLE later (id text)").await;
    later.refused(&["restore", &file], "m0999_later").await;
    assert_eq!(later.sql_number(TEAMS).await, 0);
    // Another master key is refused and named.
    let wanted =
        String::from_utf8_lossy(&fs::read(&file).expect("the file can be read")[31..47]).into_owned();

    let none = Store::new();
    for arguments in [&["restore", &file][..], &["backup", "--check", &file]] {
        assert_says(&none.refused(arguments, "master.key").await, &[&wanted]);
        assert!(!none.data_dir().exists(), "no key and no store is made");
    }
    let other = Store::new();
    other.serve().await.stop().await;
    let key = fs::read(other.data_dir().join("master.key")).expect("a key");
    for arguments in [&["restore", &file][..], &["backup", "--check", &file]] {
        let refused = other.refused(arguments, &wanted).await;
        let named: Vec<_> = refused
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .collect();
        assert_eq!(named[0], wanted, "{refused}");
        assert!(named.len() == 2 && named[1] != wanted, "{refused}");
    }
    assert_eq!(fs::read(other.data_dir().join("master.key")).expect("a key"), key);
    assert_eq!(other.sql_number(TEAMS).await, 0);
    other.serve().await;
}

#[tokio::test]
async fn a_store_without_teams_is_not_backed_up_and_one_with_a_team_not_restored_into() {
    let store = Store::new();
    let file = store.beside("b");
    let create = ["admin", "create-key", "--team", "acme", "--name", "flows", "--role", "runner"];
    for arguments in [&["backup", &file][..], &create, &["rotate-data-keys"]] {
        store.refused(arguments, "there is no store at").await;
    }
    assert!(!store.data_dir().exists(), "none is created");
    store.serve().await.stop().await;
    store.refused(&["backup", &file], "no team").await;
    assert!(!Path::new(&file).exists());
    // Only an empty store is restored into.
    let team = store.team("acme").await;
    let runner_key = team.new_key("runner").await;
    let file = store.back_up().await;
    let before = store.rows("audit_entries").await;
    store.refused(&["restore", &file], "already has a team").await;
    assert_eq!(store.rows("audit_entries").await, before);
    // A running server on an empty store sees the teams at once, and its setup link creates no other.
    let empty = store.empty_with_key();
    let mut server = empty.serve().await;
    let token = server.set_up_token().await;
    empty.run(&["restore", &file]).await.succeeded();
    assert_eq!(server.with_key(&runner_key).names().await, [""; 0]);
    let input = json!({"token": token, "team_name": "Mine",
        "email": "eve@acme.example", "password": "a good long password"});
    server.nobody().mutate("set_up", input).await.assert_rejected();
    assert_eq!(empty.sql_number(TEAMS).await, 1);
    empty.refused(&["restore", &file], "already has a team").await;
}
