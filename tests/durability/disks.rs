//! Disks that are full, and disks that fail and are read-only from then on.

use std::fs;
use std::io::Write as _;

use serde_json::json;
use strongroom_tests::durability::faults::{Disk, Needs, SmallDisk, in_own_mounts};
use strongroom_tests::{Answer, Store, Strongroom, assert_says, wait};

const CLIENTS: usize = 4;

/// An error that may be temporary, and that no client mistakes for a missing value.
fn assert_transient(answer: &Answer) {
    assert_says(&answer.assert_error("API_ERROR"), &["internal API error"]);
}

#[tokio::test]
async fn a_full_disk_is_reported_and_survived() {
    if !in_own_mounts("disks::a_full_disk_is_reported_and_survived", Needs::Memory) {
        return;
    }
    let store = Store::new();
    let disk = SmallDisk::mount(&store.data_dir(), 24);
    let mut strongroom = Strongroom::started(store, CLIENTS).await;
    let (administrator, reader) = (strongroom.administrator(), strongroom.reader());
    administrator.set("known/0", "a value that is known".into()).await;
    let (_, newcomer) = administrator.new_key(json!({"name": "newcomer", "role": "read-only"})).await;

    strongroom.work(60).await;
    disk.fill();
    // The write-ahead log still has room; and again when it is restarted.
    let large = "a large value".repeat(4_000);
    let mut refused = 0;
    wait::is("the disk is found full, several times", async || {
        let answer = administrator.try_set("another/0", large.clone().into()).await;
        if !answer.errors().is_empty() {
            assert_transient(&answer);
            refused += 1;
        }
        // A read that can't be recorded is refused, and the value not called missing.
        let answer = reader.try_value("known/0").await;
        if answer.errors().is_empty() {
            assert_eq!(answer.data("/secret_value"), "a value that is known");
        } else {
            assert_transient(&answer);
        }
        // Requests that write nothing work, also with a key that has never been used.
        assert!(newcomer.names().await.contains(&"known/0".to_owned()));
        refused >= 5
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
    wait::is("it is ready again", async || probe("/readyz").await.0 == 200).await;
    strongroom.history.acknowledges(60).await;
    strongroom.rest().await;
    let errors = strongroom.errors();
    assert!(!errors.is_empty(), "nothing failed on the full disk");
    for error in errors {
        assert!(error.text.contains("API_ERROR"), "{error}");
    }
    assert_eq!(strongroom.check().await, []);
    strongroom.kill().await;
    strongroom.start().await.expect("it starts again");
    assert_eq!(strongroom.check().await, []);
    // Before the directory is removed in which it is mounted.
    drop(disk);
}

/// Shows that a power cut loses something.
#[tokio::test]
async fn a_power_cut_loses_only_unsynchronised_writes() {
    if !in_own_mounts("disks::a_power_cut_loses_only_unsynchronised_writes", Needs::Ext4) {
        return;
    }
    let scratch = tempfile::tempdir().expect("temporary directories can be created");
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
    assert_eq!(fs::read(folder.join("synchronised")).expect("it exists"), b"what was written");
    let lost = fs::read(folder.join("not synchronised")).unwrap_or_default();
    assert!(lost.is_empty(), "{lost:?}");
}

#[tokio::test]
async fn a_disk_that_turns_read_only_loses_nothing() {
    if !in_own_mounts("disks::a_disk_that_turns_read_only_loses_nothing", Needs::Ext4) {
        return;
    }
    let store = Store::new();
    let disk = Disk::mount(&store.scratch().join("disk"), &store.data_dir(), 64);
    let mut strongroom = Strongroom::started(store, CLIENTS).await;
    let (administrator, reader) = (strongroom.administrator(), strongroom.reader());
    administrator.set("known/0", "a value that is known".into()).await;

    strongroom.work(60).await;
    strongroom.rest().await;
    disk.break_down();
    assert_transient(&administrator.try_set("known/0", "another value".into()).await);
    assert_transient(&reader.try_value("known/0").await);
    // No change is acknowledged.
    for _ in 0..10 {
        assert_transient(&administrator.try_set("another/0", "another value".into()).await);
    }
    assert!(administrator.names().await.contains(&"known/0".to_owned()));
    // Without any writes, the probe keeps trying.
    for _ in 0..3 {
        let reply = strongroom.server().nobody().get("/readyz").await;
        assert_eq!(reply.status, 503);
        assert!(reply.text().contains("the last write failed"), "{}", reply.text());
    }

    // The disk is repaired while the server is down.
    strongroom.kill().await;
    disk.mount_again();
    strongroom.start().await.expect("it starts again");
    assert_eq!(strongroom.check().await, []);
    administrator.at(strongroom.server()).set("known/0", "another value".into()).await;
    drop(disk);
}
