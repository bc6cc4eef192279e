//! Requests and responses on the wire: the bytes that Prefect's clients send, and variations of them.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use strongroom_tests::{Client, Reply, Scene, aliased};

/// The document of `Client.set_secret` in Prefect 1.4.1, line breaks and all.
const SET: &str =
    "mutation($input: set_secret_input!) {\n    set_secret(input: $input) {\n        success\n    }\n}";

/// The document of `Secret.get` in Prefect 1.4.1.
const GET: &str = "query($name: String!) {\n        secret_value(name: $name)\n}";

const NAMES: &str = r#"{"query": "{secret_names}"}"#;
const NO_NAMES: &str = r#"{"data":{"secret_names":[]}}"#;

/// A body as Prefect builds it: the variables are JSON inside a JSON string.
fn prefect_body(document: &str, variables: &Value) -> String {
    json!({"query": document, "variables": variables.to_string()}).to_string()
}

fn set(name: &str, value: usize) -> Value {
    json!({"query": SET, "variables": {"input": {"name": name, "value": value}}})
}

async fn turned_away(client: &Client, path: &str, body: impl Into<Vec<u8>>) -> Reply {
    let request = client.request(Method::POST, path).header("content-type", "application/json");
    let reply = Reply::to(request.body(body.into())).await;
    assert!(reply.json()["errors"][0]["message"].is_string(), "{path}: {reply:?}");
    reply
}

#[tokio::test]
async fn every_form_of_request_is_taken_and_the_schema_has_the_types_of_clients() {
    let Scene { server, writer, runner, .. } = &Scene::new().await;
    let forms = r#"|, "variables": "null"|, "variables": ""|, "variables": "{}"|, "variables": " {} "|, "variables": null|,
        "variables": {}|, "variables": null, "operationName": null|, "operationName": ""|,
        "extensions": {"anything": 1}, "unknown": true"#;
    for more in forms.split('|') {
        let answer = writer.post("/graphql", format!(r#"{{"query": "{{secret_names}}"{more}}}"#)).await;
        assert_eq!(answer.text, NO_NAMES, "{more}");
    }
    let paths = "/ /graphql /graphql/ /graphql/alpha /graphql/alpha/ /graphql/graphql /graphql/alpha/graphql \
                 /some/where/graphql /some/where/graphql/";
    for path in paths.split(' ') {
        assert_eq!(writer.post(path, NAMES).await.text, NO_NAMES, "{path}");
    }
    for path in ["/a/b", "/graphqls", "/xgraphql", "/graphql/beta", "/team/secrets", "/assets/x.js", "/%00"] {
        assert_eq!(turned_away(writer, path, NAMES).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    for path in ["/graphql?query={secret_names}", "/?query={secret_names}", "/graphql"] {
        let reply = writer.get(path).await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND, "GET never runs a document: {path}: {reply:?}");
        assert!(!reply.text().contains("secret_names"), "{path}: {reply:?}");
    }
    // The operation is selected by its name.
    let two = "query A { secret_names } query B { secretNames }";
    for (document, name, expected) in [
        (two, Some("A"), Some(NO_NAMES)),
        (two, Some("B"), Some(r#"{"data":{"secretNames":[]}}"#)),
        (two, Some("C"), None),
        (two, None, None),
        ("query A { secret_names }", None, Some(NO_NAMES)),
        ("{ secret_names }", Some("A"), None),
    ] {
        let body = json!({"query": document, "operationName": name}).to_string();
        let answer = writer.post("/graphql", body).await;
        match expected {
            Some(text) => assert_eq!(answer.text, text, "{document} {name:?}"),
            None => assert!(!answer.errors().is_empty(), "{document} {name:?}"),
        }
    }
    // Prefect sends the variables as a JSON string.
    let input = json!({"input": {"name": "A B", "value": {"k": [1, null, "clé 🔑"]}}});
    let answer = writer.post("/", prefect_body(SET, &input)).await;
    assert_eq!(answer.text, r#"{"data":{"set_secret":{"success":true}}}"#);
    let answer = runner.post("/", prefect_body(GET, &json!({"name": "A B"}))).await;
    assert_eq!(answer.text, r#"{"data":{"secret_value":{"k":[1,null,"clé 🔑"]}}}"#);
    let answer = runner.post("/", r#"{"query": "query{secret_names}", "variables": "null"}"#).await;
    assert_eq!(answer.text, r#"{"data":{"secret_names":["A B"]}}"#);
    // Python's json.dumps escapes twice: once for the variables, once for the body.
    let variables = r#""{\"input\": {\"name\": \"cl\\u00e9 \\ud83d\\udd11\", \"value\": \"\\u00fc\\n\"}}""#;
    let body = format!(r#"{{"query": {}, "variables": {variables}}}"#, json!(SET));
    writer.post("/", body).await.assert_success("set_secret");
    assert_eq!(runner.value("clé 🔑").await, json!("ü\n"));
    // Introspection has the types of clients and those of the printed schema.
    let answer = writer.query("{ __schema { types { name kind } } }").await;
    let types = answer.list("/__schema/types");
    for (kind, names) in [
        ("INPUT_OBJECT", "set_secret_input setSecretInput delete_secret_input deleteSecretInput"),
        ("INPUT_OBJECT", "update_secret_input restore_secret_input"),
        ("INPUT_OBJECT", "create_api_key_input delete_api_key_input"),
        ("OBJECT", "success_payload role"),
        ("SCALAR", "JSON UUID DateTime role_name"),
        ("ENUM", "order_by"),
    ] {
        for name in names.split(' ') {
            assert!(types.contains(&json!({"name": name, "kind": kind})), "no {kind} {name}");
        }
    }
    let printed = server.store().run(&["schema"]).await.succeeded();
    for kind in types {
        let name = kind["name"].as_str().expect("a name");
        if !name.starts_with("__") && !["String", "Int", "Float", "Boolean", "ID"].contains(&name) {
            assert!(printed.contains(&format!(" {name}")), "{name} is missing in what `schema` prints");
        }
    }
}

#[tokio::test]
async fn malformed_requests_and_long_batches_are_errors_and_others_answered_in_order() {
    let Scene { writer, runner, .. } = &Scene::new().await;
    let named = r#"{\"input\": {\"name\": \"N\", \"value\": "#;
    for variables in [
        r#""canary""#,
        &format!(r#""{named}canary}}}}""#),
        &format!(r#""{named}\"canary\"""#),
        r#""\"canary\"""#,
        r#""[\"canary\"]""#,
        r#"["canary"]"#,
        "17",
        "true",
    ] {
        let body = format!(r#"{{"query": {}, "variables": {variables}}}"#, json!(SET));
        let answer = writer.post("/graphql", body).await;
        answer.assert_error("BAD_USER_INPUT");
        answer.assert_never_says("canary");
    }
    let bodies = r#"|canary|{|null|17|"canary"|{}|{"query": null}|{"query": 17}|{"query": ["canary"]}|
        {"variables": {"canary": 1}}|{"query": "{secret_names}", "operationName": 17}"#;
    let mut bodies: Vec<_> = bodies.split('|').map(str::to_owned).collect();
    for value in ["NaN", "Infinity", "-Infinity", r#"["canary", NaN]"#] {
        let variables = format!(r#"{{"input": {{"name": "canary", "value": {value}}}}}"#);
        bodies.push(format!(r#"{{"query": {}, "variables": {variables}}}"#, json!(SET)));
        bodies.push(format!(r#"{{"query": {}, "variables": {}}}"#, json!(SET), json!(variables)));
    }
    for body in bodies {
        let answer = writer.post("/graphql", body.as_str()).await;
        assert!(!answer.errors().is_empty(), "{body:?} gets {answer:?}");
        answer.assert_never_says("canary");
    }
    let no_utf8 = turned_away(writer, "/graphql", b"{\"query\": \"{ a\xff }\"}").await;
    assert_eq!(no_utf8.status, StatusCode::OK);
    for body in ["[]", "[17]", r#"["canary"]"#, "[null]", "[[]]"] {
        let answer = writer.post("/graphql", body).await;
        answer.assert_never_says("canary");
        assert!(answer.text.contains("errors") || answer.text == "[]", "{body}: {answer:?}");
    }
    assert_eq!(writer.names().await, [""; 0]);
    // A batch has at most 25 requests.
    let batch = |length: usize| {
        Value::Array((0..length).map(|index| set(&format!("N{index}"), 1)).collect()).to_string()
    };
    let answer = writer.post("/graphql", batch(26)).await;
    assert!(answer.body().is_object(), "too long a batch is one error: {answer:?}");
    answer.error();
    assert_eq!(writer.names().await, [""; 0], "and nothing of it has happened");

    assert_eq!(writer.post("/graphql", batch(25)).await.body().as_array().map(Vec::len), Some(25));
    assert_eq!(writer.names().await.len(), 25);
    for name in writer.names().await {
        writer.delete(&name).await;
    }

    let version = json!({"query": "{ secret { version } }"});
    // A document that panics the engine affects no other.
    let broken = json!({"query": "query($n: [Nope] = [\"x\"]) { secret_names }"});
    let nonsense = json!({"query": "{ nonsense }"});
    let batch = json!([set("N", 1), version, nonsense, set("N", 2), broken, set("N", 3), version]);
    let answer = writer.post("/graphql", batch.to_string()).await;
    let found = answer.body().as_array().expect("a list").iter().map(|one| match &one["errors"][0] {
        Value::Null => &one["data"],
        error => &error["extensions"]["code"],
    });
    let (done, invalid) = (json!({"set_secret": {"success": true}}), "GRAPHQL_VALIDATION_FAILED");
    let version = |version: i32| json!({"secret": [{"version": version}]});
    let expected = json!([done, version(1), invalid, done, invalid, done, version(3)]);
    assert_eq!(json!(found.collect::<Vec<_>>()), expected);
    // Each request may carry its variables as a string.
    writer.set_all(&[("A", "the first"), ("B", "the second")]).await;
    let get = |name: &str| json!({"query": GET, "variables": json!({"name": name}).to_string()});
    let answer = runner.post("/", json!([get("B"), get("A")]).to_string()).await;
    let expected = r#"[{"data":{"secret_value":"the second"}},{"data":{"secret_value":"the first"}}]"#;
    assert_eq!(answer.text, expected);
}

#[tokio::test]
async fn lists_of_a_session_are_compressed_and_answers_with_secrets_never() {
    let Scene { team, writer, runner, .. } = &Scene::new().await;
    let session = &team.session("administrator").await;
    writer.set_many("SECRET", 40).await;
    writer.set("LONG", json!("a long value".repeat(200))).await;
    let list = json!({"query": "{ secret { id name updated_by } }"});
    let value = json!({"query": "{ secret_value(name: \"LONG\") }"});
    let key = |number| format!("create_api_key(input: {{name: \"key {number}\"}}) {{ id key }}");
    let keys = json!({"query": aliased(&(0..20).map(key).collect::<Vec<_>>())});
    for (client, body, accepted, encoding) in [
        (session, &list, "gzip, br", "gzip"),
        (session, &json!([list, list]), "gzip", "gzip"),
        (session, &list, "identity", ""),
        (session, &list, "gzip;q=0", ""),
        (session, &keys, "gzip", ""),
        (session, &json!([list, keys]), "gzip", ""),
        (writer, &list, "gzip", ""),
        (runner, &value, "gzip", ""),
    ] {
        let request = client.request(Method::POST, "/graphql").header("content-type", "application/json");
        let request = request.header("accept-encoding", accepted).body(body.to_string());
        let reply = Reply::to(request).await;
        assert_eq!(reply.header("content-encoding"), encoding, "{body} {accepted}");
        if encoding.is_empty() {
            assert!(reply.bytes.len() > 2000 && reply.json().to_string().contains("data"), "{reply:?}");
        } else {
            assert!(reply.bytes.starts_with(&[0x1f, 0x8b]) && reply.bytes.len() < 3000, "{reply:?}");
        }
    }
}
