//! Disks that are full, and disks that fail and are read-only from then on.

use std::fs;
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::json;
use strongroom_tests::durability::checker::Checkers;
use strongroom_tests::durability::faults::{Disk, Needs, SmallDisk, in_own_mounts};
use strongroom_tests::durability::history::{Event, Outcome};
use strongroom_tests::durability::load::{self, Common};
use strongroom_tests::durability::strongroom::Strongroom;
use strongroom_tests::durability::target::Target as _;
use strongroom_tests::{Answer, Store, wait};

const CLIENTS: usize = 4;

async fn check(
    strongroom: &mut Strongroom,
    checkers: &mut Checkers,
    common: &Common,
    mut events: Vec<Event>,
) {
    load::add_sight(common, strongroom.sight().await.expect("all is there"));
    let violations = strongroom.inspect(&events).await;
    assert_eq!(violations, []);
    events.extend(common.history.take());
    assert_eq!(checkers.follow(&events), []);
}

async fn acknowledged(common: &Common, more: u64) {
    let wanted = common.acknowledged.load(Ordering::Relaxed) + more;
    wait::until("more is acknowledged", async || {
        (common.acknowledged.load(Ordering::Relaxed) >= wanted).then_some(())
    })
    .await;
}

/// An error that may go away, and that no client takes for a missing value.
fn assert_transient(answer: &Answer) {
    let message = answer.assert_error("API_ERROR");
    assert!(message.contains("internal API error"), "{message}");
}

#[tokio::test]
async fn on_a_full_disk_it_says_so_and_goes_on_once_there_is_room() {
    let test = "disks::on_a_full_disk_it_says_so_and_goes_on_once_there_is_room";
    if !in_own_mounts(test, Needs::Memory) {
        return;
    }
    let store = Store::new();
    let disk = SmallDisk::mount(&store.data_dir(), 24);
    let mut strongroom = Strongroom::new(store, CLIENTS).await;
    let mut checkers = Checkers::new(load::groups(CLIENTS));
    strongroom.start().await.expect("it starts");
    let (administrator, reader) = (strongroom.administrator(), strongroom.reader());
    administrator.set("known/0", "a value that is known".into()).await;
    let (_, newcomer) = administrator.new_key(json!({"name": "newcomer", "role": "read-only"})).await;

    let common = Arc::new(Common::default());
    let clients = load::start_working(&strongroom, CLIENTS, &common);
    acknowledged(&common, 60).await;
    disk.fill();
    // There is room still in the write-ahead log; and there is again when it begins anew.
    let large = "a large value".repeat(4_000);
    let mut refused = 0;
    wait::until("the disk is found full, several times", async || {
        let answer = administrator.try_set("another/0", large.clone().into()).await;
        if !answer.errors().is_empty() {
            assert_transient(&answer);
            refused += 1;
        }
        // What can't be recorded is not told, and not said to be missing.
        let answer = reader.try_value("known/0").await;
        if answer.errors().is_empty() {
            assert_eq!(answer.data("/secret_value"), "a value that is known");
        } else {
            assert_transient(&answer);
        }
        // What needs no writing works, for one who has never come before, too.
        assert!(newcomer.names().await.contains(&"known/0".to_owned()));
        (refused >= 5).then_some(())
    })
    .await;
    let probe = async |path: &str| {
        let reply = strongroom.server().nobody().get(path).await;
        (reply.status.as_u16(), reply.text().to_owned())
    };
    let (status, reason) = probe("/readyz").await;
    assert_eq!(status, 503);
    assert!(reason.contains("the disk is"), "{reason}");
    assert_eq!(probe("/healthz").await, (200, "alive\n".to_owned()));

    disk.make_room();
    wait::until("it is ready again", async || (probe("/readyz").await.0 == 200).then_some(())).await;
    acknowledged(&common, 60).await;
    common.stop.store(true, Ordering::Relaxed);
    clients.join_all().await;
    let events = common.history.take();
    let failed: Vec<&String> = events
        .iter()
        .filter_map(|event| match event {
            Event::Ended { outcome: Outcome::Failed(message), .. } => Some(message),
            _ => None,
        })
        .collect();
    assert!(!failed.is_empty(), "nothing failed on the full disk");
    for message in failed {
        assert!(message.contains("API_ERROR"), "{message}");
    }
    check(&mut strongroom, &mut checkers, &common, events).await;
    strongroom.kill().await;
    strongroom.start().await.expect("it starts again");
    check(&mut strongroom, &mut checkers, &common, vec![Event::Killed]).await;
    // Before the folder goes that it is mounted in.
    drop(disk);
}

/// Without this, the tests that cut the power would show nothing.
#[tokio::test]
async fn a_cut_of_the_power_takes_what_was_not_synchronised_and_nothing_else() {
    let test = "disks::a_cut_of_the_power_takes_what_was_not_synchronised_and_nothing_else";
    if !in_own_mounts(test, Needs::Ext4) {
        return;
    }
    let scratch = tempfile::tempdir().expect("temporary folders can be made");
    let folder = scratch.path().join("mounted");
    let disk = Disk::mount(&scratch.path().join("disk"), &folder, 16);
    let mut somebody =
        tokio::process::Command::new("sleep").arg("60").kill_on_drop(true).spawn().expect("it starts");
    let write = |name: &str, is_synchronised: bool| {
        let mut file = fs::File::create(folder.join(name)).expect("files can be made");
        file.write_all(b"what was written").expect("files can be written");
        if is_synchronised {
            file.sync_all().expect("files can be synchronised");
        }
    };
    write("synchronised", true);
    write("not synchronised", false);
    let pid = somebody.id().expect("it runs");
    let kill = async { somebody.kill().await.expect("it can be killed") };
    disk.cut_power(&[pid], kill).await;
    assert_eq!(fs::read(folder.join("synchronised")).expect("it is there"), b"what was written");
    let lost = fs::read(folder.join("not synchronised")).unwrap_or_default();
    assert!(lost.is_empty(), "{lost:?}");
}

#[tokio::test]
async fn on_a_disk_that_is_suddenly_read_only_it_loses_nothing() {
    if !in_own_mounts("disks::on_a_disk_that_is_suddenly_read_only_it_loses_nothing", Needs::Ext4) {
        return;
    }
    let store = Store::new();
    let disk = Disk::mount(&store.scratch().join("disk"), &store.data_dir(), 64);
    let mut strongroom = Strongroom::new(store, CLIENTS).await;
    let mut checkers = Checkers::new(load::groups(CLIENTS));
    strongroom.start().await.expect("it starts");
    let (administrator, reader) = (strongroom.administrator(), strongroom.reader());
    administrator.set("known/0", "a value that is known".into()).await;

    let common = Arc::new(Common::default());
    let clients = load::start_working(&strongroom, CLIENTS, &common);
    acknowledged(&common, 60).await;
    common.stop.store(true, Ordering::Relaxed);
    clients.join_all().await;
    disk.break_down();
    assert_transient(&administrator.try_set("known/0", "another value".into()).await);
    assert_transient(&reader.try_value("known/0").await);
    // Whatever it says, it does not say that something was done.
    for _ in 0..10 {
        assert_transient(&administrator.try_set("another/0", "another value".into()).await);
    }
    assert!(administrator.names().await.contains(&"known/0".to_owned()));
    // Nobody writes any more, and the probe goes on trying.
    for _ in 0..3 {
        let reply = strongroom.server().nobody().get("/readyz").await;
        assert_eq!(reply.status, 503);
        assert!(reply.text().contains("the last write failed"), "{}", reply.text());
    }

    // The disk is repaired while the server is down.
    strongroom.kill().await;
    disk.mount_again();
    strongroom.start().await.expect("it starts again");
    let mut events = common.history.take();
    events.push(Event::Killed);
    check(&mut strongroom, &mut checkers, &common, events).await;
    administrator.at(strongroom.server()).set("known/0", "another value".into()).await;
    drop(disk);
}
