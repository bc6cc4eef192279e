//! Limits: what is too much is refused at once, and the server goes on answering everyone else.

use reqwest::Method;
use serde_json::json;
use strongroom_tests::client::{Reply, aliased};
use strongroom_tests::{Client, Server};

async fn scene() -> (Server, Client) {
    let server = Server::start().await;
    let client = server.team("acme").await.key("user").await;
    (server, client)
}

/// Sends a body that is too much in some way: the answer is an error, and the server still answers afterwards.
async fn check_refused(body: String) {
    let (_server, client) = scene().await;
    let request = client
        .request(Method::POST, "/graphql")
        .header("content-type", "application/json")
        .body(body);
    let reply = Reply::to(request).await;
    assert!(
        reply.status.as_u16() == 200 || reply.status.as_u16() == 413,
        "{reply:?}"
    );
    let error = &reply.json()["errors"][0];
    assert!(
        error["message"].is_string() && error["extensions"]["code"].is_string(),
        "{error}"
    );
    assert_eq!(client.names().await, [""; 0]);
}

fn document(text: &str) -> String {
    json!({"query": text}).to_string()
}

#[tokio::test]
async fn the_introspection_of_common_tools_is_not_too_deep() {
    let (_server, client) = scene().await;
    let of_type = (0..8).fold(String::new(), |inner, _| {
        format!("kind name ofType {{ {inner} kind name }}")
    });
    let answer = client
        .query(&format!(
            "query IntrospectionQuery {{ __schema {{
                queryType {{ name }} mutationType {{ name }} subscriptionType {{ name }}
                types {{ kind name description
                    fields(includeDeprecated: true) {{ name description
                        args {{ name description type {{ {of_type} }} defaultValue }}
                        type {{ {of_type} }} isDeprecated deprecationReason }}
                    inputFields {{ name type {{ {of_type} }} defaultValue }}
                    interfaces {{ {of_type} }}
                    enumValues(includeDeprecated: true) {{ name isDeprecated deprecationReason }}
                    possibleTypes {{ {of_type} }} }}
                directives {{ name description locations args {{ name type {{ {of_type} }} defaultValue }} }}
            }} }}"
        ))
        .await;
    assert_eq!(answer.data("/__schema/queryType/name"), &json!("Query"));
}

#[tokio::test]
async fn a_selection_that_is_too_deep_is_refused() {
    let nested = (0..200).fold("name".to_owned(), |inner, _| format!("ofType {{ {inner} }}"));
    check_refused(document(&format!("{{ __type(name: \"Query\") {{ {nested} }} }}"))).await;
}

#[tokio::test]
async fn a_condition_that_is_too_deep_is_refused() {
    let nested = (0..5000).fold("{}".to_owned(), |inner, _| format!("{{_not: {inner}}}"));
    check_refused(document(&format!("{{ secret(where: {nested}) {{ name }} }}"))).await;
}

#[tokio::test]
async fn a_document_of_nothing_but_braces_is_refused() {
    check_refused(document(&"{".repeat(50_000))).await;
}

#[tokio::test]
async fn a_list_of_lists_of_lists_is_refused() {
    let nested = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    check_refused(document(&format!(
        "mutation {{ set_secret(input: {{name: \"A\", value: {nested}}}) {{ success }} }}"
    )))
    .await;
}

#[tokio::test]
async fn a_variable_of_lists_of_lists_is_refused() {
    let nested = format!("{}{}", "[".repeat(50_000), "]".repeat(50_000));
    let set = "mutation($v: JSON) { set_secret(input: {name: \"A\", value: $v}) { success } }";
    let variables = format!(r#"{{"v": {nested}}}"#);
    check_refused(format!(
        r#"{{"query": {}, "variables": {variables}}}"#,
        json!(set)
    ))
    .await;
    check_refused(format!(
        r#"{{"query": {}, "variables": {}}}"#,
        json!(set),
        json!(variables)
    ))
    .await;
}

#[tokio::test]
async fn a_batch_of_batches_is_refused() {
    check_refused(format!("{}{}", "[".repeat(50_000), "]".repeat(50_000))).await;
}

#[tokio::test]
async fn too_many_aliases_are_refused_before_any_of_them_runs() {
    let fields: Vec<String> = (0..5000)
        .map(|index| format!("set_secret(input: {{name: \"A{index}\", value: 1}}) {{ success }}"))
        .collect();
    check_refused(document(&aliased(&fields))).await;
}

#[tokio::test]
async fn aliases_that_multiply_through_fragments_are_refused() {
    let fragments: Vec<String> = (0..12)
        .map(|level| {
            let next = format!("...f{} ", level + 1);
            format!("fragment f{level} on Query {{ {} }}", next.repeat(8))
        })
        .collect();
    let text = format!(
        "{{ ...f0 }} {} fragment f12 on Query {{ secret_names }}",
        fragments.join(" ")
    );
    check_refused(document(&text)).await;
}

#[tokio::test]
async fn a_fragment_that_spreads_itself_is_refused() {
    check_refused(document("{ ...f } fragment f on Query { secret_names ...f }")).await;
    check_refused(document(
        "{ ...f } fragment f on Query { ...g } fragment g on Query { ...f }",
    ))
    .await;
}

#[tokio::test]
async fn many_directives_on_one_field_are_refused() {
    check_refused(document(&format!(
        "{{ secret_names {} }}",
        "@include(if: true) ".repeat(5000)
    )))
    .await;
}

#[tokio::test]
async fn a_body_that_is_too_large_is_refused() {
    let value = "x".repeat(6 * 1024 * 1024);
    let set = "mutation($v: JSON) { set_secret(input: {name: \"A\", value: $v}) { success } }";
    check_refused(json!({"query": set, "variables": {"v": value}}).to_string()).await;
}

#[tokio::test]
async fn a_batch_may_hold_25_values_of_full_size() {
    let (_server, client) = scene().await;
    let set = "mutation($n: String!, $v: JSON) { set_secret(input: {name: $n, value: $v}) { success } }";
    let value = "x".repeat(64 * 1024 - 2);
    let batch: Vec<_> = (0..25)
        .map(|index| json!({"query": set, "variables": {"n": format!("N{index}"), "v": value}}))
        .collect();
    let answer = client.post("/graphql", json!(batch).to_string()).await;
    let answers = answer.body().as_array().expect("a list");
    assert!(
        answers
            .iter()
            .all(|one| one["data"]["set_secret"]["success"] == json!(true)),
        "{answer:?}"
    );
    assert_eq!(client.names().await.len(), 25);
}

#[tokio::test]
async fn a_hundred_aliases_are_fine() {
    let (_server, client) = scene().await;
    let fields: Vec<String> = (0..100)
        .map(|index| format!("set_secret(input: {{name: \"A{index}\", value: {index}}}) {{ success }}"))
        .collect();
    client.query(&aliased(&fields)).await.data("/a99/success");
    assert_eq!(client.names().await.len(), 100);
}
