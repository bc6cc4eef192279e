//! The results of Prefect's client for each kind of answer from the server. No exception shows a value.

use serde_json::json;
use strongroom_tests::assert_says;
use strongroom_tests::python::{Ask, Outcome, Prefect};

use crate::Scene;

/// A value that no exception may show.
const CANARY: &str = "'canary' + '-7d1e'";

fn assert_keeps_the_canary(outcome: &Outcome) {
    assert!(!outcome.text().contains("canary-7d1e"), "the exception shows the value: {outcome:?}");
}

#[tokio::test]
async fn unknown_keys_other_paths_missing_secrets_and_permissions_raise_prefects_exceptions() {
    let Scene { server, team, writer, runner } = Scene::new().await;
    for (prefect, exception, part) in [
        (Prefect::at(&server).with_key("sr_unknown_unknown_unknown"), "AuthorizationError", ""),
        (Prefect::at(&server).with_key("12345"), "AuthorizationError", ""),
        (Prefect::at(&server), "AuthorizationError", ""),
        (writer.with("PREFECT__CLOUD__API", &format!("{}/a/b", server.url())), "HTTPError", "404"),
    ] {
        let asked = [Ask::Set("A", CANARY), Ask::Get("A"), Ask::Exists("A"), Ask::TenantId];
        let outcomes = prefect.ask(asked).await;
        for outcome in &outcomes[..3] {
            assert_eq!(outcome.raised(), exception, "{outcome:?}");
            assert!(outcome.is_a("ClientError") || exception == "HTTPError", "{outcome:?}");
            assert!(outcome.text().contains(part), "{outcome:?}");
            assert_keeps_the_canary(outcome);
        }
        assert!([exception, "ValueError"].contains(&outcomes[3].raised()), "{:?}", outcomes[3]);
    }

    // A missing secret is a KeyError, and a missing permission a ClientError.
    let [_, by_writer, exists] =
        writer.ask([Ask::Set("A", "'the value'"), Ask::Get("A"), Ask::Exists("A")]).await;
    assert_eq!(exists.returned(), "True", "a role without values sees names");
    let asked = [Ask::Exists("A"), Ask::Exists("MISSING"), Ask::Exists("a"), Ask::Get("A")];
    let returned = runner.ask(asked).await;
    assert_eq!(returned.each_ref().map(Outcome::returned), ["True", "False", "False", "'the value'"]);
    let [by_runner, missing] = runner.ask([Ask::Set("A", CANARY), Ask::Get("MISSING")]).await;
    assert_eq!(missing.raised(), "KeyError");
    assert_says(missing.text(), &["The secret MISSING was not found"]);
    let read_only = Prefect::at(&server).with_key(&team.new_key("read-only").await);
    let [set, get, exists] = read_only.ask([Ask::Set("A", CANARY), Ask::Get("A"), Ask::Exists("A")]).await;
    assert_eq!(exists.returned(), "True");
    for outcome in [&by_runner, &by_writer, &set, &get] {
        assert_eq!(outcome.raised(), "ClientError", "{outcome:?}");
        assert!(outcome.text().contains("FORBIDDEN"), "{outcome:?}");
        assert!(!outcome.text().contains("the value"), "{outcome:?}");
        assert_keeps_the_canary(outcome);
    }
}

#[tokio::test]
async fn a_refusal_is_a_client_error_without_the_value() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    let long = "A".repeat(256);
    let refused = [
        // The error names the rule.
        (Ask::Set("", CANARY), "required"),
        (Ask::Set(" A", CANARY), "white space"),
        (Ask::Set("A\nB", CANARY), "control characters"),
        (Ask::Set(&long, CANARY), "255"),
        (Ask::Set("5", CANARY), ""),
        (Ask::Set("None", CANARY), ""),
        (Ask::Set("A", "'canary-7d1e' * 10000"), "65536"),
        // JSON has no such numbers.
        (Ask::Set("A", "float('nan')"), ""),
        (Ask::Set("A", "float('inf')"), ""),
        (Ask::Set("A", "['canary' + '-7d1e', float('-inf')]"), ""),
        (Ask::Set("A", "{'a': float('nan'), 'b': 'canary' + '-7d1e'}"), ""),
        // Documents that the schema does not allow.
        (Ask::Graphql("query { flow { id } }"), ""),
        (Ask::Graphql("query { secret_names"), ""),
        (Ask::Graphql("mutation { set_secret(input: {name: \"A\", value: \"canary-7d1e\"}) { x } }"), ""),
        (Ask::Graphql("mutation { set_secret(input: {name: \"A\", value: \"canary-7d1e}) { success } }"), ""),
    ];
    let outcomes = writer.ask_all(&refused.map(|(ask, _)| ask)).await;
    for (outcome, (ask, part)) in outcomes.iter().zip(refused) {
        assert_eq!(outcome.raised(), "ClientError", "{ask:?}: {outcome:?}");
        assert!(outcome.text().contains(part), "{ask:?}: {outcome:?}");
        assert_keeps_the_canary(outcome);
    }
    // A value that is not JSON never leaves the machine.
    let [unwritten, names] = writer.ask([Ask::Set("A", "{1, 2}"), Ask::Graphql("{ secret_names }")]).await;
    assert_eq!(unwritten.raised(), "TypeError");
    assert_eq!(names.returned(), "{'data': {'secret_names': []}}", "nothing was set");
}

#[tokio::test]
async fn the_client_switches_between_teams_and_sends_its_headers() {
    let Scene { server, team: _, writer, .. } = Scene::new().await;
    let other = server.team("other").await.key("user").await.tenant_id().await;
    let report = writer.with("OTHER_TENANT", &other).report("client.py", &[]).await;
    let tenant = report["tenant"].as_str().expect("a tenant").to_owned();
    assert_ne!(tenant, other);
    assert_eq!(report["before"], json!(null));
    for (what, expected) in [
        ("afterwards", json!([])),
        ("tenants", json!([{"id": tenant, "slug": "acme", "name": "The acme team"}])),
        ("switch by slug", json!(tenant)),
        ("switch by id", json!(tenant)),
        ("switch to an unknown slug", json!("ValueError")),
        ("attached", json!(null)),
        ("basic", json!("AuthorizationError")),
        ("key for one call", json!(["ATTACHED"])),
        ("another path", json!("HTTPError")),
        ("a key that is a number", json!("AuthorizationError")),
        ("as objects", json!({"secret": [{"name": "ATTACHED"}]})),
        ("bulk", json!({"a": {"success": true}, "b": {"success": true}})),
    ] {
        let returned = report[what].get("returned");
        assert_eq!(*returned.unwrap_or(&report[what]["raised"]), expected, "{what}");
    }
    assert_says(&report["switch to another team"]["bases"].to_string(), &["\"ClientError\""]);
    assert_says(&report["basic"]["text"].to_string(), &["Malformed Authorization header"]);
}
