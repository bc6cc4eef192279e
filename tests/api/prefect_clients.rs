//! The requests of Prefect's clients: those of `prefect auth …` (run for real in `prefect`), of old versions, and of
//! Prefect's own page.

use serde_json::{Value, json};
use strongroom_tests::{Client, Scene};

/// Posts the variables as a string, as Prefect does. Returns the data as it is written.
async fn post(client: &Client, path: &str, document: &str, variables: &Value) -> String {
    let body = json!({"query": document, "variables": variables.to_string()});
    let answer = client.post(path, body.to_string()).await;
    let data = answer.text.strip_prefix(r#"{"data":"#).and_then(|rest| rest.strip_suffix('}'));
    data.unwrap_or_else(|| panic!("{answer:?}")).to_owned()
}

#[tokio::test]
async fn login_finds_the_caller_and_their_team_and_creates_keys_for_the_caller_only() {
    let Scene { server, team, admin, writer, .. } = &Scene::new().await;
    server.team("other").await;
    let id = writer.tenant_id().await;
    assert_eq!(id.len(), 36, "a UUID: {id}");
    assert_eq!(id, id.to_lowercase());

    let whole = format!(r#"{{"tenant":[{{"id":"{id}","name":"The acme team","slug":"acme"}}]}}"#);
    let auth_info = format!(r#"{{"auth_info":{{"tenant_id":"{id}"}}}}"#);
    let only_id = format!(r#"{{"tenant":[{{"id":"{id}"}}]}}"#);
    let by_id = format!("query {{ tenant(where: {{ id: {{ _eq: \"{id}\" }} }}) {{ id name slug }} }}");
    let by_slug = "query($slug: String) { tenant(where: {slug: { _eq: $slug } }) { id } }";
    let by_name = r#"{ tenant(where: {name: {_in: ["The acme team"]}}, limit: 1, offset: 0) { id } }"#;
    let named = writer.as_tenant(&id);
    // Another team does not exist for the caller.
    let none = r#"{"tenant":[]}"#;
    for (client, document, slug, expected) in [
        (writer, "query { auth_info { tenant_id } }", "", auth_info.as_str()),
        (&named, &by_id, "", &whole),
        (writer, "query { tenant(order_by: {slug: asc}) { id name slug } }", "", &whole),
        (writer, "query { tenant { id } }", "", &only_id),
        (writer, by_slug, "acme", &only_id),
        (writer, by_slug, "other", none),
        (writer, by_slug, "missing", none),
        (writer, by_name, "", &only_id),
    ] {
        let variables = if slug.is_empty() { Value::Null } else { json!({"slug": slug}) };
        assert_eq!(post(client, "/", document, &variables).await, expected);
    }

    for role in ["administrator", "user", "read-only", "runner"] {
        let client = team.key(role).await;
        assert_eq!(client.auth_info("email").await, Value::Null, "a key has no address");
        assert!(client.auth_info("user_id").await.is_string());
        assert!(client.auth_info("name").await.as_str().is_some_and(|name| name.starts_with(role)));
    }
    let person = team.person("user").await;
    let session = team.log_in(&person).await;
    assert_eq!(session.auth_info("email").await, person.email);
    assert_eq!(session.auth_info("role").await, "user");

    // Prefect names the caller, but no role.
    let own = admin.auth_info("user_id").await;
    let (_, made) = admin.new_key(json!({"name": "laptop", "user_id": own, "expires_at": null})).await;
    assert_eq!(made.auth_info("role").await, "administrator");
    assert_eq!(made.auth_info("name").await, "laptop");
    assert_eq!(made.tenant_id().await, admin.tenant_id().await);
    let session = team.session("administrator").await;
    let own = session.auth_info("user_id").await;
    let (_, runner) = session.new_key(json!({"name": "a job", "user_id": own, "role": "runner"})).await;
    assert_eq!(runner.auth_info("role").await, "runner");
    let keys = admin.column("auth_api_key", "name").await;
    for user_id in [own, json!("00000000-0000-0000-0000-000000000000")] {
        let input = json!({"name": "laptop", "user_id": user_id});
        let answer = admin.mutate_for("create_api_key", input, "key").await;
        assert!(matches!(&*answer.error().code, "FORBIDDEN" | "BAD_USER_INPUT"), "{answer:?}");
    }
    assert_eq!(admin.column("auth_api_key", "name").await, keys);
    // Invalid ids and times are refused without echo.
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

#[tokio::test]
async fn old_clients_and_prefects_own_page_work() {
    let Scene { writer, runner, .. } = &Scene::new().await;
    // Version 0.4 sets inline and selects only the error; versions 0.5 to 0.9 name the input type in camel case.
    let inline = r#"mutation { setSecret(input: {name: "OLD", value: "of 0.4"}) { error } }"#;
    let set =
        "mutation($input: setSecretInput!) {\n    setSecret(input: $input) {\n        success\n    }\n}";
    let get = "query($name: String!) { secretValue(name: $name) }";
    let input = json!({"input": {"name": "OLD", "value": {"of": [0.5, 0.9]}}});
    let alpha = "/graphql/alpha";
    for (client, path, document, variables, expected) in [
        (writer, "/", inline, Value::Null, r#"{"setSecret":{"error":null}}"#),
        (runner, "/", r#"query { secretValue(name: "OLD") }"#, Value::Null, r#"{"secretValue":"of 0.4"}"#),
        (writer, alpha, set, input, r#"{"setSecret":{"success":true}}"#),
        (runner, alpha, get, json!({"name": "OLD"}), r#"{"secretValue":{"of":[0.5,0.9]}}"#),
        (runner, alpha, "query{secretNames}", Value::Null, r#"{"secretNames":["OLD"]}"#),
    ] {
        assert_eq!(post(client, path, document, &variables).await, expected);
    }
    // Both spellings have the same results.
    let answer = runner.query("{ authInfo { tenantId userId } auth_info { tenant_id user_id } }").await;
    for (camel, snake) in [("tenantId", "tenant_id"), ("userId", "user_id")] {
        assert_eq!(answer.data("/authInfo")[camel], answer.data("/auth_info")[snake]);
    }
    let missing = runner.query(r#"{ secretValue(name: "MISSING") }"#).await;
    assert_eq!(missing.error().message, "No value found for the requested key");
    assert_eq!(missing.error().path, Some(json!(["secretValue"])));
    let delete = "mutation($input: deleteSecretInput!) { deleteSecret(input: $input) { success error } }";
    let answer = writer.graphql(delete, json!({"input": {"name": "OLD"}})).await;
    assert_eq!(answer.text, r#"{"data":{"deleteSecret":{"success":true,"error":null}}}"#);
    writer.graphql(delete, json!({"input": {"name": "OLD"}})).await.refusal("deleteSecret");
    // Prefect's own page.
    let set = "mutation SetSecret($name: String!, $value: JSON!) {
        set_secret(input: { name: $name, value: $value }) { success } }";
    let delete = "mutation Delete($name: String!) { delete_secret(input: { name: $name }) { success } }";
    // The page batches, and names its operations.
    let batch = json!([
        {"operationName": "SetSecret", "query": set, "variables": {"name": "PAGE", "value": {"a": 1}}},
        {"operationName": "TenantSecretNames", "query": "query TenantSecretNames { secret_names }", "variables": {}},
    ]);
    let answer = writer.post("/graphql", batch.to_string()).await;
    let expected = r#"[{"data":{"set_secret":{"success":true}}},{"data":{"secret_names":["PAGE"]}}]"#;
    assert_eq!(answer.text, expected);
    assert_eq!(runner.value("PAGE").await, json!({"a": 1}));

    let license = writer.query("query License { auth_info { license permissions role_id } }").await;
    assert!(license.data("/auth_info/permissions").is_array());
    license.data("/auth_info/license");
    license.data("/auth_info/role_id");

    writer.graphql(delete, json!({"name": "PAGE"})).await.assert_success("delete_secret");
    writer.query("{ secret_names(limit: 100) }").await.assert_error("GRAPHQL_VALIDATION_FAILED");
    // Many secrets are deleted under aliases in one document.
    for index in 0..20 {
        writer.set(&format!("SECRET {index}"), json!(1)).await;
    }
    let field = r#"delete_secret_#: delete_secret(input: { name: "SECRET #" }) { success } "#;
    let fields: String = (0..20).map(|index| field.replace('#', &index.to_string())).collect();
    let answer = writer.query(&format!("mutation ClearData {{ {fields} }}")).await;
    assert!(answer.data("").as_object().expect("an object").values().all(|one| one["success"] == true));
    assert_eq!(writer.names().await, [""; 0]);
}
