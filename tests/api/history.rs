//! Earlier values of a secret: kept for a while, numbered, restored, and never shown.

use serde_json::{Value, json};
use strongroom_tests::{Client, Scene, Server, Store, wait};
use tokio::task::JoinSet;

async fn numbers(client: &Client, name: &str) -> Vec<Value> {
    client.column(&format!("secret_version(name: {name:?})"), "version").await
}

#[tokio::test]
async fn versions_are_numbered_kept_and_restored_and_follow_a_secret() {
    let Scene { server, admin, writer, runner, .. } = &Scene::new().await;
    for number in 1..=13 {
        writer.set("MANY", json!(format!("value number {number}"))).await;
    }
    assert_eq!(numbers(writer, "MANY").await, (3..=13).rev().collect::<Vec<i32>>());
    let stored = "SELECT count(*) FROM secret_versions";
    assert_eq!(server.store().sql_number(stored).await, 11, "older versions are not stored");
    for version in [2, 1, 0, -1, 14] {
        let reason =
            writer.refused("restore_secret_version", json!({"name": "MANY", "version": version})).await;
        assert_eq!(reason, "There is no such version.", "{version}");
    }
    writer.refused("restore_secret_version", json!({"name": "MISSING", "version": 1})).await;
    assert_eq!(runner.value("MANY").await, "value number 13");
    writer.revert("MANY", 3).await;
    assert_eq!(runner.value("MANY").await, "value number 3");
    assert_eq!(numbers(writer, "MANY").await, (4..=14).rev().collect::<Vec<i32>>());
    // Concurrent changes keep every version once.
    let second = server.store().serve().await;
    let mut setting = JoinSet::new();
    for number in 0..8 {
        let writer = if number % 2 == 0 { writer.clone() } else { writer.at(&second) };
        setting
            .spawn(async move { writer.set("MANY AT ONCE", json!(format!("value number {number}"))).await });
    }
    setting.join_all().await;
    assert_eq!(numbers(writer, "MANY AT ONCE").await, [8, 7, 6, 5, 4, 3, 2, 1]);
    let mut values = Vec::new();
    for version in 1..=8 {
        writer.revert("MANY AT ONCE", version).await;
        values.push(runner.value("MANY AT ONCE").await);
    }
    values.sort_by_key(Value::to_string);
    values.dedup();
    assert_eq!(values.len(), 8, "each value is one of those that were set");
    // The history follows a secret through renames and deletes.
    writer.set_all(&[("A", "the first value"), ("A", "the second value")]).await;
    writer.done("update_secret", json!({"name": "A", "new_name": "B"})).await;
    assert_eq!(numbers(writer, "B").await, [2, 1]);
    assert_eq!(numbers(writer, "A").await, [0; 0]);

    writer.delete("B").await;
    assert_eq!(numbers(writer, "B").await, [0; 0], "a deleted secret has no history");
    writer.refused("restore_secret_version", json!({"name": "B", "version": 1})).await;
    // A new secret of that name does not inherit the history of the old one.
    writer.set("B", json!("somebody else's")).await;
    assert_eq!(numbers(writer, "B").await, [1]);
    writer.delete("B").await;
    writer.set("C", json!("the value of C")).await;
    writer.done("update_secret", json!({"name": "C", "new_name": "B"})).await;
    assert_eq!(numbers(writer, "B").await, [1]);
    writer.delete("B").await;

    writer.restore("B").await;
    assert_eq!(runner.value("B").await, "the value of C");
    writer.delete("B").await;
    assert_eq!(writer.column("deleted_secret", "name").await, ["B"; 3]);
    // A secret that replaces another one keeps its own history.
    writer.set_all(&[("D", "the first of D"), ("D", "the second of D"), ("E", "the first of E")]).await;
    writer.done("update_secret", json!({"name": "D", "new_name": "E", "overwrite": true})).await;
    assert_eq!(numbers(writer, "E").await, [2, 1]);
    writer.revert("E", 1).await;
    assert_eq!(runner.value("E").await, "the first of D");
    // Each version has a number, an author and a time.
    writer.set("A", json!("the first value")).await;
    admin.set("A", json!("the second value")).await;
    let versions = "{ rows: secret_version(name: \"A\") { version created created_by } }";
    let answer = runner.query(versions).await;
    answer.assert_never_says("value");
    let rows = answer.data("/rows");
    assert_eq!(rows.as_array().map(Vec::len), Some(2), "{rows}");
    for (row, version, author) in [(&rows[0], 2, admin), (&rows[1], 1, writer)] {
        assert_eq!(row["version"], version);
        assert_eq!(row["created_by"], author.auth_info("name").await);
    }
    assert!(rows[0]["created"].as_str() > rows[1]["created"].as_str(), "{rows}");
    // A change of anything but the value creates no version.
    writer.done("update_secret", json!({"name": "A", "description": "described"})).await;
    assert_eq!(runner.query(versions).await.data("/rows"), rows);
    assert_eq!(numbers(runner, "MISSING").await, [0; 0]);
    writer.delete("A").await;
    let values = [json!("the first value"), json!({"second": [1, null, "value"]}), json!(null)];
    for value in &values {
        writer.set("A", value.clone()).await;
    }
    for (version, value) in [(1, &values[0]), (2, &values[1]), (3, &values[2]), (4, &values[0])] {
        writer.revert("A", version).await;
        assert_eq!(&runner.value("A").await, value);
    }
    assert_eq!(numbers(writer, "A").await, [7, 6, 5, 4, 3, 2, 1]);
    let origins = writer.column("secret_version(name: \"A\")", "restored_from").await;
    assert_eq!(json!(origins), json!([4, 3, 2, 1, null, null, null]));
    let row = writer.listed("secret", "version updated_by", "name", "A").await;
    assert_eq!(row, json!({"name": "A", "version": 7, "updated_by": writer.auth_info("name").await}));
}

#[tokio::test]
async fn the_number_of_kept_versions_is_a_setting() {
    let store = Store::new();
    let key = store.team("acme").await.new_key("user").await;
    let server = Server::start_on(&store, &["--keep-versions", "2"]).await;
    let writer = server.with_key(&key);
    for number in 1..=5 {
        writer.set("A", json!(format!("value number {number}"))).await;
    }
    assert_eq!(numbers(&writer, "A").await, [5, 4, 3]);
    server.stop().await;
    let server = Server::start_on(&store, &["--keep-versions", "0"]).await;
    let writer = writer.at(&server);
    writer.set_all(&[("A", "value number 6"), ("B", "the first of B"), ("B", "the second of B")]).await;
    assert_eq!(numbers(&writer, "A").await, [6]);
    assert_eq!(numbers(&writer, "B").await, [2]);
}

#[tokio::test]
async fn deleted_secrets_are_listed_until_they_are_purged() {
    let store = Store::new();
    let team = store.team("acme").await;
    let key = team.new_key("user").await;
    let server = store.serve().await;
    let writer = server.with_key(&key);
    writer.set_all(&[("A", "the first value"), ("A", "the second value"), ("B", "the value of B")]).await;
    for name in ["A", "B"] {
        writer.delete(name).await;
    }
    let rows = writer.rows("deleted_secret", "id name deleted deleted_by restorable_until").await;
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(rows[0]["name"], "B", "the last one first");
    for row in &rows {
        assert_eq!(row["deleted_by"], writer.auth_info("name").await);
        assert!(row["restorable_until"].as_str() > row["deleted"].as_str(), "{row}");
    }
    server.stop().await;

    let server = Server::start_on(&store, &["--restore-window", "1s"]).await;
    let writer = writer.at(&server);
    wait::is("the window closes", async || writer.rows("deleted_secret", "name").await.is_empty()).await;
    writer.refused("restore_secret", json!({"name": "A"})).await;
    server.stop().await;
    // Every start purges expired secrets, with their earlier values.
    let server = Server::start_on(&store, &["--restore-window", "1s"]).await;
    let versions = "SELECT count(*) FROM secret_versions";
    wait::is("the earlier values are removed", async || store.sql_number(versions).await == 0).await;
    let admin = team.at(&server).key("administrator").await;
    let purges = json!({"action": {"_eq": "purge:secret"}, "actor_name": {"_eq": "retention"}});
    let purges = admin.audit(purges).await;
    let counts = purges.iter().map(|entry| entry["detail"].as_str()?.parse::<u64>().ok());
    assert_eq!(counts.sum::<Option<u64>>(), Some(2), "one entry for each start that purged any");
}
