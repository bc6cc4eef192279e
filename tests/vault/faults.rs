//! Faults of Vault: clients get an error that they may retry, nothing is lost, and an existing value is never "not found".

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use strongroom_tests::openbao::OpenBao;
use strongroom_tests::{Client, Scene, Server, Store, wait};
use tokio::task::JoinSet;

use crate::place::{Vault, counts, documented_policy, set};
use crate::relay::{Fault, Relay};

const QUOTA: &str = "sys/quotas/rate-limit/tests";

/// A server whose Vault has faults.
struct Outage {
    vault: Vault,
    relay: Relay,
    server: Server,
    writer: Client,
    runner: Client,
    admin: Client,
}

#[derive(Clone, Copy, Debug)]
enum Trouble {
    Sealed,
    Busy,
    Refuses,
    Relay(Fault),
}

impl Outage {
    async fn new(timeout: &str) -> Self {
        let mut vault = Vault::start().await;
        let relay = Relay::to(vault.bao.address(), &[]).await;
        vault.url.clone_from(&relay.url);
        let server = Server::start_on(&vault.store(), &["--vault-timeout", timeout]).await;
        let Scene { server, writer, runner, admin, .. } = Scene::on(server).await;
        writer.set("A", json!("the value of A")).await;
        Self { vault, relay, server, writer, runner, admin }
    }

    async fn set(&self, trouble: Trouble, begins: bool) {
        let bao = &self.vault.bao;
        match trouble {
            Trouble::Sealed if begins => bao.seal().await,
            Trouble::Sealed => bao.unseal().await,
            Trouble::Busy if begins => {
                bao.done("POST", QUOTA, Some(json!({"rate": 0.001, "path": "secret/"}))).await;
                // This request uses the quota of a quarter of an hour.
                bao.ask("GET", "secret/data/A", None).await;
            }
            Trouble::Busy => drop(bao.done("DELETE", QUOTA, None).await),
            Trouble::Refuses => self.vault.admit_servers(!begins).await,
            Trouble::Relay(fault) => self.relay.fail(begins.then_some(fault)),
        }
    }

    async fn assert_out_of_order(&self, what: &str) {
        let before = self.history().await;
        let read = self.runner.try_value("A").await;
        let told = read.assert_error("API_ERROR");
        assert!(!told.contains("No value"), "{what}: {told}");
        self.writer.try_set("A", json!("a value that is not taken")).await.assert_error("API_ERROR");
        let import = json!({"secrets": [{"name": "B", "value": "another that is not taken"}]});
        self.writer.try_import(import).await.assert_error("API_ERROR");
        assert_eq!(self.history().await, before, "{what}: nothing has changed");
        assert_eq!(self.server.nobody().get("/readyz").await.status, 503, "{what}");
        // Requests without values work.
        assert_eq!(self.writer.names().await, ["A"]);
    }

    async fn history(&self) -> Value {
        let secrets = self.writer.rows("secret(order_by: {name: asc})", "version last_read").await;
        let actions = ["create:secret", "update:secret", "read:secret-value"];
        let log = self.admin.audit(json!({"action": {"_in": actions}})).await;
        json!([secrets, log.len()])
    }

    /// Waits until values can be read again; nothing may have changed.
    async fn assert_back(&self, what: &str) {
        wait::is(what, async || self.server.nobody().get("/readyz").await.status == 200).await;
        assert_eq!(self.runner.value("A").await, json!("the value of A"), "{what}");
        self.writer.set("A", json!("the value of A")).await;
    }

    async fn wait_for_open_breaker(&self) {
        wait::is("the circuit breaker opens", async || {
            self.runner.try_value("A").await.assert_error("API_ERROR");
            self.metric("strongroom_vault_circuit_open 1").await
        })
        .await;
    }

    async fn metric(&self, line: &str) -> bool {
        let metrics = self.server.nobody().get("/metrics").await;
        metrics.text().lines().any(|found| found.starts_with(line))
    }
}

#[tokio::test]
async fn a_vault_that_does_not_answer_delays_requests_briefly() {
    let outage = Outage::new("1s").await;
    for fault in [Fault::Silent, Fault::Deaf] {
        outage.relay.fail(Some(fault));
        let begun = Instant::now();
        outage.runner.try_value("A").await.assert_error("API_ERROR");
        assert!(begun.elapsed() >= Duration::from_millis(900), "it waited for the timeout");
        outage.assert_out_of_order(&format!("{fault:?}")).await;
        // The circuit breaker is open now, so other requests fail at once.
        outage.wait_for_open_breaker().await;
        outage.relay.fail(None);
        outage.assert_back(&format!("{fault:?}")).await;
    }
}

#[tokio::test]
async fn an_outage_opens_the_circuit_breaker_is_reported_and_loses_nothing() {
    let outage = Outage::new("5s").await;
    // A 403 may concern a single path or verb.
    outage.set(Trouble::Refuses, true).await;
    for _ in 0..10 {
        outage.runner.try_value("A").await.assert_error("API_ERROR");
    }
    assert!(!outage.metric("strongroom_vault_circuit_open 1").await);
    outage.set(Trouble::Refuses, false).await;
    assert_eq!(outage.runner.value("A").await, json!("the value of A"));

    outage.relay.fail(Some(Fault::BROKEN));
    outage.wait_for_open_breaker().await;
    // Each request has a separate connection.
    let asked = outage.relay.connections();
    for _ in 0..50 {
        outage.runner.try_value("A").await.assert_error("API_ERROR");
    }
    let more = outage.relay.connections() - asked;
    assert!(more < 25, "50 reads asked Vault {more} times");
    assert!(outage.metric("strongroom_vault_rejected_total").await);
    assert!(outage.server.log().contains("the circuit breaker is open"));
    outage.relay.fail(None);
    outage.assert_back("the circuit breaker closes").await;
    assert!(outage.metric("strongroom_vault_circuit_open 0").await);
    assert!(outage.metric("strongroom_vault_requests_total{operation=\"find\",outcome=\"ok\"}").await);
    // Every kind of outage is reported, and loses nothing.
    for trouble in [
        Trouble::Sealed,
        Trouble::Busy,
        Trouble::Refuses,
        Trouble::Relay(Fault::BROKEN),
        Trouble::Relay(Fault::STRANGER),
        Trouble::Relay(Fault::CUT_OFF),
    ] {
        outage.set(trouble, true).await;
        outage.assert_out_of_order(&format!("{trouble:?}")).await;
        outage.set(trouble, false).await;
        outage.assert_back(&format!("{trouble:?}")).await;
    }
    let log = outage.server.log();
    assert!(log.contains("Vault answered with the status 503: it is sealed"), "{log}");
}

#[tokio::test]
async fn a_value_lost_by_vault_is_an_error_and_never_missing() {
    for vault in Vault::every().await {
        let store = vault.store();
        let Scene { server, writer, runner, .. } = Scene::on(store.serve().await).await;
        writer.set("A", json!("the value of A")).await;
        let lost = vault.paths().await;
        writer.set("B", json!("the value of B")).await;
        for path in &lost {
            vault.remove(path).await;
        }
        let told = runner.try_value("A").await.assert_error("API_ERROR");
        assert!(!told.contains("No value"), "{told}");
        assert!(server.log().contains("Vault has lost the value"), "{}", server.log());
        assert_eq!(runner.value("B").await, json!("the value of B"), "others are there");
        assert_eq!(server.nobody().get("/readyz").await.status, 200);
        // An import repairs it; a preview changes nothing.
        let again =
            json!([{"name": "A", "value": "the value of A"}, {"name": "B", "value": "the value of B"}]);
        let look = writer.try_import(json!({"secrets": again, "preview": true})).await;
        let changes = look.data("/import_secrets/changes");
        assert_eq!(changes[0]["change"], "overwritten", "{}", look.text);
        assert_eq!(changes[1]["change"], "unchanged", "{}", look.text);

        // A backup reports the lost value; so does a move, which moves the others.
        store.refused(&["backup", &store.beside("a.backup")], "version 1 of the secret").await;
        vault.keep(&store, "database");
        let said = store.refused(&["move-values"], "Moved 1 values to the database; 1 are left").await;
        assert!(said.contains("has lost these values"), "{said}");
        assert_eq!(counts(&store).await, (1, 1));
        // A new value replaces it.
        writer.set("A", json!("the new value of A")).await;
        assert_eq!(runner.value("A").await, json!("the new value of A"));
    }
}

#[tokio::test]
async fn an_expired_token_is_read_again_and_a_server_starts_while_vault_is_down() {
    let vault = Vault::start().await;
    let store = Store::new();
    let settings = vault.settings(&store);
    set(&store, &settings);
    let Scene { server, writer, runner, .. } = Scene::on(store.serve().await).await;
    writer.set("A", json!("the value of A")).await;
    vault.bao.done("POST", "auth/token/revoke", Some(json!({"token": vault.token}))).await;
    runner.try_value("A").await.assert_error("API_ERROR");
    assert!(server.log().contains("the token has expired, or its policy"), "{}", server.log());
    let second = vault.new_token().await;
    store.must_stay_secret(&second);
    let (_, file) = settings.last().expect("the token's file is the last");
    std::fs::write(file, second).expect("files can be written");
    assert_eq!(runner.value("A").await, json!("the value of A"));
    // A server starts while Vault is down.
    drop(vault);
    runner.try_value("A").await.assert_error("API_ERROR");
    writer.try_set("A", json!("not taken")).await.assert_error("API_ERROR");
    assert_eq!(server.nobody().get("/readyz").await.status, 503);
    server.stop().await;
    let server = store.serve().await;
    runner.at(&server).try_value("A").await.assert_error("API_ERROR");
    assert_eq!(writer.at(&server).names().await, ["A"]);
    for command in [&["move-values", "--values", "database"][..], &["backup", "/nowhere/a.backup"]] {
        let said = store.run(command).await.failed();
        assert!(!said.contains("Moved"), "{said}");
    }
    assert_eq!(counts(&store).await, (1, 0));
}

/// The role id and secret id of a role with the documented policy, in a namespace with an engine of version 2.
async fn make_role(bao: &OpenBao) -> [String; 2] {
    bao.done("POST", "sys/namespaces/teams", None).await;
    bao.done("POST", "teams/sys/namespaces/acme", None).await;
    bao.mount_kv("teams/acme/", "secret", 2).await;
    bao.set_policy("teams/acme/", "strongroom", &documented_policy(2)).await;
    bao.done("POST", "teams/acme/sys/auth/approle", Some(json!({"type": "approle"}))).await;
    let role = "teams/acme/auth/approle/role/strongroom";
    bao.done("POST", role, Some(json!({"token_policies": ["strongroom"]}))).await;
    let id = bao.done("GET", &format!("{role}/role-id"), None).await;
    let secret = bao.done("POST", &format!("{role}/secret-id"), None).await;
    [&id["data"]["role_id"], &secret["data"]["secret_id"]].map(|id| id.as_str().expect("an id").to_owned())
}

fn tokens_of_roles(bao: &OpenBao) -> Vec<String> {
    let log = bao.audit_log().into_iter();
    let log_ins =
        log.filter(|entry| entry["type"] == "response" && entry["request"]["path"] == "auth/approle/login");
    log_ins.filter_map(|entry| Some(entry["auth"]["client_token"].as_str()?.to_owned())).collect()
}

#[tokio::test]
async fn an_app_role_logs_in_again_after_its_token_expires() {
    let vault = Vault::start().await;
    let store = Store::new();
    let [role, secret] = make_role(&vault.bao).await;
    let mut settings = vault.settings_but_credential();
    settings.push(("STRONGROOM_VAULT_ROLE_ID", role));
    settings.push(("STRONGROOM_VAULT_SECRET_ID_FILE", store.password_file(&secret)));
    settings.push(("STRONGROOM_VAULT_NAMESPACE", "teams/acme".to_owned()));
    set(&store, &settings);
    let server = Server::start_on(&store, &["--log", "trace"]).await;
    let Scene { server: _server, writer, runner, .. } = Scene::on(server).await;
    for round in 1..=3 {
        let value = json!(format!("the value {round} of A"));
        writer.set("A", value.clone()).await;
        assert_eq!(tokens_of_roles(&vault.bao).len(), round, "once for each token");
        vault.bao.done("PUT", "teams/acme/sys/leases/revoke-prefix/auth/approle", None).await;
    }
    // Concurrent requests share one login.
    let read = |runner: Client| async move { runner.value("A").await };
    let reads: JoinSet<_> = (0..8).map(|_| read(runner.clone())).collect();
    for value in reads.join_all().await {
        assert_eq!(value, json!("the value 3 of A"));
    }
    let tokens = tokens_of_roles(&vault.bao);
    assert_eq!(tokens.len(), 4);
    for token in tokens {
        store.must_stay_secret(&token);
    }
    assert_eq!(vault.paths().await, [""; 0], "all of it is in the namespace");
}
