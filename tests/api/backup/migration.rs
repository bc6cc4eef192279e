//! Before a migration: a backup beside the store, and a store that stays as it was when the migration fails.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use serde_json::json;
use strongroom_tests::{Server, Store, write_private};

use super::restored;
use crate::upgrade::{RUNNER_KEY, upgraded};

fn backup_in(store: &Store) -> PathBuf {
    store.data_dir().join("before-m0002_team.backup")
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
async fn a_backup_from_before_a_migration_is_made_and_restores() {
    let store = upgraded().await;
    let secrets = store.rows("secrets").await.len();
    // Its deleted secret is older every day, and is not to be purged.
    let window = ["--restore-window", "30000d"];
    Server::start_on(&store, &window).await.stop().await;
    let file = backup_in(&store);
    let mode = fs::metadata(&file).expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let file = file.to_str().expect("temporary paths are UTF-8");
    let printed = store.run(&["backup", "--check", file]).await.succeeded();
    assert!(printed.contains("schema m0001_initial"), "{printed}");
    assert!(printed.contains(&format!("secrets: {secrets}\n")), "{printed}");

    let new = restored(&store, file).await;
    for table in ["users", "secrets", "secret_versions", "api_keys", "memberships"] {
        assert_eq!(new.rows(table).await, store.rows(table).await, "{table}");
    }
    let server = Server::start_on(&new, &window).await;
    let runner = server.with_key(RUNNER_KEY);
    assert_eq!(runner.value("DB_URL").await, json!("postgres://third"));
    let printed = server.admin(&["audit", "verify"]).await;
    assert!(printed.contains("acme: 27 entries, whole"), "{printed}");
    assert!(!backup_in(&new).exists(), "it had nothing to lose");
}

#[tokio::test]
async fn started_several_times_at_once_it_is_backed_up_and_migrated_once() {
    let store = upgraded().await;
    let verify = ["audit", "verify"];
    tokio::join!(store.admin(&verify), store.admin(&verify), store.admin(&verify));
    let file = backup_in(&store);
    let file = file.to_str().expect("temporary paths are UTF-8");
    let printed = store.run(&["backup", "--check", file]).await.succeeded();
    assert!(printed.contains("schema m0001_initial"), "{printed}");
}

#[tokio::test]
async fn whichever_migration_fails_leaves_the_store_as_it_was() {
    let newest = Store::new();
    newest.team("acme").await;
    let store = upgraded().await;
    let known = newest.applied_migrations().await;
    let applied = store.applied_migrations().await;
    let pending: Vec<_> = known.iter().filter(|name| !applied.contains(name)).collect();
    assert!(!pending.is_empty());
    for migration in pending {
        // At its very end, when all of it is done and about to be written down.
        let failing = format!(
            "CREATE TRIGGER failing BEFORE INSERT ON seaql_migrations WHEN NEW.version = '{migration}' \
             BEGIN SELECT RAISE(ABORT, 'made to fail'); END"
        );
        store.sql(&failing).await;
        let before = everything(&store).await;
        // One that a kill has left, and a second try: none of them piles up.
        let left = store.data_dir().join("before-m0002_team.backup.abcdef.draft");
        fs::write(&left, "half of a backup").expect("files can be written");
        for _ in 0..2 {
            let said = store.run(&["serve", "--listen", "127.0.0.1:0"]).await.failed();
            assert!(said.contains("made to fail"), "{migration}: {said}");
            assert_eq!(everything(&store).await, before, "{migration}");
        }
        let names = fs::read_dir(store.data_dir()).expect("the folder can be read");
        let names = names.map(|entry| entry.expect("an entry").path());
        let backups: Vec<_> = names.filter(|path| path.to_string_lossy().contains("before-")).collect();
        assert_eq!(backups, [backup_in(&store)]);
        store.sql("DROP TRIGGER failing").await;
    }

    // What lies beside it is the store.
    let file = backup_in(&store);
    let new = restored(&store, file.to_str().expect("temporary paths are UTF-8")).await;
    for store in [store, new] {
        let server = store.serve().await;
        let runner = server.with_key(RUNNER_KEY);
        assert_eq!(runner.value("DB_URL").await, json!("postgres://third"));
    }
}

#[tokio::test]
async fn without_room_for_the_backup_nothing_is_migrated() {
    let store = upgraded().await;
    // A folder where the backup should be: as good as a full disk, and the same for root.
    fs::create_dir(backup_in(&store)).expect("folders can be made");
    let before = everything(&store).await;
    let complaint = "can't be backed up before it is migrated; nothing has been changed";
    store.refused(&["serve", "--listen", "127.0.0.1:0"], complaint).await;
    assert_eq!(everything(&store).await, before);
}

#[tokio::test]
async fn with_another_master_key_nothing_is_migrated_and_nothing_backed_up() {
    let store = upgraded().await;
    write_private(store.data_dir().join("master.key"), "7f".repeat(32));
    store.refused(&["serve", "--listen", "127.0.0.1:0"], "nothing has been changed").await;
    assert_eq!(store.applied_migrations().await, ["m0001_initial"]);
    assert!(!backup_in(&store).exists());
}
