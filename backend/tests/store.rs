//! What is promised of the store: sealed at rest, bound to its place, gone when it should be, and recorded.

mod support;

use chrono::TimeDelta;
use sea_orm::{ConnectionTrait as _, DbBackend, Statement};
use sha2::{Digest as _, Sha256};
use strongroom_shared::Role;
use support::{House, open};

#[tokio::test]
async fn the_files_hold_no_plaintext() {
    let house = House::new().await;
    let admin = house.actor(Role::Administrator).await;
    house
        .set(&admin, "DB_PASSWORD", "correct-horse-battery-staple")
        .await;
    house.set(&admin, "DB_PASSWORD", "troubador-and-three").await;
    for entry in std::fs::read_dir(house.folder.path()).expect("the folder") {
        let path = entry.expect("a file").path();
        let bytes = std::fs::read(&path).expect("readable");
        for plaintext in ["correct-horse-battery-staple", "troubador-and-three"] {
            let found = bytes
                .windows(plaintext.len())
                .any(|window| window == plaintext.as_bytes());
            assert!(!found, "{} holds {plaintext}", path.display());
        }
    }
}

#[tokio::test]
async fn rows_that_are_swapped_do_not_open() {
    let house = House::new().await;
    let (admin, runner) = (
        house.actor(Role::Administrator).await,
        house.actor(Role::Runner).await,
    );
    house.set(&admin, "A", "value of A").await;
    house.set(&admin, "B", "value of B").await;
    assert_eq!(house.get(&runner, "A").await.as_deref(), Ok("value of A"));

    let swap = "CREATE TABLE kept AS SELECT id, sealed FROM secrets;
                UPDATE secrets SET sealed = (SELECT kept.sealed FROM kept WHERE kept.id <> secrets.id)";
    house
        .intruder()
        .await
        .execute_unprepared(swap)
        .await
        .expect("swapped");
    for name in ["A", "B"] {
        let refusal = house.get(&runner, name).await.expect_err("it must not open");
        assert!(refusal.contains("does not open"), "{refusal}");
    }
}

#[tokio::test]
async fn an_older_value_that_is_put_back_does_not_open() {
    let house = House::new().await;
    let (admin, runner) = (
        house.actor(Role::Administrator).await,
        house.actor(Role::Runner).await,
    );
    house.set(&admin, "A", "old").await;
    let intruder = house.intruder().await;
    intruder
        .execute_unprepared("CREATE TABLE kept AS SELECT sealed FROM secrets")
        .await
        .expect("kept");
    house.set(&admin, "A", "new").await;
    intruder
        .execute_unprepared("UPDATE secrets SET sealed = (SELECT sealed FROM kept)")
        .await
        .expect("put back");
    assert!(house.get(&runner, "A").await.is_err());
}

#[tokio::test]
async fn a_deleted_secret_comes_back_for_a_week_and_then_its_row_is_gone() {
    let house = House::new().await;
    let (admin, runner) = (
        house.actor(Role::Administrator).await,
        house.actor(Role::Runner).await,
    );
    house.set(&admin, "A", "kept").await;
    house
        .service
        .delete_secret(&admin, "A".to_owned())
        .await
        .expect("deleted");
    assert!(house.get(&runner, "A").await.is_err());

    house.clock.advance(TimeDelta::days(6));
    house.service.remove_expired().await.expect("cleaned");
    let restored = house
        .service
        .restore_secret(&admin, "A".to_owned())
        .await
        .expect("answered");
    assert_eq!(restored.success, Some(true), "{restored:?}");
    assert_eq!(house.get(&runner, "A").await.as_deref(), Ok("kept"));

    house
        .service
        .delete_secret(&admin, "A".to_owned())
        .await
        .expect("deleted");
    house.clock.advance(TimeDelta::days(8));
    let refused = house
        .service
        .restore_secret(&admin, "A".to_owned())
        .await
        .expect("answered");
    assert_eq!(refused.success, Some(false), "too late");
    house.service.remove_expired().await.expect("cleaned");
    let count = Statement::from_string(DbBackend::Sqlite, "SELECT count(*) FROM secrets");
    let row = house
        .intruder()
        .await
        .query_one_raw(count)
        .await
        .expect("counted")
        .expect("a row");
    assert_eq!(row.try_get_by_index::<i64>(0), Ok(0));
}

#[tokio::test]
async fn what_is_acknowledged_is_there_after_opening_again() {
    let house = House::new().await;
    let (admin, runner) = (
        house.actor(Role::Administrator).await,
        house.actor(Role::Runner).await,
    );
    house.set(&admin, "A", "kept").await;
    house.service.close().await.expect("closed");
    let again = House {
        service: open(&house.folder, &house.clock).await,
        ..house
    };
    assert_eq!(again.get(&runner, "A").await.as_deref(), Ok("kept"));
}

#[tokio::test]
async fn every_use_is_an_entry_and_the_entries_are_a_chain() {
    let house = House::new().await;
    let (admin, runner) = (
        house.actor(Role::Administrator).await,
        house.actor(Role::Runner).await,
    );
    house.set(&admin, "A", "1").await;
    house.set(&admin, "A", "2").await;
    house.get(&runner, "A").await.expect("read");
    house.get(&admin, "A").await.expect_err("refused");
    house
        .service
        .delete_secret(&admin, "A".to_owned())
        .await
        .expect("deleted");

    let columns =
        "SELECT action, actor_name, object_name, previous_hash, hash FROM audit_entries ORDER BY sequence";
    let statement = Statement::from_string(DbBackend::Sqlite, columns);
    let rows = house
        .intruder()
        .await
        .query_all_raw(statement)
        .await
        .expect("the log");
    let actions: Vec<String> = rows
        .iter()
        .map(|row| row.try_get_by_index(0).expect("an action"))
        .collect();
    assert_eq!(
        actions,
        [
            "create:team",
            "create:api_key",
            "create:api_key",
            "create:secret",
            "update:secret",
            "read:secret-value",
            "refused:read:secret-value",
            "delete:secret",
        ]
    );
    assert_eq!(rows[5].try_get_by_index::<String>(1).as_deref(), Ok("runner"));
    assert_eq!(
        rows[6].try_get_by_index::<String>(2).as_deref(),
        Ok("A"),
        "also of what was refused"
    );
    let mut previous = vec![0; Sha256::output_size()];
    for row in &rows {
        assert_eq!(row.try_get_by_index::<Vec<u8>>(3).expect("a hash"), previous);
        previous = row.try_get_by_index(4).expect("a hash");
    }
}

#[tokio::test]
async fn a_key_stops_at_its_end() {
    use strongroom_server::domain::Slug;
    use strongroom_server::service::Credential;
    let house = House::new().await;
    let slug = Slug::parse("acme").expect("a slug");
    let day = std::time::Duration::from_hours(24);
    let token = house
        .service
        .create_program_key(&slug, "short".into(), Role::Runner, Some(day))
        .await
        .expect("a key");
    let credential = Credential::Key(Some(token));
    assert!(
        house
            .service
            .authenticate(&credential, None, "test")
            .await
            .is_ok()
    );
    house.clock.advance(TimeDelta::days(1));
    assert!(
        house
            .service
            .authenticate(&credential, None, "test")
            .await
            .is_err()
    );
}
