//! A rotation killed at any moment loses nothing, disturbs no request, and finishes when it is run again.

use serde_json::json;
use strongroom_tests::Store;

use super::{SOME, assert_fixed, filled_for_load, fingerprints, keys_in_file, run_under_load};

/// The number of kills, spread over the time that the command needs.
const ROUNDS: u32 = 6;
/// The same if none of these hit it in the middle, which can happen on a busy machine.
const MOST_ROUNDS: u32 = 5 * ROUNDS;
const TEAMS: usize = 4;

/// `check` gets the output of the next run, and whether a team had several data keys before it; with `between`, that must
/// happen at least once.
async fn kill(command: &str, many: usize, between: bool, check: impl AsyncFn(&Store, &str, bool)) {
    let store = Store::new();
    let mut strongroom = filled_for_load(&store).await;
    strongroom.administrator().set_many("many", many).await;
    let mut others = Vec::new();
    for number in 1..TEAMS {
        let team = strongroom.server().team(&format!("team-{number}")).await;
        team.key("user").await.set("A", json!("the value of A")).await;
        others.push(team.key("runner").await);
    }
    let moments = store.moments_to_kill(&[command], ROUNDS).await;
    let (mut killed, mut seen_between) = (0, 0);
    for (round, after) in (1..=MOST_ROUNDS).zip(moments.into_iter().cycle()) {
        strongroom.work(SOME).await;
        killed += usize::from(!store.run_and_kill(&[command], after).await);
        let is_between = data_keys(&store).await > TEAMS;
        seen_between += usize::from(is_between);
        strongroom.history.acknowledges(SOME).await;
        strongroom.assert_undisturbed().await;
        let said = if round % 2 == 0 {
            // A server starts in every state between.
            strongroom.restart().await;
            store.run(&[command]).await.succeeded()
        } else {
            run_under_load(&mut strongroom, command).await.succeeded()
        };
        assert_fixed(&strongroom.reader()).await;
        for other in &others {
            assert_eq!(other.at(strongroom.server()).value("A").await, json!("the value of A"));
        }
        assert_eq!(data_keys(&store).await, TEAMS, "round {round}");
        check(&store, &said, is_between).await;
        if round >= ROUNDS && killed > 0 && (seen_between > 0 || !between) {
            break;
        }
    }
    assert!(killed > 0 && (seen_between > 0 || !between), "{killed} killed, {seen_between} in between");
    strongroom.reader().assert_many("many", (0..many).step_by(50)).await;
    store.admin(&["audit", "verify"]).await;
    assert!(store.drafts().is_empty(), "no draft of a killed command is left");
}

async fn data_keys(store: &Store) -> usize {
    let number = store.sql_number("SELECT count(*) FROM data_keys").await;
    usize::try_from(number).expect("it counts")
}

#[tokio::test]
async fn a_killed_master_key_rotation_can_be_run_again() {
    kill("rotate-master-key", 50, false, async |store, _, _| {
        assert_eq!(fingerprints(store).await.len(), 1);
        assert_eq!(keys_in_file(store).len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_killed_data_key_rotation_can_be_run_again() {
    kill("rotate-data-keys", 600, true, async |store, said, is_between| {
        assert_eq!(is_between, said.contains("finished the rotation"), "{said}");
        let unused =
            "SELECT count(*) FROM data_keys WHERE id NOT IN (SELECT data_key_id FROM secret_versions)";
        assert_eq!(store.sql_number(unused).await, 0);
    })
    .await;
}
