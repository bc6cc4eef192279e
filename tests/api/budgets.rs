//! The budget of a request covers its whole batch, all aliases and fragments. Requests of ordinary clients are within it;
//! the other limits are in `attacks`.

use serde_json::{Value, json};
use strongroom_tests::{Client, Scene, aliased, aliases};

const SECRETS: usize = 1000;

const VALUES: &str = "A request can read at most 250 values in all.";
const IMPORTS: &str = "A request can make one import or import preview.";
const ROWS: &str = "A request can list at most 10000 rows in all.";
const ANSWER: &str = "The response is too large";
const COUNT: &str = "/secret_aggregate/aggregate/count";
const HEAVY: &str = "The values in this request are too large in total";

fn batch(length: usize, kind: &str, field: &str, count: usize) -> Value {
    let document = format!("{kind} {{ {} }}", aliases(field, count));
    Value::Array(vec![json!({"query": document}); length])
}

/// The messages of a response's errors about the input, and the number of operations that failed.
async fn refusals(client: &Client, body: &Value) -> (Vec<String>, usize) {
    let answer = client.post("/graphql", body.to_string()).await;
    let operations = answer.body().as_array().expect("a list").iter();
    let errors: Vec<_> = operations.filter_map(|one| one["errors"].as_array()).collect();
    let of_input =
        errors.iter().copied().flatten().filter(|error| error["extensions"]["code"] == "BAD_USER_INPUT");
    let messages = of_input.map(|error| error["message"].as_str().expect("text").to_owned()).collect();
    (messages, errors.len())
}

#[tokio::test]
async fn a_request_has_one_budget_for_all_its_operations() {
    let scene = Scene::new().await;
    let secrets = (0..SECRETS).map(|index| json!({"name": format!("S{index:03}"), "value": "the value"}));
    let input = json!({"secrets": secrets.collect::<Vec<_>>()});
    scene.writer.done("import_secrets", input).await;
    let reader = scene.server.team("other").await.key("read-only").await;
    let ten: Vec<_> = (0..10).map(|index| format!("S{index:03}")).collect();
    let ten = format!("secret_values(names: {ten:?}) {{ value }}");
    let import = r#"import_secrets(input: {secrets: [{name: "S000", value: "guess"}]}) { success }"#;
    let guess = &import.replace("{secrets", "{preview: true, secrets");
    let heavy = format!("secret {{ {} }}", aliases("name", 200));
    let (some, others) = (aliases("name", 125), aliases("id", 75).replace('a', "b"));
    let in_fragments = format!("secret {{ ...{{ {some} }} ...{{ {others} }} }}");

    for (client, body, rule, refused) in [
        (&scene.runner, batch(1, "query", r#"secret_value(name: "S000")"#, 250), "", 0),
        (&scene.runner, batch(2, "query", r#"secret_value(name: "S000")"#, 126), VALUES, 1),
        (&scene.runner, batch(1, "query", r#"secretValue(name: "NONE")"#, 1), "", 1),
        (&scene.runner, batch(25, "query", &ten, 1), "", 0),
        (&scene.runner, batch(3, "query", &ten, 9), VALUES, 1),
        // A refused read costs as much: it is recorded.
        (&reader, batch(3, "query", r#"secret_value(name: "S000")"#, 100), VALUES, 3),
        (&scene.writer, batch(1, "mutation", guess, 1), "", 0),
        (&scene.writer, batch(1, "mutation", guess, 2), IMPORTS, 1),
        (&scene.writer, batch(3, "mutation", guess, 1), IMPORTS, 2),
        (&scene.writer, batch(2, "mutation", import, 1), IMPORTS, 1),
        (&scene.writer, batch(10, "query", "secret { name }", 1), "", 0),
        (&scene.writer, batch(1, "query", "secret { name }", 11), ROWS, 1),
        (&scene.writer, batch(12, "query", "secret_names", 1), ROWS, 2),
        (&scene.writer, batch(12, "query", "secret(limit: 900) { name }", 1), ROWS, 1),
        (&scene.writer, batch(6, "query", "secret_aggregate { aggregate { count } }", 200), ROWS, 1),
        (&scene.writer, batch(6, "query", r#"secret_version(name: "S000") { version }"#, 200), ROWS, 1),
        (&scene.writer, batch(6, "query", "deleted_secret { name }", 200), ROWS, 1),
        (&scene.writer, batch(10, "query", "secret_page(input: {limit: 980}) { total }", 1), "", 0),
        (&scene.writer, batch(4, "query", "secret_page(input: {limit: 0}) { total }", 200), ROWS, 2),
        (&scene.writer, batch(6, "query", r#"secret_lookalike(name: "S000") { name }"#, 200), ROWS, 1),
        (&scene.writer, batch(6, "query", "tenant { id }", 200), ROWS, 1),
        (&scene.writer, batch(1, "query", &heavy, 1), ANSWER, 1),
        (&scene.writer, batch(1, "query", &in_fragments, 1), ANSWER, 1),
    ] {
        let (said, operations) = refusals(client, &body).await;
        let text = body.to_string();
        let text: String = text.chars().take(120).collect();
        assert!(said.iter().all(|said| said.starts_with(rule)), "{said:?} for {text}");
        assert_eq!((!said.is_empty(), operations), (!rule.is_empty(), refused), "{said:?} for {text}");
    }
    assert_eq!(scene.writer.names().await.len(), SECRETS, "the next request has its own budget");
}

#[tokio::test]
async fn a_request_deletes_and_restores_five_thousand_secrets_together() {
    const MOST: usize = 5000;
    let Scene { writer, .. } = &Scene::new().await;
    writer.set_many("S", MOST).await;
    let named = |range: std::ops::Range<usize>| -> Value {
        range.map(|number| json!({"name": format!("S {number}")})).collect()
    };
    let document = "mutation($some: delete_secrets_input!, $others: delete_secrets_input!) {
        some: delete_secrets(input: $some) { success } others: delete_secrets(input: $others) { success } }";
    let variables = |middle, end| json!({"some": {"secrets": named(0..middle)}, "others": {"secrets": named(middle..end)}});
    let said = writer.graphql(document, variables(1, MOST + 1)).await.assert_error("BAD_USER_INPUT");
    assert_eq!(said, "A request deletes and restores at most 5000 secrets together.");
    assert_eq!(writer.query("{ secret_aggregate { aggregate { count } } }").await.data(COUNT), MOST - 1);
    writer.restore("S 0").await;
    let answer = writer.graphql(document, variables(MOST / 2, MOST)).await;
    assert_eq!(answer.data(""), &json!({"some": {"success": true}, "others": {"success": true}}));
    assert_eq!(writer.names().await, [""; 0]);
    writer.done("restore_secrets", json!({"secrets": named(0..MOST)})).await;
    assert_eq!(writer.query("{ secret_aggregate { aggregate { count } } }").await.data(COUNT), MOST);
}

#[tokio::test]
async fn large_ordinary_requests_are_within_the_budget_and_values_count_as_trees() {
    let Scene { writer, runner, .. } = &Scene::new().await;
    let of_type = (0..8).fold(String::new(), |inner, _| format!("kind name ofType {{ {inner} kind name }}"));
    let introspection = "query IntrospectionQuery { __schema {
        queryType { name } mutationType { name } subscriptionType { name }
        types { kind name description
            fields(includeDeprecated: true) { name description isDeprecated deprecationReason type { ...T }
                args { name description type { ...T } defaultValue } }
            inputFields { name type { ...T } defaultValue } interfaces { ...T } possibleTypes { ...T }
            enumValues(includeDeprecated: true) { name isDeprecated deprecationReason } }
        directives { name description locations args { name type { ...T } defaultValue } } } }";
    let answer = writer.query(&introspection.replace("...T", &of_type)).await;
    assert_eq!(answer.data("/__schema/queryType/name"), &json!("Query"));
    let set = "mutation($n: String!, $v: JSON) { set_secret(input: {name: $n, value: $v}) { success } }";
    let value = "x".repeat(64 * 1024 - 2);
    let batch =
        (0..25).map(|index| json!({"query": set, "variables": {"n": format!("N{index}"), "v": value}}));
    let answer = writer.post("/graphql", json!(batch.collect::<Vec<_>>()).to_string()).await;
    let answers = answer.body().as_array().expect("a list");
    assert!(answers.iter().all(|one| one["data"]["set_secret"]["success"] == true), "{answer:?}");
    assert_eq!(writer.names().await.len(), 25);
    let set = |index| format!("set_secret(input: {{name: \"A{index}\", value: {index}}}) {{ success }}");
    writer.query(&aliased(&(0..100).map(set).collect::<Vec<_>>())).await.data("/a99/success");
    assert_eq!(writer.names().await.len(), 125);
    // A single value is always answered.
    let flat = json!(vec![0; 32 * 1024 - 1]);
    let names = ["A", "B", "C", "D", "E"];
    for name in names {
        writer.set(name, flat.clone()).await;
    }
    let (fitting, rest) = names.split_at(3);
    for names in [fitting, rest] {
        assert_eq!(runner.try_values(names).await.list("/secret_values").len(), names.len());
    }
    let said = runner.try_values(&names).await.assert_error("BAD_USER_INPUT");
    assert!(said.starts_with(HEAVY), "{said}");
    let repeated = format!(r#"{{ secret_values(names: ["A"]) {{ {} }} }}"#, aliases("value", 6));
    let said = runner.query(&repeated).await.assert_error("BAD_USER_INPUT");
    assert!(said.starts_with(ANSWER), "{said}");
}
