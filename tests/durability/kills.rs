//! Kills a server again and again while eight clients set, overwrite, rename, delete, restore and read. `cargo xtask torture`
//! does it for longer.

use std::fs;

use strongroom_tests::Store;
use strongroom_tests::durability::faults::{Needs, in_own_mounts};
use strongroom_tests::durability::{Kind, Plan, Strongroom};

const CLIENTS: usize = 8;

async fn check(kills: u64, power: bool) {
    let seed = fastrand::u64(..1_000_000_000);
    let flag = if power { " --power" } else { "" };
    println!("`cargo xtask torture --kills {kills} --seed {seed}{flag}` does the same");
    let plan = Plan { minutes: 60.0, kills: Some(kills), seed, clients: CLIENTS, power };
    let tally = plan.run(|_| {}).await;
    println!("{tally}");
    assert!(tally.violations.is_empty(), "{:#?} in {:?}", tally.violations, tally.kept);
    assert!(tally.acknowledged > 0, "nothing happened before the kills");
    assert!(tally.in_flight > 0, "nothing was in flight at any kill");
}

#[tokio::test]
async fn repeated_kills_break_no_promise() {
    check(16, false).await;
}

#[tokio::test]
async fn power_cuts_break_no_promise() {
    if in_own_mounts("kills::power_cuts_break_no_promise", Needs::Ext4) {
        check(8, true).await;
    }
}

#[tokio::test]
async fn a_stop_under_load_breaks_no_promise_and_a_store_put_back_to_before_is_noticed() {
    let mut strongroom = Strongroom::new(Store::new(), CLIENTS).await;
    let before = strongroom.store.copy();
    strongroom.start().await.expect("it starts");
    strongroom.work(40).await;
    strongroom.restart().await;
    strongroom.work(40).await;
    strongroom.stop().await;
    // The checks can fail.
    let folder = strongroom.store.data_dir();
    fs::remove_dir_all(&folder).expect("it can be removed");
    fs::rename(before.data_dir(), &folder).expect("it can be put back");
    strongroom.start().await.expect("it starts again");
    let found = strongroom.check().await;
    for kind in [Kind::Unrecorded, Kind::Lost] {
        assert!(found.iter().any(|violation| violation.kind == kind), "no {kind:?} in {found:#?}");
    }
}
