//! A secret's earlier values: kept for a while, named by number, brought back, and shown to nobody.

use serde_json::{Value, json};
use strongroom_tests::{Client, Server, Store, Team, wait};

use crate::Scene;

/// The versions of a secret that are kept, the current one first.
async fn versions(client: &Client, name: &str) -> Vec<Value> {
    let field = format!("secret_version(name: {name:?})");
    client.rows(&field, "version created created_by").await
}

async fn numbers(client: &Client, name: &str) -> Vec<i64> {
    let rows = versions(client, name).await;
    rows.iter().filter_map(|row| row["version"].as_i64()).collect()
}

async fn restore(client: &Client, name: &str, version: i64) {
    let input = json!({"name": name, "version": version});
    client.done("restore_secret_version", input).await;
}

#[tokio::test]
async fn each_value_has_a_number_an_author_and_a_time() {
    let Scene { server, writer, runner } = Scene::new().await;
    writer.set("A", json!("the first value")).await;
    let other = Team::existing(server.store(), "acme").at(&server);
    let other = other.key("administrator").await;
    other.set("A", json!("the second value")).await;
    let answer = runner.query("{ secret_version(name: \"A\") { version created created_by } }").await;
    answer.assert_never_says("value");
    let rows = versions(&runner, "A").await;
    assert_eq!(rows.len(), 2, "{rows:?}");
    assert_eq!(rows[0]["version"], json!(2));
    assert_eq!(rows[0]["created_by"], other.auth_info("name").await);
    assert_eq!(rows[1]["version"], json!(1));
    assert_eq!(rows[1]["created_by"], writer.auth_info("name").await);
    assert!(rows[0]["created"].as_str() > rows[1]["created"].as_str(), "{rows:?}");
    // What does not set the value makes no version.
    writer.done("update_secret", json!({"name": "A", "description": "described"})).await;
    assert_eq!(versions(&runner, "A").await, rows);
    assert_eq!(numbers(&runner, "MISSING").await, [0; 0]);
}

#[tokio::test]
async fn an_earlier_value_comes_back_as_a_new_version() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    let values = [json!("the first value"), json!({"second": [1, null, "value"]}), json!(null)];
    for value in &values {
        writer.set("A", value.clone()).await;
    }
    for (version, value) in [(1, &values[0]), (2, &values[1]), (3, &values[2]), (4, &values[0])] {
        restore(&writer, "A", version).await;
        assert_eq!(&runner.value("A").await, value);
    }
    assert_eq!(numbers(&writer, "A").await, [7, 6, 5, 4, 3, 2, 1]);
    let row = writer.row("secret", "version updated_by", "name", "A").await;
    let row = row.expect("it is listed");
    assert_eq!(row["version"], json!(7));
    assert_eq!(row["updated_by"], writer.auth_info("name").await);
}

#[tokio::test]
async fn only_versions_that_are_kept_come_back() {
    let Scene { server, writer, runner } = Scene::new().await;
    for number in 1..=13 {
        writer.set("A", json!(format!("value number {number}"))).await;
    }
    assert_eq!(numbers(&writer, "A").await, (3..=13).rev().collect::<Vec<_>>());
    let stored = "SELECT count(*) FROM secret_versions";
    assert_eq!(server.store().sql_number(stored).await, 11, "what is not kept is not stored either");
    for (name, version) in [("A", 2), ("A", 1), ("A", 0), ("A", -1), ("A", 14), ("MISSING", 1)] {
        let input = json!({"name": name, "version": version});
        let reason = writer.refused("restore_secret_version", input).await;
        if name == "A" {
            assert_eq!(reason, "There is no such version.", "{version}");
        }
    }
    assert_eq!(runner.value("A").await, json!("value number 13"));
    restore(&writer, "A", 3).await;
    assert_eq!(runner.value("A").await, json!("value number 3"));
    assert_eq!(numbers(&writer, "A").await, (4..=14).rev().collect::<Vec<_>>());
}

#[tokio::test]
async fn how_many_are_kept_is_a_setting() {
    let store = Store::new();
    let team = store.team("acme").await;
    let key = team.new_key("user").await;
    let server = Server::start_on(&store, &["--keep-versions", "2"]).await;
    let writer = server.with_key(&key);
    for number in 1..=5 {
        writer.set("A", json!(format!("value number {number}"))).await;
    }
    assert_eq!(numbers(&writer, "A").await, [5, 4, 3]);
    server.stop().await;

    let server = Server::start_on(&store, &["--keep-versions", "0"]).await;
    let writer = server.with_key(&key);
    writer.set("A", json!("value number 6")).await;
    assert_eq!(numbers(&writer, "A").await, [6]);
    writer.set("B", json!("the first of B")).await;
    writer.set("B", json!("the second of B")).await;
    assert_eq!(numbers(&writer, "B").await, [2]);
}

#[tokio::test]
async fn the_history_follows_a_secret_through_renames_and_deletes() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    writer.set("A", json!("the first value")).await;
    writer.set("A", json!("the second value")).await;
    writer.done("update_secret", json!({"name": "A", "new_name": "B"})).await;
    assert_eq!(numbers(&writer, "B").await, [2, 1]);
    assert_eq!(numbers(&writer, "A").await, [0; 0]);

    writer.delete("B").await;
    assert_eq!(numbers(&writer, "B").await, [0; 0], "a deleted secret has no history to see");
    let input = json!({"name": "B", "version": 1});
    writer.refused("restore_secret_version", input).await;
    // A new secret of that name does not inherit what the old one held.
    writer.set("B", json!("somebody else's")).await;
    assert_eq!(numbers(&writer, "B").await, [1]);
    writer.delete("B").await;
    writer.set("C", json!("the value of C")).await;
    writer.done("update_secret", json!({"name": "C", "new_name": "B"})).await;
    assert_eq!(numbers(&writer, "B").await, [1]);
    writer.delete("B").await;

    writer.done("restore_secret", json!({"name": "B"})).await;
    assert_eq!(runner.value("B").await, json!("the value of C"));
    writer.delete("B").await;
    let deleted = writer.rows("deleted_secret", "name").await;
    assert_eq!(deleted.len(), 3, "{deleted:?}");
}

#[tokio::test]
async fn a_restored_secret_has_its_history_back() {
    let Scene { server, writer, runner } = Scene::new().await;
    for value in ["the first value", "the second value"] {
        writer.set("A", json!(value)).await;
    }
    writer.delete("A").await;
    let store = server.store().clone();
    server.stop().await;
    let server = store.serve().await;
    let (writer, runner) = (writer.at(&server), runner.at(&server));
    writer.done("restore_secret", json!({"name": "A"})).await;
    assert_eq!(numbers(&writer, "A").await, [2, 1]);
    restore(&writer, "A", 1).await;
    assert_eq!(runner.value("A").await, json!("the first value"));
}

#[tokio::test]
async fn a_secret_that_is_replaced_by_a_rename_takes_its_history_along() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    for (name, value) in [("A", "first of A"), ("A", "second of A"), ("B", "first of B")] {
        writer.set(name, json!(format!("the {value}"))).await;
    }
    let input = json!({"name": "A", "new_name": "B", "overwrite": true});
    writer.done("update_secret", input).await;
    assert_eq!(numbers(&writer, "B").await, [2, 1]);
    restore(&writer, "B", 1).await;
    assert_eq!(runner.value("B").await, json!("the first of A"));
}

#[tokio::test]
async fn deleted_secrets_are_listed_until_they_are_gone_for_good() {
    let store = Store::new();
    let team = store.team("acme").await;
    let key = team.new_key("user").await;
    let server = store.serve().await;
    let writer = server.with_key(&key);
    for value in ["the first value", "the second value"] {
        writer.set("A", json!(value)).await;
    }
    writer.set("B", json!("the value of B")).await;
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
    wait::until("the window closes", async || {
        writer.rows("deleted_secret", "name").await.is_empty().then_some(())
    })
    .await;
    writer.refused("restore_secret", json!({"name": "A"})).await;
    server.stop().await;
    // Earlier values go with the secret: the sweep that removes the one removes the others. There is one at each start.
    let server = Server::start_on(&store, &["--restore-window", "1s"]).await;
    wait::until("the earlier values are removed", async || {
        let left = store.sql_number("SELECT count(*) FROM secret_versions").await;
        (left == 0).then_some(())
    })
    .await;
    let admin = team.at(&server).key("administrator").await;
    let purges = admin.audit(json!({"action": {"_eq": "purge:secret"}, "actor_name": {"_eq": "retention"}}));
    let purges = purges.await;
    let counts =
        purges.iter().map(|entry| entry["detail"].as_str().and_then(|count| count.parse::<u64>().ok()));
    assert_eq!(counts.sum::<Option<u64>>(), Some(2), "one entry for each start that purged any");
}

#[tokio::test]
async fn a_description_is_given_with_the_value() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    let description = async || {
        let row = writer.row("secret", "description", "name", "A").await;
        row.expect("it is listed")["description"].clone()
    };
    for (input, expected) in [
        (json!({"description": "for the deploys"}), json!("for the deploys")),
        (json!({}), json!("for the deploys")),
        (json!({"description": null}), json!("for the deploys")),
        (json!({"description": "for all"}), json!("for all")),
        (json!({"description": ""}), Value::Null),
    ] {
        let mut input = input.clone();
        input["name"] = json!("A");
        input["value"] = json!("some value or other");
        writer.done("set_secret", input.clone()).await;
        assert_eq!(description().await, expected, "{input}");
    }
    let long = json!({"name": "A", "value": 1, "description": "x".repeat(1001)});
    writer.mutate("set_secret", long).await.assert_rejected();
    assert_eq!(numbers(&writer, "A").await.len(), 5);
}

#[tokio::test]
async fn setting_at_the_same_time_keeps_every_version_once() {
    let Scene { server, writer, runner } = Scene::new().await;
    let second = server.store().serve().await;
    let setting: Vec<_> = (0..8)
        .map(|number| {
            let writer = if number % 2 == 0 { writer.clone() } else { writer.at(&second) };
            tokio::spawn(async move { writer.set("A", json!(format!("value number {number}"))).await })
        })
        .collect();
    for set in setting {
        set.await.expect("every set succeeds");
    }
    assert_eq!(numbers(&writer, "A").await, [8, 7, 6, 5, 4, 3, 2, 1]);
    let mut values = Vec::new();
    for version in 1..=8 {
        restore(&writer, "A", version).await;
        values.push(runner.value("A").await);
    }
    values.sort_by_key(Value::to_string);
    values.dedup();
    assert_eq!(values.len(), 8, "each value is one of those that were set");
}
