//! Errors: told with status 200 and a code, and never with a piece of what was sent.

use serde_json::{Value, json};

use crate::Scene;

/// Stands for a value that somebody meant to keep.
const CANARY: &str = "canary-7d1e";

/// Sends a document that is wrong in some way and checks that the answer and the log keep the canary to themselves.
async fn check(document: &str, variables: Value, code: &str) {
    let Scene { server, writer, .. } = Scene::new().await;
    server.store().must_stay_secret(CANARY);
    let answer = writer.graphql(document, variables).await;
    answer.assert_never_says(CANARY);
    let errors = answer.errors();
    assert!(!errors.is_empty(), "{answer:?}");
    for error in errors {
        assert_eq!(error.code, code, "{answer:?}");
    }
    assert_eq!(writer.names().await, [""; 0], "and nothing has been set");
}

/// What a document that is not GraphQL, or not of this schema, hears; the canary is a value in it.
async fn check_document(document: &str, code: &str) {
    check(&document.replace("$CANARY", CANARY), json!({}), code).await;
}

#[tokio::test]
async fn a_missing_brace_after_a_value() {
    check_document(
        r#"mutation { set_secret(input: {name: "A", value: "$CANARY"}) { success }"#,
        "GRAPHQL_PARSE_FAILED",
    )
    .await;
}

#[tokio::test]
async fn a_quote_too_few_around_a_value() {
    check_document(
        r#"mutation { set_secret(input: {name: "A", value: "$CANARY}) { success } }"#,
        "GRAPHQL_PARSE_FAILED",
    )
    .await;
}

#[tokio::test]
async fn a_value_in_the_wrong_place() {
    check_document(r#"mutation { "$CANARY" }"#, "GRAPHQL_PARSE_FAILED").await;
}

#[tokio::test]
async fn a_broken_escape_in_a_value() {
    check_document(
        r#"mutation { set_secret(input: {name: "A", value: "\q $CANARY"}) { success } }"#,
        "GRAPHQL_PARSE_FAILED",
    )
    .await;
}

#[tokio::test]
async fn a_broken_number_in_a_value() {
    check_document(
        r#"mutation { set_secret(input: {name: "A", value: [1.2.3, "$CANARY"]}) { success } }"#,
        "GRAPHQL_PARSE_FAILED",
    )
    .await;
}

#[tokio::test]
async fn an_unknown_field_of_the_answer() {
    check_document(
        r#"mutation { set_secret(input: {name: "A", value: "$CANARY"}) { sucess } }"#,
        "GRAPHQL_VALIDATION_FAILED",
    )
    .await;
}

#[tokio::test]
async fn an_unknown_mutation() {
    check_document(
        r#"mutation { put_secret(input: {name: "A", value: "$CANARY"}) { success } }"#,
        "GRAPHQL_VALIDATION_FAILED",
    )
    .await;
}

#[tokio::test]
async fn an_unknown_argument() {
    check_document(
        r#"mutation { set_secret(name: "A", value: "$CANARY") { success } }"#,
        "GRAPHQL_VALIDATION_FAILED",
    )
    .await;
}

#[tokio::test]
async fn an_unknown_field_of_the_input() {
    check_document(
        r#"mutation { set_secret(input: {name: "A", secret: "$CANARY", value: 1}) { success } }"#,
        "GRAPHQL_VALIDATION_FAILED",
    )
    .await;
}

#[tokio::test]
async fn an_input_that_is_text() {
    check_document(r#"mutation { set_secret(input: "$CANARY") { success } }"#, "GRAPHQL_VALIDATION_FAILED")
        .await;
}

#[tokio::test]
async fn a_name_that_is_a_list() {
    check_document(
        r#"mutation { set_secret(input: {name: ["$CANARY"], value: 1}) { success } }"#,
        "GRAPHQL_VALIDATION_FAILED",
    )
    .await;
}

#[tokio::test]
async fn a_limit_that_is_text() {
    check_document(r#"{ secret(limit: "$CANARY") { name } }"#, "GRAPHQL_VALIDATION_FAILED").await;
}

#[tokio::test]
async fn an_unknown_directive() {
    check_document(
        r#"mutation { set_secret(input: {name: "A", value: "$CANARY"}) @hide(text: "$CANARY") { success } }"#,
        "GRAPHQL_VALIDATION_FAILED",
    )
    .await;
}

#[tokio::test]
async fn a_default_of_the_wrong_type() {
    check_document(
        r#"query($n: Int = "$CANARY") { secret(limit: $n) { name } }"#,
        "GRAPHQL_VALIDATION_FAILED",
    )
    .await;
}

const SET: &str = "mutation($input: set_secret_input!) { set_secret(input: $input) { success } }";

#[tokio::test]
async fn a_variable_of_the_wrong_type() {
    check("query($n: Int) { secret(limit: $n) { name } }", json!({"n": CANARY}), "GRAPHQL_VALIDATION_FAILED")
        .await;
}

#[tokio::test]
async fn a_name_in_variables_that_is_an_object() {
    check(SET, json!({"input": {"name": {"of": CANARY}, "value": 1}}), "GRAPHQL_VALIDATION_FAILED").await;
}

#[tokio::test]
async fn variables_without_a_name() {
    check(SET, json!({"input": {"value": CANARY}}), "GRAPHQL_VALIDATION_FAILED").await;
}

#[tokio::test]
async fn variables_with_a_field_too_many() {
    check(
        SET,
        json!({"input": {"name": "A", "value": CANARY, "secret": CANARY}}),
        "GRAPHQL_VALIDATION_FAILED",
    )
    .await;
}

#[tokio::test]
async fn variables_that_are_text() {
    check(SET, json!({"input": CANARY}), "GRAPHQL_VALIDATION_FAILED").await;
}

#[tokio::test]
async fn variables_that_are_missing() {
    check(SET, json!({"inputs": {"name": "A", "value": CANARY}}), "GRAPHQL_VALIDATION_FAILED").await;
}

#[tokio::test]
async fn a_variable_that_the_document_does_not_declare() {
    check(
        r#"mutation { set_secret(input: {name: "A", value: $value}) { success } }"#,
        json!({"value": CANARY}),
        "GRAPHQL_VALIDATION_FAILED",
    )
    .await;
}

#[tokio::test]
async fn an_unknown_type_of_a_variable() {
    check(
        "mutation($input: put_secret_input!) { set_secret(input: $input) { success } }",
        json!({"input": {"name": "A", "value": CANARY}}),
        "GRAPHQL_VALIDATION_FAILED",
    )
    .await;
}

#[tokio::test]
async fn a_misspelt_password_field() {
    check(
        "mutation($input: log_in_input!) { log_in(input: $input) { success } }",
        json!({"input": {"email": "a@acme.example", "pasword": CANARY}}),
        "GRAPHQL_VALIDATION_FAILED",
    )
    .await;
}

#[tokio::test]
async fn a_password_that_is_a_list() {
    check(
        "mutation($input: log_in_input!) { log_in(input: $input) { success } }",
        json!({"input": {"email": "a@acme.example", "password": [CANARY]}}),
        "GRAPHQL_VALIDATION_FAILED",
    )
    .await;
}

#[tokio::test]
async fn a_key_in_the_wrong_place() {
    let Scene { server, runner, .. } = Scene::new().await;
    server.store().must_stay_secret(CANARY);
    for client in [
        server.nobody().with_header("authorization", &format!("Basic {CANARY}")),
        server.with_key(CANARY),
        server.nobody().with_header("cookie", &format!("session={CANARY}")),
        runner.as_tenant(CANARY),
    ] {
        let answer = client.query("{ secret_names }").await;
        answer.assert_never_says(CANARY);
        assert!(!answer.errors().is_empty());
    }
}

#[tokio::test]
async fn a_value_in_the_address_is_not_logged() {
    let Scene { server, writer, .. } = Scene::new().await;
    server.store().must_stay_secret(CANARY);
    writer.get(&format!("/graphql?query={{secret_value(name:\"{CANARY}\")}}")).await;
    writer.post(&format!("/graphql?value={CANARY}"), r#"{"query": "{secret_names}"}"#).await;
}

#[tokio::test]
async fn errors_say_where_but_not_what() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    let answer = writer.query("{\n  secret_names\n  nonsense\n}").await;
    let location = &answer.body()["errors"][0]["locations"][0];
    assert_eq!(location, &json!({"line": 3, "column": 3}), "{answer:?}");
}

#[tokio::test]
async fn a_query_that_fails_leaves_the_rest_of_the_answer() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    writer.set("A", json!(1)).await;
    let answer = writer.query(r#"{ secret_names secret_value(name: "A") }"#).await;
    assert_eq!(answer.error().code, "FORBIDDEN");
    assert_eq!(answer.error().path, Some(json!(["secret_value"])));
    assert_eq!(answer.body()["data"], json!({"secret_names": ["A"], "secret_value": null}));
}
