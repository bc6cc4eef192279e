//! Hasura's arguments of `secret`: filters, order, pages.

use serde_json::{Value, json};
use strongroom_tests::{Answer, Client, Scene};

async fn library() -> Scene {
    let scene = Scene::new().await;
    let writer = &scene.writer;
    for name in ["AWS_KEY", "AWS_SECRET", "aws_region", "db 100%", "zeta"] {
        writer.set(name, json!(1)).await;
    }
    for value in 2..=3 {
        writer.set("zeta", json!(value)).await;
    }
    writer.done("update_secret", json!({"name": "aws_region", "description": "where"})).await;
    scene
}

async fn names(client: &Client, arguments: &str) -> Vec<Value> {
    client.column(&format!("secret({arguments})"), "name").await
}

async fn check(client: &Client, arguments: &str, expected: &[&str]) {
    assert_eq!(names(client, arguments).await, expected, "{arguments}");
}

#[tokio::test]
async fn rows_are_filtered_ordered_and_paged() {
    let Scene { writer: client, .. } = &library().await;
    let all = names(client, "order_by: {name: asc}").await;
    assert_eq!(all.len(), 5);
    let reversed: Vec<_> = all.iter().rev().cloned().collect();
    assert_eq!(names(client, "order_by: {name: desc}").await, reversed);
    assert_eq!(names(client, "order_by: [{name: desc}]").await, reversed);
    let created = ["AWS_KEY", "AWS_SECRET", "aws_region", "db 100%", "zeta"];
    check(client, "order_by: {created: asc}", &created).await;
    assert_eq!(names(client, "order_by: {version: desc}").await[0], "zeta");
    assert_eq!(names(client, "order_by: [{version: asc}, {name: desc}]").await[4], "zeta");
    let mut paged = Vec::new();
    for offset in [0, 2, 4, 6] {
        paged.extend(names(client, &format!("order_by: {{name: asc}}, limit: 2, offset: {offset}")).await);
    }
    assert_eq!(paged, all);
    check(client, "order_by: {created: asc}, limit: 1, offset: 4", &["zeta"]).await;
    check(client, "limit: 0", &[]).await;
    check(client, "offset: 5", &[]).await;
    for arguments in ["limit: -1", "offset: -1", "limit: 99999999999999999999", "limit: \"1\""] {
        client.query(&format!("{{ secret({arguments}) {{ name }} }}")).await.error();
    }
    // `where` compares columns and combines conditions.
    let everything = vec!["AWS_KEY", "AWS_SECRET", "aws_region", "db 100%", "zeta"];
    let id = client.listed("secret", "id", "name", "zeta").await["id"].clone();
    for (condition, expected) in [
        (r#"{name: {_eq: "zeta"}}"#, vec!["zeta"]),
        (r#"{name: {_eq: "ZETA"}}"#, vec![]),
        (r#"{name: {_neq: "zeta"}}"#, vec!["AWS_KEY", "AWS_SECRET", "aws_region", "db 100%"]),
        (r#"{name: {_in: ["zeta", "AWS_KEY", "missing"]}}"#, vec!["AWS_KEY", "zeta"]),
        ("{name: {_in: []}}", vec![]),
        (r#"{name: {_nin: ["zeta", "AWS_KEY"]}}"#, vec!["AWS_SECRET", "aws_region", "db 100%"]),
        (r#"{name: {_like: "AWS%"}}"#, vec!["AWS_KEY", "AWS_SECRET"]),
        (r#"{name: {_like: "%e%"}}"#, vec!["aws_region", "zeta"]),
        (r#"{name: {_like: "_eta"}}"#, vec!["zeta"]),
        (r#"{name: {_ilike: "aws%"}}"#, vec!["AWS_KEY", "AWS_SECRET", "aws_region"]),
        (r#"{name: {_eq: "db 100%"}}"#, vec!["db 100%"]),
        ("{}", everything.clone()),
        ("{version: {_gt: 1}}", vec!["zeta"]),
        ("{version: {_eq: 3}}", vec!["zeta"]),
        (r#"{description: {_eq: "where"}}"#, vec!["aws_region"]),
        (&format!("{{id: {{_eq: {id}}}}}"), vec!["zeta"]),
        (r#"{_and: [{name: {_like: "AWS%"}}, {name: {_neq: "AWS_KEY"}}]}"#, vec!["AWS_SECRET"]),
        (r#"{_or: [{name: {_eq: "zeta"}}, {name: {_eq: "AWS_KEY"}}]}"#, vec!["AWS_KEY", "zeta"]),
        (r#"{_not: {name: {_ilike: "aws%"}}}"#, vec!["db 100%", "zeta"]),
        (r#"{_not: {_or: [{name: {_eq: "zeta"}}, {name: {_ilike: "aws%"}}]}}"#, vec!["db 100%"]),
        (r#"{name: {_like: "AWS%", _neq: "AWS_KEY"}}"#, vec!["AWS_SECRET"]),
        ("{_and: []}", everything),
        ("{_or: []}", vec![]),
    ] {
        check(client, &format!("where: {condition}, order_by: {{created: asc}}"), &expected).await;
    }
    // Arguments may be variables.
    let document = "query($names: [String!], $limit: Int, $offset: Int) {
        secret(where: {name: {_in: $names}}, order_by: {created: desc}, limit: $limit, offset: $offset) { name } }";
    let variables = json!({"names": ["zeta", "AWS_KEY", "AWS_SECRET"], "limit": 1, "offset": 1});
    let answer = client.graphql(document, variables).await;
    assert_eq!(answer.data("/secret"), &json!([{"name": "AWS_SECRET"}]));

    let whole = "query($order: [secret_order_by!], $where: secret_bool_exp) {
        secret(where: $where, order_by: $order) { name } }";
    let variables = json!({"order": [{"name": "desc"}], "where": {"name": {"_like": "AWS%"}}});
    let answer = client.graphql(whole, variables).await;
    assert_eq!(answer.data("/secret"), &json!([{"name": "AWS_SECRET"}, {"name": "AWS_KEY"}]));
    // The aggregate counts the matches of `where`.
    for (arguments, count) in
        [("", 5), (r#"(where: {name: {_ilike: "aws%"}})"#, 3), ("(where: {_or: []})", 0)]
    {
        let document = format!("{{ secret_aggregate{arguments} {{ aggregate {{ count }} }} }}");
        let answer = client.query(&document).await;
        assert_eq!(answer.data(""), &json!({"secret_aggregate": {"aggregate": {"count": count}}}));
    }
    // Values are no column, and SQL is text.
    for document in [
        "{ secret { value } }",
        "{ secret { ciphertext } }",
        "{ secret(where: {value: {_eq: 1}}) { name } }",
        "{ secret(order_by: {value: asc}) { name } }",
    ] {
        let code = client.query(document).await.error().code;
        assert_eq!(code, "GRAPHQL_VALIDATION_FAILED", "{document}");
    }
    for text in ["' OR 1=1 --", "zeta'; DROP TABLE secret; --", "\\", "%' ESCAPE '"] {
        for operator in ["_eq", "_like"] {
            let query = format!(
                "query($text: String!) {{ secret(where: {{name: {{{operator}: $text}}}}) {{ name }} }}"
            );
            assert_eq!(client.graphql(&query, json!({"text": text})).await.data("/secret"), &json!([]));
        }
    }
    assert_eq!(client.names().await.len(), 5);
}

#[tokio::test]
async fn excessive_conditions_break_nothing_and_are_refused_without_a_key() {
    let Scene { server, writer: client, .. } = &library().await;
    let by_condition = "query($where: secret_bool_exp) { secret(where: $where) { name } }";
    let names = |count: usize| (0..count).map(|index| format!("N{index}")).collect::<Vec<_>>();
    let mut conditions = vec![json!({"name": {"_like": "%a".repeat(50_000)}})];
    conditions.extend([1_000, 10_000, 100_000].map(|count| json!({"name": {"_in": names(count)}})));
    conditions
        .extend([5, 20, 50].map(|depth| (0..depth).fold(json!({}), |inner, _| json!({"_and": [inner, {}]}))));
    let wide: Vec<_> = names(5_000).into_iter().map(|name| json!({"name": {"_eq": name}})).collect();
    conditions.push(json!({"_or": wide}));
    for condition in conditions {
        assert_harmless(&client.graphql(by_condition, json!({"where": condition})).await);
    }
    for depth in [5, 20, 100, 1_000] {
        let nested = format!("{}{{}}{}", "{_not:".repeat(depth), "}".repeat(depth));
        assert_harmless(&client.query(&format!("{{ secret(where: {nested}) {{ name }} }}")).await);
    }
    assert_eq!(client.names().await.len(), 5);
    // Without a key, all of them are refused.
    let nobody = server.nobody();
    for (open, close) in [("{_not:", "}"), ("{_and:[", "]}"), ("{_or:[{},", "]}")] {
        for depth in [12, 25, 40, 60, 120] {
            let literal = format!("{}{{}}{}", open.repeat(depth), close.repeat(depth));
            let variable: Value = serde_json::from_str(&literal.replace('_', "\"_").replace(':', "\":"))
                .unwrap_or_else(|_| json!({"_not": "too deep for JSON as well"}));
            for condition in ["secret_bool_exp", "tenant_bool_exp", "auth_api_key_bool_exp"] {
                let field = condition.trim_end_matches("_bool_exp");
                let by_variable = format!("query($where: {condition}) {{ {field}(where: $where) {{ id }} }}");
                let by_default = by_variable.replacen(") { ", &format!(" = {literal}) {{ "), 1);
                let in_part = by_variable.replace("where: $where", "where: {_and: [$where]}");
                let by_literal = format!("{{ {field}(where: {literal}) {{ id }} }}");
                for (document, variables) in [
                    (by_variable, json!({"where": variable})),
                    (by_default, json!({})),
                    (in_part, json!({"where": variable})),
                    (by_literal, json!({})),
                ] {
                    let answer = nobody.graphql(&document, variables).await;
                    assert!(!answer.errors().is_empty(), "{answer:?}");
                }
            }
        }
    }
}

/// No error is an internal one.
fn assert_harmless(answer: &Answer) {
    let client_errors = ["BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED"];
    assert!(answer.errors().iter().all(|error| client_errors.contains(&error.code.as_str())), "{answer:?}");
}
