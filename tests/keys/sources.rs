//! Where the master key comes from: a file, a variable, or what a command prints; one of them, and the right one.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;

use strongroom_tests::{Server, Store, Team, text, write_private};

use super::{SERVE, assert_fixed, filled, fingerprints, key_file, keys_in_file, some_key};

const FILE: &str = "STRONGROOM_MASTER_KEY_FILE";
const VARIABLE: &str = "STRONGROOM_MASTER_KEY";
const COMMAND: &str = "STRONGROOM_MASTER_KEY_COMMAND";

/// Each way of giving a text as the master key: a variable's name, and what stands in it.
fn ways(store: &Store, key: &str) -> [(&'static str, String); 3] {
    let file = text(&store.file(key)).to_owned();
    let command = format!("cat '{file}'");
    [(FILE, file), (VARIABLE, key.to_owned()), (COMMAND, command)]
}

/// A store that has run with a key in its folder, which is moved out of it: the store, and the key.
async fn without_key() -> (Arc<Store>, String) {
    let store = Store::new();
    let (server, ..) = filled(&store).await;
    server.stop().await;
    let key = keys_in_file(&store).remove(0);
    fs::remove_file(key_file(&store)).expect("it can be removed");
    (store, key)
}

/// Expects every command to be refused with a message that has each of `parts`, and to change nothing.
async fn check_refused(store: &Arc<Store>, parts: &[&str]) {
    let before = store.content();
    let backup = store.scratch().join("a.backup");
    let backup = text(&backup);
    for arguments in [
        &SERVE[..],
        &["admin", "create-team", "--slug", "new", "--name", "New"],
        &["rotate-master-key"],
        &["rotate-data-keys"],
        &["backup", backup],
    ] {
        let refused = store.run(arguments).await.failed();
        store.assert_keeps_secrets("what it says", &refused);
        let is_named = parts.iter().all(|part| refused.contains(part));
        assert!(is_named, "{arguments:?} should name {parts:?}: {refused}");
        assert!(!refused.contains("panicked"), "{refused}");
    }
    assert!(store.content() == before, "what is refused changes nothing");
}

#[tokio::test]
async fn a_store_can_live_with_each_source() {
    for way in 0..3 {
        let store = Store::new();
        let key = some_key(&store, "a");
        let (name, value) = &ways(&store, &key)[way];
        store.set_variables(&[(name, value), ("STRONGROOM_LOG", "debug")]);
        let (server, _, runner) = filled(&store).await;
        server.stop().await;
        let server = store.serve().await;
        assert_fixed(&runner.at(&server)).await;
        assert!(!key_file(&store).exists(), "{name}");
        let help = store.run(&["--help"]).await.succeeded();
        store.assert_keeps_secrets("the help", &help);
        assert!(*name == FILE || !help.contains(value.as_str()), "{help}");
        let backup = store.scratch().join("a.backup");
        let backup = text(&backup);
        let told = store.run(&["backup", backup]).await.succeeded();
        let checked = store.run(&["backup", "--check", backup]).await.succeeded();
        for text in [told, checked] {
            store.assert_keeps_secrets("what it says", &text);
        }
        let restored = Store::new();
        restored.set_variables(&[(name, value)]);
        restored.run(&["restore", backup]).await.succeeded();
        assert_fixed(&runner.at(&restored.serve().await)).await;
    }
}

#[tokio::test]
async fn it_does_not_matter_where_the_right_key_comes_from() {
    let (store, key) = without_key().await;
    for (name, value) in ways(&store, &format!("\n  {key}\r\n\n")) {
        store.set_variables(&[(name, &value)]);
        let server = store.serve().await;
        let team = Team::existing(&store, "acme").at(&server);
        assert_fixed(&team.key("runner").await).await;
    }
}

#[tokio::test]
async fn a_wrong_key_or_none_is_refused_and_the_fingerprints_are_named() {
    let (store, _) = without_key().await;
    let wanted = fingerprints(&store).await.remove(0);
    let (other, wrong) = without_key().await;
    let found = fingerprints(&other).await.remove(0);
    store.must_stay_secret(&wrong);
    let places = ["file-", VARIABLE, "`master-key-command`"];
    for ((name, value), place) in ways(&store, &wrong).into_iter().zip(places) {
        store.set_variables(&[(name, &value)]);
        let parts = ["the store is sealed with the master key", &wanted, &found, place];
        check_refused(&store, &parts).await;
    }

    // A file that is gone is not made anew.
    store.set_variables(&[]);
    check_refused(&store, &[&wanted, "there is no file", "master.key"]).await;
}

#[tokio::test]
async fn what_is_no_key_is_refused_and_not_shown() {
    let (store, key) = without_key().await;
    let half = &key[..32];
    store.must_stay_secret(half);
    let (none, prose) = (String::new(), "this is no key at all".to_owned());
    store.must_stay_secret(&prose);
    for text in [none, half.to_owned(), prose.clone(), format!("{key}\n{prose}")] {
        for (name, value) in ways(&store, &text) {
            store.set_variables(&[(name, &value)]);
            check_refused(&store, &["holds no valid master key", "64 hexadecimal digits"]).await;
        }
        // The one in the data folder is left as it is, too.
        store.set_variables(&[]);
        write_private(key_file(&store), &text);
        check_refused(&store, &["holds no valid master key", "64 hexadecimal digits"]).await;
        fs::remove_file(key_file(&store)).expect("it can be removed");
    }
}

#[tokio::test]
async fn a_key_is_made_for_a_file_and_for_nothing_else() {
    let store = Store::new();
    for (name, value) in [(VARIABLE, ""), (COMMAND, "true")] {
        store.set_variables(&[(name, value)]);
        let refused = store.run(&SERVE).await.failed();
        assert!(refused.contains("holds no valid master key"), "{refused}");
        assert!(!key_file(&store).exists());
    }
    let path = store.scratch().join("made.key");
    store.set_variables(&[(FILE, text(&path))]);
    store.serve().await.stop().await;
    let mode = fs::metadata(&path).expect("it was made").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert!(!key_file(&store).exists());
}

#[tokio::test]
async fn a_second_source_is_refused_by_name_and_the_configuration_file_holds_no_key() {
    let (store, key) = without_key().await;
    let ways = ways(&store, &key);
    let names = ["`master-key-file`", "`STRONGROOM_MASTER_KEY`", "`master-key-command`"];
    for (first, second) in [(0, 1), (0, 2), (1, 2)] {
        let given = [first, second].map(|way| (ways[way].0, ways[way].1.as_str()));
        store.set_variables(&given);
        let parts = ["given more than once", names[first], names[second]];
        check_refused(&store, &parts).await;
    }
    // The one on the command line does not go before the one in the configuration file: nobody should have to guess.
    store.set_variables(&[]);
    let config = store.file(&format!("master-key-command = \"{}\"\n", ways[2].1));
    let mut command = store.command(["--config"]);
    command.arg(config).args(["--master-key-file", &ways[0].1]).args(SERVE);
    let refused = store.run_command(command).await.failed();
    assert!(refused.contains(names[0]) && refused.contains(names[2]), "{refused}");

    // The configuration file names a command but holds no key.
    let command = &ways[2].1;
    let config = |text: String| {
        let file = store.file(&text);
        let mut command = store.command(["--config"]);
        command.arg(file).args(SERVE);
        command
    };
    let server = Server::start_command(&store, config(format!("master-key-command = \"{command}\"\n"))).await;
    server.stop().await;
    let refused = store.run_command(config(format!("master-key = \"{key}\"\n"))).await.failed();
    assert!(refused.contains("master-key"), "{refused}");
}

#[tokio::test]
async fn a_command_is_run_without_a_shell_and_what_it_complains_about_is_shown() {
    let (store, key) = without_key().await;
    let file = store.file(&key);
    let file = file.display();
    let script = format!("echo 'asking the key manager' >&2; cat '{file}'");
    store.set_variables(&[(COMMAND, &format!("sh -c \"{script}\""))]);
    let server = store.serve().await;
    assert!(server.log().contains("asking the key manager"), "{}", server.log());
    server.stop().await;

    // What a shell would do is not done.
    store.set_variables(&[(COMMAND, &format!("cat {file} || cat $HOME"))]);
    check_refused(&store, &["`master-key-command` failed"]).await;

    for (command, parts) in [
        (
            "sh -c 'echo the manager is out of reach >&2; exit 3'",
            ["`master-key-command` failed", "exit status: 3", "the manager is out of reach"],
        ),
        ("/no/such/program --key", ["/no/such/program", "`master-key-command`", "can't be started"]),
        (
            "TOKEN=s.EmAnCipAtEd vault kv get",
            ["`master-key-command` can't be started", "without a shell", "`NAME=value`"],
        ),
        ("cat 'a b", ["`master-key-command`", "is no command", "a quote in it is not closed"]),
        ("sh -c 'kill -9 $$'", ["`master-key-command` failed", "signal: 9", "above"]),
    ] {
        store.set_variables(&[(COMMAND, command)]);
        check_refused(&store, &parts).await;
    }
    // It printed the key, and then failed: that is no key.
    store.set_variables(&[(COMMAND, &format!("sh -c \"cat '{file}'; exit 1\""))]);
    check_refused(&store, &["`master-key-command` failed", "exit status: 1"]).await;
}

#[tokio::test]
async fn a_key_on_the_command_line_is_no_way_to_give_it() {
    let store = Store::new();
    let refused = store.run(&["serve", "--master-key", "not a key anyway"]).await.failed();
    assert!(refused.contains("--master-key"), "{refused}");
    // A variable that nearly has the right name is not taken for granted either.
    store.set_variables(&[("STRONGROOM_MASTERKEY", "not a key anyway")]);
    let refused = store.run(&SERVE).await.failed();
    assert!(refused.contains("STRONGROOM_MASTERKEY"), "{refused}");
    assert!(!refused.contains("not a key anyway"), "{refused}");
    assert!(!store.data_dir().exists(), "nothing was made");
}

#[tokio::test]
async fn a_key_file_must_be_private_or_mounted_as_a_secret() {
    let (store, key) = without_key().await;
    let plain = store.file(&key);
    // As Kubernetes mounts a secret.
    let mount = store.scratch().join("mount");
    let version = "..2030_01_02_03_04_05.678901234";
    fs::create_dir_all(mount.join(version)).expect("folders can be made");
    fs::write(mount.join(version).join("key"), &key).expect("files can be written");
    std::os::unix::fs::symlink(version, mount.join("..data")).expect("links can be made");
    std::os::unix::fs::symlink("..data/key", mount.join("key")).expect("links can be made");
    let mounted = mount.join("key");
    for (file, mode, refused) in [
        (&plain, 0o644, Some("read")),
        (&plain, 0o604, Some("read")),
        (&plain, 0o660, Some("changed")),
        (&plain, 0o602, Some("changed")),
        (&mounted, 0o666, Some("changed")),
        (&plain, 0o400, None),
        (&plain, 0o440, None),
        (&mounted, 0o440, None),
        (&mounted, 0o644, None),
    ] {
        fs::set_permissions(file, fs::Permissions::from_mode(mode)).expect("it is ours");
        let path = text(file);
        store.set_variables(&[(FILE, path)]);
        if let Some(verb) = refused {
            let verb = format!("can be {verb} by others (mode {mode:04o})");
            let advice = format!("chmod 600 {path}");
            check_refused(&store, &[&verb[..], &advice]).await;
        } else {
            store.run(&["admin", "audit", "verify"]).await.succeeded();
        }
    }
}
