//! A killed backup leaves a whole file or none, a killed restore a whole store or an empty one, and a killed archiving of the
//! audit log loses no entry.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use strongroom_tests::{Client, Scene, Store, aliases, paths, signal, text};

/// The number of kills, spread over the time that the command needs.
const ROUNDS: u32 = 12;
const SECRETS: usize = 2_000;

async fn filled() -> (Arc<Store>, Client) {
    let store = Store::new();
    let Scene { server, writer, runner, .. } = Scene::on(store.serve().await).await;
    writer.set_many("S", SECRETS).await;
    server.stop().await;
    (store, runner)
}

#[tokio::test]
async fn a_killed_or_stopped_backup_leaves_a_whole_file_or_none() {
    let store = filled().await.0;
    let folder = store.scratch().join("backups");
    fs::create_dir(&folder).expect("directories can be created");
    let file = folder.join("a.backup");
    let backup = ["backup", text(&file)];
    let moments = store.moments_to_kill(&backup, ROUNDS).await;
    let mut done = 0;
    for (round, after) in (1..).zip(&moments) {
        let file = folder.join(format!("{round}.backup"));
        if store.run_and_kill(&["backup", text(&file)], *after).await {
            done += 1;
            assert!(file.exists());
        }
        if !file.exists() {
            // The remains of the killed one don't matter.
            store.run(&["backup", text(&file)]).await.succeeded();
        }
        store.run(&["backup", "--check", text(&file)]).await.succeeded();
        fs::remove_file(file).expect("it can be removed");
    }
    assert!(done < ROUNDS, "none was killed");

    // A stopped backup leaves no draft.
    fs::remove_dir_all(&folder).expect("it can be removed");
    fs::create_dir(&folder).expect("directories can be created");
    for (round, after) in (1..).zip(moments) {
        let mut child = store.spawn(&backup);
        let pid = child.id().expect("it runs");
        if tokio::time::timeout(after, child.wait()).await.is_err() {
            signal(pid, "TERM");
        }
        let status = child.wait().await.expect("a child can be waited for");
        assert_eq!(file.exists(), status.success(), "round {round}: {status}");
        let left = paths(&folder).len();
        assert_eq!(left, usize::from(file.exists()), "round {round}: no draft is left");
        let _ = fs::remove_file(&file);
    }
    let server = store.serve().await;
    server.admin(&["audit", "verify"]).await;
}

#[tokio::test]
async fn a_killed_restore_leaves_an_empty_or_a_whole_store() {
    let (store, runner) = filled().await;
    let file = store.back_up().await;
    let restore = ["restore", &file];
    let mut killed = 0;
    for (round, after) in (1..).zip(store.empty_with_key().moments_to_kill(&restore, ROUNDS).await) {
        let target = store.empty_with_key();
        let mut is_whole = target.run_and_kill(&restore, after).await;
        if !is_whole {
            killed += 1;
            // A kill between the commit and the end leaves it whole.
            let again = target.run(&restore).await;
            is_whole = again.status.success();
            if !is_whole {
                assert!(again.failed().contains("already has a team"));
            }
        }
        target.admin(&["audit", "verify"]).await;
        let server = target.serve().await;
        let runner = runner.at(&server);
        assert_eq!(runner.names().await.len(), SECRETS, "round {round}");
        runner.assert_many("S", [SECRETS - 1]).await;
        server.stop().await;
    }
    assert!(killed > 0, "none was killed");

    // A store whose server has run before can still be started and set up.
    for millis in [30, 60, 120] {
        let target = store.empty_with_key();
        target.serve().await.stop().await;
        if !target.run_and_kill(&restore, Duration::from_millis(millis)).await
            && target.sql_number("SELECT count(*) FROM teams").await == 0
        {
            crate::assert_can_be_set_up(&target).await;
        }
    }
}

#[tokio::test]
async fn a_killed_migration_leaves_an_old_or_a_new_store() {
    let key = "e1c43fbe3e7fda702906246f49740a0f496237c2ffba4a382f86833b93b51a9b";
    let upgraded = async || Store::from_dump(include_str!("../api/fixture/store-0.1.0.sql"), key).await;
    let verify = ["admin", "audit", "verify"];
    for (round, after) in (1..).zip(upgraded().await.moments_to_kill(&verify, ROUNDS).await) {
        let store = upgraded().await;
        store.run_and_kill(&verify, after).await;
        let printed = store.admin(&["audit", "verify"]).await;
        assert!(printed.contains("acme: 25 entries, intact"), "round {round}: {printed}");
        let file = store.data_dir().join("before-m0002_team.backup");
        let checked = store.run(&["backup", "--check", text(&file)]).await.succeeded();
        assert!(checked.contains("schema m0001_initial"), "round {round}: {checked}");
    }
}

#[tokio::test]
async fn a_kill_while_archiving_loses_no_entry() {
    let store = Store::new();
    let Scene { server, writer, runner, .. } = Scene::on(store.serve().await).await;
    writer.set("A", json!("some value or other")).await;
    let document = format!("{{ {} }}", aliases(r#"secret_value(name: "A")"#, 200));
    // Enough for two steps of removal.
    for _ in 0..28 {
        runner.query(&document).await.data("/a199");
    }
    server.stop().await;
    let file = store.scratch().join("archive.jsonl");
    let archive = ["admin", "audit", "archive", "--before", "2100-01-01", text(&file)];
    let verify = ["admin", "audit", "verify"];
    let (mut before, mut between) = (0, 0);
    for round in 0..4_u32 {
        let _ = fs::remove_file(&file);
        let copy = store.copy();
        let mut child = copy.spawn(&archive);
        // The first one is killed while it writes, the others while they remove.
        let is_there = || match round {
            0 => !store.drafts().is_empty(),
            _ => file.exists(),
        };
        while !is_there() && child.try_wait().expect("a child can be waited for").is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        tokio::time::sleep(Duration::from_millis(20) * round).await;
        child.kill().await.expect("a child can be killed");
        copy.run(&verify).await.succeeded();
        let first = copy.sql_number("SELECT min(sequence) FROM audit_entries").await;
        if file.exists() {
            between += usize::from(first < 5_600);
            // Another archive contains the rest.
            let next = store.scratch().join(format!("{round}.jsonl"));
            let again = ["admin", "audit", "archive", "--before", "2100-01-01", text(&next)];
            copy.run(&again).await.succeeded();
            let both = [&verify[..], &["--archive", text(&file), text(&next)]].concat();
            copy.run(&both).await.succeeded();
        } else {
            assert_eq!(first, 1, "nothing is removed before the file is there");
            before += 1;
        }
    }
    println!("killed before the file was there: {before}, while removing: {between}");
    assert!(before > 0 && between > 0);
}
