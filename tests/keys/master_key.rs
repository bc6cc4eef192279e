//! `rotate-master-key`: one command for a server with a key file, and one more step for other sources and servers.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown, symlink};
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use strongroom_tests::{SERVE, Server, Store, assert_says, mode, set_mode, text, wait, write_private};

use super::{
    SOME, assert_fixed, filled, filled_for_load, fingerprints, keys_in_file, run_under_load, some_key,
};

const ROTATE: &str = "rotate-master-key";

async fn rotate(store: &Store) -> String {
    let said = store.run(&[ROTATE]).await.succeeded();
    store.hears("the output of rotate-master-key", &said);
    said
}

async fn check_start_refused(store: &Arc<Store>, file: &Path, wanted: &str, found: &str) {
    let mut command = store.command(SERVE);
    command.args(["--master-key-file", text(file)]);
    let refused = store.run_command(command).await.failed();
    assert_says(&refused, &[wanted, found, "nothing has been changed"]);
}

#[tokio::test]
async fn one_command_rotates_the_key_under_load() {
    let store = Store::new();
    let mut strongroom = filled_for_load(&store).await;
    for number in 0..5 {
        let team = strongroom.server().team(&format!("team-{number}")).await;
        team.key("user").await.set("A", json!("the value of A")).await;
    }
    let old_key = keys_in_file(&store).remove(0);
    let old = fingerprints(&store).await.remove(0);
    let said = run_under_load(&mut strongroom, ROTATE).await.succeeded();
    store.hears("the output of rotate-master-key", &said);
    // From now on the server uses the new key, without a restart.
    let late = strongroom.server().team("late").await;
    late.key("user").await.set("A", json!("the value of A")).await;
    assert_eq!(late.key("runner").await.value("A").await, json!("the value of A"));

    let new = fingerprints(&store).await;
    assert_eq!(new.len(), 1, "{new:?}");
    let new = new[0].as_str();
    assert_ne!(new, old);
    let keys = keys_in_file(&store);
    assert_eq!(keys.len(), 1, "the old key is no longer in the file");
    assert_ne!(keys[0], old_key);
    let retired = store.data_dir().join(format!("master.key.{old}"));
    assert_eq!(fs::read_to_string(&retired).expect("the old key is kept"), format!("{old_key}\n"));
    for file in [&store.key_file(), &retired] {
        assert_eq!(mode(file), 0o600, "{}", file.display());
    }
    assert_says(&said, &[new, old.as_str(), text(&retired), "(6)"]);
    assert_says(&strongroom.server().log(), &["read the master keys again"]);

    assert_fixed(&strongroom.reader()).await;
    strongroom.stop().await;
    check_start_refused(&store, &retired, new, &old).await;
    strongroom.start().await.expect("it starts again");
    strongroom.assert_undisturbed().await;

    rotate(&store).await;
    assert_fixed(&strongroom.reader()).await;
    let third = fingerprints(&store).await;
    assert!(third.len() == 1 && third[0] != new, "{third:?}");
    assert!(store.data_dir().join(format!("master.key.{new}")).exists());
    store.admin(&["audit", "verify"]).await;
}

#[tokio::test]
async fn a_command_or_a_variable_must_give_both_keys_first() {
    for is_command in [true, false] {
        let store = Store::new();
        let (old, new) = (some_key(&store, "a"), some_key(&store, "b"));
        let file = store.file(&old);
        let command = format!("cat {}", file.display());
        let give = |keys: &str| {
            if is_command {
                write_private(&file, keys);
                store.set_variables(&[("STRONGROOM_MASTER_KEY_COMMAND", &command)]);
            } else {
                store.set_variables(&[("STRONGROOM_MASTER_KEY", keys)]);
            }
        };
        give(&old);
        let mut strongroom = filled_for_load(&store).await;
        let refused = store.run(&[ROTATE]).await.failed();
        let source = if is_command { "`master-key-command`" } else { "the variable STRONGROOM_MASTER_KEY" };
        let old_fingerprint = fingerprints(&store).await.remove(0);
        assert_says(&refused, &[source, &old_fingerprint, "on a line before it"]);

        give(&format!("{new}\n{old}\n"));
        if !is_command {
            // Servers run a command again by themselves.
            strongroom.restart().await;
        }
        strongroom.server().team("before").await;
        assert_eq!(fingerprints(&store).await, [old_fingerprint.as_str()]);
        let said = run_under_load(&mut strongroom, ROTATE).await.succeeded();
        store.hears("the output of rotate-master-key", &said);
        assert_says(&said, &[&format!("{old_fingerprint} is no longer used")]);
        assert!(!fingerprints(&store).await.contains(&old_fingerprint));
        assert_says(&rotate(&store).await, &["already"]);
        give(&new);
        strongroom.assert_undisturbed().await;
        strongroom.restart().await;
        assert_fixed(&strongroom.reader()).await;
        strongroom.stop().await;
        give(&old);
        assert_says(&store.run(&SERVE).await.failed(), &[&old_fingerprint]);
    }
}

#[tokio::test]
async fn each_of_several_servers_needs_the_new_key_in_its_file() {
    let store = Store::new();
    let mut strongroom = filled_for_load(&store).await;
    let old = keys_in_file(&store).remove(0);
    let elsewhere = store.scratch().join("second.key");
    fs::copy(store.key_file(), &elsewhere).expect("it can be copied");
    let second = Server::start_on(&store, &["--master-key-file", text(&elsewhere)]).await;
    strongroom.work_at_both(&second);
    let new = some_key(&store, "e");
    for file in [&elsewhere, &store.key_file()] {
        write_private(file, format!("{new}\n{old}\n"));
    }
    strongroom.history.acknowledges(SOME).await;
    let said = rotate(&store).await;
    strongroom.history.acknowledges(SOME).await;
    assert_eq!(keys_in_file(&store), [new.as_str()], "{said}");
    write_private(&elsewhere, format!("{new}\n"));
    for server in [strongroom.server(), &second] {
        let team = server.team(&format!("of-{}", store.next_number())).await;
        team.key("user").await.set("A", json!("the value of A")).await;
    }
    strongroom.rest().await;
    strongroom.look_at(&second).await.expect("everything can be read");
    strongroom.assert_undisturbed().await;
    let runner = strongroom.reader();
    assert_fixed(&runner).await;
    assert_fixed(&runner.at(&second)).await;
    assert_eq!(fingerprints(&store).await.len(), 1);

    // A server without the next key logs that, and reads its file again.
    rotate(&store).await;
    let forgotten = runner.at(&second);
    let before = second.log().len();
    for _ in 0..20 {
        forgotten.try_value("fixed 0").await.assert_error("API_ERROR");
    }
    let log = second.log().split_off(before);
    let wanted = fingerprints(&store).await.remove(0);
    assert!(log.contains(&wanted) && log.contains("second.key"), "{log}");
    let often = log.matches("read the master keys again").count();
    assert!((1..20).contains(&often), "read {often} times:\n{log}");
    fs::copy(store.key_file(), &elsewhere).expect("it can be copied");
    let is_read = async || forgotten.try_value("fixed 0").await.errors().is_empty();
    wait::is("it has read its file again", is_read).await;
    assert_fixed(&forgotten).await;
    assert_fixed(&runner).await;
}

#[tokio::test]
async fn a_refused_rotation_changes_nothing() {
    let store = Store::new();
    for command in [ROTATE, "rotate-data-keys"] {
        store.refused(&[command], "there is no store").await;
        assert!(!store.data_dir().exists());
    }
    store.serve().await.stop().await;
    let key = keys_in_file(&store);
    for command in [ROTATE, "rotate-data-keys"] {
        store.refused(&[command], "has no team").await;
    }
    assert_eq!(keys_in_file(&store), key);
    store.team("acme").await;
    let missing = "there is no team with the slug \"missing\"; there are: acme";
    store.refused(&["rotate-data-keys", "--team", "missing"], missing).await;
}

/// Rotates as a user who may write the store but only read the key file.
async fn rotate_without_rights(store: &Store, file: &Path) -> String {
    let folder = file.parent().expect("it is in a folder");
    let mut command = store.command(["--master-key-file", text(file)]);
    command.arg(ROTATE);
    if fs::metadata(folder).expect("it exists").uid() == 0 {
        // Root may write everywhere, so another user becomes the store's owner.
        let nobody = 65_534;
        for path in [store.data_dir(), store.data_dir().join("strongroom.db")] {
            chown(path, Some(nobody), Some(nobody)).expect("root may do that");
        }
        chown(file, None, Some(nobody)).expect("root may do that");
        set_mode(store.scratch(), 0o755);
        set_mode(file, 0o640);
        command.uid(nobody).gid(nobody);
    } else {
        set_mode(folder, 0o555);
    }
    let refused = store.run_command(command).await.failed();
    set_mode(folder, 0o755);
    refused
}

#[tokio::test]
async fn a_read_only_key_file_is_reported_and_nothing_is_lost() {
    for has_new_key in [false, true] {
        let store = Store::new();
        let (server, _, runner) = filled(&store).await;
        server.stop().await;
        let folder = store.scratch().join("keys");
        fs::create_dir(&folder).expect("directories can be created");
        let file = folder.join("the.key");
        let (old, new) = (keys_in_file(&store).remove(0), some_key(&store, "a"));
        let before = fingerprints(&store).await;
        if has_new_key {
            // Everything is done but removing the old key.
            write_private(&file, format!("{new}\n{old}\n"));
            let refused = rotate_without_rights(&store, &file).await;
            assert_says(&refused, &["every data key is wrapped", "the.key", "remove the key where"]);
            write_private(&file, format!("{new}\n"));
        } else {
            // It is reported before anything changes.
            fs::rename(store.key_file(), &file).expect("it can be moved");
            let refused = rotate_without_rights(&store, &file).await;
            assert_says(&refused, &["the.key", "can't be written to", "permission denied", "no data key"]);
            assert_eq!(fs::read_to_string(&file).expect("it can be read").trim(), old);
            assert_eq!(fs::read_dir(&folder).expect("it can be read").count(), 1);
            assert_eq!(fingerprints(&store).await, before);
        }
        let server = Server::start_on(&store, &["--master-key-file", text(&file)]).await;
        assert_fixed(&runner.at(&server)).await;
    }
}

#[tokio::test]
async fn an_old_backup_is_restored_with_its_old_key_and_a_key_file_keeps_its_owner_mode_and_link() {
    let store = Store::new();
    let (first, _, runner) = filled(&store).await;
    let backup = &store.back_up().await;
    let old = fingerprints(&store).await.remove(0);
    // The second rotation leaves another old key there.
    rotate(&store).await;
    rotate(&store).await;
    let new = fingerprints(&store).await.remove(0);
    let older = |store: &Store| store.data_dir().join(format!("master.key.{old}"));
    store.run(&["backup", "--check", backup]).await.succeeded();

    // On the second line.
    let restored = Store::new();
    let keys = [store.key_file(), older(&store)];
    restored.put_keys(keys.map(|path| fs::read_to_string(path).expect("it can be read")).concat());
    restored.run(&["backup", "--check", backup]).await.succeeded();
    restored.run(&["restore", backup]).await.succeeded();
    let server = restored.serve().await;
    assert_fixed(&runner.at(&server)).await;
    assert_eq!(fingerprints(&restored).await, [old.as_str()]);
    // A rotation uses the key on the first line, and creates no other.
    rotate(&restored).await;
    assert_eq!(fingerprints(&restored).await, [new.as_str()]);
    assert_fixed(&runner.at(&server)).await;
    store.run(&["backup", "--check", &restored.back_up().await]).await.succeeded();

    // In its own file.
    let restored = store.empty_with_key();
    for arguments in [&["restore", backup][..], &["backup", "--check", backup]] {
        assert_says(&restored.run(arguments).await.failed(), &[&old, &new, "nothing has been changed"]);
    }
    // The file's name alone does not help.
    fs::copy(restored.key_file(), older(&restored)).expect("it can be copied");
    restored.run(&["restore", backup]).await.failed();
    fs::copy(older(&store), older(&restored)).expect("it can be copied");
    restored.run(&["restore", backup]).await.succeeded();
    assert_eq!(fingerprints(&restored).await, [new.as_str()], "servers read only the present key");
    fs::remove_file(older(&restored)).expect("it can be removed");
    let server = restored.serve().await;
    assert_fixed(&runner.at(&server)).await;
    restored.admin(&["audit", "verify"]).await;
    // The key file keeps its owner, mode and link.
    let real = store.scratch().join("real.key");
    fs::rename(store.key_file(), &real).expect("it can be moved");
    symlink(&real, store.key_file()).expect("links can be made");
    set_mode(&real, 0o640);
    let mut owner = (fs::metadata(&real).expect("it exists").uid(), 0);
    if owner.0 == 0 {
        owner = (65_534, 65_534);
        chown(&real, Some(owner.0), Some(owner.1)).expect("root may do that");
    } else {
        owner.1 = fs::metadata(&real).expect("it exists").gid();
    }
    let old = fingerprints(&store).await.remove(0);
    rotate(&store).await;
    assert!(store.key_file().is_symlink());
    for file in [&real, &store.scratch().join(format!("real.key.{old}"))] {
        assert_eq!(mode(file), 0o640);
        let found = fs::metadata(file).expect("it exists");
        assert_eq!((found.uid(), found.gid()), owner);
    }
    keys_in_file(&store);
    assert_fixed(&runner.at(&first)).await;
}
