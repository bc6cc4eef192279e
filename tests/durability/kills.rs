//! Killed again and again while eight clients set, overwrite, rename, delete, restore and read. `cargo xtask torture`
//! does it for longer.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use strongroom_tests::durability::checker::{Checkers, Kind, Violation};
use strongroom_tests::durability::faults::{Needs, in_own_mounts};
use strongroom_tests::durability::history::Event;
use strongroom_tests::durability::kills::Plan;
use strongroom_tests::durability::load::{self, Common};
use strongroom_tests::durability::strongroom::Strongroom;
use strongroom_tests::durability::target::Target as _;
use strongroom_tests::{Store, wait};

const CLIENTS: usize = 8;

fn plan(kills: u64, flags: &str) -> Plan {
    let seed = fastrand::u64(..1_000_000_000);
    println!("`cargo xtask torture --kills {kills} --seed {seed}{flags}` does the same");
    Plan { seed, clients: CLIENTS, kills: Some(kills), until: None }
}

async fn check(plan: Plan, new: impl AsyncFn() -> Strongroom) {
    let tally = plan.run(new, |_| {}).await;
    println!("{tally}");
    assert!(tally.violations.is_empty(), "{:#?} in {:?}", tally.violations, tally.kept);
    assert!(tally.acknowledged > 0, "nothing happened before the kills");
    assert!(tally.in_flight > 0, "nothing was in flight at any kill");
}

#[tokio::test]
async fn killed_again_and_again_it_keeps_its_word() {
    let plan = plan(16, "");
    check(plan, async || Strongroom::new(Store::new(), CLIENTS).await).await;
}

#[tokio::test]
async fn when_the_power_is_cut_it_keeps_its_word() {
    if in_own_mounts("kills::when_the_power_is_cut_it_keeps_its_word", Needs::Ext4) {
        let plan = plan(8, " --power");
        check(plan, async || Strongroom::on_a_disk(Store::new(), CLIENTS).await).await;
    }
}

async fn load_and_stop(strongroom: &mut Strongroom, common: &Arc<Common>) -> Vec<Event> {
    strongroom.start().await.expect("it starts");
    let clients = load::start_working(strongroom, CLIENTS, common);
    wait::until("the clients get going", async || {
        (common.acknowledged.load(Ordering::Relaxed) >= 40).then_some(())
    })
    .await;
    strongroom.stop().await;
    clients.join_all().await;
    common.history.add(Event::Killed);
    common.history.take()
}

/// Starts it again, and finds out what is broken: in the log and the database, and of what it has.
async fn broken(strongroom: &mut Strongroom, common: &Common, mut events: Vec<Event>) -> [Vec<Violation>; 2] {
    strongroom.start().await.expect("it starts again");
    let around = strongroom.inspect(&events).await;
    load::add_sight(common, strongroom.sight().await.expect("all is there"));
    events.extend(common.history.take());
    [around, Checkers::new(load::groups(CLIENTS)).follow(&events)]
}

#[tokio::test]
async fn asked_to_stop_under_load_it_keeps_its_word() {
    let mut strongroom = Strongroom::new(Store::new(), CLIENTS).await;
    let common = Arc::default();
    let events = load_and_stop(&mut strongroom, &common).await;
    assert_eq!(broken(&mut strongroom, &common, events).await, [[], []]);
}

/// Without this, the others could be content with anything.
#[tokio::test]
async fn a_store_that_is_put_back_to_what_it_was_is_found_out() {
    let mut strongroom = Strongroom::new(Store::new(), CLIENTS).await;
    let before = strongroom.store().copy();
    let common = Arc::default();
    let events = load_and_stop(&mut strongroom, &common).await;
    let folder = strongroom.store().data_dir();
    fs::remove_dir_all(&folder).expect("it can be removed");
    fs::rename(before.data_dir(), &folder).expect("it can be put back");
    let [around, secrets] = broken(&mut strongroom, &common, events).await;
    let is = |kind: Kind| move |violation: &Violation| violation.kind == kind;
    assert!(around.iter().any(is(Kind::Unrecorded)), "{around:#?}");
    assert!(secrets.iter().any(is(Kind::Lost)), "{secrets:#?}");
}
