//! What `prefect auth …` asks: who am I, in which team, with which keys.

use serde_json::{Value, json};
use strongroom_tests::{Client, Server};

/// Posts as Prefect does: to `/`, the variables as a string.
async fn prefect(client: &Client, document: &str, variables: Value) -> String {
    client.post("/", json!({"query": document, "variables": variables.to_string()}).to_string()).await.text
}

#[tokio::test]
async fn log_in_asks_for_the_team_and_then_for_its_name() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let client = team.key("user").await;
    let id = client.tenant_id().await;
    assert_eq!(id.len(), 36, "a UUID: {id}");
    assert_eq!(id, id.to_lowercase());

    let answer = prefect(&client, "query { auth_info { tenant_id } }", json!(null)).await;
    assert_eq!(answer, format!(r#"{{"data":{{"auth_info":{{"tenant_id":"{id}"}}}}}}"#));

    let document = format!("query {{ tenant(where: {{ id: {{ _eq: \"{id}\" }} }}) {{ id name slug }} }}");
    let answer = prefect(&client.as_tenant(&id), &document, json!(null)).await;
    assert_eq!(
        answer,
        format!(r#"{{"data":{{"tenant":[{{"id":"{id}","name":"The acme team","slug":"acme"}}]}}}}"#)
    );
}

#[tokio::test]
async fn teams_are_listed_and_found_by_slug() {
    let server = Server::start().await;
    let client = server.team("acme").await.key("read-only").await;
    server.team("other").await;
    let id = client.tenant_id().await;

    let answer =
        prefect(&client, "query { tenant(order_by: {slug: asc}) { id name slug } }", json!(null)).await;
    assert_eq!(
        answer,
        format!(r#"{{"data":{{"tenant":[{{"id":"{id}","name":"The acme team","slug":"acme"}}]}}}}"#)
    );

    let by_slug = "query($slug: String) { tenant(where: {slug: { _eq: $slug } }) { id } }";
    let answer = prefect(&client, by_slug, json!({"slug": "acme"})).await;
    assert_eq!(answer, format!(r#"{{"data":{{"tenant":[{{"id":"{id}"}}]}}}}"#));
    for slug in ["other", "missing"] {
        let answer = prefect(&client, by_slug, json!({"slug": slug})).await;
        assert_eq!(answer, r#"{"data":{"tenant":[]}}"#, "another team is as good as none");
    }

    let answer = prefect(&client, "query { tenant { id } }", json!(null)).await;
    assert_eq!(answer, format!(r#"{{"data":{{"tenant":[{{"id":"{id}"}}]}}}}"#));
    let by_name = r#"{ tenant(where: {name: {_in: ["The acme team"]}}, limit: 1, offset: 0) { slug } }"#;
    assert_eq!(prefect(&client, by_name, json!(null)).await, r#"{"data":{"tenant":[{"slug":"acme"}]}}"#);
}

#[tokio::test]
async fn auth_info_tells_what_the_page_and_programs_need() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    for (role, permissions) in [
        (
            "administrator",
            json!([
                "create:secret",
                "read:secret",
                "update:secret",
                "delete:secret",
                "create:member",
                "read:member",
                "update:member",
                "delete:member",
                "create:api_key",
                "read:api_key",
                "update:api_key",
                "delete:api_key",
                "create:role",
                "update:role",
                "delete:role",
                "create:team",
                "update:team",
                "read:audit_log"
            ]),
        ),
        ("user", json!(["create:secret", "read:secret", "update:secret", "delete:secret", "read:member"])),
        ("read-only", json!(["read:secret", "read:member"])),
        ("runner", json!(["read:secret", "read:secret-value"])),
    ] {
        let client = team.key(role).await;
        assert_eq!(client.auth_info("role").await, json!(role));
        assert_eq!(client.auth_info("permissions").await, permissions, "{role}");
        assert_eq!(client.auth_info("email").await, Value::Null, "a key has no address");
        assert!(client.auth_info("user_id").await.is_string());
        assert!(client.auth_info("name").await.as_str().is_some_and(|name| name.starts_with(role)));
    }
    let person = team.person("user").await;
    let session = team.log_in(&person).await;
    assert_eq!(session.auth_info("email").await, json!(person.email));
    assert_eq!(session.auth_info("role").await, json!("user"));
}

#[tokio::test]
async fn a_key_is_made_as_the_command_line_asks_for_it() {
    let server = Server::start().await;
    let admin = server.team("acme").await.key("administrator").await;
    let user_id = admin.auth_info("user_id").await;

    let create = "mutation($input: create_api_key_input!) { create_api_key(input: $input) { key } }";
    let input = json!({"input": {"name": "laptop", "user_id": user_id, "expires_at": null}});
    let answer: Value =
        serde_json::from_str(&prefect(&admin, create, input).await).expect("answers are JSON");
    let key = answer["data"]["create_api_key"]["key"].as_str().expect("the key is shown once");

    let made = server.with_key(key);
    assert_eq!(made.auth_info("role").await, json!("administrator"), "the role of the one who asked");
    assert_eq!(made.auth_info("name").await, json!("laptop"));
    assert_eq!(made.tenant_id().await, admin.tenant_id().await);
}

#[tokio::test]
async fn keys_are_listed_without_the_keys_and_revoked_by_id() {
    let server = Server::start().await;
    let admin = server.team("acme").await.key("administrator").await;
    let create = "mutation($input: create_api_key_input!) { create_api_key(input: $input) { id key } }";
    let input =
        json!({"input": {"name": "laptop", "expires_at": "2099-01-01T00:00:00+00:00", "role": "runner"}});
    let answer = admin.graphql(create, input).await;
    let key = answer.data("/create_api_key/key").as_str().expect("a key is text").to_owned();
    let id = answer.data("/create_api_key/id").clone();
    let runner = server.with_key(&key);
    assert_eq!(runner.auth_info("role").await, json!("runner"));

    let answer = admin.query("query { auth_api_key { id name expires_at } }").await;
    answer.assert_never_says(&key);
    let keys = answer.data("/auth_api_key").as_array().expect("a list").clone();
    assert_eq!(keys.len(), 2, "{keys:?}");
    let listed = keys.iter().find(|entry| entry["name"] == "laptop").expect("the new key is listed");
    assert_eq!(listed["id"], id);
    let expiry = listed["expires_at"].as_str().expect("a time is text");
    assert!(expiry.starts_with("2099-01-01T00:00:00"), "{expiry}");
    let own = keys.iter().find(|entry| entry["name"] != "laptop").expect("and the one that asks");
    assert_eq!(own["expires_at"], Value::Null);

    let revoke = "mutation($input: delete_api_key_input!) { delete_api_key(input: $input) { success } }";
    let answer = prefect(&admin, revoke, json!({"input": {"key_id": id}})).await;
    assert_eq!(answer, r#"{"data":{"delete_api_key":{"success":true}}}"#);
    runner.query("{ secret_names }").await.assert_error("UNAUTHENTICATED");
    let answer = prefect(&admin, revoke, json!({"input": {"key_id": id}})).await;
    assert_eq!(answer, r#"{"data":{"delete_api_key":{"success":false}}}"#);
}

#[tokio::test]
async fn a_key_is_made_for_oneself_only() {
    let server = Server::start().await;
    let team = server.team("acme").await;
    let admin = team.key("administrator").await;
    let someone_else = team.session("user").await.auth_info("user_id").await;
    let create = "mutation($input: create_api_key_input!) { create_api_key(input: $input) { key } }";
    for user_id in [someone_else, json!("00000000-0000-0000-0000-000000000000")] {
        let input = json!({"input": {"name": "laptop", "user_id": user_id}});
        let answer = admin.graphql(create, input).await;
        let code = answer.error().code;
        assert!(code == "FORBIDDEN" || code == "BAD_USER_INPUT", "{answer:?}");
    }
    let answer = admin.query("{ auth_api_key { name } }").await;
    assert_eq!(answer.data("/auth_api_key").as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn who_logged_in_makes_keys_too() {
    let server = Server::start().await;
    let session = server.team("acme").await.session("administrator").await;
    let create = "mutation($input: create_api_key_input!) { create_api_key(input: $input) { key } }";
    let user_id = session.auth_info("user_id").await;
    let input = json!({"input": {"name": "for the runner", "user_id": user_id, "role": "runner"}});
    let answer = session.graphql(create, input).await;
    let key = answer.data("/create_api_key/key").as_str().expect("a key is text");
    assert_eq!(server.with_key(key).auth_info("role").await, json!("runner"));
}

#[tokio::test]
async fn what_is_no_id_or_time_is_refused_without_echo() {
    let server = Server::start().await;
    let admin = server.team("acme").await.key("administrator").await;
    for document in [
        r#"mutation { delete_api_key(input: {key_id: "canary"}) { success } }"#,
        r#"mutation { create_api_key(input: {name: "k", user_id: "canary"}) { key } }"#,
        r#"mutation { create_api_key(input: {name: "k", expires_at: "canary"}) { key } }"#,
        r#"mutation { create_api_key(input: {name: "k", role: canary}) { key } }"#,
        r#"mutation { create_api_key(input: {name: "k", canary: "canary"}) { key } }"#,
        r#"{ tenant(where: {id: {_eq: "canary"}}) { id } }"#,
    ] {
        let answer = admin.query(document).await;
        answer.error();
        if !document.contains("canary:") {
            answer.assert_never_says("canary");
        }
    }
}
