//! Keys that are limited to some of the team's secrets: for them, no others exist.

use serde_json::{Value, json};
use strongroom_tests::{Client, Scene};

const OTHER_SECRETS: &str = "Unauthorized: the API key is limited to other secrets.";
const BEYOND_OWN: &str = "Unauthorized: you can't grant permissions you don't hold.";

async fn two_kinds() -> Scene {
    let scene = Scene::new().await;
    scene.admin.set_each(&["DB_URL", "DB_PASSWORD", "AWS_KEY"]).await;
    scene
}

async fn limited(admin: &Client, name: &str, role: &str, patterns: &[&str]) -> (String, Client) {
    admin.new_key(json!({"name": name, "role": role, "secrets": patterns})).await
}

#[tokio::test]
async fn a_limited_key_neither_finds_nor_changes_other_secrets() {
    let Scene { admin, runner: unlimited, .. } = &two_kinds().await;
    let (_, runner) = limited(admin, "limited", "runner", &["DB_*"]).await;
    assert_eq!(runner.value("DB_URL").await, json!("the value of DB_URL"));
    let outside = runner.assert_no_value("AWS_KEY").await;
    assert_eq!(outside.text, runner.assert_no_value("AWS_NOTHING").await.text);
    let read = admin.audit(json!({"action": {"_like": "%read:secret-value"}})).await;
    let read: Vec<_> = read.iter().map(|entry| json!([entry["action"], entry["object_name"]])).collect();
    assert!(read.contains(&json!(["read:secret-value", "DB_URL"])), "{read:?}");
    assert!(read.contains(&json!(["refused:read:secret-value", "AWS_KEY"])), "{read:?}");
    assert_eq!(admin.listed("secret", "last_read", "name", "AWS_KEY").await["last_read"], Value::Null);

    admin.set("DB_OLD", json!("a value that goes")).await;
    admin.delete("DB_OLD").await;
    admin.delete("AWS_KEY").await;
    admin.set("AWS_KEY", json!("the value of AWS_KEY")).await;
    assert_eq!(runner.names().await, ["DB_PASSWORD", "DB_URL"]);
    for (filter, count) in [
        ("", 2),
        (r#"(where: {name: {_eq: "AWS_KEY"}})"#, 0),
        (r#"(where: {name: {_like: "%"}})"#, 2),
        (r#"(where: {name: {_neq: "DB_URL"}})"#, 1),
        (r#"(where: {_not: {name: {_like: "DB%"}}})"#, 0),
        (r#"(where: {_not: {name: {_eq: "DB_URL"}}})"#, 1),
        (r#"(where: {_or: [{name: {_eq: "AWS_KEY"}}, {_not: {}}, {}]})"#, 2),
        (r#"(where: {_or: [{}, {name: {_like: "AWS%"}}]})"#, 2),
        ("(where: {version: {_gt: 0}})", 2),
    ] {
        let names = runner.column(&format!("secret{filter}"), "name").await;
        assert_eq!(names.len(), count, "{filter}: {names:?}");
        assert!(!names.contains(&json!("AWS_KEY")), "{filter}: {names:?}");
        let answer =
            runner.query(&format!("{{ secret_aggregate{filter} {{ aggregate {{ count }} }} }}")).await;
        assert_eq!(answer.data("/secret_aggregate/aggregate/count"), count, "{filter}");
    }
    for (arguments, names) in [
        ("(where: {version: {_gt: 0}}, order_by: {name: asc}, limit: 1)", &["DB_PASSWORD"][..]),
        ("(order_by: {created: desc})", &["DB_PASSWORD", "DB_URL"]),
    ] {
        assert_eq!(runner.column(&format!("secret{arguments}"), "name").await, names);
    }
    assert_eq!(runner.column("deleted_secret", "name").await, ["DB_OLD"]);
    let versions = async |name: &str| {
        runner.query(&format!("{{ it: secret_version(name: {name:?}) {{ version }} }}")).await
    };
    assert_eq!(versions("DB_URL").await.data("/it"), &json!([{"version": 1}]));
    assert_eq!(versions("AWS_KEY").await.text, versions("NO_KEY").await.text);
    assert_eq!(runner.auth_info("secrets").await, json!(["DB_*"]));
    // Nor does it change any.
    admin.set("AWS_OLD", json!("a value that goes")).await;
    admin.delete("AWS_OLD").await;
    admin.set("AWS_KEY", json!("the second value of AWS_KEY")).await;
    let (_, writer) = limited(admin, "limited", "user", &["DB_*", "EXACT"]).await;

    for (field, input) in [
        ("set_secret", json!({"name": "AWS_KEY", "value": "planted value"})),
        ("set_secret", json!({"name": "EXACT_NOT", "value": "planted value"})),
        ("set_secret", json!({"name": "db_url", "value": "planted value"})),
        ("delete_secret", json!({"name": "AWS_KEY"})),
        ("delete_secret", json!({"name": "AWS_NOTHING"})),
        ("restore_secret", json!({"name": "AWS_OLD"})),
        ("restore_secret_version", json!({"name": "AWS_KEY", "version": 1})),
        ("update_secret", json!({"name": "AWS_KEY", "description": "planted"})),
        ("update_secret", json!({"name": "AWS_KEY", "new_name": "DB_MINE"})),
        ("update_secret", json!({"name": "DB_URL", "new_name": "AWS_MINE"})),
        ("update_secret", json!({"name": "DB_URL", "new_name": "AWS_KEY", "overwrite": true})),
    ] {
        assert_eq!(writer.forbidden(field, input.clone()).await, OTHER_SECRETS, "{field} {input}");
    }
    assert_eq!(admin.names().await, ["AWS_KEY", "DB_PASSWORD", "DB_URL"]);
    assert_eq!(unlimited.value("AWS_KEY").await, json!("the second value of AWS_KEY"));

    writer.set_all(&[("EXACT", "a value inside"), ("DB_", "a value inside")]).await;
    writer.done("update_secret", json!({"name": "DB_", "new_name": "DB_NEW"})).await;
    writer.delete("DB_NEW").await;
    writer.restore("DB_NEW").await;
}

#[tokio::test]
async fn limits_are_at_most_100_names_or_prefixes() {
    let Scene { server, team, admin, .. } = &two_kinds().await;
    let (id, key) = admin.new_key(json!({"name": "k", "secrets": ["DB_*"]})).await;
    let many: Vec<String> = (0..101).map(|number| format!("S{number}")).collect();
    let long = "x".repeat(256);
    for secrets in [json!([""]), json!([" DB_*"]), json!(["DB_*", "line\nbreak"]), json!([long]), json!(many)]
    {
        let input = json!({"name": "k", "role": "runner", "secrets": secrets});
        admin.mutate_for("create_api_key", input, "id").await.assert_error("BAD_USER_INPUT");
        admin.mutate("update_api_key", json!({"key_id": id, "secrets": secrets})).await.assert_rejected();
    }
    assert_eq!(key.auth_info("secrets").await, json!(["DB_*"]));
    assert_eq!(admin.rows("auth_api_key", "id").await.len(), 4);
    let fine: Vec<_> = many.iter().take(100).map(String::as_str).collect();
    limited(admin, "fine", "user", &fine).await;
    // Keys made on the command line are limited, too.
    for (arguments, names) in
        [(&["--secrets", "DB_*"][..], 2), (&["--secrets", "DB_*", "--secrets", "AWS_KEY"], 3), (&[], 3)]
    {
        let key = team.new_key_with("runner", arguments).await;
        assert_eq!(server.with_key(&key).names().await.len(), names, "{arguments:?}");
    }
    let rows = admin.rows("auth_api_key", "secrets is_team_owned").await;
    assert!(rows.contains(&json!({"secrets": ["DB_*"], "is_team_owned": true})), "{rows:?}");
    let create = ["admin", "create-key", "--team", "acme", "--name", "k", "--role", "runner"];
    server.store().refused(&[&create[..], &["--secrets", " x"]].concat(), "").await;
    // Only a star at the end is special.
    for name in r"a%b a%c axb a_b a\b a\% ÄÖ ÄÜ äö star* stars 日本 日曜 😀x".split(' ') {
        admin.set(name, json!("some value or other")).await;
    }
    for (patterns, expected) in [
        (&["a%*"][..], &["a%b", "a%c"][..]),
        (&["a%b"], &["a%b"]),
        (&["a_b"], &["a_b"]),
        (&["a_*"], &["a_b"]),
        (&["a\\*"], &["a\\%", "a\\b"]),
        (&["a\\%*"], &["a\\%"]),
        (&["%"], &[]),
        (&["%*"], &[]),
        (&["Ä*"], &["ÄÖ", "ÄÜ"]),
        (&["日*"], &["日曜", "日本"]),
        (&["😀*"], &["😀x"]),
        // A name that ends in a star matches like any other.
        (&["star*"], &["star*", "stars"]),
        (&["a*b"], &[]),
        (&["D*", "axb", "axb"], &["DB_PASSWORD", "DB_URL", "axb"]),
        (&["db_*"], &[]),
    ] {
        let (_, writer) = limited(admin, "limited", "user", patterns).await;
        let mut expected: Vec<&str> = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(writer.names().await, expected, "{patterns:?}");
        // Writing does not use the filter of the list, and must agree with it.
        for name in admin.names().await {
            let answer = writer.try_set(&name, json!("some value or other")).await;
            assert_eq!(answer.errors().is_empty(), expected.contains(&name.as_str()), "{patterns:?} {name}");
        }
    }
    let (_, everything) = limited(admin, "limited", "user", &["*"]).await;
    assert_eq!(everything.names().await, admin.names().await);
}

#[tokio::test]
async fn new_limits_take_effect_at_once_and_never_exceed_the_caller_s_permissions() {
    let Scene { server, team, admin, .. } = &two_kinds().await;
    let (id, runner) = limited(admin, "job", "runner", &["DB_*"]).await;
    for (update, name, secrets, names) in [
        (json!({"name": "new name"}), "new name", json!(["DB_*"]), 2),
        (json!({"secrets": ["AWS_KEY"]}), "new name", json!(["AWS_KEY"]), 1),
        (json!({"secrets": null}), "new name", json!(["AWS_KEY"]), 1),
        (json!({"name": "both", "secrets": ["DB_URL", "NO*"]}), "both", json!(["DB_URL", "NO*"]), 1),
        (json!({"secrets": []}), "both", Value::Null, 3),
    ] {
        let mut input = update.clone();
        input["key_id"] = json!(id);
        admin.done("update_api_key", input).await;
        let row = admin.listed("auth_api_key", "name role secrets", "id", &id).await;
        let expected = json!({"id": id, "name": name, "role": "runner", "secrets": secrets});
        assert_eq!(row, expected, "{update}");
        assert_eq!(runner.names().await.len(), names, "{update}");
        assert_eq!(runner.auth_info("secrets").await, secrets, "{update}");
    }
    for name in ["", " ", "x\n"] {
        admin.mutate("update_api_key", json!({"key_id": id, "name": name})).await.assert_rejected();
    }
    let missing = json!({"key_id": "00000000-0000-4000-8000-000000000000", "name": "x"});
    admin.refused("update_api_key", missing).await;
    // Changes through one server act at the other.
    let second = server.store().serve().await;
    let elsewhere = runner.at(&second);
    assert_eq!(elsewhere.value("DB_URL").await, json!("the value of DB_URL"));
    admin.done("update_api_key", json!({"key_id": id, "secrets": ["AWS_KEY"]})).await;
    assert_eq!(elsewhere.names().await, ["AWS_KEY"]);
    admin.done("delete_api_key", json!({"key_id": id})).await;
    elsewhere.assert_unknown().await;
    runner.assert_unknown().await;
    // Nobody widens a key beyond their own permissions.
    admin.new_role("key clerk", &["update:api_key", "read:api_key", "read:secret"]).await;
    let clerk = team.session("key clerk").await;
    let (id, runner) = limited(admin, "job", "runner", &["DB_*"]).await;
    for secrets in [json!([]), json!(["*"]), json!(["DB_*", "AWS_KEY"]), json!(["D*"])] {
        let input = json!({"key_id": id, "secrets": secrets});
        assert_eq!(clerk.forbidden("update_api_key", input).await, BEYOND_OWN);
    }
    assert_eq!(runner.names().await, ["DB_PASSWORD", "DB_URL"]);
    // A key can't get around its own limits.
    let (id, limited) = limited(admin, "limited", "administrator", &["DB_*"]).await;
    for (field, input) in [
        ("update_api_key", json!({"key_id": id, "secrets": []})),
        ("create_api_key", json!({"name": "free", "role": "runner"})),
        ("create_api_key", json!({"name": "wider", "role": "runner", "secrets": ["D*"]})),
        ("invite_member", json!({"email": "else@acme.example", "role": "administrator"})),
    ] {
        limited.forbidden(field, input).await;
    }
    let why = "Unauthorized: the API key lacks the permission read:audit_log: it is limited to some secrets, or its \
               owner lacks it.";
    assert_eq!(limited.query("{ audit_log { object_name } }").await.errors()[0].message, why);
}

#[tokio::test]
async fn a_rename_that_changes_keys_access_is_confirmed_and_recorded() {
    let Scene { admin, writer, .. } = &two_kinds().await;
    let (_, runner) = limited(admin, "limited", "runner", &["DB_*"]).await;
    let (_, other) = limited(admin, "other", "runner", &["AWS_*"]).await;
    writer.query("{ auth_api_key { name } }").await.assert_error("FORBIDDEN");
    let rename = async |input: Value| {
        let selection = "success error gaining_keys losing_keys";
        let answer = writer.mutate_for("update_secret", input, selection).await;
        answer.data("/update_secret").clone()
    };
    let input = json!({"name": "AWS_KEY", "new_name": "DB_KEY"});
    let why = "The new name changes which limited API keys have access to the secret. Gain access: limited. Lose access: \
               other. To rename it anyway, send `confirm_key_access: true`.";
    let expected =
        json!({"success": false, "error": why, "gaining_keys": ["limited"], "losing_keys": ["other"]});
    assert_eq!(rename(input).await, expected);
    runner.assert_no_value("DB_KEY").await;
    assert_eq!(other.value("AWS_KEY").await, json!("the value of AWS_KEY"));

    let done = rename(json!({"name": "AWS_KEY", "new_name": "DB_KEY", "confirm_key_access": true})).await;
    assert_eq!((&done["success"], &done["gaining_keys"]), (&json!(true), &json!(["limited"])));
    assert_eq!(runner.value("DB_KEY").await, json!("the value of AWS_KEY"));
    other.assert_no_value("DB_KEY").await;
    let entries = admin.audit(json!({"action": {"_eq": "update:secret"}})).await;
    assert_eq!(entries[0]["detail"], "was AWS_KEY; gained access: limited; lost access: other");
    // Within the limits, and when a secret replaces another one.
    assert_eq!(rename(json!({"name": "DB_KEY", "new_name": "DB_KEY_2"})).await["success"], json!(true));
    admin.set("PLAIN", json!("the value of PLAIN")).await;
    let over = rename(json!({"name": "PLAIN", "new_name": "DB_URL", "overwrite": true})).await;
    assert_eq!(over["gaining_keys"], json!(["limited"]));
    assert_eq!(runner.value("DB_URL").await, json!("the value of DB_URL"));
}
