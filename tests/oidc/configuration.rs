//! The settings of single sign-on.

use serde_json::{Value, json};
use strongroom_tests::{SERVE, Server, Store, set_mode, text};

use crate::{BEGIN, Scene, assert_problem, redirect};

async fn single_sign_on(server: &Server) -> Value {
    let answer = server.nobody().query("{ single_sign_on { name path } }").await;
    answer.data("/single_sign_on").clone()
}

#[tokio::test]
async fn the_button_is_public_and_a_server_finds_its_provider_later() {
    let mut scene = Scene::new().await;
    assert_eq!(single_sign_on(&scene.server).await, json!({"name": "single sign-on", "path": BEGIN}));
    let store = &scene.server.store().clone();
    let settings = scene.provider.settings();
    let named = [&SERVE[..], &settings, &["--oidc-name", "Acme ID"]].concat();
    // Variables have the same effect as flags.
    let [_, issuer, _, id, _, secret_file] = settings;
    let mut command = store.command(SERVE);
    command
        .env("STRONGROOM_OIDC_ISSUER", issuer)
        .env("STRONGROOM_OIDC_CLIENT_ID", id)
        .env("STRONGROOM_OIDC_CLIENT_SECRET_FILE", secret_file)
        .env("STRONGROOM_OIDC_NAME", "Acme ID");
    for command in [store.command(named), command] {
        let server = Server::start_command(store, command).await;
        assert_eq!(single_sign_on(&server).await, json!({"name": "Acme ID", "path": BEGIN}));
    }
    // A server starts without its provider, and finds it later.
    scene.provider.stop().await;
    let server = Server::start_on(store, &scene.provider.settings()).await;
    let visitor = server.nobody();
    assert_problem(&visitor, &visitor.get_page(BEGIN).await, "provider").await;

    scene.provider.start_again().await;
    let reply = visitor.get_page(BEGIN).await;
    assert!(redirect(&reply).starts_with(scene.provider.issuer()), "{reply:?}");
}

#[tokio::test]
async fn a_missing_or_wrong_setting_is_named_and_another_email_claim_must_be_trusted() {
    let store = Store::new();
    let secret = store.password_file("a provider's secret");
    let settings = [
        ["--oidc-issuer", "http://localhost:9"],
        ["--oidc-client-id", "strongroom"],
        ["--oidc-client-secret-file", &secret],
    ];
    for given in 1..7 {
        // Each bit is a setting.
        let (there, missing): (Vec<_>, Vec<_>) =
            settings.iter().enumerate().partition(|(index, _)| given & (1 << index) != 0);
        let mut arguments = SERVE.to_vec();
        arguments.extend(there.iter().flat_map(|(_, setting)| setting.iter()));
        let ran = store.run(&arguments).await;
        assert_eq!(ran.status.code(), Some(2), "{arguments:?}");
        let complaint = ran.failed();
        let mut missing = missing.iter().map(|(_, [name, _])| format!("`{}` is missing", &name[2..]));
        assert!(missing.any(|named| complaint.contains(&named)), "{arguments:?}: {complaint}");
    }

    let empty = store.password_file("");
    let open = store.password_file("a provider's secret");
    set_mode(&open, 0o644);
    let advice = format!("chmod 600 {open}");
    for (issuer, secret, named) in [
        ("not a url", secret.as_str(), "oidc-issuer"),
        ("http://localhost:9", "/no/such/file", "/no/such/file"),
        ("http://localhost:9", &empty, &empty),
        ("http://localhost:9", &open, &advice),
        ("https://user:pw@localhost:9", &secret, "must not contain a user name"),
        ("https://localhost:9/?p=a", &secret, "must not have a query"),
        ("https://login.microsoftonline.com/{tenantid}/v2.0", &secret, "your tenant's id"),
    ] {
        let client = ["--oidc-client-id", "strongroom", "--oidc-client-secret-file", secret];
        store.refused(&[&SERVE[..], &client, &["--oidc-issuer", issuer]].concat(), named).await;
    }
    // Another email claim must be trusted.
    let file = store.file(&format!(
        "oidc-issuer = \"http://localhost:9\"\noidc-client-id = \"strongroom\"\n\
         oidc-client-secret-file = \"{secret}\"\noidc-email-claim = \"upn\"\n"
    ));
    let config = ["--config", text(&file)];
    store.refused(&[&SERVE[..], &config].concat(), "`oidc-trust-unverified-email`").await;
    for trust in ["--oidc-trust-unverified-email", "--oidc-trust-unverified-email=yes"] {
        Server::start_on(&store, &[&config[..], &[trust]].concat()).await.stop().await;
    }
    let maybe = [&SERVE[..], &config, &["--oidc-trust-unverified-email=maybe"]].concat();
    store.refused(&maybe, "oidc-trust-unverified-email").await;
    store.set_variables(&[("STRONGROOM_OIDC_TRUST_UNVERIFIED_EMAIL", "true")]);
    Server::start_on(&store, &config).await.stop().await;
}
