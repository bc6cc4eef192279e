//! What goes wrong with Vault: clients are told that it may work later, nothing is lost, and never is a value that exists
//! "not found".

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use strongroom_tests::{Client, Server, wait};

use crate::contract::{Contract, Fault};
use crate::place::{Vault, counts, private_file, set};

/// A server with a secret.
struct Scene {
    vault: std::sync::Arc<Contract>,
    server: Server,
    writer: Client,
    runner: Client,
    admin: Client,
}

impl Scene {
    /// With a server that waits for Vault for so long.
    async fn new(timeout: &str) -> Self {
        let contract = Contract::start().await;
        let vault = Vault::of(&contract);
        let store = vault.store();
        let server = Server::start_on(&store, &["--vault-timeout", timeout]).await;
        let team = server.team("acme").await;
        let scene = Self {
            vault: contract,
            writer: team.key("user").await,
            runner: team.key("runner").await,
            admin: team.key("administrator").await,
            server,
        };
        scene.writer.set("A", json!("the value of A")).await;
        scene
    }

    /// Expects that nothing can be read or set, and that clients are told to try again.
    async fn assert_out_of_order(&self, what: &str) {
        let before = self.history().await;
        let read = self.runner.try_value("A").await;
        let told = read.assert_error("API_ERROR");
        assert!(!told.contains("No value"), "{what}: {told}");
        let set = self.writer.try_set("A", json!("a value that is not taken")).await;
        set.assert_error("API_ERROR");
        let import = json!({"secrets": [{"name": "B", "value": "another that is not taken"}]});
        self.writer.try_import(import).await.assert_error("API_ERROR");
        assert_eq!(self.history().await, before, "{what}: nothing has changed");
        assert_eq!(self.server.nobody().get("/readyz").await.status, 503, "{what}");
        // What needs no value works.
        assert_eq!(self.writer.names().await, ["A"]);
    }

    /// Everything that the log tells of secrets, and their versions.
    async fn history(&self) -> Value {
        let fields = "version last_read";
        let secrets = self.writer.rows("secret(order_by: {name: asc})", fields).await;
        let log = self
            .admin
            .audit(json!({"action": {"_in": ["create:secret", "update:secret", "read:secret-value"]}}))
            .await;
        json!([secrets, log.len()])
    }

    /// Waits until values can be had, then expects that everything is as it was.
    async fn assert_back(&self, what: &str) {
        wait::until(what, async || {
            let reply = self.server.nobody().get("/readyz").await;
            (reply.status == 200).then_some(())
        })
        .await;
        assert_eq!(self.runner.value("A").await, json!("the value of A"), "{what}");
        self.writer.set("A", json!("the value of A")).await;
    }

    async fn metric(&self, line: &str) -> bool {
        let metrics = self.server.nobody().get("/metrics").await;
        metrics.text().lines().any(|found| found.starts_with(line))
    }
}

#[tokio::test]
async fn an_outage_is_told_as_one_and_nothing_is_lost() {
    let scene = Scene::new("5s").await;
    for fault in
        [Fault::Status(503), Fault::Status(429), Fault::Status(500), Fault::Status(403), Fault::Stranger]
    {
        scene.vault.fail(fault);
        scene.assert_out_of_order(&format!("{fault:?}")).await;
        scene.vault.fail(None);
        scene.assert_back(&format!("{fault:?}")).await;
    }
    let log = scene.server.log();
    assert!(log.contains("Vault answered with the status 503: it is sealed"), "{log}");
}

#[tokio::test]
async fn a_vault_that_does_not_answer_holds_nobody_up_for_long() {
    let scene = Scene::new("1s").await;
    for fault in [Fault::Silent, Fault::Deaf] {
        scene.vault.fail(fault);
        let begun = Instant::now();
        scene.runner.try_value("A").await.assert_error("API_ERROR");
        assert!(begun.elapsed() >= Duration::from_millis(900), "it had its time");
        scene.assert_out_of_order(&format!("{fault:?}")).await;
        // By now it is known to be out of order, and others don't wait for it.
        wait::until("it is left alone", async || {
            scene.runner.try_value("A").await.assert_error("API_ERROR");
            scene.metric("strongroom_vault_resting 1").await.then_some(())
        })
        .await;
        scene.vault.fail(None);
        scene.assert_back(&format!("{fault:?}")).await;
    }
}

#[tokio::test]
async fn after_some_failures_vault_is_left_alone_for_a_while() {
    let scene = Scene::new("5s").await;
    // A 403 may be about one path or verb alone.
    scene.vault.fail(Fault::Status(403));
    for _ in 0..10 {
        scene.runner.try_value("A").await.assert_error("API_ERROR");
    }
    assert!(!scene.metric("strongroom_vault_resting 1").await);
    scene.vault.fail(None);
    assert_eq!(scene.runner.value("A").await, json!("the value of A"));

    scene.vault.fail(Fault::Status(500));
    wait::until("it is left alone", async || {
        scene.runner.try_value("A").await.assert_error("API_ERROR");
        scene.metric("strongroom_vault_resting 1").await.then_some(())
    })
    .await;
    let asked = scene.vault.asked();
    for _ in 0..50 {
        scene.runner.try_value("A").await.assert_error("API_ERROR");
    }
    let more = scene.vault.asked() - asked;
    assert!(more < 25, "50 reads asked Vault {more} times");
    assert!(scene.metric("strongroom_vault_rejected_total").await);
    assert!(scene.server.log().contains("is not asked for a moment"));
    scene.vault.fail(None);
    scene.assert_back("it is asked again").await;
    assert!(scene.metric("strongroom_vault_resting 0").await);
    assert!(scene.metric("strongroom_vault_requests_total{operation=\"find\",outcome=\"ok\"}").await);
}

#[tokio::test]
async fn a_value_that_vault_has_lost_is_told_as_lost_and_never_as_missing() {
    for vault in Vault::every().await {
        let store = vault.store();
        let server = store.serve().await;
        let team = server.team("acme").await;
        let (writer, runner) = (team.key("user").await, team.key("runner").await);
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
        // Whoever brings it again mends it; a look changes nothing.
        let again =
            json!([{"name": "A", "value": "the value of A"}, {"name": "B", "value": "the value of B"}]);
        let look = writer.try_import(json!({"secrets": again, "preview": true})).await;
        let changes = look.data("/import_secrets/changes");
        assert_eq!(changes[0]["change"], "overwritten", "{}", look.text);
        assert_eq!(changes[1]["change"], "unchanged", "{}", look.text);

        // The backup names it; a move brings the others, and names it, too.
        let file = store.scratch().join("a.backup");
        let said = store.run(&["backup", file.to_str().expect("UTF-8")]).await.failed();
        assert!(said.contains("version 1 of the secret"), "{said}");
        vault.keep(&store, "database");
        let said = store.run(&["move-values"]).await.failed();
        assert!(said.contains("Moved 1 values to the database; 1 are left"), "{said}");
        assert!(said.contains("does not have these values any more"), "{said}");
        assert_eq!(counts(&store).await, (1, 1));
        // Set anew, it is there again.
        writer.set("A", json!("the new value of A")).await;
        assert_eq!(runner.value("A").await, json!("the new value of A"));
    }
}

#[tokio::test]
async fn a_vault_that_is_gone_is_an_outage_and_a_server_starts_all_the_same() {
    let Some(vault) = Vault::rvault().await else {
        return;
    };
    let store = vault.store();
    let server = store.serve().await;
    let team = server.team("acme").await;
    let (writer, runner) = (team.key("user").await, team.key("runner").await);
    writer.set("A", json!("the value of A")).await;
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

#[tokio::test]
async fn a_token_that_has_expired_is_read_again_from_its_file() {
    let contract = Contract::start().await;
    let vault = Vault::of(&contract);
    let store = vault.store();
    contract.admit("hvs.first-token-that-expires");
    let file = private_file(&store, "hvs.first-token-that-expires\n");
    let mut settings = vault.settings(&store);
    settings.pop();
    settings.push(("STRONGROOM_VAULT_TOKEN_FILE", file.clone()));
    set(&store, &settings);
    let server = store.serve().await;
    let team = server.team("acme").await;
    let (writer, runner) = (team.key("user").await, team.key("runner").await);
    writer.set("A", json!("the value of A")).await;
    contract.expire_tokens();
    runner.try_value("A").await.assert_error("API_ERROR");
    assert!(server.log().contains("the token has expired, or its policy"), "{}", server.log());
    contract.admit("hvs.second-token-of-the-agent");
    store.must_stay_secret("hvs.second-token-of-the-agent");
    std::fs::write(&file, "hvs.second-token-of-the-agent").expect("files can be written");
    assert_eq!(runner.value("A").await, json!("the value of A"));
}

#[tokio::test]
async fn an_app_role_logs_in_again_when_its_token_has_expired() {
    let contract = Contract::start().await;
    let vault = Vault::of(&contract);
    let store = vault.store();
    let [role, secret] = Contract::ROLE;
    let mut settings = vault.settings(&store);
    settings.pop();
    settings.push(("STRONGROOM_VAULT_ROLE_ID", role.to_owned()));
    settings.push(("STRONGROOM_VAULT_SECRET_ID_FILE", private_file(&store, secret)));
    settings.push(("STRONGROOM_VAULT_NAMESPACE", "teams/acme".to_owned()));
    set(&store, &settings);
    store.must_stay_secret(Contract::LOGGED_IN);
    let server = Server::start_on(&store, &["--log", "trace"]).await;
    let team = server.team("acme").await;
    let (writer, runner) = (team.key("user").await, team.key("runner").await);
    for round in 1..=3 {
        let value = json!(format!("the value {round} of A"));
        writer.set("A", value.clone()).await;
        assert_eq!(contract.log_ins(), round, "once for each token");
        contract.expire_tokens();
    }
    // Many at once log in once.
    let mut reads = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let runner = runner.clone();
        reads.spawn(async move { runner.value("A").await });
    }
    for value in reads.join_all().await {
        assert_eq!(value, json!("the value 3 of A"));
    }
    assert_eq!(contract.log_ins(), 4);
    assert_eq!(contract.namespaces(), ["teams/acme".to_owned()].into());
}
