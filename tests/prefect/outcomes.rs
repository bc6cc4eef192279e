//! What a caller of Prefect's client gets for each answer that the server can give, and that it never gets a value in
//! the text of an exception.

use serde_json::json;
use strongroom_tests::assert_says;
use strongroom_tests::python::{Ask, Outcome, Prefect};

use crate::Scene;

/// Stands for a value that somebody meant to keep.
const CANARY: &str = "'canary' + '-7d1e'";

fn assert_keeps_the_canary(outcome: &Outcome) {
    assert!(!outcome.text().contains("canary-7d1e"), "the exception shows the value: {outcome:?}");
}

#[tokio::test]
async fn exists_and_get_tell_what_is_there() {
    let Scene { server: _server, writer, runner, .. } = Scene::new().await;
    let [_, by_writer] = writer.ask([Ask::Set("THERE", "'the value'"), Ask::Exists("THERE")]).await;
    assert_eq!(by_writer.returned(), "True", "names may be seen by those who may not read");
    let exists = |name| Ask::Exists(name);
    let [there, missing, other_case, get, get_missing] = runner
        .ask([exists("THERE"), exists("MISSING"), exists("there"), Ask::Get("THERE"), Ask::Get("MISSING")])
        .await;
    assert_eq!(there.returned(), "True");
    assert_eq!(missing.returned(), "False");
    assert_eq!(other_case.returned(), "False");
    assert_eq!(get.returned(), "'the value'");
    assert_eq!(get_missing.raised(), "KeyError");
    assert!(get_missing.text().contains("The secret MISSING was not found"), "{get_missing:?}");
}

#[tokio::test]
async fn an_unknown_key_is_an_authorization_error() {
    let Scene { server, .. } = Scene::new().await;
    for prefect in [
        Prefect::at(&server).with_key("sr_unknown_unknown_unknown"),
        Prefect::at(&server).with_key("12345"),
        Prefect::at(&server),
    ] {
        let outcomes =
            prefect.ask([Ask::Set("A", CANARY), Ask::Get("A"), Ask::Exists("A"), Ask::TenantId]).await;
        for outcome in &outcomes[..3] {
            assert_eq!(outcome.raised(), "AuthorizationError", "{outcome:?}");
            assert!(outcome.is_a("ClientError"));
            assert_keeps_the_canary(outcome);
        }
        assert!(["AuthorizationError", "ValueError"].contains(&outcomes[3].raised()), "{:?}", outcomes[3]);
    }
}

#[tokio::test]
async fn what_the_role_may_not_do_is_a_client_error() {
    let Scene { server, team, writer, runner } = Scene::new().await;
    writer.ask([Ask::Set("A", "'the value'")]).await;
    let read_only = Prefect::at(&server).with_key(&team.new_key("read-only").await);
    let [by_runner] = runner.ask([Ask::Set("A", CANARY)]).await;
    let [by_writer] = writer.ask([Ask::Get("A")]).await;
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
async fn what_is_refused_is_a_client_error_without_the_value() {
    let Scene { server: _server, writer, .. } = Scene::new().await;
    let long = "A".repeat(256);
    let refused = [
        // What breaks a rule: the error names it.
        (Ask::Set("", CANARY), "required"),
        (Ask::Set(" A", CANARY), "white space"),
        (Ask::Set("A\nB", CANARY), "control characters"),
        (Ask::Set(&long, CANARY), "255"),
        (Ask::Set("5", CANARY), ""),
        (Ask::Set("None", CANARY), ""),
        (Ask::Set("A", "'canary-7d1e' * 10000"), "65536"),
        // What is no number.
        (Ask::Set("A", "float('nan')"), ""),
        (Ask::Set("A", "float('inf')"), ""),
        (Ask::Set("A", "['canary' + '-7d1e', float('-inf')]"), ""),
        (Ask::Set("A", "{'a': float('nan'), 'b': 'canary' + '-7d1e'}"), ""),
        // What is no GraphQL of ours.
        (Ask::Graphql("query { flow { id } }"), ""),
        (Ask::Graphql("query { secret_names"), ""),
        (
            Ask::Graphql("mutation { set_secret(input: {name: \"A\", value: \"canary-7d1e\"}) { succes } }"),
            "",
        ),
        (Ask::Graphql("mutation { set_secret(input: {name: \"A\", value: \"canary-7d1e}) { success } }"), ""),
    ];
    let outcomes = writer.ask_all(&refused.map(|(ask, _)| ask)).await;
    for (outcome, (ask, part)) in outcomes.iter().zip(refused) {
        assert_eq!(outcome.raised(), "ClientError", "{ask:?}: {outcome:?}");
        assert!(outcome.text().contains(part), "{ask:?}: {outcome:?}");
        assert_keeps_the_canary(outcome);
    }
    // What Python cannot write as JSON never leaves the machine.
    let [unwritten, names] = writer.ask([Ask::Set("A", "{1, 2}"), Ask::Graphql("{ secret_names }")]).await;
    assert_eq!(unwritten.raised(), "TypeError");
    assert_eq!(names.returned(), "{'data': {'secret_names': []}}", "nothing was set");
}

#[tokio::test]
async fn a_path_that_is_not_the_api_is_an_http_error_without_the_value() {
    let Scene { server, writer, .. } = Scene::new().await;
    let elsewhere = writer.with("PREFECT__CLOUD__API", &format!("{}/a/b", server.url()));
    let [set, get] = elsewhere.ask([Ask::Set("A", CANARY), Ask::Get("A")]).await;
    for outcome in [&set, &get] {
        assert_eq!(outcome.raised(), "HTTPError", "{outcome:?}");
        assert!(outcome.text().contains("404"), "{outcome:?}");
        assert_keeps_the_canary(outcome);
    }
}

#[tokio::test]
async fn the_client_finds_its_way_between_teams() {
    let Scene { server, team: _, writer, .. } = Scene::new().await;
    let other = server.team("other").await.key("user").await.tenant_id().await;
    let report = writer.with("OTHER_TENANT", &other).report("client.py", &[]).await;
    let tenant = report["tenant"].as_str().expect("a tenant").to_owned();
    assert_ne!(tenant, other);
    for (what, expected) in [
        ("before", json!(null)),
        ("afterwards", json!({"returned": []})),
        ("tenants", json!({"returned": [{"id": tenant, "slug": "acme", "name": "The acme team"}]})),
        ("attached", json!({"returned": null})),
        ("key for one call", json!({"returned": ["ATTACHED"]})),
        ("as objects", json!({"returned": {"secret": [{"name": "ATTACHED"}]}})),
        ("bulk", json!({"returned": {"a": {"success": true}, "b": {"success": true}}})),
    ] {
        assert_eq!(report[what], expected, "{what}");
    }
    for what in ["switch by slug", "switch by id"] {
        assert_eq!(report[what]["returned"], json!(tenant), "{what}");
    }
    for (what, exception) in [
        ("switch to an unknown slug", "ValueError"),
        ("basic", "AuthorizationError"),
        ("another path", "HTTPError"),
        ("a key that is a number", "AuthorizationError"),
    ] {
        assert_eq!(report[what]["raised"], exception, "{what}");
    }
    assert_says(&report["switch to another team"]["bases"].to_string(), &["\"ClientError\""]);
    assert_says(&report["basic"]["text"].to_string(), &["Malformed Authorization header"]);
}
