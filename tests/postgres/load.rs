//! Thousands of mixed operations through two servers, one of which is killed twice, break no promise.
//!
//! `STRONGROOM_TEST_OPERATIONS` is their number. This takes 10,000 and shows the outcome:
//!
//! ```sh
//! STRONGROOM_TEST_OPERATIONS=10000 cargo test --package strongroom-tests --test postgres mixed -- --nocapture
//! ```

use std::env;
use std::sync::Arc;
use std::time::Instant;

use strongroom_tests::Store;
use strongroom_tests::durability::history::Outcome;
use strongroom_tests::durability::load;
use strongroom_tests::durability::strongroom::Strongroom;
use strongroom_tests::postgres::Database;
use tokio::sync::RwLock;

const CLIENTS: usize = 16;

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
                let caller = if random.bool() { caller.at(&second.read().await) } else { caller.clone() };
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
            strongroom.history().acknowledges(operations as u64 / 30).await;
        }
        let mut second = second.write().await;
        second.signal("KILL");
        *second = store.serve_elsewhere().await;
    }
    strongroom.join().await;
    let took = begun.elapsed();
    let acknowledged = strongroom.history().acknowledged();
    strongroom.look_at(&second.read().await).await.expect("everything is there");
    assert_eq!(strongroom.check().await, []);
    eprintln!("{acknowledged} operations acknowledged in {took:.1?}, 2 kills, nothing lost");
}
