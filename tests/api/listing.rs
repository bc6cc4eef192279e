//! Hasura's arguments of `secret`: filters, order, pages. And the pages that people see.

use std::time::Duration;

use serde_json::{Value, json};
use strongroom_tests::{Answer, Client, Scene, assert_fields, from_now};

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

async fn page(client: &Client, input: Value) -> Value {
    let document = "query($input: secret_page_input!) { secret_page(input: $input) {
        all found total offset rows { drawn secret { name } } groups { prefix count folded start rows } } }";
    client.graphql(document, json!({"input": input})).await.data("/secret_page").clone()
}

fn names_of(page: &Value) -> Vec<&str> {
    let rows = page["rows"].as_array().expect("a list").iter();
    rows.map(|row| row["secret"]["name"].as_str().expect("a name")).collect()
}

async fn check_page(client: &Client, input: Value, expected: &[&str]) {
    assert_eq!(names_of(&page(client, input.clone()).await), expected, "{input}");
}

#[tokio::test]
async fn people_sort_search_and_filter_secrets_on_the_server() {
    let Scene { writer, runner, admin, .. } = &Scene::new().await;
    let names = ["v2", "-3", "b", "1a", "A", "10", "a", "2", "B", "1.5", "1.2.3", "02"];
    writer.set_names(&names).await;
    let mut sorted = ["-3", "1.5", "02", "2", "10", "1.2.3", "1a", "A", "a", "B", "b", "v2"];
    check_page(writer, json!({}), &sorted).await;
    check_page(writer, json!({"limit": 3, "offset": 4}), &sorted[4..7]).await;
    // Beyond the end is the last page.
    let last = page(writer, json!({"limit": 5, "offset": 50})).await;
    assert_eq!(names_of(&last), sorted[10..]);
    assert_fields(&last, json!({"offset": 10, "total": 12}));
    sorted.reverse();
    check_page(writer, json!({"descending": true}), &sorted).await;

    // Equal cells are sorted by name.
    for name in names {
        if !["a", "b", "v2"].contains(&name) {
            writer.delete(name).await;
        }
    }
    runner.value("v2").await;
    runner.value("b").await;
    admin.set("b", json!("another value")).await;
    for (sort, ascending, descending) in [
        ("name", ["a", "b", "v2"], ["v2", "b", "a"]),
        ("updated", ["v2", "a", "b"], ["b", "a", "v2"]),
        ("updated_by", ["b", "a", "v2"], ["a", "v2", "b"]),
        ("version", ["a", "v2", "b"], ["b", "a", "v2"]),
        ("last_read", ["a", "v2", "b"], ["b", "v2", "a"]),
        ("last_read_by", ["a", "b", "v2"], ["b", "v2", "a"]),
    ] {
        check_page(writer, json!({"sort": sort}), &ascending).await;
        check_page(writer, json!({"sort": sort, "descending": true}), &descending).await;
    }

    for name in ["AWS_KEY", "aws secret", "a.*", "ключ", "<b>", "100%"] {
        writer.set(name, json!("the value")).await;
    }
    let described = json!({"name": "a.*", "description": "The Warehouse of the data team"});
    writer.done("update_secret", described).await;
    writer.done("update_secret", json!({"name": "ключ", "new_name": "КЛЮЧ_2"})).await;
    for (search, expected) in [
        ("  aws ", &["aws secret", "AWS_KEY"][..]),
        (".*", &["a.*"]),
        ("ключ", &["КЛЮЧ_2"]),
        ("<B", &["<b>"]),
        (" warehouse", &["a.*"]),
        ("aws-key", &["AWS_KEY"]),
        ("aws.", &["AWS_KEY"]),
        ("_aws", &[]),
        ("a_ws", &[]),
        ("data  WAREHOUSE", &["a.*"]),
        (".warehouse", &[]),
        ("SECRET aws", &["aws secret"]),
        ("aws warehouse", &[]),
        ("% ", &["100%"]),
        ("\\", &[]),
        ("' OR 1=1 --", &[]),
        ("_", &["a.*", "AWS_KEY", "КЛЮЧ_2"]),
        ("zzz", &[]),
    ] {
        let found = page(writer, json!({"search": search})).await;
        let mut found_names = names_of(&found);
        found_names.sort_unstable();
        let mut expected = expected.to_vec();
        expected.sort_unstable();
        assert_eq!(found_names, expected, "{search}");
        assert_eq!((&found["all"], &found["total"]), (&json!(9), &json!(expected.len())), "{search}");
    }
    for (filters, expected) in [
        (json!(["never_read"]), &["100%", "<b>", "a", "a.*", "aws secret", "AWS_KEY", "КЛЮЧ_2"][..]),
        (json!(["unused"]), &[]),
        (json!(["no_description", "never_read"]), &["100%", "<b>", "a", "aws secret", "AWS_KEY", "КЛЮЧ_2"]),
    ] {
        check_page(writer, json!({"filters": filters}), expected).await;
    }
    check_page(writer, json!({"filters": vec!["unused"; 90_000]}), &[]).await;
    // A sigma at the end of a word is another letter.
    writer.set("ΟΔΟΣ.KEY", json!("the value")).await;
    for search in ["ΟΔΟΣ", "οδος key", "οδοσ"] {
        check_page(writer, json!({"search": search}), &["ΟΔΟΣ.KEY"]).await;
    }
    writer.delete("ΟΔΟΣ.KEY").await;
    check_page(admin, json!({"filters": ["changed_by_me"]}), &["b"]).await;
    check_page(admin, json!({"filters": ["changed_by_me"], "search": "a"}), &[]).await;

    for input in [
        json!({"limit": -1}),
        json!({"offset": -1}),
        json!({"search": "a".repeat(1001)}),
        json!({"search": "a ".repeat(21)}),
        json!({"filters": ["mine"]}),
        json!({"sort": "value"}),
        json!({"grouping": {"except": vec!["A_"; 1001]}}),
    ] {
        let document = "query($input: secret_page_input!) { secret_page(input: $input) { total } }";
        writer.graphql(document, json!({"input": input})).await.error();
    }
}

#[tokio::test]
async fn a_filter_finds_secrets_that_expire_soon() {
    let Scene { writer, .. } = &Scene::new().await;
    let day = |days: u64| from_now(Duration::from_hours(24 * days));
    for (name, expires_at) in
        [("SOON", day(13)), ("TOMORROW", day(1)), ("LATER", day(15)), ("NEVER", String::new())]
    {
        let input = json!({"name": name, "value": "the value", "expires_at": expires_at});
        writer.done("set_secret", input).await;
    }
    check_page(writer, json!({"filters": ["expiring"]}), &["SOON", "TOMORROW"]).await;
    let narrowed = json!({"filters": ["expiring", "never_read"], "search": "tom", "grouping": {}});
    check_page(writer, narrowed, &["TOMORROW"]).await;
    let document =
        "{ it: secret_page(input: {filters: [expiring]}) { all found rows { secret { expires_at } } } }";
    let page = writer.query(document).await.data("/it").clone();
    assert_fields(&page, json!({"all": 4, "found": 2}));
    let expires_at = page["rows"][0]["secret"]["expires_at"].as_str().expect("a time");
    assert_eq!(expires_at[..10], day(13)[..10]);
}

#[tokio::test]
async fn groups_of_names_fold_and_longest_names_are_listed() {
    let Scene { writer, admin, .. } = &Scene::new().await;
    for name in
        ["DB_URL", "db_old", "DB_PASSWORD", "TOKEN", "apps/web/KEY", "apps/web/ID", "apps/KEY", "AWS_KEY"]
    {
        writer.set(name, json!("the value")).await;
    }
    let group = |prefix: &str, count: i32, folded: bool, start: i32, rows: i32| json!({"prefix": prefix, "count": count, "folded": folded, "start": start, "rows": rows});
    let open = page(writer, json!({"grouping": {}})).await;
    let expected =
        ["apps/KEY", "apps/web/ID", "apps/web/KEY", "AWS_KEY", "DB_PASSWORD", "DB_URL", "db_old", "TOKEN"];
    assert_eq!(names_of(&open), expected);
    assert_eq!(open["groups"], json!([group("apps/web/", 2, false, 1, 2), group("DB_", 2, false, 4, 2)]));

    let part = page(writer, json!({"grouping": {}, "limit": 3, "offset": 2})).await;
    assert_eq!(names_of(&part), expected[2..5]);
    assert_eq!(part["groups"], json!([group("apps/web/", 2, false, 0, 1), group("DB_", 2, false, 2, 1)]));

    let folded = json!({"folded": true, "except": ["DB_"]});
    let folded = page(writer, json!({"grouping": folded, "limit": 4, "offset": 1})).await;
    assert_fields(&folded, json!({"all": 8, "total": 7, "offset": 1}));
    assert_eq!(names_of(&folded), ["AWS_KEY", "DB_PASSWORD", "DB_URL"]);
    assert_eq!(folded["groups"], json!([group("apps/web/", 2, true, 0, 0), group("DB_", 2, false, 1, 2)]));

    let found =
        json!({"grouping": {"folded": false, "except": ["DB_"]}, "search": "key", "descending": true});
    let found = page(writer, found).await;
    assert_eq!(names_of(&found), ["AWS_KEY", "apps/web/KEY", "apps/KEY"]);
    assert_eq!(found["groups"], json!([]));
    let by_version = page(writer, json!({"grouping": {}, "sort": "version", "limit": 3, "offset": 4})).await;
    assert_eq!(names_of(&by_version), ["DB_PASSWORD", "DB_URL", "db_old"]);

    // A key sees neither groups nor lookalikes beyond its limits.
    writer.set("D\u{412}_URL", json!("the value")).await;
    let (_, limited) = admin.new_key(json!({"name": "limited", "role": "user", "secrets": ["D*"]})).await;
    let seen = page(&limited, json!({"grouping": {"folded": true}})).await;
    assert_eq!((&seen["all"], names_of(&seen)), (&json!(3), vec!["D\u{412}_URL"]));
    assert_eq!(seen["groups"], json!([group("DB_", 2, true, 0, 0)]));
    assert_eq!(seen["rows"][0]["drawn"], "D‹U+0412›_URL");
    let (_, other) =
        admin.new_key(json!({"name": "limited", "role": "user", "secrets": ["D\u{412}*"]})).await;
    let seen = page(&other, json!({})).await;
    assert_eq!((&seen["all"], &seen["rows"][0]["drawn"]), (&json!(1), &Value::Null));
    let alike = async |client: &Client, name: &str| {
        client.column(&format!("secret_lookalike(name: {name:?})"), "name").await
    };
    for (client, name, expected) in [
        (writer, "DB_URL", &["DB_URL", "D\u{412}_URL"][..]),
        (writer, "D\u{392}_URL", &["DB_URL", "D\u{412}_URL"]),
        (writer, "db_url", &[]),
        (writer, "", &[]),
        (&other, "DB_URL", &["D\u{412}_URL"]),
    ] {
        let mut found = alike(client, name).await;
        found.sort_by_key(|name| name.as_str().map(str::to_owned));
        assert_eq!(found, expected, "{name}");
    }

    for letter in ["\u{1f511}", "\u{fdfa}", "\u{130}", "\u{10400}"] {
        let name = letter.repeat(255);
        writer.set(&name, json!("the value")).await;
        assert_eq!(alike(writer, &name).await, std::slice::from_ref(&name));
        check_page(writer, json!({"search": letter}), &[&name]).await;
    }
    let long = format!("{}_{}", "\u{1f511}".repeat(120), "\u{1f512}".repeat(133));
    writer.set(&long, json!("the value")).await;
    writer.set(&format!("{long}2"), json!("the value")).await;
    let grouped = page(writer, json!({"grouping": {"folded": true}, "search": "\u{1f512}"})).await;
    assert_eq!((&grouped["total"], &grouped["groups"][0]["count"]), (&json!(1), &json!(2)));
}
