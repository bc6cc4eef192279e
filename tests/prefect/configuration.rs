//! The settings that point Prefect at a server, and the secrets that it asks the server for.

use strongroom_tests::python::{Ask, Outcome, Prefect};

use crate::Scene;

#[tokio::test]
async fn every_form_of_the_address_reaches_the_server_and_a_tenant_must_be_the_keys_own() {
    let Scene { server, team, runner, writer } = Scene::new().await;
    writer.ask([Ask::Set("A", "'the value'")]).await;
    let url = server.url();
    let api = |suffix: &str| runner.with("PREFECT__CLOUD__API", &format!("{url}{suffix}"));
    for prefect in [
        api(""),
        api("/"),
        api("/graphql"),
        api("/graphql/"),
        api("/graphql/alpha"),
        api("/graphql/graphql"),
        api("/behind/a/proxy/graphql"),
        runner.without("PREFECT__CLOUD__API").with("PREFECT__CLOUD__ENDPOINT", url),
        runner.with("PREFECT__CLOUD__GRAPHQL", "http://127.0.0.1:9/ignored"),
    ] {
        let [get] = prefect.ask([Ask::Get("A")]).await;
        assert_eq!(get.returned(), "'the value'");
    }

    // A configured tenant must be the key's own.
    let tenant = team.key("user").await.tenant_id().await;
    let other = server.team("other").await.key("user").await.tenant_id().await;
    let with_tenant = |tenant: &str| runner.with("PREFECT__CLOUD__TENANT_ID", tenant);

    for own in [tenant.clone(), tenant.to_uppercase()] {
        let [get, id] = with_tenant(&own).ask([Ask::Get("A"), Ask::TenantId]).await;
        assert_eq!((get.returned(), id.returned()), ("'the value'", format!("'{tenant}'").as_str()));
    }
    for foreign in [&other, "00000000-0000-4000-8000-000000000000"] {
        let [get] = with_tenant(foreign).ask([Ask::Get("A")]).await;
        assert_eq!(get.raised(), "ClientError", "{get:?}");
        assert!(get.text().contains("FORBIDDEN"), "{get:?}");
    }
}

#[tokio::test]
async fn local_secrets_take_precedence_and_the_server_is_asked_only_if_the_settings_say_so() {
    let Scene { server, runner, writer, .. } = Scene::new().await;
    writer.ask([Ask::Set("A", "'of the server'"), Ask::Set("B", "'of the server'")]).await;
    let [a, own] = ["A", "ONLY_HERE"].map(|name| format!("PREFECT__CONTEXT__SECRETS__{name}"));
    let local = runner.with(&a, "42").with(&own, "1");
    let outcomes = local.ask([Ask::Get("A"), Ask::Exists("ONLY_HERE"), Ask::Get("B")]).await;
    assert_eq!(outcomes.each_ref().map(Outcome::returned), ["42", "True", "'of the server'"]);

    // With the backend `server`, Prefect has no remote secrets.
    let own = Prefect::at(&server)
        .with("PREFECT__BACKEND", "server")
        .without("PREFECT__CLOUD__API")
        .with("PREFECT__SERVER__ENDPOINT", server.url());
    for prefect in [
        &runner.with("PREFECT__CLOUD__USE_LOCAL_SECRETS", "true"),
        &runner.without("PREFECT__CLOUD__USE_LOCAL_SECRETS"),
        &own,
    ] {
        let [get, exists] = prefect.ask([Ask::Get("A"), Ask::Exists("A")]).await;
        assert_eq!((get.raised(), get.text()), ("ValueError", "Local Secret \"A\" was not found."));
        assert_eq!(exists.returned(), "False");
    }
    let [set] = own.ask([Ask::Set("A", "'planted'")]).await;
    assert_eq!(set.raised(), "AuthorizationError", "it sends no key");
}
