//! Operations: health, readiness, metrics, logs.

use reqwest::{Method, StatusCode};
use serde_json::json;
use strongroom_tests::{Reply, Scene, Server, Store, assert_says, wait};

async fn samples(server: &Server) -> Vec<String> {
    let reply = server.nobody().get("/metrics").await;
    assert_eq!(reply.status, StatusCode::OK);
    assert!(reply.header("content-type").starts_with("text/plain"), "{}", reply.header("content-type"));
    let samples = reply.text().lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    samples.map(str::to_owned).collect()
}

/// The value of a series, given as `name label value`.
async fn counted(server: &Server, series: &str) -> f64 {
    let [name, label, value] = series.split(' ').collect::<Vec<_>>().try_into().expect("three words");
    server.metric(&format!("strongroom_{name}_total{{{label}=\"{value}\"}} ")).await
}

#[tokio::test]
async fn operations_are_counted_by_outcome_and_reason() {
    let Scene { server, team, admin, runner, .. } = &Scene::new().await;
    // Counters begin at 0, so that an alert sees the first event.
    let begun = samples(server).await;
    for series in [
        "panics_total 0",
        "worker_panics_total{worker=\"writer\"} 0",
        "log_ins_total{outcome=\"throttled\"} 0",
        "graphql_operations_total{outcome=\"API_ERROR\"} 0",
        "requests_refused_total{reason=\"revoked_key\"} 0",
    ] {
        assert!(begun.contains(&format!("strongroom_{series}")), "{series} is not in {begun:#?}");
    }
    let person = team.person("user").await;
    let (id, revoked) = admin.new_key(json!({"name": "old", "role": "runner"})).await;
    admin.done("delete_api_key", json!({"key_id": id})).await;
    let (_, expired) = admin.new_key(json!({"name": "older", "role": "runner"})).await;
    let past = "UPDATE api_keys SET expires = '2001-01-01 00:00:00+00:00' WHERE name = 'older'";
    assert_eq!(server.store().sql(past).await, 1);

    let log_in = |email: &str, password: &str| {
        format!("mutation {{ log_in(input: {{email: {email:?}, password: {password:?}}}) {{ success }} }}")
    };
    let (nobody, browser) = (server.nobody(), server.nobody());
    let unknown = server.with_key("sr_0000000000000000000000000000000000000000000000000");
    let malformed = nobody.with_header("authorization", "Basic something");
    let stranger = runner.as_tenant("00000000-0000-4000-8000-000000000000");
    let names = || "{ secret_names }".to_owned();
    let both = "{ secret_value(name: \"A\") member { email } }";
    let ok = "graphql_operations outcome ok";
    for (client, document, outcome, further) in [
        (runner, names(), "ok", ok),
        (&browser, log_in(&person.email, &person.password), "ok", "log_ins outcome ok"),
        (&browser, log_in(&person.email, "wrong"), "refused", "log_ins outcome wrong_password"),
        (&browser, log_in("x@acme.example", "wrong"), "refused", "log_ins outcome unknown_account"),
        (&nobody, names(), "UNAUTHENTICATED", "requests_refused reason no_credential"),
        (&malformed, names(), "UNAUTHENTICATED", "requests_refused reason malformed_credential"),
        (&unknown, names(), "UNAUTHENTICATED", "requests_refused reason unknown_credential"),
        (&expired, names(), "UNAUTHENTICATED", "requests_refused reason expired_key"),
        (&revoked, names(), "UNAUTHENTICATED", "requests_refused reason revoked_key"),
        (&stranger, names(), "FORBIDDEN", "requests_refused reason other_team"),
        (runner, "{ member { email } }".to_owned(), "FORBIDDEN", "requests_refused reason forbidden"),
        (runner, "{ nonsense }".to_owned(), "GRAPHQL_VALIDATION_FAILED", "requests_refused reason bad_input"),
        // The most severe of several errors counts, not the first.
        (runner, both.to_owned(), "FORBIDDEN", "requests_refused reason forbidden"),
    ] {
        let outcome = format!("graphql_operations outcome {outcome}");
        let count = async || {
            let (ok, outcome) = (counted(server, ok).await, counted(server, &outcome).await);
            (ok, outcome, counted(server, further).await)
        };
        let before = count().await;
        client.query(&document).await;
        let is_ok = f64::from(ok == outcome);
        let expected = (before.0 + is_ok, before.1 + 1.0, before.2 + 1.0);
        assert_eq!(count().await, expected, "{document}: {further}");
    }
    wait::is("guesses are throttled", async || {
        browser.query(&log_in("x@acme.example", "wrong")).await;
        counted(server, "log_ins outcome throttled").await > 0.0
    })
    .await;
    let log = server.log();
    assert!(log.contains("unknown account") && log.contains("address=\"127.0.0.1\""), "{log}");
    assert!(!log.contains("x@acme.example"), "{log}");
}

#[tokio::test]
async fn a_broken_audit_log_affects_only_its_team() {
    const OF_ACME: &str = "team_id = (SELECT id FROM teams WHERE slug = 'acme')";
    let server = Server::start().await;
    let store = server.store();
    let mut runners = Vec::new();
    for slug in ["acme", "other"] {
        let team = server.team(slug).await;
        team.key("user").await.set("A", json!(slug)).await;
        runners.push(team.key("runner").await);
    }
    let last = store.sql_number(&format!("SELECT max(sequence) FROM audit_entries WHERE {OF_ACME}")).await;
    let renumber = async |from: i64, to: i64| {
        let update =
            format!("UPDATE audit_entries SET sequence = {to} WHERE sequence = {from} AND {OF_ACME}");
        assert_eq!(store.sql(&update).await, 1);
    };
    renumber(last, i64::MAX).await;
    assert_says(&store.refused(&["admin", "audit", "verify"], "acme: entry ").await, &["other: "]);
    for _ in 0..5 {
        // Concurrent requests share a batch.
        let (broken, fine) = tokio::join!(runners[0].try_value("A"), runners[1].value("A"));
        broken.assert_error("API_ERROR");
        assert_eq!(fine, "other");
    }
    for path in ["/healthz", "/readyz"] {
        let reply = server.nobody().get(path).await;
        assert_eq!(reply.status, StatusCode::OK, "{path}: {}", reply.text());
    }
    renumber(i64::MAX, last).await;
    assert_eq!(runners[0].value("A").await, "acme");
}

#[tokio::test]
async fn a_running_server_is_healthy_and_its_metrics_have_bounded_labels_without_names() {
    let Scene { server, writer, runner, .. } = &Scene::new().await;
    let use_everything = async |round: usize| {
        let name = format!("SECRETNAME{round}");
        writer.set(&name, json!(format!("the value of {round}"))).await;
        runner.value(&name).await;
        writer.delete(&name).await;
        let client = writer.with_header("user-agent", &format!("agent-{round}"));
        let query = format!("query Op{round} {{ secret_names }}");
        let operation = json!({"query": query, "operationName": format!("Op{round}")});
        client.post("/graphql", operation.to_string()).await;
        client.query(&format!("{{ nonsense{round} }}")).await;
        client.get(&format!("/nowhere/{round}")).await;
        client.get_page(&format!("/page/{round}")).await;
        client.post(&format!("/some/{round}/graphql"), r#"{"query": "{secret_names}"}"#).await;
        let method = Method::from_bytes(format!("VERB{round}").as_bytes()).expect("a method");
        Reply::to(client.request(method, "/graphql")).await;
        server.with_key(&format!("sr_unknown_{round}")).query("{ secret_names }").await;
    };
    use_everything(100).await;
    samples(server).await;
    let before = samples(server).await.len();
    for round in 101..115 {
        use_everything(round).await;
    }
    let after = samples(server).await;
    assert_eq!(after.len(), before, "new names make no new series: {after:#?}");
    let text = after.join("\n");
    for part in ["SECRETNAME", "the value", "agent-", "Op10", "nonsense", "nowhere", "VERB", "sr_", "acme"] {
        assert!(!text.contains(part), "{part} in {text}");
    }

    for path in ["/healthz", "/readyz", "/metrics"] {
        for reply in [server.nobody().get(path).await, server.nobody().get_page(path).await] {
            assert_eq!(reply.status, StatusCode::OK, "{path}: {reply:?}");
            assert!(!reply.text().contains("<html"), "{path} is not the page");
        }
    }
    let samples = samples(server).await;
    let is_sample = |line: &String| line.rsplit(' ').next().is_some_and(|value| value.parse::<f64>().is_ok());
    assert!(!samples.is_empty() && samples.iter().all(is_sample), "Prometheus' text format: {samples:#?}");
    Store::new().refused(&["serve", "--listen", server.address()], server.address()).await;
}

#[tokio::test]
async fn the_log_has_no_values_keys_or_passwords() {
    let store = Store::new();
    let scene = Scene::on(Server::start_on(&store, &["--log", "trace"]).await).await;
    let Scene { server, team, writer, runner, .. } = &scene;
    let session = team.session("administrator").await;
    writer.set("A", json!({"deeply": ["hidden value"]})).await;
    session.set("B", json!("typed in a browser")).await;
    assert_eq!(runner.value("A").await, json!({"deeply": ["hidden value"]}));
    let inline = r#"mutation { set_secret(input: {name: "C", value: "inline value"}) { success } }"#;
    store.must_stay_secret("inline value");
    writer.query(inline).await.assert_success("set_secret");
    writer.query("{ nonsense }").await;
    let log = server.log();
    assert!(!log.is_empty(), "a tracing server logs something");
    store.assert_keeps_secrets("the log", &log);
    // The log is checked again when the server stops.
}
