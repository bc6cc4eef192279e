//! Everyday use with values in Vault: everything works as it does with values in the database.

use std::sync::Arc;

use serde_json::{Value, json};
use strongroom_tests::{Client, SERVE, Scene, Server, Store, Strongroom, assert_says};

use crate::place::{Vault, counts};

async fn import(writer: &Client, secrets: &[(&str, &str)]) -> Value {
    let secrets: Vec<_> = secrets.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
    let answer = writer.try_import(json!({"secrets": secrets})).await;
    answer.assert_success("import_secrets");
    answer.list("/import_secrets/changes").iter().map(|change| change["change"].clone()).collect()
}

#[tokio::test]
async fn values_in_vault_behave_like_values_in_the_database() {
    for vault in Vault::every().await {
        let store = vault.store();
        let Scene { server, writer, runner, .. } = Scene::on(store.serve().await).await;

        let odd = json!({"nested": [1, 2.50, null, "\u{fc}\u{1f600}"], "0": 0});
        writer.set("ODD", odd.clone()).await;
        assert_eq!(runner.value("ODD").await, odd);
        let large = json!("x".repeat(60_000));
        writer.set("LARGE", large.clone()).await;
        assert_eq!(runner.value("LARGE").await, large);

        let first = import(&writer, &[("I", "imported I"), ("J", "imported J"), ("LARGE", "small")]).await;
        assert_eq!(first, json!(["created", "created", "overwritten"]));
        let second = import(&writer, &[("I", "imported I"), ("J", "another J"), ("K", "imported K")]).await;
        assert_eq!(second, json!(["unchanged", "overwritten", "created"]));
        let answer = runner.try_values(&["I", "J", "missing", "K", "LARGE"]).await;
        let values: Vec<_> = answer.list("/secret_values").iter().map(|row| &row["value"]).collect();
        assert_eq!(json!(values), json!(["imported I", "another J", "imported K", "small"]));

        server.stop().await;
        assert_eq!(counts(&store).await, (7, 0), "all of them are in Vault");
        let paths = vault.paths().await;
        assert_eq!(paths.len(), 7, "and nothing else is");
        for path in paths {
            let value = vault.read(&path).await;
            let fields = value.as_object().expect("an object");
            assert_eq!(fields.len(), 1, "{fields:?}");
            store.assert_keeps_secrets("Vault", &value.to_string());
        }

        // Without Vault, a server refuses to start.
        let settings = vault.settings(&store);
        store.set_variables(&[]);
        store.refused(&SERVE, "are in Vault, but `vault-address` is not set").await;
        crate::place::set(&store, &settings);
        let server = store.serve().await;
        assert_eq!(runner.at(&server).value("J").await, json!("another J"));
        store.admin(&["audit", "verify"]).await;
    }
}

#[tokio::test]
async fn concurrent_changes_at_two_servers_succeed_and_a_data_key_rotation_encrypts_values_again() {
    for vault in Vault::every().await {
        let store = vault.store();
        let mut strongroom = Strongroom::started(Arc::clone(&store), 6).await;
        // A change is retried as often as it conflicts with one at the other server.
        let other = store.serve().await;
        strongroom.work_at_both(&other);
        strongroom.history.acknowledges(200).await;
        strongroom.assert_undisturbed().await;
        check_data_key_rotation(&vault).await;
    }
}

#[tokio::test]
async fn a_backup_restores_with_or_without_vault_and_an_old_store_can_use_it_at_once() {
    for vault in Vault::every().await {
        let store = vault.store();
        let Scene { server, writer, runner, .. } = Scene::on(store.serve().await).await;
        writer.set_many("S", 150).await;
        writer.set("S 0", json!("the newer value of S 0")).await;
        let file = store.beside("a.backup");
        assert_says(&store.run(&["backup", &file]).await.succeeded(), &["secret_versions: 151\n"]);
        store.run(&["backup", "--check", &file]).await.succeeded();
        server.stop().await;
        let before = vault.paths().await;

        // A restore neither needs Vault nor changes it.
        let new = store.restored(&file).await;
        assert_eq!(counts(&new).await, (0, 151));
        let server = new.serve().await;
        let runner = runner.at(&server);
        assert_eq!(runner.value("S 0").await, json!("the newer value of S 0"));
        runner.assert_many("S", [149]).await;
        server.stop().await;
        // In the same Vault, it has its own path.
        vault.keep(&new, "vault");
        new.run(&["move-values"]).await.succeeded();
        assert_eq!(counts(&new).await, (151, 0));
        let after = vault.paths().await;
        assert_eq!(after.len(), 302);
        assert!(before.iter().all(|path| after.contains(path)));
        check_restore_beside_a_server(&vault, &store, &file, [&writer, &runner]).await;
        check_old_store(&vault).await;
    }
}

async fn check_restore_beside_a_server(vault: &Vault, old: &Store, file: &str, clients: [&Client; 2]) {
    // The server has chosen its path in Vault before the restore.
    let new = old.empty_with_key();
    vault.keep(&new, "vault");
    let server = new.serve().await;
    new.run(&["restore", file]).await.succeeded();
    let [writer, _] = clients.map(|client| client.at(&server));
    writer.set("NEW", json!("from after it")).await;
    server.stop().await;
    let server = new.serve().await;
    let [_, runner] = clients.map(|client| client.at(&server));
    runner.assert_many("S", [149]).await;
    assert_eq!(runner.value("NEW").await, json!("from after it"));
}

async fn check_old_store(vault: &Vault) {
    let key = "67e58863044db9ade9ca2426b149d45fcd94c6c4f5b64e3dd3a331d78e8a52f7";
    let dump = include_str!("../api/fixture/store-m0002_team.sql");
    let store = Store::from_dump(dump, key).await;
    vault.keep(&store, "vault");
    // The fixture's deleted secret is old.
    let server = Server::start_on(&store, &["--restore-window", "30000d"]).await;
    let admin = server.with_key("sr_1sauG9IFMFKYYsSmFS00NmnNFq0G7fVvM4D0zdppAJu4RRQYC");
    let runner = server.with_key("sr_kKLfPmf9nlGKGRAKuhQEezaSrxA2nXvu8E9sgIF4Ib04MOnwy");
    assert_eq!(runner.value("DB_URL").await, json!("postgres://third"));
    admin.set("DB_URL", json!("postgres://fourth")).await;
    assert_eq!(counts(&store).await, (1, 6));
    store.run(&["move-values"]).await.succeeded();
    assert_eq!(counts(&store).await, (7, 0));
    admin.revert("DB_URL", 1).await;
    assert_eq!(runner.value("DB_URL").await, json!("postgres://first"));
}

async fn check_data_key_rotation(vault: &Vault) {
    let (store, others) = (vault.store(), vault.paths().await.len());
    let Scene { server: _server, writer, runner, .. } = Scene::on(store.serve().await).await;
    writer.set_many("S", 120).await;
    let ids = "SELECT hex(vault_id) FROM secret_versions ORDER BY vault_id";
    let before = store.sql_texts(ids).await;
    assert_says(&store.run(&["rotate-data-keys"]).await.succeeded(), &["encrypted 120 values"]);
    let after = store.sql_texts(ids).await;
    assert!(before.iter().all(|id| !after.contains(id)), "each is written once");
    assert_eq!(store.sql_number("SELECT count(*) FROM data_keys").await, 1);
    assert_eq!(counts(&store).await, (120, 0));
    runner.assert_many("S", 0..120).await;
    assert_eq!(vault.paths().await.len(), others + 240, "the old ones stay for a while");
}
