//! Two servers under load: neither the kills of one of them nor rotations of keys break a promise.

use std::sync::Arc;
use std::time::Instant;
use std::{env, fs};

use strongroom_tests::Store;
use strongroom_tests::durability::{Outcome, Strongroom, load};
use strongroom_tests::postgres::Database;
use tokio::sync::RwLock;

const CLIENTS: usize = 16;
const FIRST: &str = "1f";
const SECOND: &str = "2e";

/// Takes `STRONGROOM_TEST_OPERATIONS`, 2,000 by default. This shows the outcome of 5,000; with 10,000, the checker meets
/// too many possible states:
///
/// ```sh
/// STRONGROOM_TEST_OPERATIONS=5000 cargo test --package strongroom-tests --test postgres mixed -- --nocapture
/// ```
#[tokio::test]
async fn mixed_operations_survive_the_kills_of_one_of_two_servers() {
    let begun = Instant::now();
    let operations =
        env::var("STRONGROOM_TEST_OPERATIONS").map_or(2_000, |text| text.parse().expect("a number"));
    let store = Store::on_postgres(Database::create());
    let mut strongroom = Strongroom::started(Arc::clone(&store), CLIENTS).await;
    let second = Arc::new(RwLock::new(store.serve_elsewhere().await));
    strongroom.load(|caller| {
        let second = Arc::clone(&second);
        async move {
            // The same operations each time.
            let mut random = fastrand::Rng::with_seed(caller.client as u64);
            for _ in 0..operations / CLIENTS {
                let caller = if random.bool() { caller.at(&*second.read().await) } else { caller.clone() };
                let number = caller.history.next_number();
                let action = load::choose(&mut random, caller.client, number);
                let outcome = caller.perform(number, action).await;
                assert!(matches!(outcome, None | Some(Outcome::Answered(_))), "{outcome:?}");
            }
        }
    });
    for _ in 0..2 {
        // In steps, because each has a deadline.
        for _ in 0..10 {
            strongroom.history.acknowledges(operations as u64 / 30).await;
        }
        let mut second = second.write().await;
        second.signal("KILL");
        *second = store.serve_elsewhere().await;
    }
    strongroom.join().await;
    let took = begun.elapsed();
    let acknowledged = strongroom.history.acknowledged();
    strongroom.look_at(&*second.read().await).await.expect("everything can be read");
    assert_eq!(strongroom.check().await, []);
    eprintln!("{acknowledged} operations acknowledged in {took:.1?}, 2 kills, nothing lost");
}

fn write_keys(store: &Store, digits: &[&str]) {
    let keys: Vec<_> = digits.iter().map(|digits| digits.repeat(32)).collect();
    for key in &keys {
        store.must_stay_secret(key);
    }
    store.put_keys(keys.join("\n"));
}

#[tokio::test]
async fn keys_are_rotated_while_two_servers_run() {
    let store = Store::on_postgres(Database::create());
    write_keys(&store, &[FIRST]);
    let mut strongroom = Strongroom::started(Arc::clone(&store), 4).await;
    let second = store.serve_elsewhere().await;
    strongroom.administrator().set_many("S", 150).await;

    strongroom.work_at_both(&second);
    strongroom.history.acknowledges(20).await;
    store.refused(&["rotate-master-key"], "other servers may use").await;
    write_keys(&store, &[SECOND, FIRST]);
    store.run(&["rotate-master-key"]).await.succeeded();
    let key = fs::read_to_string(store.key_file()).expect("the key can be read");
    assert_eq!(key.trim(), SECOND.repeat(32), "the old one is no longer used");
    let said = store.run(&["rotate-data-keys"]).await.succeeded();
    assert!(said.starts_with("acme: encrypted "), "{said}");
    strongroom.history.acknowledges(20).await;
    strongroom.assert_undisturbed().await;

    assert_eq!(store.sql_number("SELECT count(*) FROM data_keys").await, 1);
    let foreign = "SELECT count(*) FROM secret_versions WHERE data_key_id NOT IN (SELECT id FROM data_keys)";
    assert_eq!(store.sql_number(foreign).await, 0);
    strongroom.reader().assert_many("S", [0]).await;
    strongroom.reader().at(&second).assert_many("S", [149]).await;
}
