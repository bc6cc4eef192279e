//! A key's life: made, used, expired, revoked.

use serde_json::{Value, json};
use strongroom_tests::{Client, Server, wait};

const REVOKE: &str =
    "mutation($input: delete_api_key_input!) { delete_api_key(input: $input) { success error } }";

/// The row of the one key that has the role.
async fn key_of_role(admin: &Client, role: &str) -> Value {
    let answer = admin.query("{ auth_api_key { id name role user_id created expires_at last_used } }").await;
    let keys = answer.data("/auth_api_key").as_array().expect("a list").clone();
    keys.into_iter().find(|key| key["role"] == role).expect("a key of that role is listed")
}

#[tokio::test]
async fn an_expired_key_stops_working_at_the_next_request() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let key = team.new_key_with("read-only", &["--expires", "3s"]).await;
    let client = server.with_key(&key);
    let error = wait::until("the key expires", async || {
        let answer = client.query("{ secret_names }").await;
        answer.errors().into_iter().next()
    })
    .await;
    assert_eq!(error.code, "UNAUTHENTICATED");
}

#[tokio::test]
async fn a_key_that_expires_later_works_until_then() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let admin = team.key("administrator").await;
    let key = team.new_key_with("runner", &["--expires", "90d"]).await;
    assert_eq!(server.with_key(&key).names().await, [""; 0]);
    let listed = key_of_role(&admin, "runner").await;
    assert!(listed["expires_at"].as_str() > listed["created"].as_str(), "{listed}");
}

#[tokio::test]
async fn a_revoked_key_stops_working_at_the_next_request() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let admin = team.key("administrator").await;
    let runner = team.key("runner").await;
    assert_eq!(runner.names().await, [""; 0]);

    let id = key_of_role(&admin, "runner").await["id"].clone();
    admin.graphql(REVOKE, json!({"input": {"key_id": id}})).await.assert_success("delete_api_key");
    runner.query("{ secret_names }").await.assert_error("UNAUTHENTICATED");
    admin.graphql(REVOKE, json!({"input": {"key_id": id}})).await.refusal("delete_api_key");
}

#[tokio::test]
async fn a_key_may_revoke_itself() {
    let server = Server::start().await;
    let admin = server.team("acme").await.key("administrator").await;
    let id = key_of_role(&admin, "administrator").await["id"].clone();
    admin.graphql(REVOKE, json!({"input": {"key_id": id}})).await.assert_success("delete_api_key");
    admin.query("{ secret_names }").await.assert_error("UNAUTHENTICATED");
}

#[tokio::test]
async fn a_key_that_is_used_says_when() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let admin = team.key("administrator").await;
    let runner = team.key("runner").await;
    assert_eq!(key_of_role(&admin, "runner").await["last_used"], Value::Null);
    runner.names().await;
    assert!(key_of_role(&admin, "runner").await["last_used"].is_string());
}

#[tokio::test]
async fn a_key_that_would_be_expired_already_is_refused() {
    let server = Server::start().await;
    let admin = server.team("acme").await.key("administrator").await;
    let create = "mutation($input: create_api_key_input!) { create_api_key(input: $input) { key } }";
    for expires_at in ["2001-01-01T00:00:00Z", "not a time", ""] {
        let input = json!({"input": {"name": "late", "expires_at": expires_at}});
        admin.graphql(create, input).await.assert_error("BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn an_expiry_is_read_in_every_form_that_python_writes() {
    let server = Server::start().await;
    let admin = server.team("acme").await.key("administrator").await;
    let create = "mutation($input: create_api_key_input!) { create_api_key(input: $input) { key } }";
    for (given, listed) in [
        ("2099-05-06T07:08:09Z", "2099-05-06T07:08:09"),
        ("2099-05-06T07:08:09+00:00", "2099-05-06T07:08:09"),
        ("2099-05-06T07:08:09.123456+02:00", "2099-05-06T05:08:09.123456"),
    ] {
        let input = json!({"input": {"name": given, "expires_at": given, "role": "read_only"}});
        let answer = admin.graphql(create, input).await;
        let key = answer.data("/create_api_key/key").as_str().expect("a key is text").to_owned();
        assert_eq!(server.with_key(&key).names().await, [""; 0]);
        let rows = admin.query("{ auth_api_key { name expires_at } }").await;
        let rows = rows.data("/auth_api_key").as_array().expect("a list").clone();
        let row = rows.iter().find(|row| row["name"] == given).expect("it is listed");
        assert!(row["expires_at"].as_str().is_some_and(|at| at.starts_with(listed)), "{given}: {row}");
    }
}

#[tokio::test]
async fn a_key_needs_a_name() {
    let server = Server::start().await;
    let admin = server.team("acme").await.key("administrator").await;
    let create = "mutation($input: create_api_key_input!) { create_api_key(input: $input) { key } }";
    for name in ["", " "] {
        admin.graphql(create, json!({"input": {"name": name}})).await.assert_error("BAD_USER_INPUT");
    }
}

#[tokio::test]
async fn keys_are_filtered_sorted_and_paged_like_everything_else() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let admin = team.key("administrator").await;
    team.key("runner").await;
    team.key("user").await;
    for (arguments, count) in [
        ("limit: 2", 2),
        ("offset: 2", 1),
        ("order_by: {name: desc}, limit: 1", 1),
        (r#"where: {name: {_like: "runner%"}}"#, 1),
        (r#"where: {name: {_like: "nobody%"}}"#, 0),
    ] {
        let answer = admin.query(&format!("{{ auth_api_key({arguments}) {{ name }} }}")).await;
        assert_eq!(answer.data("/auth_api_key").as_array().map(Vec::len), Some(count), "{arguments}");
    }
}

#[tokio::test]
async fn a_person_s_key_does_no_more_than_its_owner_may_at_present() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let admin = team.session("administrator").await;
    let person = team.person("administrator").await;
    let session = team.log_in(&person).await;
    let (id, key) = session.new_key(json!({"name": "mine"})).await;
    let (_, runner) = session.new_key(json!({"name": "job", "role": "runner"})).await;
    let user_id = admin.member_id(&person.email).await;
    key.set("A", json!("set while an administrator")).await;

    admin.done("update_member", json!({"user_id": user_id, "role": "read-only"})).await;
    assert_eq!(key.auth_info("permissions").await, json!(["read:secret", "read:member"]));
    for (field, input) in [
        ("set_secret", json!({"name": "A", "value": "too late for that"})),
        ("create_api_key", json!({"name": "more"})),
        ("invite_member", json!({"email": "new@acme.example", "role": "read-only"})),
    ] {
        key.forbidden(field, input).await;
    }
    // Reading values is the key's own: no person may in any case.
    assert_eq!(runner.value("A").await, json!("set while an administrator"));
    assert_eq!(runner.auth_info("permissions").await, json!(["read:secret", "read:secret-value"]));

    admin.done("update_member", json!({"user_id": user_id, "role": "user"})).await;
    key.set("A", json!("set as a user again")).await;
    key.forbidden("create_api_key", json!({"name": "more"})).await;
    let row = admin.row("auth_api_key", "role user_id is_team_owned created_by", "id", &id).await;
    let row = row.expect("it is listed");
    assert_eq!(row["role"], "administrator");
    assert_eq!(row["user_id"], json!(user_id));
    assert_eq!(row["is_team_owned"], json!(false));
    assert_eq!(row["created_by"], json!(person.email));
}

#[tokio::test]
async fn a_key_of_someone_who_is_in_two_teams_acts_in_its_own() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let admin = team.session("administrator").await;
    let other = server.team("other").await;
    let person = team.person("administrator").await;
    other.add(&person, "administrator").await;
    let session = team.log_in(&person).await.as_tenant(&admin.tenant_id().await);
    let (_, key) = session.new_key(json!({"name": "mine"})).await;
    assert_eq!(key.tenant_id().await, admin.tenant_id().await);
    let there = other.key("administrator").await.tenant_id().await;
    key.as_tenant(&there).query("{ secret_names }").await.assert_error("FORBIDDEN");

    let user_id = admin.member_id(&person.email).await;
    admin.done("remove_member", json!({"user_id": user_id})).await;
    key.assert_unknown().await;
}
