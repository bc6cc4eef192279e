//! What those who run the server look at: health, readiness, metrics, logs.

use reqwest::{Method, StatusCode};
use serde_json::json;
use strongroom_tests::client::Reply;
use strongroom_tests::{Server, Store};

use crate::Scene;

#[tokio::test]
async fn a_server_that_runs_is_alive_and_ready() {
    let server = Server::start().await;
    for path in ["/healthz", "/readyz"] {
        let reply = server.nobody().get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {reply:?}");
    }
}

#[tokio::test]
async fn health_is_the_same_for_a_browser() {
    let server = Server::start().await;
    for path in ["/healthz", "/readyz", "/metrics"] {
        let reply = server.nobody().get_page(path).await;
        assert_eq!(reply.status, StatusCode::OK);
        assert!(!reply.text().contains("<html"), "{path} is not the page");
    }
}

/// The lines of `/metrics` that are samples.
async fn samples(server: &Server) -> Vec<String> {
    let reply = server.nobody().get("/metrics").await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(
        reply.header("content-type").starts_with("text/plain"),
        "{}",
        reply.header("content-type")
    );
    reply
        .text()
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(str::to_owned)
        .collect()
}

#[tokio::test]
async fn metrics_count_requests() {
    let Scene { server, writer, .. } = Scene::new().await;
    writer.set("A", json!(1)).await;
    let samples = samples(&server).await;
    assert!(!samples.is_empty());
    assert!(
        samples.iter().all(|line| line
            .rsplit(' ')
            .next()
            .is_some_and(|value| value.parse::<f64>().is_ok())),
        "Prometheus' text format: {samples:#?}"
    );
}

#[tokio::test]
async fn labels_are_bounded_and_name_nothing_of_anybody() {
    let Scene {
        server,
        writer,
        runner,
    } = Scene::new().await;
    let use_everything = async |round: usize| {
        let name = format!("SECRETNAME{round}");
        writer.set(&name, json!(format!("the value of {round}"))).await;
        runner.value(&name).await;
        writer.delete(&name).await;
        let client = writer.with_header("user-agent", &format!("agent-{round}"));
        client
            .post(
                "/graphql",
                json!({"query": format!("query Op{round} {{ secret_names }}"), "operationName": format!("Op{round}")})
                    .to_string(),
            )
            .await;
        client.query(&format!("{{ nonsense{round} }}")).await;
        client.get(&format!("/nowhere/{round}")).await;
        client.get_page(&format!("/page/{round}")).await;
        client
            .post(
                &format!("/some/{round}/graphql"),
                r#"{"query": "{secret_names}"}"#,
            )
            .await;
        let method = Method::from_bytes(format!("VERB{round}").as_bytes()).expect("a method");
        Reply::to(client.request(method, "/graphql")).await;
        server
            .with_key(&format!("sr_unknown_{round}"))
            .query("{ secret_names }")
            .await;
    };
    use_everything(100).await;
    samples(&server).await;
    let before = samples(&server).await.len();
    for round in 101..115 {
        use_everything(round).await;
    }
    let after = samples(&server).await;
    assert_eq!(after.len(), before, "new names make no new series: {after:#?}");
    let text = after.join("\n");
    for part in [
        "SECRETNAME",
        "the value",
        "agent-",
        "Op10",
        "nonsense",
        "nowhere",
        "VERB",
        "sr_",
        "acme",
    ] {
        assert!(!text.contains(part), "{part} in {text}");
    }
}

#[tokio::test]
async fn the_log_says_what_happens_but_no_values_keys_or_passwords() {
    let store = Store::new();
    let server = Server::start_on(&store, &["--log", "trace"]).await;
    let team = server.team("acme").await;
    let writer = team.key("user").await;
    let runner = team.key("runner").await;
    let session = team.session("administrator").await;
    writer.set("A", json!({"deeply": ["hidden value"]})).await;
    session.set("B", json!("typed in a browser")).await;
    assert_eq!(runner.value("A").await, json!({"deeply": ["hidden value"]}));
    let inline = r#"mutation { set_secret(input: {name: "C", value: "inline value"}) { success } }"#;
    store.must_stay_secret("inline value");
    writer.query(inline).await.assert_success("set_secret");
    writer.query("{ nonsense }").await;
    let store = server.store().clone();
    let log = server.log();
    assert!(!log.is_empty(), "a server that traces says something");
    store.assert_keeps_secrets("the log", &log);
    // And once more when the server goes.
}

#[tokio::test]
async fn an_address_in_use_stops_the_start_with_a_message_that_names_it() {
    let server = Server::start().await;
    let other = Store::new();
    let complaint = other.run(&["serve", "--listen", server.address()]).await.failed();
    assert!(complaint.contains(server.address()), "{complaint}");
}

#[tokio::test]
async fn the_process_stops_when_asked_and_the_next_one_starts() {
    let Scene { server, writer, .. } = Scene::new().await;
    writer.set("A", json!("kept over the stop")).await;
    let store = server.store().clone();
    server.stop().await;
    let server = store.serve().await;
    assert_eq!(writer.at(&server).names().await, ["A"]);
}
