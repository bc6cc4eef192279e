//! Where there is no backup and nothing is restored: a file in the way, a store that is not empty, another master key.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use serde_json::json;
use strongroom_tests::Store;

use super::{back_up, beside, drafts};

#[tokio::test]
async fn a_file_is_replaced_only_when_asked() {
    let store = Store::new();
    store.team("acme").await;
    let file = store.file("somebody's notes");
    let file = file.to_str().expect("temporary paths are UTF-8");
    let refused = store.run(&["backup", file]).await.failed();
    assert!(refused.contains("already; `--force`"), "{refused}");
    assert_eq!(fs::read_to_string(file).expect("text"), "somebody's notes");
    let entries = store.sql_number("SELECT count(*) FROM audit_entries").await;
    store.run(&["backup", "--force", file]).await.succeeded();
    store.run(&["backup", "--check", file]).await.succeeded();
    assert_eq!(
        store.sql_number("SELECT count(*) FROM audit_entries").await,
        entries + 1,
        "what was refused is no backup"
    );
    let mode = fs::metadata(file).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);

    let nowhere = beside(&store, "missing/b");
    let refused = store.run(&["backup", &nowhere]).await.failed();
    assert!(refused.contains("missing/b"), "{refused}");
    assert_eq!(drafts(&store), [""; 0]);
}

#[tokio::test]
async fn a_store_without_teams_or_none_at_all_is_not_backed_up() {
    let store = Store::new();
    let file = beside(&store, "b");
    let refused = store.run(&["backup", &file]).await.failed();
    assert!(refused.contains("there is no store at"), "{refused}");
    assert!(!store.data_dir().exists(), "none is made by mistake");
    store.serve().await.stop().await;
    let refused = store.run(&["backup", &file]).await.failed();
    assert!(refused.contains("no team"), "{refused}");
    assert!(!Path::new(&file).exists());
}

#[tokio::test]
async fn only_an_empty_store_is_restored_into() {
    let store = Store::new();
    let team = store.team("acme").await;
    let runner_key = team.new_key("runner").await;
    let file = back_up(&store).await;
    let before = store.rows("audit_entries").await;
    let refused = store.run(&["restore", &file]).await.failed();
    assert!(refused.contains("has a team already"), "{refused}");
    assert_eq!(store.rows("audit_entries").await, before);

    // A server that runs on an empty store has the teams at once, and its link makes no other.
    let empty = store.empty_with_key();
    let mut server = empty.serve().await;
    let token = server.set_up_token().await;
    empty.run(&["restore", &file]).await.succeeded();
    assert_eq!(server.with_key(&runner_key).names().await, [""; 0]);
    let set_up = json!({"token": token, "team_name": "Mine",
        "email": "eve@acme.example", "password": "a good long password"});
    let answer = server
        .nobody()
        .graphql(
            "mutation($input: set_up_input!) { set_up(input: $input) { success error } }",
            json!({"input": set_up}),
        )
        .await;
    assert!(
        !answer.errors().is_empty() || answer.body()["data"]["set_up"]["success"] == json!(false),
        "{answer:?}"
    );
    assert_eq!(empty.sql_number("SELECT count(*) FROM teams").await, 1);
    let again = empty.run(&["restore", &file]).await.failed();
    assert!(again.contains("has a team already"), "{again}");
}

#[tokio::test]
async fn an_empty_store_of_a_later_version_is_left_alone() {
    let full = Store::new();
    full.team("acme").await;
    let file = back_up(&full).await;
    let store = full.empty_with_key();
    store.serve().await.stop().await;
    store.sql("INSERT INTO seaql_migrations VALUES ('m0999_later', 0); CREATE TABLE later (id text)").await;
    let refused = store.run(&["restore", &file]).await.failed();
    assert!(refused.contains("m0999_later"), "{refused}");
    assert_eq!(store.sql_number("SELECT count(*) FROM teams").await, 0);
}

#[tokio::test]
async fn the_master_key_has_to_be_the_same_and_is_named() {
    let store = Store::new();
    store.team("acme").await;
    let file = back_up(&store).await;
    let text = fs::read(&file).expect("the file can be read");
    let wanted = String::from_utf8_lossy(&text[31..47]).into_owned();

    let none = Store::new();
    for arguments in [&["restore", &file][..], &["backup", "--check", &file]] {
        let refused = none.run(arguments).await.failed();
        assert!(refused.contains(&wanted) && refused.contains("master.key"), "{refused}");
        assert!(!none.data_dir().exists(), "no key and no store is made");
    }
    let other = Store::new();
    other.serve().await.stop().await;
    let key = fs::read(other.data_dir().join("master.key")).expect("a key");
    for arguments in [&["restore", &file][..], &["backup", "--check", &file]] {
        let refused = other.run(arguments).await.failed();
        let named: Vec<_> = refused
            .split(|c: char| !c.is_ascii_alphanumeric())
            .filter(|word| word.len() == 16 && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
            .collect();
        assert_eq!(named[0], wanted, "{refused}");
        assert!(named.len() == 2 && named[1] != wanted, "{refused}");
    }
    assert_eq!(fs::read(other.data_dir().join("master.key")).expect("a key"), key);
    assert_eq!(other.sql_number("SELECT count(*) FROM teams").await, 0);
    other.serve().await;
}
