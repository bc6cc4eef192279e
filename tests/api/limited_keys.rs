//! Keys that are limited to some of the team's secrets: for them there are no others.

use serde_json::{Value, json};
use strongroom_tests::{Client, Server, Team};

/// A team with secrets of two kinds, its administrator, and a runner key that is limited to those given.
async fn limited_to(patterns: &[&str]) -> (Server, Team, Client, Client) {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let admin = team.key("administrator").await;
    for name in ["DB_URL", "DB_PASSWORD", "AWS_KEY"] {
        admin.set(name, json!(format!("the value of {name}"))).await;
    }
    let input = json!({"name": "limited", "role": "runner", "secrets": patterns});
    let (_, runner) = admin.new_key(input).await;
    (server, team, admin, runner)
}

/// A key that is limited like a runner's but may change secrets as well.
async fn limited_writer(admin: &Client, patterns: &[&str]) -> Client {
    let input = json!({"name": "limited writer", "role": "user", "secrets": patterns});
    admin.new_key(input).await.1
}

#[tokio::test]
async fn a_limited_key_reads_what_it_is_limited_to_and_nothing_else_is_there() {
    let (_server, _team, admin, runner) = limited_to(&["DB_*"]).await;
    assert_eq!(runner.value("DB_URL").await, json!("the value of DB_URL"));
    let outside = runner.try_value("AWS_KEY").await;
    let missing = runner.try_value("AWS_NOTHING").await;
    for answer in [&outside, &missing] {
        assert_eq!(answer.assert_error("INTERNAL_SERVER_ERROR"), "No value found for the requested key");
    }
    assert_eq!(outside.text, missing.text);

    let read = admin.audit(json!({"action": {"_like": "%read:secret-value"}})).await;
    let read: Vec<_> = read.iter().map(|entry| json!([entry["action"], entry["object_name"]])).collect();
    assert!(read.contains(&json!(["read:secret-value", "DB_URL"])), "{read:?}");
    assert!(read.contains(&json!(["refused:read:secret-value", "AWS_KEY"])), "{read:?}");
    let row = admin.row("secret", "last_read", "name", "AWS_KEY").await;
    assert_eq!(row.expect("it is listed")["last_read"], Value::Null);
}

#[tokio::test]
async fn a_limited_key_finds_no_other_secrets_however_it_asks() {
    let (_server, _team, admin, runner) = limited_to(&["DB_*"]).await;
    admin.set("DB_OLD", json!("a value that goes")).await;
    for name in ["DB_OLD", "AWS_KEY"] {
        admin.delete(name).await;
    }
    admin.set("AWS_KEY", json!("the value of AWS_KEY")).await;

    assert_eq!(runner.names().await, ["DB_PASSWORD", "DB_URL"]);
    for filter in [
        "",
        r#"(where: {name: {_eq: "AWS_KEY"}})"#,
        r#"(where: {name: {_like: "%"}})"#,
        r#"(where: {name: {_neq: "DB_URL"}})"#,
        r#"(where: {_not: {name: {_like: "DB%"}}})"#,
        r#"(where: {_or: [{name: {_eq: "AWS_KEY"}}, {_not: {}}, {}]})"#,
        r"(where: {version: {_gt: 0}}, order_by: {name: asc}, limit: 1)",
        r"(order_by: {created: desc})",
    ] {
        let answer = runner.query(&format!("{{ secret{filter} {{ name }} }}")).await;
        answer.assert_never_says("\"AWS_KEY\"");
    }
    for (filter, count) in [
        ("", 2),
        (r#"(where: {name: {_eq: "AWS_KEY"}})"#, 0),
        (r#"(where: {_not: {name: {_eq: "DB_URL"}}})"#, 1),
        (r#"(where: {_or: [{}, {name: {_like: "AWS%"}}]})"#, 2),
    ] {
        let answer =
            runner.query(&format!("{{ secret_aggregate{filter} {{ aggregate {{ count }} }} }}")).await;
        assert_eq!(answer.data("/secret_aggregate/aggregate/count"), &json!(count), "{filter}");
    }
    assert_eq!(runner.rows("deleted_secret", "name").await, [json!({"name": "DB_OLD"})]);
    let versions = |name: &str| format!("secret_version(name: {name:?})");
    assert_eq!(runner.rows(&versions("DB_URL"), "version").await.len(), 1);
    let outside = runner.query(&format!("{{ {} {{ version }} }}", versions("AWS_KEY"))).await;
    let missing = runner.query(&format!("{{ {} {{ version }} }}", versions("NO_KEY"))).await;
    assert_eq!(outside.text, missing.text);
    assert_eq!(runner.auth_info("secrets").await, json!(["DB_*"]));
}

#[tokio::test]
async fn a_limited_key_changes_nothing_outside() {
    let (_server, team, admin, _) = limited_to(&["*"]).await;
    admin.set("AWS_OLD", json!("a value that goes")).await;
    admin.delete("AWS_OLD").await;
    admin.set("AWS_KEY", json!("the second value of AWS_KEY")).await;
    let writer = limited_writer(&admin, &["DB_*", "EXACT"]).await;

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
        assert_eq!(
            writer.forbidden(field, input.clone()).await,
            "Unauthorized: the API key is limited to other secrets.",
            "{field} {input}"
        );
    }
    assert_eq!(admin.names().await, ["AWS_KEY", "DB_PASSWORD", "DB_URL"]);
    assert_eq!(team.key("runner").await.value("AWS_KEY").await, json!("the second value of AWS_KEY"));

    writer.set("EXACT", json!("a value inside")).await;
    writer.set("DB_", json!("a value inside")).await;
    writer.done("update_secret", json!({"name": "DB_", "new_name": "DB_NEW"})).await;
    writer.delete("DB_NEW").await;
    writer.done("restore_secret", json!({"name": "DB_NEW"})).await;
}

#[tokio::test]
async fn patterns_mean_what_they_say_letter_by_letter() {
    let (_server, _team, admin, _) = limited_to(&["*"]).await;
    for name in [
        "a%b",
        "a%c",
        "axb",
        "a_b",
        "a\\b",
        "a\\%",
        "ÄÖ",
        "ÄÜ",
        "äö",
        "star*",
        "stars",
        "日本",
        "日曜",
        "\u{1f600}x",
    ] {
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
        (&["\u{1f600}*"], &["\u{1f600}x"]),
        // A star at the end always stands for the rest, so a name that ends in one is among those that match.
        (&["star*"], &["star*", "stars"]),
        (&["a*b"], &[]),
        (&["D*", "axb", "axb"], &["DB_PASSWORD", "DB_URL", "axb"]),
        (&["db_*"], &[]),
    ] {
        let writer = limited_writer(&admin, patterns).await;
        let mut expected: Vec<&str> = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(writer.names().await, expected, "{patterns:?}");
        // Reading goes by another way than listing, and has to agree.
        for name in admin.names().await {
            let answer = writer.try_set(&name, json!("some value or other")).await;
            assert_eq!(answer.errors().is_empty(), expected.contains(&name.as_str()), "{patterns:?} {name}");
        }
    }
    let everything = limited_writer(&admin, &["*"]).await;
    assert_eq!(everything.names().await, admin.names().await);
}

#[tokio::test]
async fn limits_are_names_and_not_too_many() {
    let (_server, _team, admin, _) = limited_to(&["*"]).await;
    let (id, key) = admin.new_key(json!({"name": "k", "secrets": ["DB_*"]})).await;
    let many: Vec<String> = (0..101).map(|number| format!("S{number}")).collect();
    for secrets in
        [json!([""]), json!([" DB_*"]), json!(["DB_*", "line\nbreak"]), json!(["x".repeat(256)]), json!(many)]
    {
        let input = json!({"name": "k", "role": "runner", "secrets": secrets});
        let answer = admin.mutate_for("create_api_key", input, "id").await;
        answer.assert_error("BAD_USER_INPUT");
        let input = json!({"key_id": id, "secrets": secrets});
        admin.mutate("update_api_key", input).await.assert_rejected();
    }
    assert_eq!(key.auth_info("secrets").await, json!(["DB_*"]));
    assert_eq!(admin.rows("auth_api_key", "id").await.len(), 3);
    limited_writer(&admin, &many.iter().take(100).map(String::as_str).collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn a_key_is_renamed_and_limited_to_other_secrets_from_the_next_request_on() {
    let (_server, _team, admin, _) = limited_to(&["*"]).await;
    let input = json!({"name": "job", "role": "runner", "secrets": ["DB_*"]});
    let (id, runner) = admin.new_key(input).await;
    let listed = async || {
        let row = admin.row("auth_api_key", "name role secrets", "id", &id).await;
        row.expect("it is listed")
    };
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
        let row = listed().await;
        assert_eq!(row["name"], json!(name), "{update}");
        assert_eq!(row["secrets"], secrets, "{update}");
        assert_eq!(row["role"], "runner");
        assert_eq!(runner.names().await.len(), names, "{update}");
        assert_eq!(runner.auth_info("secrets").await, secrets, "{update}");
    }
    for name in ["", " ", "x\n"] {
        let input = json!({"key_id": id, "name": name});
        admin.mutate("update_api_key", input).await.assert_rejected();
    }
    let missing = json!({"key_id": "00000000-0000-4000-8000-000000000000", "name": "x"});
    admin.refused("update_api_key", missing).await;
}

#[tokio::test]
async fn nobody_widens_a_key_beyond_what_they_hold() {
    let (_server, team, admin, _) = limited_to(&["*"]).await;
    let permissions = ["update:api_key", "read:api_key", "read:secret"];
    admin.done("create_role", json!({"name": "key clerk", "permissions": permissions})).await;
    let clerk = team.session("key clerk").await;
    let input = json!({"name": "job", "role": "runner", "secrets": ["DB_*"]});
    let (id, runner) = admin.new_key(input).await;
    for secrets in [json!([]), json!(["*"]), json!(["DB_*", "AWS_KEY"]), json!(["D*"])] {
        let input = json!({"key_id": id, "secrets": secrets});
        assert_eq!(
            clerk.forbidden("update_api_key", input).await,
            "Unauthorized: nobody hands out more permissions than they hold."
        );
    }
    assert_eq!(runner.names().await, ["DB_PASSWORD", "DB_URL"]);
}

#[tokio::test]
async fn a_limited_key_does_not_get_around_its_limits() {
    let (_server, team, admin, _) = limited_to(&["*"]).await;
    let input = json!({"name": "limited", "role": "administrator", "secrets": ["DB_*"]});
    let (id, limited) = admin.new_key(input).await;
    let own = json!({"key_id": id, "secrets": []});
    limited.forbidden("update_api_key", own).await;
    let free = json!({"name": "free", "role": "runner"});
    limited.forbidden("create_api_key", free).await;
    let wider = json!({"name": "wider", "role": "runner", "secrets": ["D*"]});
    limited.forbidden("create_api_key", wider).await;

    let accomplice = json!({"email": "else@acme.example", "role": "administrator"});
    limited.forbidden("invite_member", accomplice).await;
    let refused = limited.query("{ audit_log { object_name } }").await.errors();
    assert_eq!(
        refused[0].message,
        "Unauthorized: the API key lacks the permission read:audit_log: it is limited to some secrets, or its owner \
         lacks it."
    );
    team.key("runner").await.value("AWS_KEY").await;
}

#[tokio::test]
async fn revoked_through_one_server_a_key_is_dead_at_the_other() {
    let (first, _team, admin, runner) = limited_to(&["*"]).await;
    let second = first.store().serve().await;
    let elsewhere = runner.at(&second);
    assert_eq!(elsewhere.value("DB_URL").await, json!("the value of DB_URL"));
    let row = admin.row("auth_api_key", "id", "name", "limited").await;
    let id = row.expect("it is listed")["id"].clone();
    admin.done("update_api_key", json!({"key_id": id, "secrets": ["AWS_KEY"]})).await;
    assert_eq!(elsewhere.names().await, ["AWS_KEY"]);
    admin.done("delete_api_key", json!({"key_id": id})).await;
    elsewhere.assert_unknown().await;
    runner.assert_unknown().await;
}

#[tokio::test]
async fn keys_made_on_the_command_line_are_limited_too() {
    let (server, team, admin, _) = limited_to(&["*"]).await;
    for (arguments, names) in
        [(&["--secrets", "DB_*"][..], 2), (&["--secrets", "DB_*", "--secrets", "AWS_KEY"], 3), (&[], 3)]
    {
        let key = team.new_key_with("runner", arguments).await;
        assert_eq!(server.with_key(&key).names().await.len(), names, "{arguments:?}");
    }
    let row = admin.rows("auth_api_key", "secrets is_team_owned created_by").await;
    assert!(
        row.iter().any(|row| row["secrets"] == json!(["DB_*"]) && row["is_team_owned"] == json!(true)),
        "{row:?}"
    );
    let create = ["admin", "create-key", "--team", "acme", "--name", "k", "--role", "runner"];
    let bad = [&create[..], &["--secrets", " x"]].concat();
    server.store().run(&bad).await.failed();
}

#[tokio::test]
async fn a_rename_that_changes_keys_access_is_confirmed_and_recorded() {
    let (_server, team, admin, runner) = limited_to(&["DB_*"]).await;
    let (_, other) = admin.new_key(json!({"name": "other", "role": "runner", "secrets": ["AWS_*"]})).await;
    admin.new_key(json!({"name": "all", "role": "runner"})).await;
    let writer = team.key("user").await;
    writer.query("{ auth_api_key { name } }").await.assert_error("FORBIDDEN");
    let rename = async |input: Value| {
        let selection = "success error gaining_keys losing_keys";
        let answer = writer.mutate_for("update_secret", input, selection).await;
        answer.data("/update_secret").clone()
    };
    let input = json!({"name": "AWS_KEY", "new_name": "DB_KEY"});
    let refused = rename(input.clone()).await;
    assert_eq!(
        refused,
        json!({
            "success": false,
            "error": "The new name changes which limited API keys have access to the secret. Gain access: limited. Lose \
                      access: other. To rename it anyway, send `confirm_key_access: true`.",
            "gaining_keys": ["limited"],
            "losing_keys": ["other"],
        })
    );
    runner.try_value("DB_KEY").await.assert_error("INTERNAL_SERVER_ERROR");
    assert_eq!(other.value("AWS_KEY").await, json!("the value of AWS_KEY"));

    let mut confirmed = input;
    confirmed["confirm_key_access"] = json!(true);
    let done = rename(confirmed).await;
    assert_eq!((&done["success"], &done["gaining_keys"]), (&json!(true), &json!(["limited"])));
    assert_eq!(runner.value("DB_KEY").await, json!("the value of AWS_KEY"));
    other.try_value("DB_KEY").await.assert_error("INTERNAL_SERVER_ERROR");
    let entries = admin.audit(json!({"action": {"_eq": "update:secret"}})).await;
    assert_eq!(entries[0]["detail"], "was AWS_KEY; gained access: limited; lost access: other");

    // Within the limits, and where a secret takes another one's place.
    assert_eq!(rename(json!({"name": "DB_KEY", "new_name": "DB_KEY_2"})).await["success"], json!(true));
    admin.set("PLAIN", json!("the value of PLAIN")).await;
    let over = rename(json!({"name": "PLAIN", "new_name": "DB_URL", "overwrite": true})).await;
    assert_eq!(over["gaining_keys"], json!(["limited"]));
    assert_eq!(runner.value("DB_URL").await, json!("the value of DB_URL"));
}
