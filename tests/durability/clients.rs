//! Clients at one name see one order of changes. If a client goes away, half a request changes nothing, and a whole one does
//! all of its work or nothing.

use std::time::Duration;

use serde_json::json;
use strongroom_tests::durability::{Action, Answer, Checker, Event, Memory, Outcome, Strongroom};
use strongroom_tests::{Scene, Store, wait};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;

const CLIENTS: usize = 4;
const TIMES: usize = 30;
/// How long a client waits for a response, at most, in microseconds.
const PATIENCE: u64 = 30_000;
/// Clients at one name.
const MANY: usize = 6;
const OPERATIONS: usize = 20;

fn group(client: usize, time: usize) -> String {
    format!("gone{client}x{time}")
}

#[tokio::test]
async fn a_request_whose_client_is_gone_does_all_or_nothing() {
    let seed = fastrand::u64(..1_000_000_000);
    println!("seed {seed}");
    let mut strongroom = Strongroom::started(Store::new(), CLIENTS).await;
    // One group for each time: an unanswered operation may still happen at any later time.
    let groups =
        (0..CLIENTS).flat_map(|client| (0..TIMES).map(move |time| (group(client, time), Memory::Full)));
    strongroom.checker = Checker::new(groups);
    strongroom.load(|caller| async move {
        let mut random = fastrand::Rng::with_seed(seed + caller.client as u64);
        for time in 0..TIMES {
            let [name, other] = [0, 1].map(|slot| format!("{}/{slot}", group(caller.client, time)));
            let number = caller.history.next_number();
            let outcome = caller.perform(number, Action::Set { name: name.clone(), number }).await;
            assert_eq!(outcome, Some(Outcome::Answered(Answer::Done)));
            let number = caller.history.next_number();
            let action = match random.u8(..3) {
                0 => Action::Set { name, number },
                1 => Action::Delete { name },
                _ => Action::Rename { from: name, to: other, overwrite: false, number: Some(number) },
            };
            let mut impatient = caller.clone();
            impatient.patience = Duration::from_micros(random.u64(..PATIENCE));
            let outcome = impatient.perform(number, action).await;
            assert!(matches!(outcome, None | Some(Outcome::Answered(Answer::Done))), "{outcome:?}");
        }
    });
    strongroom.join().await;
    let is_end = |event: &&Event| matches!(event, Event::Ended { .. });
    let ended = strongroom.history.events().iter().filter(is_end).count();
    assert!(ended < 2 * CLIENTS * TIMES, "every request was answered");
    // Abandoned requests may still be under way, and change secrets between the list and the values.
    wait::is("everything can be read", async || strongroom.look_at(strongroom.server()).await.is_ok()).await;
    let log = strongroom.server().log();
    // On a busy machine, the wait for a connection may be long.
    let warnings = log.lines().filter(|line| line.contains("WARN") && !line.contains("sqlx::pool"));
    assert_eq!(warnings.count(), 0, "{log}");

    strongroom.kill().await;
    strongroom.start().await.expect("it starts again");
    assert_eq!(strongroom.check().await, []);
}

#[tokio::test]
async fn half_a_request_changes_nothing() {
    let Scene { server, admin, writer, .. } = Scene::new().await;
    let set =
        "mutation { set_secret(input: {name: \"A\", value: \"a value in half a request\"}) { success } }";
    let body = json!({"query": set}).to_string();
    let request = format!(
        "POST /graphql HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\n\r\n{body}",
        server.address(),
        writer.key(),
        body.len()
    );
    for sent in (0..request.len()).step_by(request.len() / 40) {
        let mut connection = TcpStream::connect(server.address()).await.expect("it listens");
        connection.write_all(&request.as_bytes()[..sent]).await.expect("it reads");
        // Some close the connection in order, the others just disappear.
        if sent % 2 == 0 {
            connection.shutdown().await.expect("a connection can be closed");
        }
    }
    assert!(writer.names().await.is_empty());
    let changes = json!({"action": {"_in": ["create:secret", "update:secret"]}});
    assert!(admin.audit(changes.clone()).await.is_empty());
    // The whole request does it.
    writer.post("/graphql", body).await.assert_success("set_secret");
    assert_eq!(admin.audit(changes).await.len(), 1);
}

#[tokio::test]
async fn clients_at_one_name_see_one_order_of_changes() {
    let seed = fastrand::u64(..1_000_000_000);
    println!("seed {seed}");
    let mut seeds = fastrand::Rng::with_seed(seed);
    let mut strongroom = Strongroom::started(Store::new(), MANY).await;
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
        let concurrent = most_at_once(&strongroom.history.events());
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
    let mut checker = Checker::new([("a".to_owned(), Memory::Full), ("b".to_owned(), Memory::Full)]);
    let event = |number, name: &str| Event::Asked {
        number,
        client: 0,
        action: Action::Set { name: format!("{name}/0"), number },
    };
    assert_eq!(checker.follow(&[event(1, "a"), event(2, "b"), Event::Killed]), []);
}
