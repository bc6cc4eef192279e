//! The settings of Vault: the server names a wrong one and refuses to start.

use serde_json::json;
use strongroom_tests::proxy::Proxy;
use strongroom_tests::{SERVE, Scene, Store, assert_says, set_mode, text};

use crate::place::{Vault, set};
use crate::relay::Relay;

const ADDRESS: (&str, &str) = ("STRONGROOM_VAULT_ADDRESS", "http://127.0.0.1:1");
const TLS_ADDRESS: (&str, &str) = ("STRONGROOM_VAULT_ADDRESS", "https://vault.example.com");

#[tokio::test]
async fn a_missing_or_wrong_setting_is_named() {
    let store = Store::new();
    let file = store.password_file("hvs.a-token-that-stays-secret");
    let values = ("STRONGROOM_VALUES", "vault");
    let token = ("STRONGROOM_VAULT_TOKEN", "hvs.another-token-that-stays-secret");
    let token_file = ("STRONGROOM_VAULT_TOKEN_FILE", file.as_str());
    store.must_stay_secret(token.1);
    for (variables, complaint) in [
        (vec![values], "`vault-address` is missing"),
        (vec![token], "`vault-address` is missing"),
        (vec![("STRONGROOM_VAULT_MOUNT", "kv")], "`vault-address` is missing"),
        (vec![values, ADDRESS], "Vault needs one of"),
        (vec![values, ADDRESS, token, token_file], "Vault needs one of"),
        (vec![ADDRESS, ("STRONGROOM_VAULT_ROLE_ID", "a")], "Vault needs one of"),
        (vec![ADDRESS, ("STRONGROOM_VAULT_TOKEN", "two words")], "is not a token"),
        (vec![("STRONGROOM_VALUES", "elsewhere")], "--values"),
        (vec![("STRONGROOM_VAULT_ADDRESS", "vault.example.com")], "--vault-address"),
        (vec![("STRONGROOM_VAULT_ADDRESS", "https://vault.example.com/v1")], "--vault-address"),
        (vec![("STRONGROOM_VAULT_KV_VERSION", "3")], "--vault-kv-version"),
        (vec![("STRONGROOM_VAULT_PREFIX", "a b")], "--vault-prefix"),
        (vec![("STRONGROOM_VAULT_PREFIX", "a/../b")], "--vault-prefix"),
        (vec![("STRONGROOM_VAULT_TOKENS", "a")], "STRONGROOM_VAULT_TOKENS"),
        (vec![ADDRESS, token_file, ("STRONGROOM_VAULT_CA_FILE", "/nowhere/ca.pem")], "/nowhere/ca.pem"),
        (
            vec![TLS_ADDRESS, token_file, ("SSL_CERT_FILE", "/nowhere/ca.pem")],
            "SSL_CERT_FILE names /nowhere/ca.pem",
        ),
        (vec![TLS_ADDRESS, token_file, ("HTTPS_PROXY", "socks5h://two words")], "the scheme socks5h"),
        (vec![TLS_ADDRESS, token_file, ("HTTPS_PROXY", "two words")], "HTTPS_PROXY does not name a proxy"),
    ] {
        store.set_variables(&variables);
        let said = store.run(&SERVE).await.failed();
        assert!(said.contains(complaint), "{variables:?}: {said}");
        assert!(!said.contains("two words"), "{said}");
    }
    assert!(!store.data_dir().join("strongroom.db").exists(), "nothing was created");
}

#[tokio::test]
async fn a_wrong_version_of_the_engine_loses_nothing() {
    for vault in Vault::every().await {
        let store = Store::new();
        let mut settings = vault.settings_but_credential();
        // The policy covers one version's paths only, so its token could not reach the engine.
        settings.push(("STRONGROOM_VAULT_TOKEN_FILE", store.password_file(vault.bao.root_token())));
        settings[2].1 = (3 - vault.kv).to_string();
        set(&store, &settings);
        let server = store.serve().await;
        let writer = server.team("acme").await.key("user").await;
        writer.try_set("A", json!("not taken")).await.assert_error("API_ERROR");
        assert_eq!(writer.names().await, [""; 0]);
        assert!(!server.log().contains("its policy"), "{}", server.log());
    }
}

#[tokio::test]
async fn the_configuration_file_can_set_all_of_it_and_other_files_are_private_or_trusted() {
    let mut vault = Vault::start().await;
    let store = Store::new();
    // The policy covers the default prefix only.
    let token = store.password_file(vault.bao.root_token());
    let config = format!(
        "log = \"trace\"\nvalues = \"vault\"\nvault-address = \"{}\"\nvault-token-file = \"{token}\"\nvault-prefix = \"/a/b/\"\n\
         vault-timeout = \"2s\"\nvault-kv-version = 2\nvault-mount = \"secret\"\n",
        vault.url
    );
    store.set_variables(&[("STRONGROOM_CONFIG", text(&store.file(&config)))]);
    let Scene { server, writer, runner, .. } = Scene::on(store.serve().await).await;
    writer.set("A", json!("the value of A")).await;
    assert_eq!(runner.value("A").await, json!("the value of A"));
    assert!(server.log().contains("TRACE"), "there is a verbose log to search for the token");
    let (_, listed) = vault.bao.ask("LIST", "secret/metadata/a/b", None).await;
    assert_eq!(listed["data"]["keys"].as_array().map(Vec::len), Some(1), "the store's path: {listed}");
    assert_eq!(vault.paths().await, [""; 0], "nothing below the default prefix");
    // A credential file that others can read is refused.
    let relay = Relay::to(vault.bao.address(), &[]).await;
    vault.url.clone_from(&relay.url);
    let store = Store::new();
    let mut settings = vault.settings_but_credential();
    let file = store.file(&vault.token);
    set_mode(&file, 0o644);
    settings.push(("STRONGROOM_VAULT_TOKEN_FILE", text(&file).to_owned()));
    set(&store, &settings);
    let server = store.serve().await;
    let writer = server.team("acme").await.key("user").await;
    writer.try_set("A", json!("not taken")).await.assert_error("API_ERROR");
    assert_says(&server.log(), &["can be read by others", "chmod 600"]);
    assert_eq!(relay.connections(), 0, "Vault is not even asked");
    // A certificate in a file is trusted.
    let store = Store::new();
    let location = format!("location / {{ proxy_pass {}; }}", vault.bao.url());
    let proxy = Proxy::start(&store, &location, true).await;
    vault.url = proxy.url().trim_end_matches("/strongroom").to_owned();
    let mut settings = vault.settings(&store);
    set(&store, &settings);
    let server = store.serve().await;
    let writer = server.team("acme").await.key("user").await;
    writer.try_set("A", json!("not taken")).await.assert_error("API_ERROR");
    server.stop().await;
    let certificate = text(proxy.certificate().expect("it has one")).to_owned();
    settings.push(("STRONGROOM_VAULT_CA_FILE", certificate));
    set(&store, &settings);
    let server = store.serve().await;
    writer.at(&server).set("A", json!("the value of A")).await;
    assert_eq!(vault.paths().await.len(), 1);
}
