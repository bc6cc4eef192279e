//! What `prefect auth …` asks: who am I, in which team, with which keys.

use serde_json::{Value, json};
use strongroom_tests::{Client, Scene};

const CREATE: &str = "mutation($input: create_api_key_input!) { create_api_key(input: $input) { key } }";

/// Posts as Prefect does: to `/`, the variables as a string.
async fn prefect(client: &Client, document: &str, variables: Value) -> String {
    client.post("/", json!({"query": document, "variables": variables.to_string()}).to_string()).await.text
}

#[tokio::test]
async fn log_in_asks_for_the_team_and_then_for_its_name() {
    let Scene { server, team, writer, .. } = &Scene::new().await;
    server.team("other").await;
    let id = writer.tenant_id().await;
    assert_eq!(id.len(), 36, "a UUID: {id}");
    assert_eq!(id, id.to_lowercase());

    let answer = prefect(writer, "query { auth_info { tenant_id } }", json!(null)).await;
    assert_eq!(answer, format!(r#"{{"data":{{"auth_info":{{"tenant_id":"{id}"}}}}}}"#));

    let whole = format!(r#"{{"data":{{"tenant":[{{"id":"{id}","name":"The acme team","slug":"acme"}}]}}}}"#);
    let document = format!("query {{ tenant(where: {{ id: {{ _eq: \"{id}\" }} }}) {{ id name slug }} }}");
    assert_eq!(prefect(&writer.as_tenant(&id), &document, json!(null)).await, whole);
    let document = "query { tenant(order_by: {slug: asc}) { id name slug } }";
    assert_eq!(prefect(writer, document, json!(null)).await, whole);

    let only_id = format!(r#"{{"data":{{"tenant":[{{"id":"{id}"}}]}}}}"#);
    assert_eq!(prefect(writer, "query { tenant { id } }", json!(null)).await, only_id);
    let by_slug = "query($slug: String) { tenant(where: {slug: { _eq: $slug } }) { id } }";
    assert_eq!(prefect(writer, by_slug, json!({"slug": "acme"})).await, only_id);
    for slug in ["other", "missing"] {
        let answer = prefect(writer, by_slug, json!({"slug": slug})).await;
        assert_eq!(answer, r#"{"data":{"tenant":[]}}"#, "another team is as good as none");
    }
    let by_name = r#"{ tenant(where: {name: {_in: ["The acme team"]}}, limit: 1, offset: 0) { slug } }"#;
    assert_eq!(prefect(writer, by_name, json!(null)).await, r#"{"data":{"tenant":[{"slug":"acme"}]}}"#);

    // Who asks.
    for role in ["administrator", "user", "read-only", "runner"] {
        let client = team.key(role).await;
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
    let Scene { server, team, admin, .. } = &Scene::new().await;
    let input = json!({"name": "laptop", "user_id": admin.auth_info("user_id").await, "expires_at": null});
    let answer: Value = serde_json::from_str(&prefect(admin, CREATE, json!({"input": input})).await)
        .expect("answers are JSON");
    let key = answer["data"]["create_api_key"]["key"].as_str().expect("the key is shown once");
    let made = server.with_key(key);
    assert_eq!(made.auth_info("role").await, json!("administrator"), "the role of the one who asked");
    assert_eq!(made.auth_info("name").await, json!("laptop"));
    assert_eq!(made.tenant_id().await, admin.tenant_id().await);

    // Who logged in makes keys, too; but nobody makes them for someone else.
    let session = team.session("administrator").await;
    let own = session.auth_info("user_id").await;
    let (_, runner) = session.new_key(json!({"name": "a job", "user_id": own, "role": "runner"})).await;
    assert_eq!(runner.auth_info("role").await, json!("runner"));
    let keys = admin.column("auth_api_key", "name").await;
    for user_id in [own, json!("00000000-0000-0000-0000-000000000000")] {
        let answer = admin.graphql(CREATE, json!({"input": {"name": "laptop", "user_id": user_id}})).await;
        let code = answer.error().code;
        assert!(code == "FORBIDDEN" || code == "BAD_USER_INPUT", "{answer:?}");
    }
    assert_eq!(admin.column("auth_api_key", "name").await, keys);
}

#[tokio::test]
async fn keys_are_listed_without_the_keys_and_revoked_by_id() {
    let Scene { admin, .. } = &Scene::new().await;
    let input = json!({"name": "laptop", "expires_at": "2099-01-01T00:00:00+00:00", "role": "runner"});
    let (id, runner) = admin.new_key(input).await;
    assert_eq!(runner.auth_info("role").await, json!("runner"));

    let answer = admin.query("query { auth_api_key { id name expires_at } }").await;
    answer.assert_never_says(runner.key());
    let keys = answer.data("/auth_api_key").as_array().expect("a list");
    assert_eq!(keys.len(), 4, "the one that asks as well: {keys:?}");
    let listed = keys.iter().find(|entry| entry["name"] == "laptop").expect("the new key is listed");
    assert_eq!(listed["id"], id);
    let expiry = listed["expires_at"].as_str().expect("a time is text");
    assert!(expiry.starts_with("2099-01-01T00:00:00"), "{expiry}");
    let mut others = keys.iter().filter(|entry| entry["name"] != "laptop");
    assert!(others.all(|entry| entry["expires_at"].is_null()), "{keys:?}");

    let revoke = "mutation($input: delete_api_key_input!) { delete_api_key(input: $input) { success } }";
    for success in [true, false] {
        let answer = prefect(admin, revoke, json!({"input": {"key_id": id}})).await;
        assert_eq!(answer, format!(r#"{{"data":{{"delete_api_key":{{"success":{success}}}}}}}"#));
        runner.assert_unknown().await;
    }
}

#[tokio::test]
async fn what_is_no_id_or_time_is_refused_without_echo() {
    let Scene { admin, .. } = &Scene::new().await;
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
