//! Values move to Vault and back, also alongside a running server and after a kill, and unused ones are purged.

use serde_json::json;
use strongroom_tests::{Client, Scene, Server, Store, assert_says, wait};

use crate::place::{Vault, counts};

/// The number of kills, spread over the time that a move needs.
const ROUNDS: u32 = 6;
/// The same if none of these hit it in the middle, which can happen on a busy machine.
const MOST_ROUNDS: u32 = 5 * ROUNDS;
const MANY: usize = 500;
/// Makes all removed values old enough to be purged.
const LONG_AGO: &str = "UPDATE removed_vault_values SET removed = '2020-01-01T00:00:00+00:00'";
/// An id created in 2020.
const OLD_ID: &str = "016f5e66-e800-7000-8000-000000000001";

async fn assert_all_there(runner: &Client) {
    runner.assert_many("S", (0..MANY).step_by(23)).await;
}

#[tokio::test]
async fn values_move_there_and_back_while_a_server_runs() {
    for vault in Vault::every().await {
        let store = Store::new();
        vault.keep(&store, "database");
        let Scene { server, admin, writer, runner, .. } = Scene::on(store.serve().await).await;
        writer.set_many("S", MANY).await;
        writer.set("DELETED", json!("the value of the deleted one")).await;
        writer.delete("DELETED").await;
        assert_eq!(vault.paths().await, [""; 0]);

        let reading = tokio::spawn({
            let runner = runner.clone();
            async move {
                for _ in 0..6 {
                    assert_all_there(&runner).await;
                }
            }
        });
        vault.keep(&store, "vault");
        let ran = store.run(&["move-values"]).await;
        assert!(ran.stderr.contains("moved: 0 of 501"), "{}", ran.stderr);
        assert_says(&ran.succeeded(), &["Moved 501 values to Vault; 0 are left"]);
        assert_eq!(counts(&store).await, (501, 0));
        assert_eq!(vault.paths().await.len(), 501);
        reading.await.expect("every read succeeds");
        // The running server still puts new values into the database, and reads both kinds.
        writer.set("S 0", json!("a newer value of S 0")).await;
        assert_eq!(counts(&store).await, (501, 1));
        assert_eq!(runner.value("S 0").await, json!("a newer value of S 0"));
        writer.set("S 0", json!("the value of S 0")).await;

        vault.keep(&store, "database");
        let said = store.run(&["move-values"]).await.succeeded();
        assert_says(&said, &["Moved 501 values to the database; 0 are left", "501 unused values"]);
        let moves = admin.audit(json!({"action": {"_eq": "move:value"}})).await;
        let to: Vec<_> = moves.iter().map(|entry| entry["detail"].as_str()).collect();
        assert_eq!(to, [Some("to the database"), Some("to Vault")]);
        assert_eq!(counts(&store).await, (0, 503));
        assert_all_there(&runner).await;
        writer.restore("DELETED").await;
        assert_eq!(runner.value("DELETED").await, json!("the value of the deleted one"));

        // After a while, nothing is left in Vault.
        store.sql(LONG_AGO).await;
        let said = store.run(&["move-values"]).await.succeeded();
        assert_says(&said, &["Removed 501 unused values from Vault"]);
        assert_eq!(vault.paths().await, [""; 0]);
        server.stop().await;
        store.set_variables(&[]);
        let server = store.serve().await;
        assert_all_there(&runner.at(&server)).await;
        store.refused(&["move-values"], "vault-address").await;
    }
}

#[tokio::test]
async fn a_move_can_be_killed_and_run_again() {
    for vault in Vault::every().await {
        let store = Store::new();
        vault.keep(&store, "database");
        let Scene { server: _server, writer, runner, .. } = Scene::on(store.serve().await).await;
        writer.set_many("S", MANY).await;
        let place = |round: u32| ["vault", "database"][round as usize % 2];
        vault.keep(&store, place(0));
        let moments = store.moments_to_kill(&["move-values"], ROUNDS).await;
        let (mut killed, mut between) = (0, 0);
        for (round, moment) in (1..=MOST_ROUNDS).zip(moments.into_iter().cycle()) {
            vault.keep(&store, place(round));
            killed += u32::from(!store.run_and_kill(&["move-values"], moment).await);
            let (there, here) = counts(&store).await;
            between += u32::from(there > 0 && here > 0);
            assert_all_there(&runner).await;
            store.run(&["move-values"]).await.succeeded();
            let all = i64::try_from(MANY).expect("few");
            let wanted = if place(round) == "vault" { (all, 0) } else { (0, all) };
            assert_eq!(counts(&store).await, wanted, "round {round}");
            assert_all_there(&runner).await;
            if round >= ROUNDS && killed > 0 && between > 0 {
                break;
            }
        }
        assert!(killed > 0 && between > 0, "{killed} killed, {between} in between");
    }
}

/// `others` is how many values the Vault holds already.
async fn check_purged_versions(vault: &Vault, others: usize) {
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
    assert_eq!(vault.paths().await.len(), others + 6, "a concurrent reader of a row still finds its value");
    server.stop().await;

    // The startup purges secrets that can't be restored any more.
    let server = Server::start_on(&store, &arguments).await;
    wait::is("the deleted secret is noted", async || store.sql_number(noted).await == 4).await;
    assert_eq!(counts(&store).await, (2, 0));
    server.stop().await;
    store.sql(LONG_AGO).await;
    let server = Server::start_on(&store, &arguments).await;
    wait::is("they are removed from Vault", async || vault.paths().await.len() == others + 2).await;
    wait::is("they are forgotten", async || store.sql_number(noted).await == 0).await;
    assert_eq!(runner.at(&server).value("A").await, json!("the value 5 of A"));
    writer.at(&server).revert("A", 4).await;
    assert_eq!(runner.at(&server).value("A").await, json!("the value 4 of A"));
}

#[tokio::test]
async fn unused_values_and_purged_versions_leave_vault() {
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
        check_purged_versions(&vault, wanted.len()).await;
    }
}
