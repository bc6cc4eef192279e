//! The store's promises: values are encrypted at rest and bound to their rows, expired data is purged, and every use is
//! recorded.

mod support;

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use sha2::{Digest as _, Sha256};
use strongroom_shared::BuiltInRole as Role;
use support::{House, PASSWORD};

#[tokio::test]
async fn the_files_hold_no_plaintext() {
    let house = House::new().await;
    let admin = house.actor(Role::Administrator).await;
    house.set(&admin, "DB_PASSWORD", "correct-horse-battery-staple").await;
    house.set(&admin, "DB_PASSWORD", "troubador-and-three").await;
    for entry in std::fs::read_dir(house.folder.path()).expect("the folder") {
        let path = entry.expect("a file").path();
        let bytes = std::fs::read(&path).expect("readable");
        for plaintext in ["correct-horse-battery-staple", "troubador-and-three"] {
            let found = bytes.windows(plaintext.len()).any(|window| window == plaintext.as_bytes());
            assert!(!found, "{} holds {plaintext}", path.display());
        }
    }
}

#[tokio::test]
async fn swapped_values_do_not_open() {
    let house = House::new().await;
    let (admin, runner) = (house.actor(Role::Administrator).await, house.actor(Role::Runner).await);
    let names: Vec<_> = (0..50).map(|number| format!("S{number}")).collect();
    for name in &names {
        house.set(&admin, name, "a value").await;
    }
    assert_eq!(house.get(&runner, "S7").await.as_deref(), Ok("a value"));

    // In pairs.
    let swap = "CREATE TABLE kept AS
                SELECT secret_id, sealed, row_number() OVER (ORDER BY secret_id) - 1 AS place FROM secret_versions;
                UPDATE secret_versions SET sealed =
                (SELECT other.sealed FROM kept JOIN kept other ON other.place = kept.place + 1 - 2 * (kept.place % 2)
                 WHERE kept.secret_id = secret_versions.secret_id)";
    house.intruder().await.execute_unprepared(swap).await.expect("swapped");
    for name in &names {
        let refusal = house.get(&runner, name).await.expect_err("it must not open");
        assert!(refusal.contains("does not open"), "{refusal}");
    }
}

#[tokio::test]
async fn older_value_that_is_put_back_does_not_open() {
    let house = House::new().await;
    let (admin, runner) = (house.actor(Role::Administrator).await, house.actor(Role::Runner).await);
    house.set(&admin, "A", "old").await;
    let intruder = house.intruder().await;
    let keep = "CREATE TABLE kept AS SELECT sealed FROM secret_versions";
    intruder.execute_unprepared(keep).await.expect("kept");
    house.set(&admin, "A", "new").await;
    let put_back = "UPDATE secret_versions SET sealed = (SELECT sealed FROM kept) WHERE version = 2";
    intruder.execute_unprepared(put_back).await.expect("put back");
    assert!(house.get(&runner, "A").await.is_err());
}

#[tokio::test]
async fn deleted_secret_can_be_restored_for_a_week_and_then_is_purged() {
    let house = House::new().await;
    let (admin, runner) = (house.actor(Role::Administrator).await, house.actor(Role::Runner).await);
    house.set(&admin, "A", "kept").await;
    house.delete(&admin, "A").await;
    assert!(house.get(&runner, "A").await.is_err());

    house.clock.advance(TimeDelta::days(6));
    house.service.remove_expired().await.expect("cleaned");
    let restored = house.service.restore_secret(&admin, "A".to_owned()).await.expect("answered");
    assert!(restored.is_ok(), "{restored:?}");
    assert_eq!(house.get(&runner, "A").await.as_deref(), Ok("kept"));

    house.delete(&admin, "A").await;
    house.clock.advance(TimeDelta::days(8));
    let refused = house.service.restore_secret(&admin, "A".to_owned()).await.expect("answered");
    assert!(refused.is_err(), "too late");
    house.service.remove_expired().await.expect("cleaned");
    let count = "SELECT (SELECT count(*) FROM secrets) + (SELECT count(*) FROM secret_versions)";
    let count = Statement::from_string(DbBackend::Sqlite, count);
    let row = house.intruder().await.query_one_raw(count).await.expect("counted").expect("a row");
    assert_eq!(row.try_get_by_index::<i64>(0), Ok(0));
}

#[tokio::test]
async fn every_use_is_an_entry_and_the_entries_are_a_chain() {
    let house = House::new().await;
    let (admin, runner) = (house.actor(Role::Administrator).await, house.actor(Role::Runner).await);
    house.set(&admin, "A", "1").await;
    house.set(&admin, "A", "2").await;
    house.get(&runner, "A").await.expect("read");
    house.get(&admin, "A").await.expect_err("refused");
    house.delete(&admin, "A").await;

    let columns =
        "SELECT action, actor_name, object_name, previous_hash, hash FROM audit_entries ORDER BY sequence";
    let statement = Statement::from_string(DbBackend::Sqlite, columns);
    let rows = house.intruder().await.query_all_raw(statement).await.expect("the log");
    let actions: Vec<String> = rows.iter().map(|row| row.try_get_by_index(0).expect("an action")).collect();
    assert_eq!(
        actions,
        [
            "create:team", "create:api_key", "create:api_key", "create:secret", "update:secret",
            "read:secret-value", "refused:read:secret-value", "delete:secret",
        ]
    );
    assert_eq!(rows[5].try_get_by_index::<String>(1).as_deref(), Ok("runner"));
    assert_eq!(rows[6].try_get_by_index::<String>(2).as_deref(), Ok("A"), "also of what was refused");
    let mut previous = vec![0; Sha256::output_size()];
    for row in &rows {
        assert_eq!(row.try_get_by_index::<Vec<u8>>(3).expect("a hash"), previous);
        previous = row.try_get_by_index(4).expect("a hash");
    }
}

#[tokio::test]
async fn session_ends_when_idle_and_when_expired() {
    let house = House::new().await;
    house.person("ada@example.com", Role::User).await;
    let idle = house.log_in("ada@example.com", PASSWORD, "10.0.0.1").await.expect("in");
    let used = house.log_in("ada@example.com", PASSWORD, "10.0.0.1").await.expect("in");
    for _ in 0..23 {
        house.clock.advance(TimeDelta::minutes(30));
        assert!(house.counts(&used).await, "it is used");
    }
    assert!(!house.counts(&idle).await, "an hour without use");
    house.clock.advance(TimeDelta::minutes(30));
    assert!(!house.counts(&used).await, "twelve hours");
}

#[tokio::test]
async fn guesses_are_throttled_and_strangers_lock_no_user_out() {
    let house = House::new().await;
    house.person("ada@example.com", Role::User).await;
    let guess = async |address: &str| house.log_in("ada@example.com", "a wrong password", address).await;
    house.log_in("ada@example.com", PASSWORD, "10.0.0.1").await.expect("in");

    for stranger in 1..=5 {
        let refusal = guess(&format!("192.0.2.{stranger}")).await.expect_err("wrong");
        assert!(refusal.contains("is wrong"), "{refusal}");
    }
    for wait in [1, 2, 4, 8, 16, 32, 60, 60] {
        let refusal = guess("192.0.2.9").await.expect_err("too many");
        assert!(refusal.contains(&format!("Try again in {wait} second")), "{wait}: {refusal}");
        house.clock.advance(TimeDelta::seconds(wait));
        let refusal = guess("192.0.2.9").await.expect_err("wrong");
        assert!(refusal.contains("is wrong"), "{refusal}");
    }
    let refusal = house.log_in("ada@example.com", PASSWORD, "192.0.2.77").await;
    assert!(refusal.expect_err("from somewhere new").contains("Too many"));
    house.log_in("ada@example.com", PASSWORD, "10.0.0.1").await.expect("from where they are known");

    house.clock.advance(TimeDelta::minutes(16));
    house.log_in("ada@example.com", PASSWORD, "192.0.2.77").await.expect("it is forgotten");
}

#[tokio::test]
async fn address_is_throttled_over_all_accounts() {
    let house = House::new().await;
    let guess = async |who: usize| {
        let email = format!("person{who}@example.com");
        house.log_in(&email, "a wrong password", "192.0.2.1").await.expect_err("nobody")
    };
    for who in 0..20 {
        assert!(guess(who).await.contains("is wrong"), "{who}");
    }
    assert!(guess(20).await.contains("Too many"));
    house.clock.advance(TimeDelta::seconds(1));
    assert!(guess(21).await.contains("is wrong"));
}

#[tokio::test]
async fn concurrent_reads_are_each_recorded() {
    let house = House::new().await;
    let (admin, runner) = (house.actor(Role::Administrator).await, house.actor(Role::Runner).await);
    house.set(&admin, "A", "value").await;
    let read = futures_util::future::join_all((0..200).map(|_| house.get(&runner, "A"))).await;
    assert!(read.iter().all(|value| value.as_deref() == Ok("value")));
    let found = house.service.verify_audit_logs(None, &[], &[]).await.expect("verified");
    assert_eq!(found[0].broken, None);
    assert_eq!(found[0].end.count, 4 + 200);
}
