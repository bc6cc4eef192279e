//! Several clients at one name at the same time: each sees what it would see if they had come one after the other.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use strongroom_tests::Store;
use strongroom_tests::durability::checker::Checkers;
use strongroom_tests::durability::history::Event;
use strongroom_tests::durability::load::{self, Common};
use strongroom_tests::durability::model::{Action, Memory};
use strongroom_tests::durability::strongroom::Strongroom;
use strongroom_tests::durability::target::Target as _;

const CLIENTS: usize = 6;
const OPERATIONS: usize = 20;

#[tokio::test]
async fn many_at_one_name_see_each_other_in_one_order() {
    let seed = fastrand::u64(..1_000_000_000);
    println!("seed {seed}");
    let mut seeds = fastrand::Rng::with_seed(seed);
    let mut strongroom = Strongroom::new(Store::new(), CLIENTS).await;
    strongroom.start().await.expect("it starts");
    let mut checkers = Checkers::new(load::groups(CLIENTS));
    let common = Arc::new(Common::default());
    for _ in 0..3 {
        let seed = seeds.u64(..1_000_000_000);
        let clients = load::start(&strongroom, CLIENTS, |client, asker| {
            let mut random = fastrand::Rng::with_seed(seed + client as u64);
            let common = Arc::clone(&common);
            async move {
                for _ in 0..OPERATIONS {
                    let number = common.numbers.next();
                    let name = "shared0/0".to_owned();
                    let action = match random.u8(..10) {
                        0..3 => Action::Set { name, number },
                        3..5 => Action::Delete { name },
                        5 => Action::Restore { name },
                        _ => Action::Read { name },
                    };
                    load::perform(&asker, client, number, action, &common).await.expect("it answers");
                }
            }
        });
        clients.join_all().await;
        load::add_sight(&common, strongroom.sight().await.expect("all is there"));
        let events = common.history.take();
        assert!(most_at_once(&events) >= 3, "there was hardly anything at the same time");
        assert_eq!(checkers.follow(&events), []);
        assert_eq!(strongroom.inspect(&events).await, []);
    }
    assert_eq!(common.acknowledged.load(Ordering::Relaxed), (3 * CLIENTS * OPERATIONS) as u64);
}

fn most_at_once(events: &[Event]) -> usize {
    let (mut open, mut most) = (0_usize, 0);
    for event in events {
        match event {
            Event::Asked { .. } => open += 1,
            Event::Ended { .. } => open -= 1,
            Event::Killed => {}
        }
        most = most.max(open);
    }
    most
}

#[test]
fn groups_have_nothing_to_do_with_each_other() {
    let mut checkers = Checkers::new([("a".to_owned(), Memory::Full), ("b".to_owned(), Memory::Full)]);
    let event = |number, name: &str| Event::Asked {
        number,
        client: 0,
        action: Action::Set { name: format!("{name}/0"), number },
    };
    assert_eq!(checkers.follow(&[event(1, "a"), event(2, "b"), Event::Killed]), []);
}
