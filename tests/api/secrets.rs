//! A secret's life: set, overwritten, renamed, described, deleted, restored.

use serde_json::{Value, json};
use strongroom_tests::Client;

use crate::Scene;

/// Everything that may be known about a secret without its value.
async fn about(client: &Client, name: &str) -> Value {
    let answer = client
        .graphql(
            "query($name: String!) { secret(where: {name: {_eq: $name}}) {
                id name version created updated updated_by description last_read last_read_by } }",
            json!({"name": name}),
        )
        .await;
    let rows = answer.data("/secret").as_array().expect("secret is a list").clone();
    assert_eq!(rows.len(), 1, "one secret is named {name}: {rows:?}");
    rows.into_iter().next().expect("there is one")
}

async fn own_name(client: &Client) -> Value {
    client.auth_info("name").await
}

#[tokio::test]
async fn a_new_secret_has_version_one_and_tells_who_set_it() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    writer.set("A", json!("first value")).await;
    let secret = about(&writer, "A").await;
    assert_eq!(secret["name"], "A");
    assert_eq!(secret["version"], json!(1));
    assert_eq!(secret["created"], secret["updated"]);
    assert_eq!(secret["updated_by"], own_name(&writer).await);
    assert!(secret["description"].is_null() || secret["description"] == "");
    assert!(secret["last_read"].is_null());
    assert!(secret["last_read_by"].is_null());
    for time in ["created", "updated"] {
        let text = secret[time].as_str().expect("a time is text");
        assert!(text.starts_with("20") && text.contains('T'), "RFC 3339: {text}");
    }
}

#[tokio::test]
async fn setting_again_overwrites_and_counts_the_version_up() {
    let Scene { server, writer, runner } = Scene::new().await;
    writer.set("A", json!("first value")).await;
    let before = about(&writer, "A").await;

    let other = server.team("other").await.key("user").await;
    other.set("A", json!("of another team")).await;
    writer.set("A", json!("second value")).await;

    let after = about(&writer, "A").await;
    assert_eq!(after["id"], before["id"]);
    assert_eq!(after["version"], json!(2));
    assert_eq!(after["created"], before["created"]);
    assert!(after["updated"].as_str() >= before["updated"].as_str());
    assert_eq!(runner.value("A").await, json!("second value"));
    assert_eq!(writer.names().await, ["A"]);
}

#[tokio::test]
async fn reading_leaves_a_trace_that_listing_does_not() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    writer.set("A", json!("first value")).await;
    runner.names().await;
    assert!(about(&writer, "A").await["last_read"].is_null());

    runner.value("A").await;
    let secret = about(&writer, "A").await;
    assert!(secret["last_read"].is_string(), "{secret}");
    assert_eq!(secret["last_read_by"], own_name(&runner).await);
    assert_eq!(secret["version"], json!(1), "reading is no change");
    assert_eq!(secret["updated"], secret["created"]);
}

#[tokio::test]
async fn a_missing_value_is_told_in_prefects_words() {
    let Scene { server: _server, runner, .. } = Scene::new().await;
    let answer = runner.query("query { secret_value(name: \"MISSING\") }").await;
    let error = answer.error();
    assert_eq!(error.message, "No value found for the requested key");
    assert_eq!(error.code, "INTERNAL_SERVER_ERROR");
    assert_eq!(error.path, Some(json!(["secret_value"])));
    assert!(answer.body()["data"].is_null() || answer.body()["data"] == json!({"secret_value": null}));
}

#[tokio::test]
async fn one_missing_value_does_not_spoil_the_others() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    writer.set("A", json!("value of A")).await;
    let answer = runner.query(r#"{ a: secret_value(name: "A") b: secret_value(name: "B") }"#).await;
    assert_eq!(answer.error().path, Some(json!(["b"])));
    assert_eq!(answer.body()["data"], json!({"a": "value of A", "b": null}));
}

#[tokio::test]
async fn names_differ_by_case() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    writer.set("Token", json!("upper")).await;
    writer.set("token", json!("lower")).await;
    assert_eq!(runner.value("Token").await, json!("upper"));
    assert_eq!(runner.value("token").await, json!("lower"));
    runner.try_value("TOKEN").await.assert_error("INTERNAL_SERVER_ERROR");
}

#[tokio::test]
async fn a_deleted_secret_is_gone_for_everyone() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    writer.set("A", json!("value of A")).await;
    writer.set("B", json!("value of B")).await;
    writer.delete("A").await;
    assert_eq!(
        runner.try_value("A").await.assert_error("INTERNAL_SERVER_ERROR"),
        "No value found for the requested key"
    );
    assert_eq!(writer.names().await, ["B"]);
    let count = writer.query("{ secret_aggregate { aggregate { count } } }").await;
    assert_eq!(count.data("/secret_aggregate/aggregate/count"), &json!(1));
    assert_eq!(runner.value("B").await, json!("value of B"));
}

#[tokio::test]
async fn deleting_what_is_not_there_is_no_success() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    writer.try_delete("NEVER THERE").await.refusal("delete_secret");
    writer.set("A", json!("value of A")).await;
    writer.delete("A").await;
    writer.try_delete("A").await.refusal("delete_secret");
}

#[tokio::test]
async fn a_deleted_secret_can_be_restored() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    writer.set("A", json!("value of A")).await;
    let before = about(&writer, "A").await;
    writer.delete("A").await;
    writer.try_restore("A").await.assert_success("restore_secret");
    assert_eq!(runner.value("A").await, json!("value of A"));
    assert_eq!(about(&writer, "A").await["id"], before["id"]);
    assert_eq!(writer.names().await, ["A"]);
}

#[tokio::test]
async fn restoring_what_was_not_deleted_is_refused() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    writer.try_restore("NEVER THERE").await.refusal("restore_secret");
    writer.set("A", json!("value of A")).await;
    writer.try_restore("A").await.refusal("restore_secret");
    assert_eq!(runner.value("A").await, json!("value of A"));
}

#[tokio::test]
async fn restoring_never_replaces_a_secret_that_has_taken_the_name() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    writer.set("A", json!("the old one")).await;
    writer.delete("A").await;
    writer.set("A", json!("the new one")).await;
    writer.try_restore("A").await.refusal("restore_secret");
    assert_eq!(runner.value("A").await, json!("the new one"));
}

#[tokio::test]
async fn a_secret_set_after_a_delete_is_a_new_one() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    writer.set("A", json!("the old one")).await;
    let old = about(&writer, "A").await;
    writer.delete("A").await;
    writer.set("A", json!("the new one")).await;
    let new = about(&writer, "A").await;
    assert_ne!(new["id"], old["id"]);
    assert_eq!(new["version"], json!(1));
    assert_eq!(runner.value("A").await, json!("the new one"));
}

#[tokio::test]
async fn the_last_one_deleted_is_the_one_that_comes_back() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    for value in ["the first one", "the second one"] {
        writer.set("A", json!(value)).await;
        writer.delete("A").await;
    }
    writer.try_restore("A").await.assert_success("restore_secret");
    assert_eq!(runner.value("A").await, json!("the second one"));
}

#[tokio::test]
async fn a_rename_keeps_the_value_and_the_identity() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    writer.set("OLD", json!({"kept": 1.10})).await;
    let before = about(&writer, "OLD").await;
    writer.try_update(json!({"name": "OLD", "new_name": "NEW"})).await.assert_success("update_secret");
    assert_eq!(writer.names().await, ["NEW"]);
    assert_eq!(about(&writer, "NEW").await["id"], before["id"]);
    assert_eq!(runner.value("NEW").await, json!({"kept": 1.10}));
    runner.try_value("OLD").await.assert_error("INTERNAL_SERVER_ERROR");
}

#[tokio::test]
async fn an_update_of_the_value_keeps_the_name() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    writer.set("A", json!("first value")).await;
    writer.try_update(json!({"name": "A", "value": "second value"})).await.assert_success("update_secret");
    assert_eq!(runner.value("A").await, json!("second value"));
    assert_eq!(about(&writer, "A").await["version"], json!(2));
    writer.try_update(json!({"name": "A", "value": null})).await.assert_success("update_secret");
    assert_eq!(runner.value("A").await, Value::Null, "null is a value");
}

#[tokio::test]
async fn name_and_value_change_in_one_step() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    writer.set("OLD", json!("first value")).await;
    let update = json!({"name": "OLD", "new_name": "NEW", "value": "second value"});
    writer.try_update(update).await.assert_success("update_secret");
    assert_eq!(writer.names().await, ["NEW"]);
    assert_eq!(runner.value("NEW").await, json!("second value"));
}

#[tokio::test]
async fn a_rename_onto_another_secret_has_to_be_asked_for() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    writer.set("A", json!("value of A")).await;
    writer.set("B", json!("value of B")).await;
    for update in [
        json!({"name": "A", "new_name": "B"}),
        json!({"name": "A", "new_name": "B", "overwrite": false}),
        json!({"name": "A", "new_name": "B", "value": "changed value"}),
    ] {
        writer.try_update(update).await.refusal("update_secret");
    }
    assert_eq!(writer.names().await, ["A", "B"]);
    assert_eq!(runner.value("A").await, json!("value of A"), "a refused update changes nothing");
    assert_eq!(runner.value("B").await, json!("value of B"));

    let update = json!({"name": "A", "new_name": "B", "overwrite": true});
    writer.try_update(update).await.assert_success("update_secret");
    assert_eq!(writer.names().await, ["B"]);
    assert_eq!(runner.value("B").await, json!("value of A"));
}

#[tokio::test]
async fn a_rename_to_the_same_name_is_no_conflict() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    writer.set("A", json!("value of A")).await;
    let update = json!({"name": "A", "new_name": "A", "value": "another value"});
    writer.try_update(update).await.assert_success("update_secret");
    assert_eq!(runner.value("A").await, json!("another value"));
}

#[tokio::test]
async fn an_update_of_what_is_not_there_is_refused_and_creates_nothing() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    writer.try_update(json!({"name": "A", "value": "some value"})).await.refusal("update_secret");
    writer.try_update(json!({"name": "A", "new_name": "B"})).await.refusal("update_secret");
    assert_eq!(writer.names().await, [""; 0]);
}

#[tokio::test]
async fn a_description_is_added_changed_and_removed() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    writer.set("A", json!("value of A")).await;
    for description in ["for the <b>nightly</b> run", "für später"] {
        let update = json!({"name": "A", "description": description});
        writer.try_update(update).await.assert_success("update_secret");
        assert_eq!(about(&writer, "A").await["description"], description);
    }
    writer.set("A", json!("next value of A")).await;
    assert_eq!(about(&writer, "A").await["description"], "für später", "a new value keeps the description");
    writer.try_update(json!({"name": "A", "description": ""})).await.assert_success("update_secret");
    let description = about(&writer, "A").await["description"].clone();
    assert!(description.is_null() || description == "", "{description}");
    assert_eq!(runner.value("A").await, json!("next value of A"));
}

#[tokio::test]
async fn the_mutations_of_one_document_happen_in_their_order() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    let answer = writer
        .query(
            r#"mutation {
                a: set_secret(input: {name: "N", value: 1}) { success }
                b: set_secret(input: {name: "N", value: 2}) { success }
                c: delete_secret(input: {name: "N"}) { success }
                d: set_secret(input: {name: "N", value: 3}) { success }
                e: delete_secret(input: {name: "M"}) { success }
            }"#,
        )
        .await;
    assert_eq!(
        answer.text,
        r#"{"data":{"a":{"success":true},"b":{"success":true},"c":{"success":true},"d":{"success":true},"e":{"success":false}}}"#
    );
    assert_eq!(runner.value("N").await, json!(3));
}

#[tokio::test]
async fn setting_at_the_same_time_loses_no_version() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    let sets: Vec<_> = (1..=20)
        .map(|value| {
            let writer = writer.clone();
            tokio::spawn(async move { writer.set("A", json!(value)).await })
        })
        .collect();
    for set in sets {
        set.await.expect("every set succeeds");
    }
    assert_eq!(about(&writer, "A").await["version"], json!(20));
    let value = runner.value("A").await;
    assert!((1..=20).any(|given| value == json!(given)), "{value}");
}

#[tokio::test]
async fn a_set_that_is_sent_again_does_no_harm() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    writer.set("A", json!("sent twice")).await;
    writer.set("A", json!("sent twice")).await;
    assert_eq!(runner.value("A").await, json!("sent twice"));
    assert_eq!(writer.names().await, ["A"]);
}

#[tokio::test]
async fn everything_survives_a_restart() {
    let Scene { server, writer, runner } = Scene::new().await;
    writer.set("A", json!({"kept": [1.10, "to the digit"]})).await;
    writer.set("B", json!("deleted value")).await;
    writer.delete("B").await;
    let before = about(&writer, "A").await;

    let store = server.store().clone();
    server.stop().await;
    let server = store.serve().await;
    let (writer, runner) = (writer.at(&server), runner.at(&server));

    assert_eq!(about(&writer, "A").await, before);
    assert_eq!(runner.value("A").await, json!({"kept": [1.10, "to the digit"]}));
    writer.try_restore("B").await.assert_success("restore_secret");
    assert_eq!(runner.value("B").await, json!("deleted value"));
}

/// What a mutation answers, as `[success, current_version]`, and its error.
async fn outcome(client: &Client, field: &str, input: Value) -> (Value, String) {
    let answer = client.mutate_for(field, input, "success error current_version").await;
    let payload = answer.data(&format!("/{field}"));
    let error = payload["error"].as_str().unwrap_or_default().to_owned();
    (json!([payload["success"], payload["current_version"]]), error)
}

#[tokio::test]
async fn a_change_that_expects_another_version_changes_nothing() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    let (gone, exists) = ("deleted or renamed", "already exists, at version 1");
    let conflict = "it is at version 2, not 1";
    let set = |expected: i32| json!({"name": "A", "value": format!("expected {expected}"), "expected_version": expected});
    let rename = |expected: i32| json!({"name": "A", "new_name": "B", "expected_version": expected});
    let delete = |name: &str, expected: i32| json!({"name": name, "expected_version": expected});
    for (field, input, expected, error) in [
        ("set_secret", set(1), json!([false, null]), gone),
        ("update_secret", rename(1), json!([false, null]), gone),
        ("delete_secret", delete("A", 1), json!([false, null]), gone),
        ("set_secret", set(0), json!([true, 1]), ""),
        // The retry of what was done finds the next version.
        ("set_secret", set(0), json!([false, 1]), exists),
        // Two tabs show version 1, and both save.
        ("set_secret", set(1), json!([true, 2]), ""),
        ("set_secret", set(1), json!([false, 2]), conflict),
        ("update_secret", rename(1), json!([false, 2]), conflict),
        ("delete_secret", delete("A", 1), json!([false, 2]), conflict),
        ("update_secret", rename(2), json!([true, 2]), ""),
        ("set_secret", set(2), json!([false, null]), gone),
        ("delete_secret", delete("B", 2), json!([true, null]), ""),
        ("delete_secret", delete("B", 2), json!([false, null]), gone),
    ] {
        let (found, said) = outcome(&writer, field, input.clone()).await;
        assert_eq!(found, expected, "{field} {input}: {said}");
        assert!(said.contains(error) && said.is_empty() == error.is_empty(), "{said}");
    }
    for (field, input) in
        [("set_secret", set(-1)), ("update_secret", rename(-1)), ("delete_secret", delete("A", -1))]
    {
        writer.mutate(field, input).await.assert_error("BAD_USER_INPUT");
    }
    writer.try_restore("B").await.assert_success("restore_secret");
    assert_eq!(runner.value("B").await, json!("expected 1"));
}
