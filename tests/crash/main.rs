//! Crashes, stops and lost keys: what the server has acknowledged is there afterwards, and what it cannot open it leaves
//! as it is.

mod backup;

use std::collections::HashMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde_json::{Value, json};
use strongroom_tests::{Client, Server, Store, wait};

const SET: &str = "mutation($input: set_secret_input!) { set_secret(input: $input) { success error } }";

/// Sets a secret on a server that may go away at any moment. Whether it said that it has done it.
async fn set_if_it_lives(client: &Client, name: &str, value: &Value) -> bool {
    let body = json!({"query": SET, "variables": {"input": {"name": name, "value": value}}});
    let request = client
        .request(reqwest::Method::POST, "/graphql")
        .header("content-type", "application/json")
        .body(body.to_string());
    let Ok(response) = request.send().await else {
        return false;
    };
    let Ok(text) = response.text().await else {
        return false;
    };
    text == r#"{"data":{"set_secret":{"success":true,"error":null}}}"#
}

/// Sets its own secrets, each again and again with a growing number, until the server is gone. Per secret, the last
/// number that was acknowledged and the last one that was sent.
async fn write_until_the_end(client: Client, writer: usize, first: u64) -> HashMap<String, (u64, u64)> {
    let mut written = HashMap::new();
    for number in first.. {
        let name = format!("writer {writer} secret {}", number % 3);
        let value = json!({"number": number, "text": format!("value {number} of {writer}")});
        let acknowledged = set_if_it_lives(&client, &name, &value).await;
        let entry = written.entry(name).or_insert((0, 0));
        entry.1 = number;
        if !acknowledged {
            break;
        }
        entry.0 = number;
    }
    written
}

#[tokio::test]
async fn killed_in_the_middle_of_writes_it_has_all_that_it_acknowledged() {
    let store = Store::new();
    let team = store.team("acme").await;
    let (writer_key, runner_key) = (team.new_key("user").await, team.new_key("runner").await);
    let mut acknowledged: HashMap<String, (u64, u64)> = HashMap::new();
    let mut first = 1;

    for round in 0..5 {
        let server = store.serve().await;
        let client = server.with_key(&writer_key);
        let writers: Vec<_> = (0..4)
            .map(|writer| tokio::spawn(write_until_the_end(client.clone(), writer, first)))
            .collect();
        let wanted = first + 10 + round;
        let watcher = server.with_key(&runner_key);
        wait::until("the writers get going", async || {
            let name = format!("writer 0 secret {}", wanted % 3);
            let answer = watcher.try_value(&name).await;
            let number = answer.body()["data"]["secret_value"]["number"].as_u64();
            (number >= Some(wanted)).then_some(())
        })
        .await;
        server.kill().await;
        for writer in writers {
            acknowledged.extend(writer.await.expect("writers end with the server"));
        }
        first = acknowledged
            .values()
            .map(|(_, sent)| *sent)
            .max()
            .expect("something was sent")
            + 1;

        let server = store.serve().await;
        let runner = server.with_key(&runner_key);
        for (name, (acknowledged, sent)) in &acknowledged {
            if *acknowledged == 0 {
                continue;
            }
            let value = runner.value(name).await;
            let number = value["number"].as_u64().expect("a whole value");
            assert!(
                (*acknowledged..=*sent).contains(&number),
                "round {round}, {name}: {number}, but {acknowledged} was acknowledged and {sent} the last one sent"
            );
            let writer = name.split(' ').nth(1).expect("the name tells the writer");
            assert_eq!(
                value["text"],
                json!(format!("value {number} of {writer}")),
                "no mixture of two values"
            );
        }
        server.kill().await;
    }
}

#[tokio::test]
async fn killed_right_after_a_set_was_acknowledged_it_still_has_it() {
    let store = Store::new();
    let team = store.team("acme").await;
    let (writer_key, runner_key) = (team.new_key("user").await, team.new_key("runner").await);
    for round in 0..8 {
        let server = store.serve().await;
        let (writer, runner) = (server.with_key(&writer_key), server.with_key(&runner_key));
        if round > 0 {
            assert_eq!(
                runner.value("LAST").await,
                json!(format!("value of round {}", round - 1))
            );
        }
        writer.set("LAST", json!(format!("value of round {round}"))).await;
        server.kill().await;
    }
}

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
    let made_key = made
        .data("/create_api_key/key")
        .as_str()
        .expect("a key is text")
        .to_owned();
    store.must_stay_secret(&made_key);
    server.kill().await;

    let server = store.serve().await;
    let runner = server.with_key(&made_key);
    assert_eq!(runner.names().await, ["KEPT", "NEW NAME"]);
    assert_eq!(runner.value("NEW NAME").await, json!("the value of RENAMED"));
    let admin = server.with_key(&admin_key);
    admin
        .try_restore("DELETED")
        .await
        .assert_success("restore_secret");
    let keys = admin.query("{ auth_api_key { id role name } }").await;
    let keys = keys.data("/auth_api_key").as_array().expect("a list").clone();
    let old = keys
        .iter()
        .find(|key| key["role"] == "runner" && key["name"] != "made before the crash");
    let id = old.expect("the first runner's key is listed")["id"].clone();
    let revoke =
        "mutation($input: delete_api_key_input!) { delete_api_key(input: $input) { success error } }";
    admin
        .graphql(revoke, json!({"input": {"key_id": id}}))
        .await
        .assert_success("delete_api_key");
    server.kill().await;

    let server = store.serve().await;
    server
        .with_key(&runner_key)
        .query("{ secret_names }")
        .await
        .assert_error("UNAUTHENTICATED");
    assert_eq!(
        server.with_key(&made_key).value("DELETED").await,
        json!("the value of DELETED")
    );
}

/// Reads a value again and again until the server is gone: how often it was told.
async fn read_until_the_end(client: Client) -> usize {
    for told in 0.. {
        let body = json!({"query": "{ secret_value(name: \"A\") }"});
        let request = client
            .request(reqwest::Method::POST, "/graphql")
            .header("content-type", "application/json")
            .body(body.to_string());
        let Ok(response) = request.send().await else {
            return told;
        };
        match response.text().await {
            Ok(text) if text.contains("the value of A") => {}
            _ => return told,
        }
    }
    unreachable!("the server goes some time")
}

#[tokio::test]
async fn killed_right_after_it_told_a_value_it_has_recorded_that_it_did() {
    let store = Store::new();
    let team = store.team("acme").await;
    let admin_key = team.new_key("administrator").await;
    let keys = [team.new_key("runner").await, team.new_key("runner").await];
    let mut told = 0;
    for round in 0..4 {
        let server = store.serve().await;
        let admin = server.with_key(&admin_key);
        admin.set("A", json!("the value of A")).await;
        let readers: Vec<_> = keys
            .iter()
            .map(|key| tokio::spawn(read_until_the_end(server.with_key(key))))
            .collect();
        let recorded = async |admin: &Client| {
            let reads = json!({"action": {"_eq": "read:secret-value"}});
            admin.audit(reads).await.len()
        };
        let wanted = told + 5 * (round + 1);
        wait::until("the readers get going", async || {
            (recorded(&admin).await >= wanted).then_some(())
        })
        .await;
        server.kill().await;
        for reader in readers {
            told += reader.await.expect("readers end with the server");
        }
        let server = store.serve().await;
        let found = recorded(&server.with_key(&admin_key)).await;
        // The last ones may be recorded without having been told; never the other way round.
        assert!(
            (told..=told + keys.len() * (round + 1)).contains(&found),
            "round {round}: {found} recorded, {told} told"
        );
        server.stop().await;
        store.admin(&["audit", "verify"]).await;
    }
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
                    writer
                        .set(&format!("S{index}"), json!(format!("value of {index}")))
                        .await;
                } else {
                    team.log_in(&person).await;
                }
            })
        })
        .collect();
    wait::until("the first request is answered", async || {
        (!runner.names().await.is_empty()).then_some(())
    })
    .await;
    let mut server = server;
    server.signal("TERM");
    let status = server.ended().await;
    assert!(status.success(), "{status}");

    let mut finished = 0;
    for request in requests {
        // Those that had not reached the server yet are refused; none is answered and then lost.
        finished += usize::from(request.await.is_ok());
    }
    assert!(finished > 0);
    let server = store.serve().await;
    for name in runner.at(&server).names().await {
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

#[tokio::test]
async fn what_was_acknowledged_while_stopping_is_kept() {
    let store = Store::new();
    let server = store.serve().await;
    let team = server.team("acme").await;
    let (writer, runner) = (team.key("user").await, team.key("runner").await);
    let writing = tokio::spawn(write_until_the_end(writer.clone(), 0, 1));
    wait::until("the writer gets going", async || {
        (!runner.names().await.is_empty()).then_some(())
    })
    .await;
    server.stop().await;
    let written = writing.await.expect("the writer ends with the server");

    let server = store.serve().await;
    let runner = runner.at(&server);
    for (name, (acknowledged, sent)) in written {
        if acknowledged > 0 {
            let number = runner.value(&name).await["number"]
                .as_u64()
                .expect("a whole value");
            assert!(
                (acknowledged..=sent).contains(&number),
                "{name}: {number} of {acknowledged}..={sent}"
            );
        }
    }
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
        &[
            "admin",
            "create-key",
            "--team",
            "acme",
            "--name",
            "k",
            "--role",
            "runner",
        ],
    ] {
        let complaint = store.run(arguments).await.failed();
        assert!(
            complaint.to_lowercase().contains(part),
            "{arguments:?} should name the {part}: {complaint}"
        );
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

    fs::write(&path, key).expect("it can be put back");
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

    fs::write(&path, key).expect("it can be put back");
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
        fs::write(&path, broken).expect("it can be replaced");
        let complaint = store.run(&["serve", "--listen", "127.0.0.1:0"]).await.failed();
        assert!(complaint.to_lowercase().contains("master key"), "{complaint}");
        assert!(broken.is_empty() || !complaint.contains(broken), "{complaint}");
        assert_eq!(
            fs::read_to_string(&path).expect("it is still there"),
            broken,
            "it is left as it is"
        );
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
