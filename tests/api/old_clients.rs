//! The documents of old Prefect clients, and of Prefect's own page.

use serde_json::{Value, json};
use strongroom_tests::{Client, Scene};

async fn post(client: &Client, path: &str, document: &str, variables: &Value) -> String {
    client.post(path, json!({"query": document, "variables": variables}).to_string()).await.text
}

#[tokio::test]
async fn clients_up_to_0_9_use_camel_case() {
    let Scene { writer, runner, .. } = &Scene::new().await;
    // Version 0.4 sets inline and selects only the error; its variables are a string.
    let null = json!("null");
    let document = r#"mutation { setSecret(input: {name: "OLD", value: "of 0.4"}) { error } }"#;
    assert_eq!(post(writer, "/", document, &null).await, r#"{"data":{"setSecret":{"error":null}}}"#);
    let document = r#"query { secretValue(name: "OLD") }"#;
    assert_eq!(post(runner, "/", document, &null).await, r#"{"data":{"secretValue":"of 0.4"}}"#);
    // Versions 0.5 to 0.9 name the input type in camel case.
    let path = "/graphql/alpha";
    let document =
        "mutation($input: setSecretInput!) {\n    setSecret(input: $input) {\n        success\n    }\n}";
    let variables = json!({"input": {"name": "OLD", "value": {"of": [0.5, 0.9]}}}).to_string();
    let answer = post(writer, path, document, &json!(variables)).await;
    assert_eq!(answer, r#"{"data":{"setSecret":{"success":true}}}"#);
    let document = "query($name: String!) { secretValue(name: $name) }";
    let answer = post(runner, path, document, &json!(json!({"name": "OLD"}).to_string())).await;
    assert_eq!(answer, r#"{"data":{"secretValue":{"of":[0.5,0.9]}}}"#);
    let answer = post(runner, path, "query{secretNames}", &null).await;
    assert_eq!(answer, r#"{"data":{"secretNames":["OLD"]}}"#);
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
}

#[tokio::test]
async fn the_documents_of_prefects_own_page_work() {
    let Scene { writer, runner, .. } = &Scene::new().await;
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
