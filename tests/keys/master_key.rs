//! `rotate-master-key`: one command where there is one server with a file, and a step more where there are others.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::Path;
use std::sync::Arc;

use serde_json::json;
use strongroom_tests::{Server, Store, Team, assert_says, text, wait, write_private};

use super::{
    Load, SERVE, assert_all_there, assert_fixed, filled, fingerprints, key_file, keys_in_file, some_key,
};

const ROTATE: [&str; 1] = ["rotate-master-key"];

async fn rotate(store: &Store) -> String {
    let said = store.run(&ROTATE).await.succeeded();
    store.hears("what rotate-master-key says", &said);
    said
}

async fn check_start_refused(store: &Arc<Store>, file: &Path, wanted: &str, found: &str) {
    let mut command = store.command(SERVE);
    command.args(["--master-key-file", text(file)]);
    let refused = store.run_command(command).await.failed();
    assert_says(&refused, &[wanted, found, "nothing has been changed"]);
}

#[tokio::test]
async fn one_command_changes_the_key_beside_a_running_server_and_nobody_notices() {
    let store = Store::new();
    let (server, writer, runner) = filled(&store).await;
    for number in 0..5 {
        let team = server.team(&format!("team-{number}")).await;
        team.key("user").await.set("A", json!("the value of A")).await;
    }
    let old_key = keys_in_file(&store).remove(0);
    let old = fingerprints(&store).await.remove(0);
    let load = Load::start(&[writer.clone(), writer], &[runner.clone(), runner.clone()]);
    load.goes_on().await;
    let said = rotate(&store).await;
    load.goes_on().await;
    // What is made from now on is made with the new key, by servers that have not been started again.
    let late = server.team("late").await;
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
    for file in [&key_file(&store), &retired] {
        let mode = fs::metadata(file).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", file.display());
    }
    assert_says(&said, &[new, old.as_str(), text(&retired), "6 data keys"]);
    assert!(server.log().contains("read the master keys again"), "{}", server.log());

    let values = load.stop().await;
    assert_all_there(&runner, &values).await;
    server.stop().await;
    check_start_refused(&store, &retired, new, &old).await;
    let server = store.serve().await;
    assert_all_there(&runner.at(&server), &values).await;

    // And once more.
    rotate(&store).await;
    assert_fixed(&runner.at(&server)).await;
    let third = fingerprints(&store).await;
    assert!(third.len() == 1 && third[0] != new, "{third:?}");
    assert!(store.data_dir().join(format!("master.key.{new}")).exists());
    store.admin(&["audit", "verify"]).await;
}

#[tokio::test]
async fn each_data_key_s_change_is_in_its_team_s_log() {
    let store = Store::new();
    let (server, ..) = filled(&store).await;
    let other = server.team("other").await.key("administrator").await;
    let acme = Team::existing(&store, "acme").at(&server);
    let acme = acme.key("administrator").await;
    let old = fingerprints(&store).await.remove(0);
    rotate(&store).await;
    let new = fingerprints(&store).await.remove(0);
    for admin in [acme, other] {
        let entries = admin.audit(json!({"action": {"_eq": "rotate:master_key"}})).await;
        assert_eq!(entries.len(), 1, "{entries:?}");
        assert_eq!(entries[0]["actor_kind"], "system");
        assert_eq!(entries[0]["detail"], json!(format!("{new}, was {old}")));
    }
}

#[tokio::test]
async fn with_a_command_or_a_variable_servers_are_given_both_keys_first() {
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
        let (mut server, mut writer, mut runner) = filled(&store).await;
        let refused = store.run(&ROTATE).await.failed();
        let source = if is_command { "`master-key-command`" } else { "the variable STRONGROOM_MASTER_KEY" };
        let old_fingerprint = fingerprints(&store).await.remove(0);
        assert_says(&refused, &[source, &old_fingerprint, "on a line before it"]);

        give(&format!("{new}\n{old}\n"));
        if !is_command {
            // What a command prints, servers find by themselves.
            server.stop().await;
            server = store.serve().await;
            (writer, runner) = (writer.at(&server), runner.at(&server));
        }
        let load = Load::start(std::slice::from_ref(&writer), std::slice::from_ref(&runner));
        load.goes_on().await;
        // Being there is not yet being used.
        server.team("before").await;
        assert_eq!(fingerprints(&store).await, [old_fingerprint.as_str()]);
        let said = rotate(&store).await;
        load.goes_on().await;
        assert_says(&said, &[&format!("{old_fingerprint} is no longer used")]);
        assert!(!fingerprints(&store).await.contains(&old_fingerprint));
        assert_says(&rotate(&store).await, &["already"]);
        give(&new);
        let values = load.stop().await;
        assert_all_there(&runner, &values).await;
        server.stop().await;
        let server = store.serve().await;
        assert_all_there(&runner.at(&server), &values).await;
        server.stop().await;
        give(&old);
        let refused = store.run(&SERVE).await.failed();
        assert_says(&refused, &[&old_fingerprint]);
    }
}

#[tokio::test]
async fn several_servers_with_a_file_each_go_on_when_each_has_the_new_key_and_say_so_otherwise() {
    let store = Store::new();
    let (first, writer, runner) = filled(&store).await;
    let old = keys_in_file(&store).remove(0);
    let elsewhere = store.scratch().join("second.key");
    fs::copy(key_file(&store), &elsewhere).expect("it can be copied");
    let second = Server::start_on(&store, &["--master-key-file", text(&elsewhere)]).await;
    let load = Load::start(&[writer.clone(), writer.at(&second)], &[runner.clone(), runner.at(&second)]);
    let new = some_key(&store, "e");
    for file in [&elsewhere, &key_file(&store)] {
        write_private(file, format!("{new}\n{old}\n"));
    }
    load.goes_on().await;
    let said = rotate(&store).await;
    load.goes_on().await;
    assert_eq!(keys_in_file(&store), [new.as_str()], "{said}");
    write_private(&elsewhere, format!("{new}\n"));
    for server in [&first, &second] {
        let team = server.team(&format!("of-{}", store.next_number())).await;
        team.key("user").await.set("A", json!("the value of A")).await;
    }
    let values = load.stop().await;
    for server in [&first, &second] {
        assert_all_there(&runner.at(server), &values).await;
    }
    assert_eq!(fingerprints(&store).await.len(), 1);

    // The one that is not given the next key says so, and reads again when it is.
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
    fs::copy(key_file(&store), &elsewhere).expect("it can be copied");
    wait::until("it has read its file again", async || {
        let answer = forgotten.try_value("fixed 0").await;
        answer.errors().is_empty().then_some(())
    })
    .await;
    assert_fixed(&forgotten).await;
    assert_fixed(&runner.at(&first)).await;
}

#[tokio::test]
async fn what_cannot_be_done_is_said_and_changes_nothing() {
    let store = Store::new();
    for arguments in [&["rotate-master-key"][..], &["rotate-data-keys"]] {
        let refused = store.run(arguments).await.failed();
        assert!(refused.contains("there is no store"), "{refused}");
        assert!(!store.data_dir().exists());
    }
    store.serve().await.stop().await;
    let key = keys_in_file(&store);
    for arguments in [&["rotate-master-key"][..], &["rotate-data-keys"]] {
        let refused = store.run(arguments).await.failed();
        assert!(refused.contains("has no team"), "{refused}");
    }
    assert_eq!(keys_in_file(&store), key);
    store.team("acme").await;
    let refused = store.run(&["rotate-data-keys", "--team", "missing"]).await.failed();
    assert!(refused.contains("there is no team with the slug \"missing\"; there are: acme"));
}

/// Runs the command as someone who may do everything with the store, and only read the key's file.
async fn run_without_rights(store: &Store, file: &Path, arguments: &[&str]) -> String {
    let folder = file.parent().expect("it is in a folder");
    let mut command = store.command(["--master-key-file", text(file)]);
    command.args(arguments);
    if fs::metadata(folder).expect("it is there").uid() == 0 {
        // Root may write everywhere. Somebody else it is, then, to whom the store belongs.
        let nobody = 65_534;
        for path in [store.data_dir(), store.data_dir().join("strongroom.db")] {
            std::os::unix::fs::chown(path, Some(nobody), Some(nobody)).expect("root may do that");
        }
        std::os::unix::fs::chown(file, None, Some(nobody)).expect("root may do that");
        fs::set_permissions(store.scratch(), fs::Permissions::from_mode(0o755)).expect("it is ours");
        fs::set_permissions(file, fs::Permissions::from_mode(0o640)).expect("it is ours");
        command.uid(nobody).gid(nobody);
    } else {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o555)).expect("it is ours");
    }
    let refused = store.run_command(command).await.failed();
    fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).expect("it is ours");
    refused
}

#[tokio::test]
async fn who_may_not_write_the_key_s_file_is_told_and_all_is_there() {
    for has_new_key in [false, true] {
        let store = Store::new();
        let (server, _, runner) = filled(&store).await;
        server.stop().await;
        let folder = store.scratch().join("keys");
        fs::create_dir(&folder).expect("folders can be made");
        let file = folder.join("the.key");
        let (old, new) = (keys_in_file(&store).remove(0), some_key(&store, "a"));
        let before = fingerprints(&store).await;
        if has_new_key {
            // All but to take the old key out is done.
            write_private(&file, format!("{new}\n{old}\n"));
            let refused = run_without_rights(&store, &file, &ROTATE).await;
            assert_says(&refused, &["every data key is wrapped", "the.key", "remove the key where"]);
            write_private(&file, format!("{new}\n"));
        } else {
            // It is told before anything changes.
            fs::rename(key_file(&store), &file).expect("it can be moved");
            let refused = run_without_rights(&store, &file, &ROTATE).await;
            assert_says(&refused, &["the.key", "can't be written to", "Permission denied", "no data key"]);
            assert_eq!(fs::read_to_string(&file).expect("it can be read").trim(), old);
            assert_eq!(fs::read_dir(&folder).expect("it can be read").count(), 1);
            assert_eq!(fingerprints(&store).await, before);
        }
        let server = Server::start_on(&store, &["--master-key-file", text(&file)]).await;
        assert_fixed(&runner.at(&server)).await;
    }
}

#[tokio::test]
async fn the_file_stays_whose_it_is_where_it_is_and_as_readable_as_it_is() {
    let store = Store::new();
    let (server, _, runner) = filled(&store).await;
    let real = store.scratch().join("real.key");
    fs::rename(key_file(&store), &real).expect("it can be moved");
    std::os::unix::fs::symlink(&real, key_file(&store)).expect("links can be made");
    fs::set_permissions(&real, fs::Permissions::from_mode(0o640)).expect("it is ours");
    let mut owner = (fs::metadata(&real).expect("it is there").uid(), 0);
    if owner.0 == 0 {
        owner = (65_534, 65_534);
        std::os::unix::fs::chown(&real, Some(owner.0), Some(owner.1)).expect("root may do that");
    } else {
        owner.1 = fs::metadata(&real).expect("it is there").gid();
    }
    let old = fingerprints(&store).await.remove(0);
    rotate(&store).await;
    assert!(key_file(&store).is_symlink());
    for file in [&real, &store.scratch().join(format!("real.key.{old}"))] {
        let found = fs::metadata(file).expect("it is there");
        assert_eq!(found.permissions().mode() & 0o777, 0o640);
        assert_eq!((found.uid(), found.gid()), owner);
    }
    keys_in_file(&store);
    assert_fixed(&runner.at(&server)).await;
}

#[tokio::test]
async fn a_backup_from_before_rotations_is_restored_with_its_key_on_the_second_line_or_beside() {
    let store = Store::new();
    let (_server, _, runner) = filled(&store).await;
    let backup = store.scratch().join("old.backup");
    let backup = text(&backup);
    store.run(&["backup", backup]).await.succeeded();
    let old = fingerprints(&store).await.remove(0);
    // The second rotation puts another older key there.
    rotate(&store).await;
    rotate(&store).await;
    let new = fingerprints(&store).await.remove(0);
    let older = |store: &Store| store.data_dir().join(format!("master.key.{old}"));
    store.run(&["backup", "--check", backup]).await.succeeded();

    // On the second line.
    let restored = Store::new();
    fs::create_dir(restored.data_dir()).expect("folders can be made");
    let keys = [key_file(&store), older(&store)];
    let keys = keys.map(|path| fs::read_to_string(path).expect("it can be read"));
    write_private(key_file(&restored), keys.concat());
    restored.run(&["backup", "--check", backup]).await.succeeded();
    restored.run(&["restore", backup]).await.succeeded();
    let server = restored.serve().await;
    assert_fixed(&runner.at(&server)).await;
    assert_eq!(fingerprints(&restored).await, [old.as_str()]);
    // It goes on with the key on the first line, and makes no other.
    rotate(&restored).await;
    assert_eq!(fingerprints(&restored).await, [new.as_str()]);
    assert_fixed(&runner.at(&server)).await;
    let again = store.scratch().join("new.backup");
    restored.run(&["backup", text(&again)]).await.succeeded();
    store.run(&["backup", "--check", text(&again)]).await.succeeded();

    // Beside the current one.
    let restored = store.empty_with_key();
    for arguments in [&["restore", backup][..], &["backup", "--check", backup]] {
        let refused = restored.run(arguments).await.failed();
        assert_says(&refused, &[&old, &new, "nothing has been changed"]);
    }
    // A file that is only named like the key is no key.
    fs::copy(key_file(&restored), older(&restored)).expect("it can be copied");
    restored.run(&["restore", backup]).await.failed();
    fs::copy(older(&store), older(&restored)).expect("it can be copied");
    restored.run(&["restore", backup]).await.succeeded();
    assert_eq!(fingerprints(&restored).await, [new.as_str()], "servers read only the present key");
    fs::remove_file(older(&restored)).expect("it can be removed");
    let server = restored.serve().await;
    assert_fixed(&runner.at(&server)).await;
    restored.admin(&["audit", "verify"]).await;
}
