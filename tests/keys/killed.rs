//! Killed at any moment, a rotation has lost nothing, nobody has noticed, and run again it comes to its end.

use std::time::Instant;

use serde_json::json;
use strongroom_tests::{Store, Team};

use super::{Load, assert_all_there, filled, fingerprints, keys_in_file};

/// How often each is killed, at moments spread over the time it needs.
const ROUNDS: u32 = 6;
/// The same where none of these was in the middle, as a busy machine may have it.
const MOST_ROUNDS: u32 = 5 * ROUNDS;
const TEAMS: usize = 4;

/// `check` gets what the next run printed, and whether a team had several data keys before; with `between`, that has
/// to happen at least once.
async fn kill(command: &str, many: usize, between: bool, check: impl AsyncFn(&Store, &str, bool)) {
    let store = Store::new();
    let (mut server, writer, runner) = filled(&store).await;
    let secrets: Vec<_> = (0..many)
        .map(|number| json!({"name": format!("many {number}"), "value": format!("the value {number}")}))
        .collect();
    writer.try_import(json!({"secrets": secrets})).await.assert_success("import_secrets");
    let mut others = Vec::new();
    for number in 1..TEAMS {
        let team = server.team(&format!("team-{number}")).await;
        team.key("user").await.set("A", json!("the value of A")).await;
        others.push(team.key("runner").await);
    }
    let begun = Instant::now();
    store.run(&[command]).await.succeeded();
    let whole = begun.elapsed();
    let (mut killed, mut seen_between) = (0, 0);
    for round in 1..=MOST_ROUNDS {
        let (writer, runner) = (writer.at(&server), runner.at(&server));
        let start_load = || Load::start(std::slice::from_ref(&writer), std::slice::from_ref(&runner));
        let load = start_load();
        load.goes_on().await;
        let after = whole * (1 + (round - 1) % ROUNDS) / ROUNDS;
        killed += usize::from(!store.run_and_kill(&[command], after).await);
        let is_between = data_keys(&store).await > TEAMS;
        seen_between += usize::from(is_between);
        load.goes_on().await;
        let values = load.stop().await;
        let said = if round % 2 == 0 {
            // It can be started in whatever state that is.
            server.stop().await;
            server = store.serve().await;
            assert_all_there(&runner.at(&server), &values).await;
            store.run(&[command]).await.succeeded()
        } else {
            assert_all_there(&runner, &values).await;
            let load = start_load();
            load.goes_on().await;
            let said = store.run(&[command]).await.succeeded();
            load.goes_on().await;
            assert_all_there(&runner, &load.stop().await).await;
            said
        };
        for other in &others {
            assert_eq!(other.at(&server).value("A").await, json!("the value of A"));
        }
        assert_eq!(data_keys(&store).await, TEAMS, "round {round}");
        check(&store, &said, is_between).await;
        if round >= ROUNDS && killed > 0 && (seen_between > 0 || !between) {
            break;
        }
    }
    assert!(killed > 0 && (seen_between > 0 || !between), "{killed} killed, {seen_between} in between");
    let runner = Team::existing(&store, "acme").at(&server).key("runner").await;
    for number in (0..many).step_by(50) {
        let value = runner.value(&format!("many {number}")).await;
        assert_eq!(value, json!(format!("the value {number}")));
    }
    store.admin(&["audit", "verify"]).await;
    let left = std::fs::read_dir(store.data_dir()).expect("it can be read").flatten();
    let drafts = left.filter(|file| file.file_name().to_string_lossy().ends_with("draft"));
    assert_eq!(drafts.count(), 0, "what a kill has left is gone");
}

async fn data_keys(store: &Store) -> usize {
    let number = store.sql_number("SELECT count(*) FROM data_keys").await;
    usize::try_from(number).expect("it counts")
}

#[tokio::test]
async fn a_change_of_the_master_key_can_be_killed_and_run_again() {
    kill("rotate-master-key", 50, false, async |store, _, _| {
        assert_eq!(fingerprints(store).await.len(), 1);
        assert_eq!(keys_in_file(store).len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_change_of_data_keys_can_be_killed_and_run_again() {
    kill("rotate-data-keys", 600, true, async |store, said, is_between| {
        assert_eq!(is_between, said.contains("finished the rotation"), "{said}");
        let unused =
            "SELECT count(*) FROM data_keys WHERE id NOT IN (SELECT data_key_id FROM secret_versions)";
        assert_eq!(store.sql_number(unused).await, 0);
    })
    .await;
}
