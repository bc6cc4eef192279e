//! Errors: told with status 200 and a code, and never with a piece of what was sent.

use serde_json::{Value, json};
use strongroom_tests::Scene;

/// Stands for a value that somebody meant to keep.
const CANARY: &str = "canary-7d1e";

const PARSE: &str = "GRAPHQL_PARSE_FAILED";
const VALIDATION: &str = "GRAPHQL_VALIDATION_FAILED";

/// Checks that neither answers nor log contain the canary, and that nothing is set.
async fn check(rows: &[(&str, &str, Value, &str)]) {
    let Scene { server, writer, .. } = &Scene::new().await;
    server.store().must_stay_secret(CANARY);
    let mut wrong = Vec::new();
    for (what, document, variables, code) in rows {
        let answer = writer.graphql(&document.replace("$CANARY", CANARY), variables.clone()).await;
        answer.assert_never_says(CANARY);
        let errors = answer.errors();
        if errors.is_empty() || errors.iter().any(|error| error.code != *code) {
            wrong.push(format!("{what}: {answer:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.concat());
    assert_eq!(writer.names().await, [""; 0], "and nothing has been set");
}

#[tokio::test]
async fn wrong_documents_are_refused_without_echo() {
    let rows = [
        (
            "a missing brace after a value",
            r#"mutation { set_secret(input: {name: "A", value: "$CANARY"}) { success }"#,
            PARSE,
        ),
        (
            "a quote too few around a value",
            r#"mutation { set_secret(input: {name: "A", value: "$CANARY}) { success } }"#,
            PARSE,
        ),
        ("a value in the wrong place", r#"mutation { "$CANARY" }"#, PARSE),
        (
            "a broken escape in a value",
            r#"mutation { set_secret(input: {name: "A", value: "\q $CANARY"}) { success } }"#,
            PARSE,
        ),
        (
            "a broken number in a value",
            r#"mutation { set_secret(input: {name: "A", value: [1.2.3, "$CANARY"]}) { success } }"#,
            PARSE,
        ),
        (
            "an unknown field of the answer",
            r#"mutation { set_secret(input: {name: "A", value: "$CANARY"}) { sucess } }"#,
            VALIDATION,
        ),
        (
            "an unknown mutation",
            r#"mutation { put_secret(input: {name: "A", value: "$CANARY"}) { success } }"#,
            VALIDATION,
        ),
        (
            "an unknown argument",
            r#"mutation { set_secret(name: "A", value: "$CANARY") { success } }"#,
            VALIDATION,
        ),
        (
            "an unknown field of the input",
            r#"mutation { set_secret(input: {name: "A", secret: "$CANARY", value: 1}) { success } }"#,
            VALIDATION,
        ),
        ("an input that is text", r#"mutation { set_secret(input: "$CANARY") { success } }"#, VALIDATION),
        (
            "a name that is a list",
            r#"mutation { set_secret(input: {name: ["$CANARY"], value: 1}) { success } }"#,
            VALIDATION,
        ),
        ("a limit that is text", r#"{ secret(limit: "$CANARY") { name } }"#, VALIDATION),
        (
            "an unknown directive",
            r#"mutation { set_secret(input: {name: "A", value: "$CANARY"}) @hide(text: "$CANARY") { success } }"#,
            VALIDATION,
        ),
        (
            "a default of the wrong type",
            r#"query($n: Int = "$CANARY") { secret(limit: $n) { name } }"#,
            VALIDATION,
        ),
    ];
    check(&rows.map(|(what, document, code)| (what, document, json!({}), code))).await;
}

#[tokio::test]
async fn wrong_variables_are_refused_without_echo() {
    const SET: &str = "mutation($input: set_secret_input!) { set_secret(input: $input) { success } }";
    const LOG_IN: &str = "mutation($input: log_in_input!) { log_in(input: $input) { success } }";
    let rows = [
        ("of the wrong type", "query($n: Int) { secret(limit: $n) { name } }", json!({"n": CANARY})),
        ("a name that is an object", SET, json!({"input": {"name": {"of": CANARY}, "value": 1}})),
        ("without a name", SET, json!({"input": {"value": CANARY}})),
        ("a field too many", SET, json!({"input": {"name": "A", "value": CANARY, "secret": CANARY}})),
        ("text", SET, json!({"input": CANARY})),
        ("missing", SET, json!({"inputs": {"name": "A", "value": CANARY}})),
        (
            "one that the document does not declare",
            r#"mutation { set_secret(input: {name: "A", value: $value}) { success } }"#,
            json!({"value": CANARY}),
        ),
        (
            "of an unknown type",
            "mutation($input: put_secret_input!) { set_secret(input: $input) { success } }",
            json!({"input": {"name": "A", "value": CANARY}}),
        ),
        ("a misspelt password", LOG_IN, json!({"input": {"email": "a@acme.example", "pasword": CANARY}})),
        (
            "a password that is a list",
            LOG_IN,
            json!({"input": {"email": "a@acme.example", "password": [CANARY]}}),
        ),
    ];
    check(&rows.map(|(what, document, variables)| (what, document, variables, VALIDATION))).await;
}

#[tokio::test]
async fn credentials_and_addresses_are_neither_repeated_nor_logged() {
    let Scene { server, writer, runner, .. } = &Scene::new().await;
    server.store().must_stay_secret(CANARY);
    for client in [
        server.nobody().with_header("authorization", &format!("Basic {CANARY}")),
        server.with_key(CANARY),
        server.with_cookie(&format!("session={CANARY}")),
        runner.as_tenant(CANARY),
    ] {
        let answer = client.query("{ secret_names }").await;
        answer.assert_never_says(CANARY);
        assert!(!answer.errors().is_empty());
    }
    writer.get(&format!("/graphql?query={{secret_value(name:\"{CANARY}\")}}")).await;
    writer.post(&format!("/graphql?value={CANARY}"), r#"{"query": "{secret_names}"}"#).await;

    // Errors say where, and leave the rest of the answer.
    let answer = writer.query("{\n  secret_names\n  nonsense\n}").await;
    let location = &answer.body()["errors"][0]["locations"][0];
    assert_eq!(location, &json!({"line": 3, "column": 3}), "{answer:?}");

    writer.set("A", json!(1)).await;
    let answer = writer.query(r#"{ secret_names secret_value(name: "A") }"#).await;
    assert_eq!(answer.error().code, "FORBIDDEN");
    assert_eq!(answer.error().path, Some(json!(["secret_value"])));
    assert_eq!(answer.body()["data"], json!({"secret_names": ["A"], "secret_value": null}));
}
