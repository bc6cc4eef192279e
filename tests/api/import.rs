//! Imports, many secrets set in one step or none; and reading many values at once.

use serde::Serialize;
use serde_json::{Value, json};
use strongroom_tests::{Answer, Client, Scene, the_one_done};

fn secrets(secrets: &[(impl Serialize, impl Serialize)]) -> Value {
    let secrets = secrets.iter().map(|(name, value)| json!({"name": name, "value": value}));
    json!({"secrets": secrets.collect::<Vec<_>>()})
}

fn with(input: &Value, field: &str, value: impl Into<Value>) -> Value {
    let mut input = input.clone();
    input[field] = value.into();
    input
}

/// The changes of a successful import, as `name change`.
fn changes(answer: &Answer) -> Vec<String> {
    answer.assert_success("import_secrets");
    let changes = answer.list("/import_secrets/changes").iter();
    let text = |value: &Value| value.as_str().expect("a string").to_owned();
    changes.map(|change| format!("{} {}", text(&change["name"]), text(&change["change"]))).collect()
}

async fn state_of(client: &Client, input: &Value) -> String {
    let answer = client.try_import(with(input, "preview", true)).await;
    answer.assert_success("import_secrets");
    answer.data("/import_secrets/state").as_str().expect("a preview has a state").to_owned()
}

async fn listing(client: &Client) -> Value {
    let listed = "{ secret(order_by: {name: asc}) { id name version created updated updated_by description }
        deleted_secret { id name } }";
    client.query(listed).await.data("").clone()
}

#[tokio::test]
async fn an_import_creates_overwrites_and_keeps_values_equal_to_the_digit() {
    let Scene { team, admin, writer, runner, .. } = &Scene::new().await;
    let same = json!({"the": "same value"});
    writer.set("OLD", json!("the old value")).await;
    writer.set("SAME", same.clone()).await;
    let values = [("SAME", same), ("NEW", json!("the new value")), ("OLD", json!("the newer value"))];
    let input = secrets(&values);
    let answer = writer.try_import(input.clone()).await;
    assert_eq!(changes(&answer), ["SAME unchanged", "NEW created", "OLD overwritten"]);
    for (name, value) in values {
        assert_eq!(runner.value(name).await, value);
    }
    let again = writer.try_import(input).await;
    assert_eq!(changes(&again), ["SAME unchanged", "NEW unchanged", "OLD unchanged"]);
    // A deleted secret of that name is another one.
    writer.delete("OLD").await;
    let answer = writer.try_import(secrets(&[("OLD", "the newer value")])).await;
    assert_eq!(changes(&answer), ["OLD created"]);
    assert_eq!(writer.listed("secret", "version", "name", "OLD").await["version"], 1);
    assert_eq!(writer.column("deleted_secret", "name").await, ["OLD"]);
    assert!(changes(&writer.try_import(json!({"secrets": []})).await).is_empty());
    // An overwritten secret keeps its id and description, and gets a version and an author; an equal one is unchanged.
    let set = json!({"name": "A", "value": "the value of A", "description": "its purpose"});
    writer.done("set_secret", set).await;
    let unchanged = listing(writer).await;
    assert_eq!(changes(&admin.try_import(secrets(&[("A", "the value of A")])).await), ["A unchanged"]);
    assert_eq!(listing(writer).await, unchanged);
    let mut row = writer.listed("secret", "id version description updated_by", "name", "A").await;
    admin.done("import_secrets", secrets(&[("A", "another value of A")])).await;
    row["version"] = json!(2);
    row["updated_by"] = admin.auth_info("name").await;
    assert_eq!(writer.listed("secret", "id version description updated_by", "name", "A").await, row);
    writer.revert("A", 1).await;
    assert_eq!(runner.value("A").await, "the value of A");
    // Digits and the order of keys are kept and compared.
    let import = async |value: &str| {
        let document = json!(
            "mutation($input: import_secrets_input!) {
            import_secrets(input: $input) { success error changes { name change } } }"
        );
        let input = format!(r#"{{"secrets": [{{"name": "V", "value": {value}}}]}}"#);
        let body = format!(r#"{{"query": {document}, "variables": {{"input": {input}}}}}"#);
        changes(&writer.post("/graphql", body).await)
    };
    assert_eq!(import("0").await, ["V created"]);
    let values = r#"1.0 1.00 -0 12345678901234567890123.4567890123456789000 {"b":1,"a":2} {"a":2,"b":1} "1" null
        false "" [] {"$serde_json::private::RawValue":"[1,2]"} {"$serde_json::private::Number":"12"}"#;
    for value in values.split_whitespace() {
        assert_eq!(import(value).await, ["V overwritten"], "{value}");
        assert_eq!(import(value).await, ["V unchanged"], "{value}");
        assert_eq!(runner.value_text("V").await, value);
        let answer = runner.query(r#"{ secret_values(names: ["V"]) { value } }"#).await;
        assert_eq!(answer.text, format!(r#"{{"data":{{"secret_values":[{{"value":{value}}}]}}}}"#));
    }
    // People import as well, and values may be in the document.
    let person = team.session("user").await;
    let document = r#"mutation { import_secrets(input: {secrets: [{name: "V", value: {x: [1.10, null]}}, {name: "B", value: null}]})
        { success error changes { name change } } }"#;
    assert_eq!(changes(&person.query(document).await), ["V overwritten", "B created"]);
    assert_eq!(runner.value_text("V").await, r#"{"x":[1.10,null]}"#);
    assert_eq!(runner.value_text("B").await, "null");
}

#[tokio::test]
async fn an_import_with_an_invalid_secret_or_more_than_five_thousand_changes_nothing() {
    let Scene { writer, .. } = &Scene::new().await;
    writer.set("OLD", json!("the old value")).await;
    let before = listing(writer).await;
    let value = "a value that is not to be repeated";
    let good = |name: &str| json!({"name": name, "value": value});
    let long_name = "n".repeat(256);
    let large = "v".repeat(64 * 1024);
    for (broken, rule) in [
        (good(""), "A secret's name "),
        (good(" spaced out"), "A secret's name "),
        (good("broken\noff"), "A secret's name "),
        (good(&long_name), "A secret's name "),
        (json!({"name": "LARGE", "value": large}), "A value can have at most 65536 bytes as JSON."),
        (good("OLD"), "its name occurs twice."),
        (json!({"name": "NO VALUE"}), "a value is required."),
    ] {
        for preview in [false, true] {
            let all = json!([good("NEW"), good("OLD"), broken, good("LAST")]);
            let answer = writer.try_import(json!({"secrets": all, "preview": preview})).await;
            let said = answer.assert_error("BAD_USER_INPUT");
            let reason = said.strip_prefix("Secret 3 of the import: ");
            assert!(reason.is_some_and(|reason| reason.starts_with(rule)), "{said} {broken}");
            for secret in [value, &large[..100], &long_name[..100], "spaced out", "broken"] {
                answer.assert_never_says(secret);
            }
            assert_eq!(listing(writer).await, before, "{said}");
        }
    }
    // Input of the wrong type is not repeated either.
    let value = "a value in the wrong place";
    for wrong in [
        json!({}),
        json!({"secrets": value}),
        json!({"secrets": [value]}),
        json!({"secrets": [[value]]}),
        json!({"secrets": {"A": value}}),
        json!({"secrets": [{"value": value}]}),
        json!({"secrets": [{"name": {"x": value}, "value": value}]}),
        json!({"secrets": [{"name": "A", "value": value, "and": value}]}),
        json!({"secrets": [{"name": "A", "value": value}], "preview": value}),
        json!({"secrets": [{"name": "A", "value": value}], "expected_state": {"x": value}}),
    ] {
        let answer = writer.try_import(wrong.clone()).await;
        assert!(!answer.errors().is_empty(), "{wrong} {answer:?}");
        answer.assert_never_says(value);
    }
    assert_eq!(listing(writer).await, before);

    writer.delete("OLD").await;
    let names: Vec<_> = (0..5001).map(|number| format!("S{number:04}")).collect();
    let all: Vec<_> = names.iter().map(|name| (name, 1)).collect();
    let said = writer.try_import(secrets(&all)).await.assert_error("BAD_USER_INPUT");
    assert_eq!(said, "An import can have at most 5000 secrets.");
    assert!(writer.names().await.is_empty());
    assert_eq!(changes(&writer.try_import(secrets(&all[..5000])).await).len(), 5000);
    assert_eq!(writer.names().await, names[..5000]);
}

#[tokio::test]
async fn a_preview_makes_no_change_and_a_change_since_refuses_the_import() {
    let Scene { admin, writer, runner, .. } = &Scene::new().await;
    writer.set_all(&[("OLD", "the old value"), ("SAME", "the same value")]).await;
    let before = listing(writer).await;
    let input = secrets(&[("NEW", "the new value"), ("OLD", "the newer value"), ("SAME", "the same value")]);
    let preview = writer.try_import(with(&input, "preview", true)).await;
    assert_eq!(changes(&preview), ["NEW created", "OLD overwritten", "SAME unchanged"]);
    assert_eq!(listing(writer).await, before);
    assert_eq!(runner.value("OLD").await, json!("the old value"));
    let state = state_of(writer, &input).await;
    let expecting = with(&input, "expected_state", state);
    let import = writer.try_import(expecting.clone()).await;
    assert_eq!(changes(&import), changes(&preview));
    // The secrets have changed since the preview, even if by the same import.
    let again = writer.try_import(expecting).await.refusal("import_secrets");
    assert_eq!(again, "Some of these secrets have changed since the preview. Preview again.");
    // An import can leave out secrets of its preview. They still count for the state.
    let input = secrets(&[("LEFT", "left out"), ("TAKEN", "taken")]);
    let mut less = with(&input, "expected_state", state_of(writer, &input).await);
    less["secrets"][0] = json!({"name": "LEFT", "skip": true});
    assert_eq!(changes(&writer.try_import(less.clone()).await), ["TAKEN created"]);
    assert!(!writer.names().await.contains(&"LEFT".to_owned()));
    less["expected_state"] = state_of(writer, &input).await.into();
    writer.set("LEFT", json!("set meanwhile")).await;
    let refused = writer.try_import(less.clone()).await.refusal("import_secrets");
    assert!(refused.contains("changed since the preview"), "{refused}");
    less["expected_state"] = state_of(writer, &input).await.into();
    assert_eq!(changes(&writer.try_import(less).await), ["TAKEN unchanged"]);
    assert_eq!(runner.value("LEFT").await, json!("set meanwhile"));
    // Changes of anything but the values and the existence of the secrets don't count.
    let input = secrets(&[("A", "imported as A"), ("OLD", "imported as OLD")]);
    let state = state_of(writer, &input).await;
    writer.set("C", json!("another secret")).await;
    runner.value("OLD").await;
    writer.done("update_secret", json!({"name": "OLD", "description": "described meanwhile"})).await;
    let answer = writer.try_import(with(&input, "expected_state", state)).await;
    assert_eq!(changes(&answer), ["A created", "OLD overwritten"]);
    // Changes of the secrets since the preview count.
    let input = secrets(&[("FIRST", "from a file"), ("CHANGED", "from a file"), ("MISSING", "from a file")]);
    let renamed = |name: &str, new: &str| json!({"name": name, "new_name": new});
    for what in ["set", "set to the same", "deleted", "renamed", "replaced", "appeared"] {
        for name in writer.names().await {
            writer.delete(&name).await;
        }
        writer.set_all(&[("FIRST", "before"), ("CHANGED", "before"), ("OTHER", "before")]).await;
        let state = state_of(writer, &input).await;
        match what {
            "set" => admin.set("CHANGED", json!("the value after")).await,
            "set to the same" => admin.set("CHANGED", json!("before")).await,
            "deleted" => admin.delete("CHANGED").await,
            "renamed" => admin.done("update_secret", renamed("CHANGED", "GONE")).await,
            "replaced" => {
                admin.delete("CHANGED").await;
                admin.done("update_secret", renamed("OTHER", "CHANGED")).await;
            }
            _ => admin.set("MISSING", json!("meanwhile")).await,
        }
        let before = listing(writer).await;
        let refused = writer.try_import(with(&input, "expected_state", state)).await;
        let reason = refused.refusal("import_secrets");
        assert!(reason.contains("changed since the preview"), "{what}: {reason}");
        assert_eq!(refused.data("/import_secrets/changes"), &json!([]), "{what}");
        assert_eq!(listing(writer).await, before, "{what}");
    }
}

#[tokio::test]
async fn imports_need_all_permissions_stay_in_their_team_and_do_not_mix() {
    let Scene { server, team, admin, writer, runner } = &Scene::new().await;
    writer.set_all(&[("OLD", "the old value"), ("AWS_KEY", "the value of AWS_KEY")]).await;
    for (permission, allowed, refused) in
        [("create:secret", "CREATED", "OLD"), ("update:secret", "OLD", "UPDATED")]
    {
        admin.new_role(permission, &[permission]).await;
        let client = team.key(permission).await;
        let before = listing(admin).await;
        for preview in [true, false] {
            let both = secrets(&[(allowed, "imported value"), (refused, "imported value")]);
            client.try_import(with(&both, "preview", preview)).await.assert_error("FORBIDDEN");
        }
        assert_eq!(listing(admin).await, before);
        assert_eq!(changes(&client.try_import(secrets(&[(allowed, "imported value")])).await).len(), 1);
        assert_eq!(runner.value(allowed).await, "imported value");
    }

    let (_, limited) = admin.new_key(json!({"name": "limited", "role": "user", "secrets": ["DB_*"]})).await;
    let before = listing(admin).await;
    let mut messages = Vec::new();
    for beyond in ["AWS_KEY", "AWS_NOTHING"] {
        for preview in [true, false] {
            let both = secrets(&[("DB_URL", "the value of DB_URL"), (beyond, "the value of AWS_KEY")]);
            let answer = limited.try_import(with(&both, "preview", preview)).await;
            messages.push(answer.assert_error("FORBIDDEN"));
        }
    }
    messages.dedup();
    assert_eq!(messages.len(), 1, "secrets outside the limits are not disclosed: {messages:?}");
    assert_eq!(listing(admin).await, before);
    let answer = limited.try_import(secrets(&[("DB_URL", "the value of DB_URL")])).await;
    assert_eq!(changes(&answer), ["DB_URL created"]);
    assert_eq!(runner.value("DB_URL").await, "the value of DB_URL");
    // Teams import separately.
    let other = server.team("other").await;
    let (there, there_runner) = (other.key("user").await, other.key("runner").await);
    writer.set("A", json!("the same value")).await;
    let input = secrets(&[("A", "the same value")]);
    let here_state = state_of(writer, &input).await;
    let preview = there.try_import(with(&input, "preview", true)).await;
    assert_eq!(changes(&preview), ["A created"], "there is none in that team");
    there.try_import(with(&input, "expected_state", here_state)).await.refusal("import_secrets");
    assert_eq!(changes(&there.try_import(secrets(&[("A", "the other value")])).await), ["A created"]);
    assert_eq!(runner.value("A").await, json!("the same value"));
    assert_eq!(there_runner.value("A").await, json!("the other value"));
    // Concurrent imports do not mix.
    let names: Vec<_> = (0..60).map(|number| format!("S{number:02}")).collect();
    let of = |who: &str| {
        let all: Vec<_> = names.iter().map(|name| (name, format!("{name} as {who} has it"))).collect();
        secrets(&all)
    };
    for _ in 0..3 {
        let (first, second) =
            tokio::join!(writer.try_import(of("the first")), admin.try_import(of("the second")));
        // The one that came second found the secrets of the first.
        assert_eq!(changes(&first).len(), changes(&second).len());
        let values = runner.try_values(&names).await;
        let rows = values.list("/secret_values");
        assert_eq!(rows.len(), names.len());
        let winner = rows[0]["value"].as_str().expect("text").replace("S00", "");
        for row in rows {
            let expected = format!("{}{winner}", row["name"].as_str().expect("a name"));
            assert_eq!((&row["value"], &row["version"]), (&json!(expected), &rows[0]["version"]));
        }
    }
    // Of two that expect the same state, one is refused.
    for round in 0..4 {
        let name = format!("T{round}");
        let of = |who: &str| secrets(&[(&*name, format!("as {who} has it")), ("LAST", round.to_string())]);
        let (first, second) = (of("the first"), of("the second"));
        let state = state_of(admin, &first).await;
        assert_eq!(state, state_of(writer, &second).await, "values are no part of it");
        let (first, second) = tokio::join!(
            writer.try_import(with(&first, "expected_state", state.as_str())),
            admin.try_import(with(&second, "expected_state", state.as_str()))
        );
        let done = the_one_done("import_secrets", [&first, &second]);
        let expected = ["as the first has it", "as the second has it"][done];
        assert_eq!(runner.value(&name).await, json!(expected));
    }
}

#[tokio::test]
async fn imports_are_recorded_and_up_to_250_values_read_at_once_without_missing_ones() {
    let Scene { server, admin, writer, runner, .. } = &Scene::new().await;
    writer.set_all(&[("OLD", "the old value"), ("SAME", "the same value")]).await;
    let input = secrets(&[("NEW", "the new value"), ("SAME", "the same value"), ("OLD", "the newer value")]);
    let before = admin.last_entry().await;
    let state = state_of(writer, &input).await;
    // A missing secret is not compared.
    let compared = ["compare:secret-value SAME", "compare:secret-value OLD"];
    assert_eq!(admin.recorded_since(before).await, compared);
    let before = admin.last_entry().await;
    let import = with(&input, "expected_state", state);
    writer.done("import_secrets", import.clone()).await;
    let recorded = ["create:secret NEW", "compare:secret-value SAME", "update:secret OLD"];
    assert_eq!(admin.recorded_since(before).await, recorded);
    // A refused import has compared nothing and changed nothing.
    let before = admin.last_entry().await;
    writer.try_import(import).await.refusal("import_secrets");
    let broken = secrets(&[("OLD", "the old value"), ("", "the old value")]);
    writer.try_import(broken).await.assert_rejected();
    runner.try_import(input).await.assert_error("FORBIDDEN");
    assert_eq!(admin.recorded_since(before).await, ["refused:request -"]);
    server.store().admin(&["audit", "verify"]).await;
    // Up to 250 values are read at once.
    writer.set_each(&["A", "B", "C", "DB_URL", "AWS_KEY"]).await;
    writer.set("B", json!("the second value of B")).await;
    writer.delete("C").await;
    let before = admin.last_entry().await;
    let answer = runner.try_values(&["B", "MISSING", "", " no name ", "C", "A", "B"]).await;
    let rows = answer.list("/secret_values").iter();
    let rows: Vec<_> = rows.map(|row| json!([row["name"], row["version"], row["value"]])).collect();
    let (a, b) = (json!(["A", 1, "the value of A"]), json!(["B", 2, "the second value of B"]));
    assert_eq!(rows, [b.clone(), a, b], "as they were asked for");
    let mut recorded = admin.recorded_since(before).await;
    recorded.sort_unstable();
    assert_eq!(recorded, ["read:secret-value A", "read:secret-value B", "read:secret-value B"]);
    let row = admin.listed("secret", "last_read_by", "name", "A").await;
    assert_eq!(row["last_read_by"], runner.auth_info("name").await);
    assert_eq!(runner.try_values(&[""; 0]).await.data("/secret_values"), &json!([]));
    let before = admin.last_entry().await;
    let refused = writer.try_values(&["DB_URL", "AWS_KEY"]).await;
    refused.assert_error("FORBIDDEN");
    let recorded = admin.recorded_since(before).await;
    assert!(recorded.contains(&"refused:read:secret-value DB_URL".to_owned()), "{recorded:?}");

    let (_, limited) = admin.new_key(json!({"name": "limited", "role": "runner", "secrets": ["DB_*"]})).await;
    let before = admin.last_entry().await;
    let answer = limited.try_values(&["DB_URL", "AWS_KEY", "AWS_NOTHING"]).await;
    answer.assert_never_says("AWS");
    assert_eq!(answer.list("/secret_values").len(), 1);
    let mut recorded = admin.recorded_since(before).await;
    recorded.sort_unstable();
    // The second refusal of the same minute is only counted.
    assert_eq!(recorded, ["read:secret-value DB_URL", "refused:read:secret-value AWS_KEY"]);

    let names: Vec<_> = (0..251).map(|number| format!("S{number:03}")).collect();
    let all: Vec<_> = names.iter().map(|name| (name, format!("value of {name}"))).collect();
    writer.done("import_secrets", secrets(&all)).await;
    let before = admin.last_entry().await;
    let refused = runner.try_values(&names).await;
    let said = refused.assert_error("BAD_USER_INPUT");
    assert_eq!(said, "A request can read at most 250 values in all.");
    assert_eq!(admin.recorded_since(before).await, [""; 0], "none was read");
    assert_eq!(runner.try_values(&names[..250]).await.list("/secret_values").len(), 250);
    assert_eq!(admin.recorded_since(before).await.len(), 250);
}
