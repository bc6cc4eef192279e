//! Several clients at one name at the same time: each sees the same order of their changes.

use strongroom_tests::Store;
use strongroom_tests::durability::{Action, Checkers, Event, Memory, Strongroom};

const CLIENTS: usize = 6;
const OPERATIONS: usize = 20;

#[tokio::test]
async fn clients_at_one_name_see_one_order_of_changes() {
    let seed = fastrand::u64(..1_000_000_000);
    println!("seed {seed}");
    let mut seeds = fastrand::Rng::with_seed(seed);
    let mut strongroom = Strongroom::started(Store::new(), CLIENTS).await;
    for _ in 0..3 {
        let seed = seeds.u64(..1_000_000_000);
        strongroom.load(|caller| async move {
            let mut random = fastrand::Rng::with_seed(seed + caller.client as u64);
            for _ in 0..OPERATIONS {
                let number = caller.history.next_number();
                let name = "shared0/0".to_owned();
                let action = match random.u8(..10) {
                    0..3 => Action::Set { name, number },
                    3..5 => Action::Delete { name },
                    5 => Action::Restore { name },
                    _ => Action::Read { name },
                };
                caller.perform(number, action).await.expect("it answers");
            }
        });
        strongroom.join().await;
        let concurrent = most_at_once(&strongroom.history().events());
        assert!(concurrent >= 3, "at most {concurrent} operations at the same time");
        strongroom.assert_undisturbed().await;
    }
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
fn groups_are_independent() {
    let mut checkers = Checkers::new([("a".to_owned(), Memory::Full), ("b".to_owned(), Memory::Full)]);
    let event = |number, name: &str| Event::Asked {
        number,
        client: 0,
        action: Action::Set { name: format!("{name}/0"), number },
    };
    assert_eq!(checkers.follow(&[event(1, "a"), event(2, "b"), Event::Killed]), []);
}
