//! Limits: everything that ordinary clients send is within them. What exceeds them is in `attacks`.

use serde_json::json;
use strongroom_tests::client::aliased;
use strongroom_tests::{Client, Server};

async fn scene() -> (Server, Client) {
    let server = Server::start().await;
    let client = server.team("acme").await.key("user").await;
    (server, client)
}

#[tokio::test]
async fn the_introspection_of_common_tools_is_not_too_deep() {
    let (_server, client) = scene().await;
    let of_type = (0..8).fold(String::new(), |inner, _| format!("kind name ofType {{ {inner} kind name }}"));
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
async fn a_batch_may_hold_25_values_of_full_size() {
    let (_server, client) = scene().await;
    let set = "mutation($n: String!, $v: JSON) { set_secret(input: {name: $n, value: $v}) { success } }";
    let value = "x".repeat(64 * 1024 - 2);
    let batch: Vec<_> = (0..25)
        .map(|index| json!({"query": set, "variables": {"n": format!("N{index}"), "v": value}}))
        .collect();
    let answer = client.post("/graphql", json!(batch).to_string()).await;
    let answers = answer.body().as_array().expect("a list");
    assert!(answers.iter().all(|one| one["data"]["set_secret"]["success"] == json!(true)), "{answer:?}");
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
