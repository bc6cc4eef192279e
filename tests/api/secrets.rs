//! A secret's life: set, overwritten, renamed, described, deleted, restored.

use std::time::Duration;

use serde_json::{Value, json};
use strongroom_tests::{Client, Scene, aliased, assert_fields, from_now, wait};

async fn about(client: &Client, name: &str) -> Value {
    let selection = "id version created updated updated_by description last_read last_read_by";
    client.listed("secret", selection, "name", name).await
}

/// The result of a mutation as `[success, current_version]`, and its error.
async fn outcome(client: &Client, field: &str, input: Value) -> (Value, String) {
    let answer = client.mutate_for(field, input, "success error current_version").await;
    let payload = answer.data(&format!("/{field}"));
    let error = payload["error"].as_str().unwrap_or_default().to_owned();
    (json!([payload["success"], payload["current_version"]]), error)
}

#[tokio::test]
async fn a_secret_shows_its_author_last_reader_and_description() {
    let Scene { server, team, writer, runner, .. } = &Scene::new().await;
    writer.set("A", json!("first value")).await;
    let made = about(writer, "A").await;
    let by = writer.auth_info("name").await;
    assert_fields(&made, json!({"version": 1, "updated_by": by, "description": null}));
    assert_eq!(made["created"], made["updated"]);
    let created = made["created"].as_str().expect("a string");
    assert!(created.starts_with("20") && created.contains('T'), "{created}");
    // Reads are shown, listing is not; neither is a change.
    runner.names().await;
    let listed = about(writer, "A").await;
    assert!(listed["last_read"].is_null() && listed["last_read_by"].is_null(), "{listed}");
    runner.value("A").await;
    let read = about(writer, "A").await;
    assert!(read["last_read"].is_string(), "{read}");
    assert_eq!(read["last_read_by"], runner.auth_info("name").await);
    assert_eq!((&read["version"], &read["updated"]), (&json!(1), &made["created"]));
    // Another reader counts at once, the same one after a minute.
    let other = team.key("runner").await;
    for reader in [&other, runner, &other] {
        reader.value("A").await;
        assert_eq!(about(writer, "A").await["last_read_by"], reader.auth_info("name").await);
    }
    let again = about(writer, "A").await;
    other.value("A").await;
    assert_eq!(about(writer, "A").await, again);
    // Setting again overwrites, in this team only, and increments the version.
    server.team("other").await.key("user").await.set("A", json!("of another team")).await;
    for version in [2, 3] {
        writer.set("A", json!("second value")).await;
        let after = about(writer, "A").await;
        assert_eq!((&after["id"], &after["created"]), (&made["id"], &made["created"]));
        assert_eq!(after["version"], json!(version), "even if it is the same value");
        assert!(after["updated"].as_str() >= made["updated"].as_str());
        assert_eq!(runner.value("A").await, json!("second value"));
        assert_eq!(writer.names().await, ["A"]);
    }
    // A description is added, changed, kept and removed.
    writer.set("D", json!("value of D")).await;
    for (field, mut input, expected) in [
        ("update_secret", json!({"description": "for the <b>nightly</b> run"}), "for the <b>nightly</b> run"),
        ("update_secret", json!({"description": "für später"}), "für später"),
        ("set_secret", json!({"value": "next value of D"}), "für später"),
        ("set_secret", json!({"value": "next value of D", "description": null}), "für später"),
        ("set_secret", json!({"value": "next value of D", "description": "for all"}), "for all"),
        ("set_secret", json!({"value": "next value of D", "description": ""}), ""),
        ("update_secret", json!({"description": "for the deploys"}), "for the deploys"),
        ("update_secret", json!({"description": ""}), ""),
    ] {
        input["name"] = json!("D");
        writer.done(field, input.clone()).await;
        let expected = (!expected.is_empty()).then_some(expected);
        assert_eq!(about(writer, "D").await["description"], json!(expected), "{input}");
    }
    let long = json!({"name": "D", "value": 1, "description": "x".repeat(1001)});
    writer.mutate("set_secret", long).await.assert_rejected();
    assert_eq!(about(writer, "D").await["version"], json!(5));
    assert_eq!(runner.value("D").await, json!("next value of D"));
}

#[tokio::test]
async fn expiry_is_set_kept_and_removed_and_reminded_of_once() {
    const DAY: Duration = Duration::from_hours(24);
    let Scene { server, admin, writer, runner, .. } = Scene::new().await;
    writer.set("A", json!("the value of A")).await;
    let (late, later) = ("2101-02-03T04:05:06Z", "2102-02-03T04:05:06Z");
    for (field, mut input, expires, detail) in [
        ("set_secret", json!({"expires_at": late}), "2101", "expires at 2101-02-03T04:05:06.000000Z"),
        ("set_secret", json!({}), "2101", "version "),
        ("set_secret", json!({"expires_at": late}), "2101", "version "),
        ("update_secret", json!({"expires_at": later}), "2102", "expires at 2102-02-03T04:05:06.000000Z"),
        ("update_secret", json!({"description": "for the job"}), "2102", "description"),
        ("update_secret", json!({"expires_at": ""}), "", "never expires"),
        ("update_secret", json!({"new_name": "B", "expires_at": late}), "2101", "was A; expires at 2101-"),
        ("update_secret", json!({"new_name": "A", "expires_at": ""}), "", "was B; never expires"),
    ] {
        let name = writer.names().await[0].clone();
        input["name"] = json!(name);
        if field == "set_secret" {
            input["value"] = json!("another value of A");
        }
        writer.done(field, input.clone()).await;
        let expires_at = writer.rows("secret", "expires_at").await[0]["expires_at"].take();
        assert!(expires_at.as_str().unwrap_or_default().starts_with(expires), "{input}: {expires_at}");
        assert_eq!(expires_at.is_null(), expires.is_empty(), "{input}: {expires_at}");
        let said = admin.audit(json!({"action": {"_eq": "update:secret"}})).await[0]["detail"].take();
        assert!(said.as_str().unwrap_or_default().starts_with(detail), "{input}: {said}");
    }
    for wrong in ["2001-02-03", "soon", "+12345-01-01"] {
        let input = json!({"name": "A", "value": 1, "expires_at": wrong});
        writer.mutate("set_secret", input).await.assert_rejected();
    }

    // Reminders follow at the next start, for what expires within two weeks, and once only.
    for (name, period) in [("OVER", Duration::from_secs(1)), ("SOON", 13 * DAY), ("LATE", 15 * DAY)] {
        let input = json!({"name": name, "value": "a value", "expires_at": from_now(period)});
        writer.done("set_secret", input).await;
    }
    wait::is("the first has expired", async || {
        let now = from_now(Duration::ZERO);
        let expired = format!("secret(where: {{expires_at: {{_lte: \"{now}\"}}}})");
        writer.column(&expired, "name").await == ["OVER"]
    })
    .await;
    let store = server.store().clone();
    server.stop().await;
    let notices = json!({"action": {"_in": ["remind:secret", "expire:secret"]}});
    let facts = ["action", "actor_kind", "actor_name", "object_name", "detail"];
    let mut server = store.serve().await;
    for _ in 0..2 {
        let entries = wait::until("the server gives notice", async || {
            let entries = admin.at(&server).audit(notices.clone()).await;
            (entries.len() >= 2).then_some(entries)
        });
        let entries: Vec<_> =
            entries.await.iter().rev().map(|entry| json!(facts.map(|fact| &entry[fact]))).collect();
        let expected = [
            json!(["expire:secret", "system", "expiry", "OVER", null]),
            json!(["remind:secret", "system", "expiry", "SOON", "within 13 days"]),
        ];
        assert_eq!(entries, expected);
        server.stop().await;
        server = store.serve().await;
    }
    // It stays readable, and is forgotten with the next day.
    let (writer, runner) = (writer.at(&server), runner.at(&server));
    assert_eq!(runner.value("OVER").await, "a value");
    // So is the day, when it is restored.
    writer.delete("OVER").await;
    writer.restore("OVER").await;
    let before = format!(
        "secret(where: {{expires_at: {{_lte: \"{}\"}}}}, order_by: {{expires_at: asc}})",
        from_now(14 * DAY)
    );
    assert_eq!(writer.column(&before, "name").await, ["OVER", "SOON"]);
    for name in ["OVER", "SOON"] {
        writer.done("update_secret", json!({"name": name, "expires_at": from_now(5 * DAY)})).await;
    }
    server.stop().await;
    let server = store.serve().await;
    wait::is("the server gives notice again", async || {
        admin.at(&server).audit(notices.clone()).await.len() == 4
    })
    .await;
}

#[tokio::test]
async fn an_update_changes_named_fields_and_a_deleted_secret_can_be_restored() {
    let Scene { writer, runner, .. } = &Scene::new().await;
    let update = async |input: Value| writer.done("update_secret", input).await;
    for input in [json!({"name": "OLD", "value": "some value"}), json!({"name": "OLD", "new_name": "B"})] {
        writer.refused("update_secret", input).await;
    }
    assert_eq!(writer.names().await, [""; 0], "missing secrets are not created");

    writer.set("OLD", json!({"kept": 1.10})).await;
    let before = about(writer, "OLD").await;
    update(json!({"name": "OLD", "new_name": "NEW"})).await;
    assert_eq!(writer.names().await, ["NEW"]);
    assert_eq!(about(writer, "NEW").await["id"], before["id"]);
    assert_eq!(runner.value("NEW").await, json!({"kept": 1.10}));
    runner.assert_no_value("OLD").await;

    update(json!({"name": "NEW", "value": "second value"})).await;
    assert_eq!(runner.value("NEW").await, json!("second value"));
    assert_eq!(about(writer, "NEW").await["version"], json!(2));
    update(json!({"name": "NEW", "value": null})).await;
    assert_eq!(runner.value("NEW").await, Value::Null, "null is a value");
    update(json!({"name": "NEW", "new_name": "A", "value": "value of A"})).await;
    assert_eq!(writer.names().await, ["A"]);
    assert_eq!(runner.value("A").await, json!("value of A"));
    update(json!({"name": "A", "new_name": "A", "value": "another value"})).await;
    assert_eq!(runner.value("A").await, json!("another value"), "the same name is no conflict");
    // A rename onto another secret must be requested.
    writer.set("B", json!("value of B")).await;
    for input in [
        json!({"name": "A", "new_name": "B"}),
        json!({"name": "A", "new_name": "B", "overwrite": false}),
        json!({"name": "A", "new_name": "B", "value": "changed value"}),
    ] {
        writer.refused("update_secret", input).await;
    }
    assert_eq!(writer.names().await, ["A", "B"]);
    assert_eq!(runner.value("A").await, json!("another value"), "a refused update changes nothing");
    assert_eq!(runner.value("B").await, json!("value of B"));
    update(json!({"name": "A", "new_name": "B", "overwrite": true})).await;
    assert_eq!(writer.names().await, ["B"]);
    assert_eq!(runner.value("B").await, json!("another value"));
    // A deleted secret is gone until it is restored.
    for field in ["delete_secret", "restore_secret"] {
        writer.refused(field, json!({"name": "NEVER THERE"})).await;
    }
    writer.set_all(&[("A", "value of A"), ("B", "value of B")]).await;
    let before = about(writer, "A").await;
    writer.refused("restore_secret", json!({"name": "A"})).await;
    writer.delete("A").await;
    writer.refused("delete_secret", json!({"name": "A"})).await;
    runner.assert_no_value("A").await;
    assert_eq!(writer.names().await, ["B"]);
    let count = writer.query("{ secret_aggregate { aggregate { count } } }").await;
    assert_eq!(count.data("/secret_aggregate/aggregate/count"), 1);
    assert_eq!(runner.value("B").await, "value of B");

    writer.restore("A").await;
    assert_eq!(runner.value("A").await, json!("value of A"));
    assert_eq!(about(writer, "A").await["id"], before["id"]);
    assert_eq!(writer.names().await, ["A", "B"]);
    // A secret set after a deletion is a new one, and the last deleted one is restored.
    writer.delete("A").await;
    writer.set("A", json!("the second one")).await;
    let new = about(writer, "A").await;
    assert_ne!(new["id"], before["id"]);
    assert_eq!(new["version"], 1);
    writer.refused("restore_secret", json!({"name": "A"})).await;
    assert_eq!(runner.value("A").await, "the second one", "it is not replaced");
    writer.delete("A").await;
    writer.restore("A").await;
    assert_eq!(runner.value("A").await, "the second one");
}

#[tokio::test]
async fn a_change_that_expects_another_version_is_refused_and_a_missing_value_is_prefect_s_error() {
    let Scene { writer, runner, .. } = &Scene::new().await;
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
        // A retry of a completed change finds the next version.
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
        let (found, said) = outcome(writer, field, input.clone()).await;
        assert_eq!(found, expected, "{field} {input}: {said}");
        assert!(said.contains(error) && said.is_empty() == error.is_empty(), "{said}");
    }
    for (field, input) in
        [("set_secret", set(-1)), ("update_secret", rename(-1)), ("delete_secret", delete("A", -1))]
    {
        writer.mutate(field, input).await.assert_error("BAD_USER_INPUT");
    }
    writer.restore("B").await;
    assert_eq!(runner.value("B").await, json!("expected 1"));
    // A missing value is the error that Prefect expects.
    let answer = runner.assert_no_value("MISSING").await;
    assert_eq!(answer.error().path, Some(json!(["secret_value"])));
    assert!(answer.body()["data"].is_null() || answer.body()["data"] == json!({"secret_value": null}));
    // Other fields of the document are answered.
    writer.set("A", json!("value of A")).await;
    let answer = runner.query(r#"{ a: secret_value(name: "A") b: secret_value(name: "NONE") }"#).await;
    assert_eq!(answer.error().path, Some(json!(["b"])));
    assert_eq!(answer.body()["data"], json!({"a": "value of A", "b": null}));
    // Names differ by case.
    writer.set_all(&[("Token", "upper"), ("token", "lower")]).await;
    assert_eq!(runner.value("Token").await, json!("upper"));
    assert_eq!(runner.value("token").await, json!("lower"));
    runner.assert_no_value("TOKEN").await;
    // Mutations happen in the order of the document.
    let set = |value: i32| format!("set_secret(input: {{name: \"N\", value: {value}}}) {{ success }}");
    let delete = |name: &str| format!("delete_secret(input: {{name: {name:?}}}) {{ success }}");
    let answer = writer.query(&aliased(&[set(1), set(2), delete("N"), set(3), delete("M")])).await;
    let outcomes = [true, true, true, true, false].map(|success| json!({"success": success}));
    let found: Vec<_> = answer.data("").as_object().expect("an object").values().cloned().collect();
    assert_eq!(found, outcomes);
    assert_eq!(runner.value("N").await, 3);
}

#[tokio::test]
async fn conflict_says_what_became_of_a_secret_to_callers_who_can_list_it() {
    let Scene { team, admin, writer, .. } = &Scene::new().await;
    let other = &team.key("user").await;
    admin.new_role("updater", &["update:secret"]).await;
    let updater = &team.key("updater").await;
    let (_, limited) = &admin.new_key(json!({"name": "job", "role": "user", "secrets": ["A"]})).await;
    writer.set("A", json!("value of A")).await;
    let id = about(writer, "A").await["id"].clone();
    let author = other.auth_info("name").await;
    let check = async |client: &Client, name: &str, version: i32, conflict: Value, current: Value| {
        let input =
            json!({"name": name, "value": "another value", "expected_id": id, "expected_version": version});
        let selection = "success current_version conflict { name description version updated_by }";
        let answer = client.mutate_for("update_secret", input, selection).await;
        let expected = json!({"success": false, "current_version": current, "conflict": conflict});
        assert_eq!(answer.data("/update_secret"), &expected, "{name} {version}");
    };
    let left = |name: &str, description: Value, version: i32| json!({"name": name, "description": description, "version": version, "updated_by": author});

    other.set("A", json!("second value of A")).await;
    check(writer, "A", 1, left("A", Value::Null, 2), json!(2)).await;
    check(updater, "A", 1, Value::Null, json!(2)).await;

    let rename = json!({"name": "A", "new_name": "B", "description": "for all", "confirm_key_access": true});
    other.done("update_secret", rename).await;
    other.set("A", json!("value of another A")).await;
    for client in [writer, admin] {
        check(client, "A", 2, left("B", json!("for all"), 2), json!(2)).await;
    }
    check(limited, "A", 2, Value::Null, Value::Null).await;
    for (expected, is_refused) in [("", true), ("for all", false)] {
        let input = json!({"name": "B", "description": "for us", "expected_description": expected});
        let answer = writer.mutate_for("update_secret", input, "success conflict { description }").await;
        let conflict = if is_refused { json!({"description": "for all"}) } else { Value::Null };
        assert_eq!(answer.data("/update_secret"), &json!({"success": !is_refused, "conflict": conflict}));
    }
    other.done("update_secret", json!({"name": "B", "description": "for all"})).await;

    other.delete("B").await;
    check(writer, "B", 2, left("B", json!("for all"), 0), Value::Null).await;
    other.done("restore_secret", json!({"name": "B"})).await;
    let input = json!({"name": "B", "value": "third value", "expected_id": id, "expected_version": 2});
    writer.done("update_secret", input).await;
}

#[tokio::test]
async fn many_secrets_are_deleted_and_restored_all_or_none() {
    let Scene { team, admin, writer, runner, .. } = &Scene::new().await;
    let all = ["A", "B", "C"];
    let named = |names: &[&str]| json!({"secrets": names.iter().map(|name| json!({"name": name})).collect::<Vec<_>>()});
    let refused = async |field: &str, input: Value| {
        let selection = "success error refused { name error conflict { version } }";
        let answer = writer.mutate_for(field, input, selection).await;
        let payload = answer.data(&format!("/{field}")).clone();
        assert_eq!(payload["success"], false, "{payload}");
        let one = |it: &Value| json!([it["name"], it["error"], it["conflict"]["version"]]);
        let refused: Vec<_> = payload["refused"].as_array().expect("a list").iter().map(one).collect();
        (payload["error"].as_str().expect("a reason").to_owned(), json!(refused))
    };
    for name in all {
        writer.set(name, json!(format!("value of {name}"))).await;
    }
    let ids: Vec<_> = writer.rows("secret(order_by: {name: asc})", "id").await;
    let expecting = |expected: Value| {
        let one = |(name, id): (&&str, &Value)| {
            let mut input = json!({"name": name, "expected_id": id["id"]});
            input
                .as_object_mut()
                .expect("an object")
                .extend(expected.as_object().expect("an object").clone());
            input
        };
        json!({"secrets": all.iter().zip(&ids).map(one).collect::<Vec<_>>()})
    };

    // One secret that is missing, or has changed, keeps all the others.
    let before = admin.last_entry().await;
    let missing = "There is no secret with that name.";
    let (error, list) = refused("delete_secrets", named(&["A", "NEVER", "B", "NOR THIS"])).await;
    assert_eq!(error, "Nothing was deleted: 2 of the 4 secrets can't be.");
    assert_eq!(list, json!([["NEVER", missing, null], ["NOR THIS", missing, null]]));
    assert_eq!(refused("delete_secrets", named(&["NEVER"])).await.0, missing);
    let (_, list) = refused("delete_secrets", expecting(json!({"expected_version": 2}))).await;
    let outdated = "The secret has changed in the meantime: it is at version 1, not 2.";
    assert_eq!(list, json!(all.map(|name| json!([name, outdated, 1]))));
    for (input, rule) in [
        (named(&[]), "Name at least one secret."),
        (named(&["A", "B", "A"]), "Secret 3 of the request: its name occurs twice."),
        (named(&["A", "B "]), "Secret 2 of the request: "),
        (
            expecting(json!({"expected_version": -1})),
            "Secret 1 of the request: `expected_version` must not be",
        ),
    ] {
        let said = writer.mutate("delete_secrets", input).await.assert_error("BAD_USER_INPUT");
        assert!(said.starts_with(rule), "{said}");
    }
    let (_, limited) = admin.new_key(json!({"name": "job", "role": "user", "secrets": ["A"]})).await;
    limited.forbidden("delete_secrets", named(&["A", "B"])).await;
    assert_eq!(writer.names().await, all);
    assert_eq!(admin.recorded_since(before).await, ["create:api_key job", "refused:request -"]);

    // Each has its own entry, as if it had been deleted alone.
    let before = admin.last_entry().await;
    writer.done("delete_secrets", expecting(json!({"expected_version": 1}))).await;
    assert_eq!(writer.names().await, [""; 0]);
    assert_eq!(admin.recorded_since(before).await, all.map(|name| format!("delete:secret {name}")));
    runner.assert_no_value("A").await;

    // A colleague creates another A: the undo overwrites nothing and restores nothing.
    let other = team.key("user").await;
    other.set("A", json!("value of another A")).await;
    let (error, list) = refused("restore_secrets", expecting(json!({}))).await;
    assert_eq!(error, "Nothing was restored: 1 of the 3 secrets can't be.");
    let taken = "There is already a secret with that name. Rename or delete it first.";
    assert_eq!(list, json!([["A", taken, null]]));
    other.delete("A").await;
    let (_, list) = refused("restore_secrets", expecting(json!({}))).await;
    assert_eq!(list, json!([["A", "Another secret with that name was deleted since.", null]]));
    assert_eq!(writer.names().await, [""; 0]);
    let before = admin.last_entry().await;
    writer.done("restore_secrets", named(&["B", "C"])).await;
    assert_eq!(admin.recorded_since(before).await, ["restore:secret B", "restore:secret C"]);
    assert_eq!(runner.value("B").await, json!("value of B"));
    assert_eq!(writer.rows("secret(order_by: {name: asc})", "id").await, ids[1..]);

    // By the same name, another secret is not deleted, one or many.
    writer.delete("B").await;
    writer.set("B", json!("value of another B")).await;
    let input = json!({"name": "B", "expected_id": ids[1]["id"]});
    let (_, list) = refused("delete_secrets", json!({"secrets": [input]})).await;
    assert_eq!(list[0][2], 0, "it was deleted");
    let said = writer.refused("delete_secret", input.clone()).await;
    assert!(said.contains("deleted or renamed"), "{said}");
    assert_eq!(runner.value("B").await, json!("value of another B"));
    writer.delete("B").await;
    assert!(writer.refused("restore_secret", input).await.contains("deleted since"));
}
