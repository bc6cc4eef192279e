//! Errors: reported with status 200 and a code, and never with a piece of the request.

use serde_json::{Value, json};
use strongroom_tests::{Client, Scene};

const CANARY: &str = "canary-7d1e";
const SET: &str = "mutation($input: set_secret_input!) { set_secret(input: $input) { success } }";
const LOG_IN: &str = "mutation($input: log_in_input!) { log_in(input: $input) { success } }";

/// Checks that no answer contains the canary, and that nothing is set.
async fn check(writer: &Client, rows: impl IntoIterator<Item = (&'static str, Value, &'static str)>) {
    let mut wrong = Vec::new();
    for (document, variables, code) in rows {
        let answer = writer.graphql(&document.replace("$CANARY", CANARY), variables).await;
        answer.assert_never_says(CANARY);
        let errors = answer.errors();
        if errors.is_empty() || errors.iter().any(|error| error.code != code) {
            wrong.push(answer);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    assert_eq!(writer.names().await, [""; 0], "nothing has been set");
}

#[tokio::test]
async fn errors_show_their_place_and_nothing_of_the_request() {
    let Scene { server, writer, runner, .. } = &Scene::new().await;
    // The server's log is searched for it, too.
    server.store().must_stay_secret(CANARY);
    let malformed = [
        r#"mutation { "$CANARY" }"#,
        r#"mutation { set_secret(input: {name: "A", value: "$CANARY"}) { success }"#,
        r#"mutation { set_secret(input: {name: "A", value: "$CANARY}) { success } }"#,
        r#"mutation { set_secret(input: {name: "A", value: "\q $CANARY"}) { success } }"#,
        r#"mutation { set_secret(input: {name: "A", value: [1.2.3, "$CANARY"]}) { success } }"#,
    ];
    let invalid = [
        r#"mutation { set_secret(input: {name: "A", value: "$CANARY"}) { sucess } }"#,
        r#"mutation { put_secret(input: {name: "A", value: "$CANARY"}) { success } }"#,
        r#"mutation { set_secret(name: "A", value: "$CANARY") { success } }"#,
        r#"mutation { set_secret(input: {name: "A", secret: "$CANARY", value: 1}) { success } }"#,
        r#"mutation { set_secret(input: "$CANARY") { success } }"#,
        r#"mutation { set_secret(input: {name: ["$CANARY"], value: 1}) { success } }"#,
        r#"mutation { set_secret(input: {name: "A", value: "$CANARY"}) @hide(text: "$CANARY") { success } }"#,
        r#"{ secret(limit: "$CANARY") { name } }"#,
        r#"query($n: Int = "$CANARY") { secret(limit: $n) { name } }"#,
    ];
    let malformed = malformed.map(|document| (document, json!({}), "GRAPHQL_PARSE_FAILED"));
    let invalid = invalid.map(|document| (document, json!({}), "GRAPHQL_VALIDATION_FAILED"));
    check(writer, malformed.into_iter().chain(invalid)).await;
    // Neither do variables come back.
    let undeclared = r#"mutation { set_secret(input: {name: "A", value: $value}) { success } }"#;
    let unknown_type = "mutation($input: put_secret_input!) { set_secret(input: $input) { success } }";
    let rows = [
        ("query($n: Int) { secret(limit: $n) { name } }", json!({"n": CANARY})),
        (undeclared, json!({"value": CANARY})),
        (unknown_type, json!({"input": {"name": "A", "value": CANARY}})),
        (SET, json!({"input": {"name": {"of": CANARY}, "value": 1}})),
        (SET, json!({"input": {"value": CANARY}})),
        (SET, json!({"input": {"name": "A", "value": CANARY, "secret": CANARY}})),
        (SET, json!({"input": CANARY})),
        (SET, json!({"inputs": {"name": "A", "value": CANARY}})),
        (LOG_IN, json!({"input": {"email": "a@acme.example", "pasword": CANARY}})),
        (LOG_IN, json!({"input": {"email": "a@acme.example", "password": [CANARY]}})),
    ];
    check(writer, rows.map(|(document, variables)| (document, variables, "GRAPHQL_VALIDATION_FAILED"))).await;
    // Nor do credentials and addresses.
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
    // Errors have their place, and leave the rest of the answer.
    let answer = writer.query("{\n  secret_names\n  nonsense\n}").await;
    let location = &answer.body()["errors"][0]["locations"][0];
    assert_eq!(location, &json!({"line": 3, "column": 3}), "{answer:?}");
    writer.set("A", json!(1)).await;
    let answer = writer.query(r#"{ secret_names secret_value(name: "A") }"#).await;
    assert_eq!(answer.error().code, "FORBIDDEN");
    assert_eq!(answer.error().path, Some(json!(["secret_value"])));
    assert_eq!(answer.body()["data"], json!({"secret_names": ["A"], "secret_value": null}));
}
