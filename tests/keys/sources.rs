//! The sources of the master key: a file, a variable, or the output of a command.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;

use strongroom_tests::{SERVE, Server, Store, Team, assert_says, mode, set_mode, text, write_private};

use super::{assert_fixed, filled, fingerprints, keys_in_file, some_key};

const FILE: &str = "STRONGROOM_MASTER_KEY_FILE";
const VARIABLE: &str = "STRONGROOM_MASTER_KEY";
const COMMAND: &str = "STRONGROOM_MASTER_KEY_COMMAND";

/// A variable for each source, whose master key is `key`.
fn ways(store: &Store, key: &str) -> [(&'static str, String); 3] {
    let file = text(&store.file(key)).to_owned();
    let command = format!("cat '{file}'");
    [(FILE, file), (VARIABLE, key.to_owned()), (COMMAND, command)]
}

/// A filled store without its key, and the key.
async fn without_key() -> (Arc<Store>, String) {
    let store = Store::new();
    let (server, ..) = filled(&store).await;
    server.stop().await;
    let key = keys_in_file(&store).remove(0);
    fs::remove_file(store.key_file()).expect("it can be removed");
    (store, key)
}

/// With these variables, every command must fail with a message that has all `parts`, and change nothing.
async fn check_refused(store: &Arc<Store>, variables: &[(&str, &str)], parts: &[&str]) {
    store.set_variables(variables);
    let before = store.content();
    let backup = store.beside("a.backup");
    for arguments in [
        &SERVE[..],
        &["admin", "create-team", "--slug", "new", "--name", "New"],
        &["rotate-master-key"],
        &["rotate-data-keys"],
        &["backup", &backup],
    ] {
        let refused = store.run(arguments).await.failed();
        store.assert_keeps_secrets("what it says", &refused);
        assert_says(&refused, parts);
    }
    assert!(store.content() == before, "a refused command changes nothing");
}

#[tokio::test]
async fn every_source_works() {
    for way in 0..3 {
        let store = Store::new();
        let key = some_key(&store, "a");
        let (name, value) = &ways(&store, &key)[way];
        store.set_variables(&[(name, value), ("STRONGROOM_LOG", "debug")]);
        let (server, _, runner) = filled(&store).await;
        server.stop().await;
        let server = store.serve().await;
        assert_fixed(&runner.at(&server)).await;
        assert!(!store.key_file().exists(), "{name}");
        let help = store.run(&["--help"]).await.succeeded();
        store.assert_keeps_secrets("the help", &help);
        assert!(*name == FILE || !help.contains(value.as_str()), "{help}");
        let backup = store.beside("a.backup");
        for command in [&["backup", &backup][..], &["backup", "--check", &backup]] {
            store.assert_keeps_secrets("the output", &store.run(command).await.succeeded());
        }
        let restored = Store::new();
        restored.set_variables(&[(name, value)]);
        restored.run(&["restore", &backup]).await.succeeded();
        assert_fixed(&runner.at(&restored.serve().await)).await;
    }
}

#[tokio::test]
async fn the_source_can_be_changed_but_only_one_is_accepted_and_no_file_of_settings_holds_a_key() {
    let (store, key) = without_key().await;
    for (name, value) in ways(&store, &format!("\n  {key}\r\n\n")) {
        store.set_variables(&[(name, &value)]);
        let server = store.serve().await;
        let team = Team::existing(&store, "acme").at(&server);
        assert_fixed(&team.key("runner").await).await;
    }
    // Only one source is accepted.
    let ways = ways(&store, &key);
    let names = ["`master-key-file`", "`STRONGROOM_MASTER_KEY`", "`master-key-command`"];
    for (first, second) in [(0, 1), (0, 2), (1, 2)] {
        let given = [first, second].map(|way| (ways[way].0, ways[way].1.as_str()));
        check_refused(&store, &given, &["given more than once", names[first], names[second]]).await;
        let refused = store.run(&SERVE).await.failed();
        assert!(!refused.contains(names[3 - first - second]), "{refused}");
    }
    let all = ways.each_ref().map(|(name, value)| (*name, value.as_str()));
    check_refused(&store, &all, &names).await;
    store.set_variables(&[]);
    let config = store.file(&format!("master-key-command = \"{}\"\n", ways[2].1));
    let config = ["--config", text(&config)];
    Server::start_on(&store, &config).await.stop().await;
    // The source on the command line does not take precedence over the one in the configuration file.
    let both = [&SERVE[..], &config, &["--master-key-file", &ways[0].1]].concat();
    assert_says(&store.run(&both).await.failed(), &[names[0], names[2]]);
    let config = store.file(&format!("master-key = \"{key}\"\n"));
    store.refused(&[&SERVE[..], &["--config", text(&config)]].concat(), "master-key").await;
}

#[tokio::test]
async fn a_wrong_missing_or_malformed_key_is_refused_and_not_shown() {
    let (store, key) = without_key().await;
    let wanted = fingerprints(&store).await.remove(0);
    let (other, wrong) = without_key().await;
    let found = fingerprints(&other).await.remove(0);
    store.must_stay_secret(&wrong);
    let places = ["file-", VARIABLE, "`master-key-command`"];
    for ((name, value), place) in ways(&store, &wrong).into_iter().zip(places) {
        let parts = ["the store is encrypted with the master key", &wanted, &found, place];
        check_refused(&store, &[(name, &value)], &parts).await;
    }

    // A missing file is not replaced.
    check_refused(&store, &[], &[&wanted, "there is no file", "master.key"]).await;
    // A malformed one has no fingerprint.
    let half = &key[..32];
    store.must_stay_secret(half);
    let prose = "this is no key at all";
    store.must_stay_secret(prose);
    let parts = ["holds no valid master key", "64 hexadecimal digits"];
    for text in ["", half, prose, &format!("{key}\n{prose}")] {
        for (name, value) in ways(&store, text) {
            check_refused(&store, &[(name, &value)], &parts).await;
        }
        // A malformed file in the data directory is not replaced either.
        write_private(store.key_file(), text);
        check_refused(&store, &[], &parts).await;
        fs::remove_file(store.key_file()).expect("it can be removed");
    }
}

#[tokio::test]
async fn a_command_runs_without_a_shell_and_a_file_must_be_private_or_mounted_as_a_secret() {
    let (store, key) = without_key().await;
    let file = store.file(&key);
    let file = file.display();
    let script = format!("echo 'asking the key manager' >&2; cat '{file}'");
    store.set_variables(&[(COMMAND, &format!("sh -c \"{script}\""))]);
    let server = store.serve().await;
    assert!(server.log().contains("asking the key manager"), "{}", server.log());
    server.stop().await;

    // Shell syntax has no effect.
    let syntax = format!("cat {file} || cat $HOME");
    check_refused(&store, &[(COMMAND, &syntax)], &["`master-key-command` failed"]).await;

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
        ("cat 'a b", ["`master-key-command`", "is not a command", "a quote in it is not closed"]),
        ("", ["`master-key-command`", "is not a command", "it is empty"]),
        (" ", ["`master-key-command`", "is not a command", "it is empty"]),
        ("sh -c 'kill -9 $$'", ["`master-key-command` failed", "signal: 9", "above"]),
    ] {
        check_refused(&store, &[(COMMAND, command)], &parts).await;
    }
    // A key printed before a failure does not count.
    let failing = format!("sh -c \"cat '{file}'; exit 1\"");
    check_refused(&store, &[(COMMAND, &failing)], &["`master-key-command` failed", "exit status: 1"]).await;
    // A file must be private, or mounted as a secret.
    let plain = store.file(&key);
    // As Kubernetes mounts a secret.
    let mount = store.scratch().join("mount");
    let version = "..2030_01_02_03_04_05.678901234";
    fs::create_dir_all(mount.join(version)).expect("directories can be created");
    fs::write(mount.join(version).join("key"), &key).expect("files can be written");
    symlink(version, mount.join("..data")).expect("links can be made");
    symlink("..data/key", mount.join("key")).expect("links can be made");
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
        set_mode(file, mode);
        let path = text(file);
        if let Some(verb) = refused {
            let verb = format!("can be {verb} by others (mode {mode:04o})");
            check_refused(&store, &[(FILE, path)], &[&verb[..], &format!("chmod 600 {path}")]).await;
        } else {
            store.set_variables(&[(FILE, path)]);
            store.run(&["admin", "audit", "verify"]).await.succeeded();
        }
    }
}

#[tokio::test]
async fn the_command_line_takes_no_key_and_one_is_made_only_for_a_file() {
    let store = Store::new();
    store.refused(&["serve", "--master-key", "not a key anyway"], "--master-key").await;
    // A misspelt variable is not ignored either.
    store.set_variables(&[("STRONGROOM_MASTERKEY", "not a key anyway")]);
    let refused = store.refused(&SERVE, "STRONGROOM_MASTERKEY").await;
    assert!(!refused.contains("not a key anyway"), "{refused}");
    assert!(!store.data_dir().exists(), "nothing was made");
    // A key is made only for a file.
    for (name, value) in [(VARIABLE, ""), (COMMAND, "true")] {
        store.set_variables(&[(name, value)]);
        store.refused(&SERVE, "holds no valid master key").await;
        assert!(!store.key_file().exists());
    }
    let path = store.scratch().join("made.key");
    store.set_variables(&[(FILE, text(&path))]);
    store.serve().await.stop().await;
    assert_eq!(mode(&path), 0o600);
    assert!(!store.key_file().exists());
}
