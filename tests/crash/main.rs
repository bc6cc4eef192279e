//! Crashes, stops and lost keys: keys and roles are there afterwards, a start that was killed harms nothing, and what the
//! server cannot open it leaves as it is. Secrets under load are killed in `tests/durability`.

mod backup;

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::json;
use strongroom_tests::{Client, Server, Store, wait, write_private};

#[tokio::test]
async fn killed_right_after_anything_else_it_still_has_it() {
    let store = Store::new();
    let team = store.team("acme").await;
    let (admin_key, runner_key) = (team.new_key("administrator").await, team.new_key("runner").await);

    let server = store.serve().await;
    let admin = server.with_key(&admin_key);
    for name in ["RENAMED", "DELETED", "KEPT"] {
        admin.set(name, json!(format!("the value of {name}"))).await;
    }
    admin
        .try_update(json!({"name": "RENAMED", "new_name": "NEW NAME"}))
        .await
        .assert_success("update_secret");
    server.kill().await;

    let server = store.serve().await;
    server.with_key(&admin_key).delete("DELETED").await;
    server.kill().await;

    let server = store.serve().await;
    let create = "mutation($input: create_api_key_input!) { create_api_key(input: $input) { key } }";
    let input = json!({"input": {"name": "made before the crash", "role": "runner"}});
    let made = server.with_key(&admin_key).graphql(create, input).await;
    let made_key = made.data("/create_api_key/key").as_str().expect("a key is text").to_owned();
    store.must_stay_secret(&made_key);
    server.kill().await;

    let server = store.serve().await;
    let runner = server.with_key(&made_key);
    assert_eq!(runner.names().await, ["KEPT", "NEW NAME"]);
    assert_eq!(runner.value("NEW NAME").await, json!("the value of RENAMED"));
    let admin = server.with_key(&admin_key);
    admin.try_restore("DELETED").await.assert_success("restore_secret");
    let keys = admin.query("{ auth_api_key { id role name } }").await;
    let keys = keys.data("/auth_api_key").as_array().expect("a list").clone();
    let old = keys.iter().find(|key| key["role"] == "runner" && key["name"] != "made before the crash");
    let id = old.expect("the first runner's key is listed")["id"].clone();
    let revoke =
        "mutation($input: delete_api_key_input!) { delete_api_key(input: $input) { success error } }";
    admin.graphql(revoke, json!({"input": {"key_id": id}})).await.assert_success("delete_api_key");
    server.kill().await;

    let server = store.serve().await;
    server.with_key(&runner_key).query("{ secret_names }").await.assert_error("UNAUTHENTICATED");
    assert_eq!(server.with_key(&made_key).value("DELETED").await, json!("the value of DELETED"));
}

#[tokio::test]
async fn killed_during_the_first_start_it_starts_all_the_same() {
    for wait_for_it in [false, true] {
        let store = Store::new();
        let mut command = store.command(["serve", "--listen", "127.0.0.1:0"]);
        let mut child = command
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .expect("the server starts");
        if wait_for_it {
            wait::until("the master key is made", async || {
                store.data_dir().join("master.key").exists().then_some(())
            })
            .await;
        }
        child.kill().await.expect("a child can be killed");

        let mut server = store.serve().await;
        server.set_up_link().await;
        let team = server.team("acme").await;
        team.key("user").await.set("A", json!("the value")).await;
        assert_eq!(team.key("runner").await.value("A").await, json!("the value"));
    }
}

#[tokio::test]
async fn asked_to_stop_it_finishes_what_it_has_begun() {
    let store = Store::new();
    let server = store.serve().await;
    let team = server.team("acme").await;
    let (writer, runner) = (team.key("user").await, team.key("runner").await);
    // A log-in costs the server a while, so requests of this kind are under way when the signal comes.
    let person = team.person("user").await;
    let requests: Vec<_> = (0..6)
        .map(|index| {
            let (writer, team, person) = (writer.clone(), team.clone(), person.clone());
            tokio::spawn(async move {
                if index % 2 == 0 {
                    let name = format!("S{index}");
                    writer.set(&name, json!(format!("value of {index}"))).await;
                    Some(name)
                } else {
                    team.log_in(&person).await;
                    None
                }
            })
        })
        .collect();
    wait::until("the first request is answered", async || (!runner.names().await.is_empty()).then_some(()))
        .await;
    let mut server = server;
    server.signal("TERM");
    let status = server.ended().await;
    assert!(status.success(), "{status}");

    let mut answered = Vec::new();
    for request in requests {
        // Those that had not reached the server yet are refused; none is answered and then lost.
        answered.extend(request.await);
    }
    assert!(!answered.is_empty());
    let server = store.serve().await;
    let names = runner.at(&server).names().await;
    for name in answered.into_iter().flatten() {
        assert!(names.contains(&name), "{name} was answered, and is lost: {names:?}");
    }
    for name in names {
        let value = runner.at(&server).value(&name).await;
        assert_eq!(value, json!(format!("value of {}", &name[1..])));
    }
}

#[tokio::test]
async fn interrupted_from_the_keyboard_it_stops_as_well() {
    let mut server = Server::start().await;
    server.signal("INT");
    let status = server.ended().await;
    assert!(status.success(), "{status}");
}

/// A store with a secret, whose server has stopped.
async fn stopped_store() -> (Arc<Store>, Client) {
    let store = Store::new();
    let server = store.serve().await;
    let team = server.team("acme").await;
    team.key("user").await.set("A", json!("the value of A")).await;
    let runner = team.key("runner").await;
    server.stop().await;
    (store, runner)
}

/// The files of a store, apart from what any opening of a database may leave beside it.
fn content(store: &Store) -> Vec<(PathBuf, Vec<u8>)> {
    let mut files: Vec<_> = fs::read_dir(store.data_dir())
        .expect("the folder can be read")
        .map(|entry| entry.expect("the folder can be read").path())
        .filter(|path| {
            let name = path.to_string_lossy().into_owned();
            !name.ends_with("-wal") && !name.ends_with("-shm")
        })
        .map(|path| (path.clone(), fs::read(path).expect("the file can be read")))
        .collect();
    files.sort();
    files
}

/// Expects `serve` and an admin command to refuse the store with a message that has `part`, and to change nothing.
async fn check_refused(store: &Arc<Store>, part: &str) {
    let before = content(store);
    for arguments in [
        &["serve", "--listen", "127.0.0.1:0"][..],
        &["admin", "create-key", "--team", "acme", "--name", "k", "--role", "runner"],
    ] {
        let complaint = store.run(arguments).await.failed();
        assert!(complaint.to_lowercase().contains(part), "{arguments:?} should name the {part}: {complaint}");
        assert!(!complaint.contains("panicked"), "{complaint}");
    }
    assert!(content(store) == before, "a refused start changes nothing");
}

#[tokio::test]
async fn without_its_master_key_a_store_is_not_opened_and_no_new_key_is_made() {
    let (store, runner) = stopped_store().await;
    let path = store.data_dir().join("master.key");
    let key = fs::read(&path).expect("the master key can be read");
    fs::remove_file(&path).expect("it can be removed");
    check_refused(&store, "master key").await;
    assert!(!path.exists(), "a new key would hide the loss of the old one");

    write_private(&path, key);
    let server = store.serve().await;
    assert_eq!(runner.at(&server).value("A").await, json!("the value of A"));
}

#[tokio::test]
async fn with_the_master_key_of_another_store_it_is_not_opened() {
    let (store, runner) = stopped_store().await;
    let (other, _) = stopped_store().await;
    let path = store.data_dir().join("master.key");
    let key = fs::read(&path).expect("the master key can be read");
    fs::copy(other.data_dir().join("master.key"), &path).expect("it can be replaced");
    check_refused(&store, "master key").await;

    write_private(&path, key);
    let server = store.serve().await;
    assert_eq!(runner.at(&server).value("A").await, json!("the value of A"));
}

#[tokio::test]
async fn a_master_key_that_is_none_is_refused_without_showing_it() {
    let (store, _) = stopped_store().await;
    let path = store.data_dir().join("master.key");
    let key = fs::read_to_string(&path).expect("the master key is text");
    let half = &key[..key.len() / 2];
    store.must_stay_secret(half);
    for broken in ["", half, "this is not a master key at all"] {
        write_private(&path, broken);
        let complaint = store.run(&["serve", "--listen", "127.0.0.1:0"]).await.failed();
        assert!(complaint.to_lowercase().contains("master key"), "{complaint}");
        assert!(broken.is_empty() || !complaint.contains(broken), "{complaint}");
        assert_eq!(fs::read_to_string(&path).expect("it is still there"), broken, "it is left as it is");
    }
}

#[tokio::test]
async fn the_master_key_may_be_kept_elsewhere() {
    let (store, runner) = stopped_store().await;
    let elsewhere = store.scratch().join("kept-elsewhere.key");
    fs::rename(store.data_dir().join("master.key"), &elsewhere).expect("it can be moved");
    let elsewhere = elsewhere.to_str().expect("temporary paths are UTF-8");
    let server = Server::start_on(&store, &["--master-key-file", elsewhere]).await;
    assert_eq!(runner.at(&server).value("A").await, json!("the value of A"));
    assert!(!store.data_dir().join("master.key").exists());
}

#[tokio::test]
async fn a_database_that_is_none_is_refused_and_left_alone() {
    let (store, _) = stopped_store().await;
    let database = content(&store)
        .into_iter()
        .map(|(path, _)| path)
        .find(|path| path.extension().is_some_and(|extension| extension == "db"))
        .expect("there is a database");
    fs::write(&database, b"this is not a database, but somebody's notes").expect("it can be replaced");
    check_refused(&store, "database").await;
}
