//! The documents of Prefect clients from 0.4 on, and of the examples in Prefect's documentation.

use serde_json::json;

use crate::Scene;

#[tokio::test]
async fn version_0_4_sets_inline_and_asks_only_for_the_error() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    let document = r#"mutation { setSecret(input: {name: "OLD", value: "of 0.4"}) { error } }"#;
    let answer = writer.post("/", json!({"query": document, "variables": "null"}).to_string()).await;
    assert_eq!(answer.text, r#"{"data":{"setSecret":{"error":null}}}"#);

    let document = r#"query { secretValue(name: "OLD") }"#;
    let answer = runner.post("/", json!({"query": document, "variables": "null"}).to_string()).await;
    assert_eq!(answer.text, r#"{"data":{"secretValue":"of 0.4"}}"#);
}

#[tokio::test]
async fn versions_0_5_to_0_9_declare_the_input_type_in_camel_case() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    let document =
        "mutation($input: setSecretInput!) {\n    setSecret(input: $input) {\n        success\n    }\n}";
    let variables = json!({"input": {"name": "OLD", "value": {"of": [0.5, 0.9]}}}).to_string();
    let answer =
        writer.post("/graphql/alpha", json!({"query": document, "variables": variables}).to_string()).await;
    assert_eq!(answer.text, r#"{"data":{"setSecret":{"success":true}}}"#);

    let document = "query($name: String!) { secretValue(name: $name) }";
    let variables = json!({"name": "OLD"}).to_string();
    let answer =
        runner.post("/graphql/alpha", json!({"query": document, "variables": variables}).to_string()).await;
    assert_eq!(answer.text, r#"{"data":{"secretValue":{"of":[0.5,0.9]}}}"#);

    let answer =
        runner.post("/graphql/alpha", r#"{"query": "query{secretNames}", "variables": "null"}"#).await;
    assert_eq!(answer.text, r#"{"data":{"secretNames":["OLD"]}}"#);
}

#[tokio::test]
async fn the_camel_case_twins_answer_as_the_others_do() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    writer.set("A", json!("value of A")).await;

    let answer = runner.query("{ authInfo { tenantId userId } auth_info { tenant_id user_id } }").await;
    let (camel, snake) = (answer.data("/authInfo"), answer.data("/auth_info"));
    assert_eq!(camel["tenantId"], snake["tenant_id"]);
    assert_eq!(camel["userId"], snake["user_id"]);

    let missing = runner.query(r#"{ secretValue(name: "MISSING") }"#).await;
    assert_eq!(missing.error().message, "No value found for the requested key");
    assert_eq!(missing.error().path, Some(json!(["secretValue"])));

    let delete = "mutation($input: deleteSecretInput!) { deleteSecret(input: $input) { success error } }";
    let answer = writer.graphql(delete, json!({"input": {"name": "A"}})).await;
    assert_eq!(answer.text, r#"{"data":{"deleteSecret":{"success":true,"error":null}}}"#);
    writer.graphql(delete, json!({"input": {"name": "A"}})).await.refusal("deleteSecret");
}

#[tokio::test]
async fn the_snippets_of_the_documentation_work_with_curl() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    let post =
        async |document: &str| writer.post("/graphql", json!({"query": document}).to_string()).await.text;

    let set = "mutation {\n  set_secret(input: { name: \"KEY\", value: \"VALUE\" }) {\n    success\n  }\n}\n";
    assert_eq!(post(set).await, r#"{"data":{"set_secret":{"success":true}}}"#);

    let set = "mutation {\n  setSecret(input: { name: \"MYSECRET\", value: \"MY SECRET VALUE\" }) {\n    success\n  }\n}";
    assert_eq!(post(set).await, r#"{"data":{"setSecret":{"success":true}}}"#);

    let list = "query {\n  secret(order_by: { name: asc }) {\n    name\n  }\n}\n";
    assert_eq!(post(list).await, r#"{"data":{"secret":[{"name":"KEY"},{"name":"MYSECRET"}]}}"#);

    assert_eq!(runner.value("KEY").await, json!("VALUE"));
    assert_eq!(runner.value("MYSECRET").await, json!("MY SECRET VALUE"));
}

#[tokio::test]
async fn the_documents_of_prefects_own_page_work() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    let set = "mutation SetSecret($name: String!, $value: JSON!) {
        set_secret(input: { name: $name, value: $value }) { success } }";
    let delete =
        "mutation DeleteSecret($name: String!) { delete_secret(input: { name: $name }) { success } }";
    let names = "query TenantSecretNames { secret_names }";

    // The page batches, and names its operations.
    let request = |name: &str, document: &str, variables: serde_json::Value| json!({"operationName": name, "query": document, "variables": variables});
    let answer = writer
        .post(
            "/graphql",
            json!([
                request("SetSecret", set, json!({"name": "PAGE", "value": {"a": 1}})),
                request("TenantSecretNames", names, json!({})),
            ])
            .to_string(),
        )
        .await;
    assert_eq!(
        answer.text,
        r#"[{"data":{"set_secret":{"success":true}}},{"data":{"secret_names":["PAGE"]}}]"#
    );
    assert_eq!(runner.value("PAGE").await, json!({"a": 1}));

    let license = writer.query("query License { auth_info { license permissions role_id } }").await;
    assert!(license.data("/auth_info/permissions").is_array());
    license.data("/auth_info/license");
    license.data("/auth_info/role_id");

    writer.graphql(delete, json!({"name": "PAGE"})).await.assert_success("delete_secret");
    assert_eq!(writer.names().await, [""; 0]);
}

#[tokio::test]
async fn many_secrets_are_deleted_under_aliases_in_one_document() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    let names: Vec<String> = (0..20).map(|index| format!("SECRET {index}")).collect();
    for name in &names {
        writer.set(name, json!(1)).await;
    }
    let fields: Vec<String> = names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            format!("delete_secret_{index}: delete_secret(input: {{ name: \"{name}\" }}) {{ success }}")
        })
        .collect();
    let answer = writer.query(&format!("mutation ClearData {{ {} }}", fields.join(" "))).await;
    for index in 0..20 {
        assert_eq!(answer.data(&format!("/delete_secret_{index}/success")), &json!(true));
    }
    assert_eq!(writer.names().await, [""; 0]);
}

#[tokio::test]
async fn lists_of_names_take_no_limit() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    for document in ["{ secret_names(limit: 100) }", "{ secretNames(limit: 100) }"] {
        writer.query(document).await.assert_error("GRAPHQL_VALIDATION_FAILED");
    }
    let answer = writer.query("{ secret(limit: 100, offset: 0) { name } }").await;
    assert_eq!(answer.text, r#"{"data":{"secret":[]}}"#);
}
