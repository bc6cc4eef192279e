//! Killed at any moment, a rotation has lost nothing, nobody has noticed, and run again it comes to its end.

use std::time::Instant;

use serde_json::json;
use strongroom_tests::{Store, Team};

use super::{Load, assert_all_there, filled, fingerprints, keys_in_file};

/// How often each is killed, at moments spread over the time it needs.
const ROUNDS: u32 = 6;
/// The same where none of these was in the middle, as a busy machine may have it.
const MOST_ROUNDS: u32 = 5 * ROUNDS;

#[tokio::test]
async fn a_change_of_the_master_key_can_be_killed_and_run_again() {
    let store = Store::new();
    let (mut server, writer, runner) = filled(&store).await;
    let mut teams = Vec::new();
    for number in 0..3 {
        let team = server.team(&format!("team-{number}")).await;
        team.key("user").await.set("A", json!("the value of A")).await;
        teams.push(team.key("runner").await);
    }
    let begun = Instant::now();
    store.run(&["rotate-master-key"]).await.succeeded();
    let whole = begun.elapsed();
    let mut killed = 0;
    for round in 1..=ROUNDS {
        let (writer, runner) = (writer.at(&server), runner.at(&server));
        let load = Load::start(std::slice::from_ref(&writer), std::slice::from_ref(&runner));
        load.goes_on().await;
        if !store.run_and_kill(&["rotate-master-key"], whole * round / ROUNDS).await {
            killed += 1;
        }
        load.goes_on().await;
        if round % 2 == 0 {
            // It can be started in whatever state that is.
            let values = load.stop().await;
            server.stop().await;
            server = store.serve().await;
            assert_all_there(&runner.at(&server), &values).await;
            store.run(&["rotate-master-key"]).await.succeeded();
        } else {
            store.run(&["rotate-master-key"]).await.succeeded();
            load.goes_on().await;
            assert_all_there(&runner, &load.stop().await).await;
        }
        for team in &teams {
            assert_eq!(team.at(&server).value("A").await, json!("the value of A"));
        }
        assert_eq!(fingerprints(&store).await.len(), 1, "round {round}");
        assert_eq!(keys_in_file(&store).len(), 1, "round {round}");
    }
    assert!(killed > 0, "none was killed");
    store.admin(&["audit", "verify"]).await;
    let left = std::fs::read_dir(store.data_dir()).expect("it can be read").flatten();
    let drafts = left.filter(|file| file.file_name().to_string_lossy().ends_with("draft"));
    assert_eq!(drafts.count(), 0, "what a kill has left is gone");
}

#[tokio::test]
async fn a_change_of_data_keys_can_be_killed_and_run_again() {
    let store = Store::new();
    let (mut server, writer, runner) = filled(&store).await;
    let many: Vec<_> = (0..600)
        .map(
            |number| json!({"name": format!("one of many {number}"), "value": format!("the value {number}")}),
        )
        .collect();
    let answer = writer.try_import(json!({"secrets": many})).await;
    answer.assert_success("import_secrets");
    let begun = Instant::now();
    store.run(&["rotate-data-keys"]).await.succeeded();
    let whole = begun.elapsed();
    let (mut killed, mut between) = (0, 0);
    for round in 1..=MOST_ROUNDS {
        let (writer, runner) = (writer.at(&server), runner.at(&server));
        let load = Load::start(std::slice::from_ref(&writer), std::slice::from_ref(&runner));
        load.goes_on().await;
        if !store.run_and_kill(&["rotate-data-keys"], whole * (1 + (round - 1) % ROUNDS) / ROUNDS).await {
            killed += 1;
        }
        let keys = store.sql_number("SELECT count(*) FROM data_keys").await;
        between += usize::from(keys > 1);
        load.goes_on().await;
        if round % 2 == 0 {
            let values = load.stop().await;
            server.stop().await;
            server = store.serve().await;
            assert_all_there(&runner.at(&server), &values).await;
        } else {
            assert_all_there(&runner, &load.stop().await).await;
        }
        let said = store.run(&["rotate-data-keys"]).await.succeeded();
        assert_eq!(keys > 1, said.contains("finished the rotation"), "{said}");
        let unused =
            "SELECT count(*) FROM data_keys WHERE id NOT IN (SELECT data_key_id FROM secret_versions)";
        assert_eq!(store.sql_number(unused).await, 0, "round {round}");
        assert_eq!(store.sql_number("SELECT count(*) FROM data_keys").await, 1);
        if round >= ROUNDS && killed > 0 && between > 0 {
            break;
        }
    }
    assert!(killed > 0 && between > 0, "{killed} killed, {between} in between");
    let runner = Team::existing(&store, "acme").at(&server).key("runner").await;
    for number in (0..600).step_by(50) {
        let value = runner.value(&format!("one of many {number}")).await;
        assert_eq!(value, json!(format!("the value {number}")));
    }
    store.admin(&["audit", "verify"]).await;
}
