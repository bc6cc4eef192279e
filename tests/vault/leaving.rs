//! Purging: old versions, deleted secrets and unused values leave Vault as well.

use serde_json::json;
use strongroom_tests::{Scene, Server, wait};

use crate::place::{Vault, counts};

/// Makes all removed values old enough to be purged.
const LONG_AGO: &str = "UPDATE removed_vault_values SET removed = '2020-01-01T00:00:00+00:00'";
/// An id made in 2020.
const OLD_ID: &str = "016f5e66-e800-7000-8000-000000000001";

#[tokio::test]
async fn purged_versions_leave_vault() {
    for vault in Vault::every().await {
        let store = vault.store();
        let arguments = ["--keep-versions", "1", "--restore-window", "0s"];
        let server = Server::start_on(&store, &arguments).await;
        let Scene { server, writer, runner, .. } = Scene::on(server).await;
        for version in 1..=5 {
            writer.set("A", json!(format!("the value {version} of A"))).await;
        }
        writer.set("GONE", json!("the value of the gone one")).await;
        writer.delete("GONE").await;
        let noted = "SELECT count(*) FROM removed_vault_values";
        assert_eq!(store.sql_number(noted).await, 3);
        assert_eq!(vault.paths().await.len(), 6, "a concurrent reader of a row still finds its value");
        server.stop().await;

        // The startup purges secrets that can't be restored any more.
        let server = Server::start_on(&store, &arguments).await;
        wait::is("the deleted secret is noted", async || store.sql_number(noted).await == 4).await;
        assert_eq!(counts(&store).await, (2, 0));
        server.stop().await;
        store.sql(LONG_AGO).await;
        let server = Server::start_on(&store, &arguments).await;
        wait::is("they are removed from Vault", async || vault.paths().await.len() == 2).await;
        wait::is("they are forgotten", async || store.sql_number(noted).await == 0).await;
        assert_eq!(runner.at(&server).value("A").await, json!("the value 5 of A"));
        let back = json!({"name": "A", "version": 4});
        writer.at(&server).done("restore_secret_version", back).await;
        assert_eq!(runner.at(&server).value("A").await, json!("the value 4 of A"));
    }
}

#[tokio::test]
async fn unused_values_are_found() {
    for vault in Vault::every().await {
        let store = vault.store();
        let Scene { server, writer, runner, .. } = Scene::on(store.serve().await).await;
        writer.set("A", json!("the value of A")).await;
        let path = vault.paths().await.remove(0);
        let (part, _) = path.rsplit_once('/').expect("a path");
        let sealed = vault.read(&path).await;
        // An old value, one that is being written just now, and data of others.
        let new_id = "7fffffff-ffff-7000-8000-000000000002";
        for name in [OLD_ID, new_id, "notes"] {
            vault.write(&format!("{part}/{name}"), &sealed).await;
        }
        let other = format!("strongroom/another-store/{OLD_ID}");
        vault.write(&other, &sealed).await;
        server.stop().await;
        let server = store.serve().await;
        let old = format!("{part}/{OLD_ID}");
        wait::is("the old one is gone", async || !vault.paths().await.contains(&old)).await;
        let mut left = vault.paths().await;
        left.sort();
        let mut wanted = [path.clone(), format!("{part}/{new_id}"), format!("{part}/notes"), other];
        wanted.sort();
        assert_eq!(left, wanted);
        assert_eq!(runner.at(&server).value("A").await, json!("the value of A"));
    }
}
