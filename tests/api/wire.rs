//! The form of requests and answers on the wire: what Prefect's clients send, byte for byte, and its variations.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use strongroom_tests::{Client, Server};

use crate::Scene;

/// The document of `Client.set_secret` in Prefect 1.4.1, line breaks and all.
const SET: &str =
    "mutation($input: set_secret_input!) {\n    set_secret(input: $input) {\n        success\n    }\n}";

/// The document of `Secret.get` in Prefect 1.4.1.
const GET: &str = "query($name: String!) {\n        secret_value(name: $name)\n}";

/// A body as Prefect builds it: the variables are JSON inside a JSON string.
fn prefect_body(document: &str, variables: &Value) -> String {
    json!({"query": document, "variables": variables.to_string()}).to_string()
}

#[tokio::test]
async fn prefect_sets_and_gets_with_variables_as_a_json_string() {
    let Scene { server: _server, writer, runner } = Scene::new().await;

    let set = json!({"input": {"name": "A B", "value": {"k": [1, null, "x"]}}});
    let answer = writer.post("/", prefect_body(SET, &set)).await;
    assert_eq!(answer.text, r#"{"data":{"set_secret":{"success":true}}}"#);

    let answer = runner.post("/", prefect_body(GET, &json!({"name": "A B"}))).await;
    assert_eq!(answer.text, r#"{"data":{"secret_value":{"k":[1,null,"x"]}}}"#);

    let answer = runner.post("/", r#"{"query": "query{secret_names}", "variables": "null"}"#).await;
    assert_eq!(answer.text, r#"{"data":{"secret_names":["A B"]}}"#);
}

#[tokio::test]
async fn prefects_own_headers_change_nothing() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    let prefect = writer
        .with_header("user-agent", "python-requests/2.28.1")
        .with_header("accept", "*/*")
        .with_header("accept-encoding", "identity")
        .with_header("connection", "keep-alive")
        .with_header("x-prefect-core-version", "1.4.1")
        .as_tenant(&writer.tenant_id().await);
    let set = json!({"input": {"name": "HEADERS", "value": 1}});
    prefect.post("/", prefect_body(SET, &set)).await.assert_success("set_secret");
}

#[tokio::test]
async fn variables_may_be_null_in_every_way_or_missing() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    for variables in [
        "",
        r#", "variables": "null""#,
        r#", "variables": """#,
        r#", "variables": "{}""#,
        r#", "variables": " {} ""#,
        r#", "variables": null"#,
        r#", "variables": {}"#,
        r#", "variables": null, "operationName": null"#,
        r#", "operationName": """#,
        r#", "extensions": {"anything": 1}, "unknown": true"#,
    ] {
        let answer = writer.post("/graphql", format!(r#"{{"query": "{{secret_names}}"{variables}}}"#)).await;
        assert_eq!(answer.text, r#"{"data":{"secret_names":[]}}"#, "{variables}");
    }
}

#[tokio::test]
async fn variables_that_are_nothing_of_the_sort_are_an_error_without_echo() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    for variables in [
        r#""{\"input\": {\"name\": \"N\", \"value\": canary}}""#,
        r#""canary""#,
        r#""\"canary\"""#,
        r#""[\"canary\"]""#,
        r#"["canary"]"#,
        "17",
        "true",
        r#""{\"input\": {\"name\": \"N\", \"value\": \"canary\"""#,
    ] {
        let answer = writer
            .post("/graphql", format!(r#"{{"query": {}, "variables": {variables}}}"#, json!(SET)))
            .await;
        answer.assert_error("BAD_USER_INPUT");
        answer.assert_never_says("canary");
    }
    assert_eq!(writer.names().await, [""; 0]);
}

#[tokio::test]
async fn not_a_number_is_refused_without_echo_and_sets_nothing() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    for value in ["NaN", "Infinity", "-Infinity", r#"[\"canary\", NaN]"#] {
        let as_text = format!(
            r#"{{"query": {}, "variables": "{{\"input\": {{\"name\": \"canary\", \"value\": {value}}}}}"}}"#,
            json!(SET)
        );
        let answer = writer.post("/", as_text).await;
        assert!(!answer.errors().is_empty(), "{answer:?}");
        answer.assert_never_says("canary");

        let as_object = format!(
            r#"{{"query": {}, "variables": {{"input": {{"name": "canary", "value": {}}}}}}}"#,
            json!(SET),
            value.replace('\\', "")
        );
        let answer = writer.post("/", as_object).await;
        assert!(!answer.errors().is_empty(), "{answer:?}");
        answer.assert_never_says("canary");
    }
    assert_eq!(writer.names().await, [""; 0]);
}

#[tokio::test]
async fn a_body_that_is_no_request_is_told_so_in_graphql() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    for body in [
        "",
        "canary",
        "{",
        "null",
        "17",
        r#""canary""#,
        "{}",
        r#"{"query": null}"#,
        r#"{"query": 17}"#,
        r#"{"query": ["canary"]}"#,
        r#"{"variables": {"canary": 1}}"#,
        r#"{"query": "{secret_names}", "operationName": 17}"#,
    ] {
        let answer = writer.post("/graphql", body).await;
        assert!(!answer.errors().is_empty(), "{body:?} gets {answer:?}");
        answer.assert_never_says("canary");
    }
}

#[tokio::test]
async fn a_body_that_is_no_utf8_is_told_so_in_graphql() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    let request = writer
        .request(Method::POST, "/graphql")
        .header("content-type", "application/json")
        .body(b"{\"query\": \"{ a\xff }\"}".to_vec());
    let reply = strongroom_tests::client::Reply::to(request).await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(reply.json()["errors"][0]["message"].is_string());
}

#[tokio::test]
async fn every_path_that_a_client_has_ever_used_is_the_api() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    for path in [
        "/",
        "/graphql",
        "/graphql/",
        "/graphql/alpha",
        "/graphql/alpha/",
        "/graphql/graphql",
        "/graphql/alpha/graphql",
        "/some/where/graphql",
        "/some/where/graphql/",
    ] {
        let answer = writer.post(path, r#"{"query": "{secret_names}"}"#).await;
        assert_eq!(answer.text, r#"{"data":{"secret_names":[]}}"#, "{path}");
    }
}

#[tokio::test]
async fn other_paths_are_not_the_api_and_say_so_in_json() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    for path in ["/a/b", "/graphqls", "/graphql/beta", "/team/secrets", "/assets/x.js", "/%00"] {
        let request = writer
            .request(Method::POST, path)
            .header("content-type", "application/json")
            .body(r#"{"query": "{secret_names}"}"#);
        let reply = strongroom_tests::client::Reply::to(request).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}: {reply:?}");
        assert!(reply.json()["errors"][0]["message"].is_string(), "{path}: {reply:?}");
    }
}

#[tokio::test]
async fn get_never_runs_a_document() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    for path in ["/graphql?query={secret_names}", "/?query={secret_names}", "/graphql"] {
        let reply = writer.get(path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "{path}: {reply:?}");
        assert!(!reply.text().contains("secret_names"), "{path}: {reply:?}");
    }
}

#[tokio::test]
async fn the_operation_is_picked_by_its_name() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    let ask = async |name: Value| {
        let document = "query A { secret_names } query B { secretNames }";
        writer.post("/graphql", json!({"query": document, "operationName": name}).to_string()).await
    };
    assert_eq!(ask(json!("A")).await.text, r#"{"data":{"secret_names":[]}}"#);
    assert_eq!(ask(json!("B")).await.text, r#"{"data":{"secretNames":[]}}"#);
    assert!(!ask(json!("C")).await.errors().is_empty());
    assert!(!ask(json!(null)).await.errors().is_empty());
}

#[tokio::test]
async fn a_batch_is_answered_in_its_order() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    let set = |value: u32| json!({"query": SET, "variables": {"input": {"name": "N", "value": value}}});
    let version = json!({"query": "{ secret { version } }"});
    let batch = json!([set(1), version, {"query": "{ nonsense }"}, set(2), version]);
    let answer = writer.post("/graphql", batch.to_string()).await;
    let body = answer.body();
    assert_eq!(body[0], json!({"data": {"set_secret": {"success": true}}}));
    assert_eq!(body[1], json!({"data": {"secret": [{"version": 1}]}}));
    assert_eq!(body[2]["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(body[3], json!({"data": {"set_secret": {"success": true}}}));
    assert_eq!(body[4], json!({"data": {"secret": [{"version": 2}]}}));
    assert_eq!(body.as_array().map(Vec::len), Some(5));
}

#[tokio::test]
async fn a_document_that_panics_the_engine_leaves_the_rest_of_a_batch_alone() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    let set = |value: u32| json!({"query": SET, "variables": {"input": {"name": "N", "value": value}}});
    let broken = json!({"query": "query($n: [Nope] = [\"x\"]) { secret_names }"});
    let answer = writer.post("/graphql", json!([set(1), broken, set(2)]).to_string()).await;
    let body = answer.body();
    assert_eq!(body[0], json!({"data": {"set_secret": {"success": true}}}));
    assert_eq!(body[1]["errors"][0]["extensions"]["code"], "GRAPHQL_VALIDATION_FAILED");
    assert_eq!(body[2], json!({"data": {"set_secret": {"success": true}}}));
}

#[tokio::test]
async fn a_batch_has_25_requests_at_most() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    let batch = |length: usize| {
        let set = |index: usize| {
            let variables = json!({"input": {"name": format!("N{index}"), "value": 1}}).to_string();
            json!({"query": SET, "variables": variables})
        };
        Value::Array((0..length).map(set).collect()).to_string()
    };
    let answer = writer.post("/graphql", batch(26)).await;
    assert!(answer.body().is_object(), "too long a batch is one error: {answer:?}");
    answer.error();
    assert_eq!(writer.names().await, [""; 0], "and nothing of it has happened");

    let answer = writer.post("/graphql", batch(25)).await;
    assert_eq!(answer.body().as_array().map(Vec::len), Some(25));
    assert_eq!(writer.names().await.len(), 25);
}

#[tokio::test]
async fn a_batch_of_strings_or_of_nothing_does_no_harm() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    for body in ["[]", "[17]", r#"["canary"]"#, "[null]", "[[]]"] {
        let answer = writer.post("/graphql", body).await;
        answer.assert_never_says("canary");
        let errors = answer.text.contains("errors");
        assert!(errors || answer.text == "[]", "{body}: {answer:?}");
    }
}

#[tokio::test]
async fn each_request_of_a_batch_may_carry_its_variables_as_a_string() {
    let Scene { server: _server, runner, writer } = Scene::new().await;
    writer.set("A", json!("the first")).await;
    writer.set("B", json!("the second")).await;
    let get = |name: &str| json!({"query": GET, "variables": json!({"name": name}).to_string()});
    let answer = runner.post("/", json!([get("B"), get("A")]).to_string()).await;
    assert_eq!(
        answer.text,
        r#"[{"data":{"secret_value":"the second"}},{"data":{"secret_value":"the first"}}]"#
    );
}

#[tokio::test]
async fn names_outside_ascii_arrive_through_both_escapings() {
    let Scene { server: _server, writer, runner } = Scene::new().await;
    // Python's json.dumps escapes twice: once for the variables, once for the body.
    let body = concat!(
        r#"{"query": "mutation($input: set_secret_input!) { set_secret(input: $input) { success } }", "#,
        r#""variables": "{\"input\": {\"name\": \"cl\\u00e9 \\ud83d\\udd11\", \"value\": \"\\u00fc\\n\"}}"}"#
    );
    writer.post("/", body).await.assert_success("set_secret");
    assert_eq!(runner.names().await, ["clé 🔑"]);
    assert_eq!(runner.value("clé 🔑").await, json!("ü\n"));
}

#[tokio::test]
async fn introspection_tells_the_names_that_clients_declare() {
    let server = Server::start().await;
    let client: Client = server.team("acme").await.key("read-only").await;
    let answer = client.query("{ __schema { types { name kind } } }").await;
    let types = answer.data("/__schema/types").as_array().expect("a list").clone();
    for (name, kind) in [
        ("set_secret_input", "INPUT_OBJECT"),
        ("setSecretInput", "INPUT_OBJECT"),
        ("delete_secret_input", "INPUT_OBJECT"),
        ("deleteSecretInput", "INPUT_OBJECT"),
        ("update_secret_input", "INPUT_OBJECT"),
        ("restore_secret_input", "INPUT_OBJECT"),
        ("create_api_key_input", "INPUT_OBJECT"),
        ("delete_api_key_input", "INPUT_OBJECT"),
        ("success_payload", "OBJECT"),
        ("JSON", "SCALAR"),
        ("UUID", "SCALAR"),
        ("DateTime", "SCALAR"),
        ("role", "OBJECT"),
        ("role_name", "SCALAR"),
        ("order_by", "ENUM"),
    ] {
        assert!(types.contains(&json!({"name": name, "kind": kind})), "no {kind} {name}");
    }
}

#[tokio::test]
async fn the_schema_that_the_server_prints_is_the_schema_it_answers_by() {
    let server = Server::start().await;
    let client = server.team("acme").await.key("read-only").await;
    let sdl = server.store().run(&["schema"]).await.succeeded();
    let answer = client.query("{ __schema { types { name fields { name } } } }").await;
    for kind in answer.data("/__schema/types").as_array().expect("a list") {
        let name = kind["name"].as_str().expect("a name");
        if !name.starts_with("__") && !["String", "Int", "Float", "Boolean", "ID"].contains(&name) {
            assert!(sdl.contains(&format!(" {name}")), "{name} is missing in what `schema` prints");
        }
    }
}
