//! API keys: created, used, expired, revoked.

use serde_json::{Value, json};
use strongroom_tests::{Client, Scene, assert_fields, wait};

async fn listed(admin: &Client, name: &str) -> Value {
    let fields = "id role user_id is_team_owned created_by created expires_at last_used";
    admin.listed("auth_api_key", fields, "name", name).await
}

#[tokio::test]
async fn keys_have_a_name_and_an_expiry_and_stop_at_it_or_when_revoked_or_demoted() {
    let Scene { server, team, admin, runner, .. } = &Scene::new().await;
    let late = |at: &str| json!({"name": "late", "expires_at": at});
    let nameless = ["", " "].map(|name| json!({"name": name}));
    for input in ["2001-01-01T00:00:00Z", "not a time", ""].map(late).into_iter().chain(nameless) {
        admin.mutate_for("create_api_key", input, "key").await.assert_error("BAD_USER_INPUT");
    }
    for (given, expected) in [
        ("2099-05-06T07:08:09Z", "2099-05-06T07:08:09"),
        ("2099-05-06T07:08:09+00:00", "2099-05-06T07:08:09"),
        ("2099-05-06T07:08:09.123456+02:00", "2099-05-06T05:08:09.123456"),
    ] {
        let (_, key) = admin.new_key(json!({"name": given, "expires_at": given, "role": "read_only"})).await;
        for expires in [&listed(admin, given).await["expires_at"], &key.auth_info("expires_at").await] {
            assert!(expires.as_str().is_some_and(|at| at.starts_with(expected)), "{given}: {expires}");
        }
    }
    for forever in [admin, &team.session("user").await] {
        assert_eq!(forever.auth_info("expires_at").await, Value::Null);
    }
    // Like all lists, that of the keys is filtered, sorted and paged.
    for (arguments, names) in [
        ("limit: 2, order_by: {name: desc}", &["writer", "runner"][..]),
        ("order_by: {name: desc}, offset: 1, limit: 1", &["runner"]),
        (r#"where: {name: {_like: "runner%"}}"#, &["runner"]),
        (r#"where: {name: {_like: "nobody%"}}"#, &[]),
    ] {
        assert_eq!(admin.column(&format!("auth_api_key({arguments})"), "name").await, names, "{arguments}");
    }
    // They stop working at the next request.
    let client = server.with_key(&team.new_key_with("read-only", &["--expires", "3s"]).await);
    let error = wait::until("the key expires", async || {
        client.query("{ secret_names }").await.errors().into_iter().next()
    })
    .await;
    assert_eq!(error.code, "UNAUTHENTICATED");
    let later = server.with_key(&team.new_key_with("user", &["--expires", "90d"]).await);
    let name = later.auth_info("name").await;
    let row = listed(admin, name.as_str().expect("text")).await;
    assert!(row["expires_at"].as_str() > row["created"].as_str(), "{row}");
    assert_eq!(listed(admin, "runner").await["last_used"], Value::Null);
    runner.names().await;
    let row = listed(admin, "runner").await;
    assert!(row["last_used"].is_string(), "{row}");
    admin.done("delete_api_key", json!({"key_id": row["id"]})).await;
    runner.assert_unknown().await;
    admin.refused("delete_api_key", json!({"key_id": row["id"]})).await;
    // A key may revoke itself.
    let (id, own) = admin.new_key(json!({"name": "own"})).await;
    own.done("delete_api_key", json!({"key_id": id})).await;
    own.assert_unknown().await;
    // A demotion limits a person's session and keys at once.
    let admin = &team.session("administrator").await;
    let person = team.person("administrator").await;
    let session = team.log_in(&person).await;
    let (_, key) = session.new_key(json!({"name": "mine"})).await;
    let (_, runner) = session.new_key(json!({"name": "job", "role": "runner"})).await;
    let user_id = admin.member_id(&person.email).await;
    let give =
        async |role: &str| admin.done("update_member", json!({"user_id": user_id, "role": role})).await;
    key.set("A", json!("set while an administrator")).await;

    give("read-only").await;
    assert_eq!(admin.listed("member", "role", "email", &person.email).await["role"], "read-only");
    assert_eq!(key.auth_info("permissions").await, json!(["read:secret", "read:member"]));
    for (field, input) in [
        ("set_secret", json!({"name": "A", "value": "too late for that"})),
        ("create_api_key", json!({"name": "more"})),
        ("invite_member", json!({"email": "new@acme.example", "role": "read-only"})),
    ] {
        key.forbidden(field, input).await;
    }
    session.lacks("update:secret", "set_secret", json!({"name": "A", "value": "changed by a reader"})).await;
    assert_eq!(session.names().await, ["A"]);
    // No person reads values, so their role does not limit a key that does.
    assert_eq!(runner.value("A").await, "set while an administrator");
    assert_eq!(runner.auth_info("permissions").await, json!(["read:secret", "read:secret-value"]));

    give("user").await;
    key.set("A", json!("set as a user again")).await;
    key.forbidden("create_api_key", json!({"name": "more"})).await;
    let row = listed(admin, "mine").await;
    assert_fields(&row, json!({"role": "administrator", "user_id": user_id}));
    assert_fields(&row, json!({"is_team_owned": false, "created_by": person.email}));
    give("administrator").await;
    session.invite("new@acme.example", "administrator").await;
}
