//! Migrations: a backup is made first, and a migration that fails leaves the store unchanged.

use std::fs;
use std::path::PathBuf;

use serde_json::json;
use strongroom_tests::{Server, Store, assert_says, mode, paths, text, write_private};

use crate::upgrade::{RUNNER_KEY, upgraded};

fn backup_in(store: &Store) -> PathBuf {
    store.data_dir().join("before-m0002_team.backup")
}

async fn checked(store: &Store) -> String {
    let printed = store.run(&["backup", "--check", text(&backup_in(store))]).await.succeeded();
    assert_says(&printed, &["schema m0001_initial"]);
    printed
}

async fn everything(store: &Store) -> Vec<(String, Vec<String>)> {
    let mut all = Vec::new();
    for table in store.tables().await {
        let rows = store.rows(&table).await;
        all.push((table, rows));
    }
    all.push(("schema".to_owned(), store.rows("sqlite_master").await));
    all
}

#[tokio::test]
async fn the_backup_before_a_migration_can_be_restored() {
    let store = upgraded().await;
    let secrets = store.rows("secrets").await.len();
    // The deleted secret of the store gets older every day, and must not be purged.
    let window = ["--restore-window", "30000d"];
    Server::start_on(&store, &window).await.stop().await;
    assert_eq!(mode(backup_in(&store)), 0o600);
    assert_says(&checked(&store).await, &[&format!("secrets: {secrets}\n")]);
    let new = store.restored(text(&backup_in(&store))).await;
    for table in ["users", "secrets", "secret_versions", "api_keys", "memberships"] {
        assert_eq!(new.rows(table).await, store.rows(table).await, "{table}");
    }
    let server = Server::start_on(&new, &window).await;
    assert_eq!(server.with_key(RUNNER_KEY).value("DB_URL").await, json!("postgres://third"));
    assert_says(&server.admin(&["audit", "verify"]).await, &["acme: 27 entries, intact"]);
    assert!(!backup_in(&new).exists(), "a new store needs no backup");
}

#[tokio::test]
async fn a_failed_migration_leaves_the_store_unchanged() {
    let newest = Store::new();
    newest.team("acme").await;
    let store = upgraded().await;
    let known = newest.applied_migrations().await;
    let applied = store.applied_migrations().await;
    let pending: Vec<_> = known.iter().filter(|name| !applied.contains(name)).collect();
    assert!(!pending.is_empty());
    for migration in pending {
        // At its very end, when it is about to be recorded.
        let failing = format!(
            "CREATE TRIGGER failing BEFORE INSERT ON seaql_migrations WHEN NEW.version = '{migration}' \
             BEGIN SELECT RAISE(ABORT, 'made to fail'); END"
        );
        store.sql(&failing).await;
        let before = everything(&store).await;
        // Neither drafts that a kill has left nor further attempts pile up.
        let left = store.data_dir().join("before-m0002_team.backup.abcdef.draft");
        fs::write(&left, "half of a backup").expect("files can be written");
        for _ in 0..2 {
            let said = store.run(&["serve", "--listen", "127.0.0.1:0"]).await.failed();
            assert!(said.contains("made to fail"), "{migration}: {said}");
            assert_eq!(everything(&store).await, before, "{migration}");
        }
        let mut backups = paths(store.data_dir());
        backups.retain(|path| path.to_string_lossy().contains("before-"));
        assert_eq!(backups, [backup_in(&store)]);
        store.sql("DROP TRIGGER failing").await;
    }
    // The backup is the store.
    let new = store.restored(text(&backup_in(&store))).await;
    for store in [store, new] {
        let server = store.serve().await;
        assert_eq!(server.with_key(RUNNER_KEY).value("DB_URL").await, json!("postgres://third"));
    }
}

#[tokio::test]
async fn without_room_or_the_master_key_nothing_is_migrated_and_concurrent_starts_migrate_once() {
    let store = upgraded().await;
    // A directory in the backup's place works like a full disk, for root as well.
    fs::create_dir(backup_in(&store)).expect("directories can be created");
    let before = everything(&store).await;
    let complaint = "can't be backed up before it is migrated; nothing has been changed";
    store.refused(&["serve", "--listen", "127.0.0.1:0"], complaint).await;
    assert_eq!(everything(&store).await, before);
    fs::remove_dir(backup_in(&store)).expect("it is empty");
    // With another master key, nothing is backed up either.
    let key = fs::read(store.key_file()).expect("the key can be read");
    write_private(store.key_file(), "7f".repeat(32));
    store.refused(&["serve", "--listen", "127.0.0.1:0"], "nothing has been changed").await;
    assert_eq!(store.applied_migrations().await, ["m0001_initial"]);
    assert!(!backup_in(&store).exists());
    // Concurrent starts back up and migrate once.
    write_private(store.key_file(), key);
    let verify = ["audit", "verify"];
    tokio::join!(store.admin(&verify), store.admin(&verify), store.admin(&verify));
    checked(&store).await;
}
