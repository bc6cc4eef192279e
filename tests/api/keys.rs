//! A key's life: made, used, expired, revoked.

use serde_json::{Value, json};
use strongroom_tests::{Client, Server, wait};

const REVOKE: &str =
    "mutation($input: delete_api_key_input!) { delete_api_key(input: $input) { success error } }";

/// The row of the one key that has the role.
async fn key_of_role(admin: &Client, role: &str) -> Value {
    let answer = admin
        .query("{ auth_api_key { id name role user_id created expires_at last_used } }")
        .await;
    let keys = answer.data("/auth_api_key").as_array().expect("a list").clone();
    keys.into_iter()
        .find(|key| key["role"] == role)
        .expect("a key of that role is listed")
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
    assert!(
        listed["expires_at"].as_str() > listed["created"].as_str(),
        "{listed}"
    );
}

#[tokio::test]
async fn a_revoked_key_stops_working_at_the_next_request() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let admin = team.key("administrator").await;
    let runner = team.key("runner").await;
    assert_eq!(runner.names().await, [""; 0]);

    let id = key_of_role(&admin, "runner").await["id"].clone();
    admin
        .graphql(REVOKE, json!({"input": {"key_id": id}}))
        .await
        .assert_success("delete_api_key");
    runner
        .query("{ secret_names }")
        .await
        .assert_error("UNAUTHENTICATED");
    admin
        .graphql(REVOKE, json!({"input": {"key_id": id}}))
        .await
        .refusal("delete_api_key");
}

#[tokio::test]
async fn a_key_may_revoke_itself() {
    let server = Server::start().await;
    let admin = server.team("acme").await.key("administrator").await;
    let id = key_of_role(&admin, "administrator").await["id"].clone();
    admin
        .graphql(REVOKE, json!({"input": {"key_id": id}}))
        .await
        .assert_success("delete_api_key");
    admin
        .query("{ secret_names }")
        .await
        .assert_error("UNAUTHENTICATED");
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
        let key = answer
            .data("/create_api_key/key")
            .as_str()
            .expect("a key is text")
            .to_owned();
        assert_eq!(server.with_key(&key).names().await, [""; 0]);
        let rows = admin.query("{ auth_api_key { name expires_at } }").await;
        let rows = rows.data("/auth_api_key").as_array().expect("a list").clone();
        let row = rows
            .iter()
            .find(|row| row["name"] == given)
            .expect("it is listed");
        assert!(
            row["expires_at"]
                .as_str()
                .is_some_and(|at| at.starts_with(listed)),
            "{given}: {row}"
        );
    }
}

#[tokio::test]
async fn a_key_needs_a_name() {
    let server = Server::start().await;
    let admin = server.team("acme").await.key("administrator").await;
    let create = "mutation($input: create_api_key_input!) { create_api_key(input: $input) { key } }";
    for name in ["", " "] {
        admin
            .graphql(create, json!({"input": {"name": name}}))
            .await
            .assert_error("BAD_USER_INPUT");
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
        let answer = admin
            .query(&format!("{{ auth_api_key({arguments}) {{ name }} }}"))
            .await;
        assert_eq!(
            answer.data("/auth_api_key").as_array().map(Vec::len),
            Some(count),
            "{arguments}"
        );
    }
}
