//! Clients that go away half-way: with half a request nothing happens, and with a whole one all of it or nothing.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use strongroom_tests::Store;
use strongroom_tests::durability::checker::Checkers;
use strongroom_tests::durability::history::{Event, Outcome};
use strongroom_tests::durability::load::{self, Common};
use strongroom_tests::durability::model::{Action, Answer, Memory};
use strongroom_tests::durability::strongroom::Strongroom;
use strongroom_tests::durability::target::{Ask, Target as _, Told};
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

const CLIENTS: usize = 4;
const TIMES: usize = 30;
/// How long it waits for an answer at most, in microseconds.
const PATIENCE: u64 = 30_000;

struct Impatient<Asker> {
    asker: Asker,
    patience: Duration,
}

impl<Asker: Ask> Ask for Impatient<Asker> {
    async fn ask(&self, action: &Action) -> Told {
        // What is dropped closes its connection.
        timeout(self.patience, self.asker.ask(action)).await.unwrap_or(Told::Nothing)
    }
}

fn group(client: usize, time: usize) -> String {
    format!("gone{client}x{time}")
}

#[tokio::test]
async fn a_client_that_does_not_wait_for_the_answer_has_done_all_or_nothing() {
    let seed = fastrand::u64(..1_000_000_000);
    println!("seed {seed}");
    let mut strongroom = Strongroom::new(Store::new(), CLIENTS).await;
    strongroom.start().await.expect("it starts");
    // One group for each time: whatever was not answered may still happen at any later time.
    let groups =
        (0..CLIENTS).flat_map(|client| (0..TIMES).map(move |time| (group(client, time), Memory::Full)));
    let mut checkers = Checkers::new(groups);
    let common = Arc::new(Common::default());
    let clients = load::start(&strongroom, CLIENTS, |client, asker| {
        let mut random = fastrand::Rng::with_seed(seed + client as u64);
        let common = Arc::clone(&common);
        async move {
            for time in 0..TIMES {
                let [name, other] = [0, 1].map(|slot| format!("{}/{slot}", group(client, time)));
                let number = common.numbers.next();
                let set = Action::Set { name: name.clone(), number };
                let outcome = load::perform(&asker, client, number, set, &common).await;
                assert_eq!(outcome, Some(Outcome::Told(Answer::Done)));
                let number = common.numbers.next();
                let action = match random.u8(..3) {
                    0 => Action::Set { name, number },
                    1 => Action::Delete { name },
                    _ => Action::Rename { from: name, to: other, overwrite: false, number: Some(number) },
                };
                let impatient = Impatient {
                    asker: asker.clone(),
                    patience: Duration::from_micros(random.u64(..PATIENCE)),
                };
                let outcome = load::perform(&impatient, client, number, action, &common).await;
                assert!(matches!(outcome, None | Some(Outcome::Told(Answer::Done))), "{outcome:?}");
            }
        }
    });
    clients.join_all().await;
    let mut events = common.history.take();
    let ended = events.iter().filter(|event| matches!(event, Event::Ended { .. })).count();
    assert!(ended < 2 * CLIENTS * TIMES, "everybody got an answer");
    load::add_sight(&common, strongroom.sight().await.expect("all is there"));
    let log = strongroom.server().log();
    // On a busy machine, who waits for a connection may wait long.
    let warnings = log.lines().filter(|line| line.contains("WARN") && !line.contains("sqlx::pool"));
    assert_eq!(warnings.count(), 0, "{log}");

    strongroom.kill().await;
    strongroom.start().await.expect("it starts again");
    assert_eq!(strongroom.inspect(&events).await, []);
    events.extend(common.history.take());
    events.push(Event::Killed);
    load::add_sight(&common, strongroom.sight().await.expect("all is there"));
    events.extend(common.history.take());
    assert_eq!(checkers.follow(&events), []);
}

#[tokio::test]
async fn half_a_request_does_nothing() {
    let store = Store::new();
    let server = store.serve().await;
    let team = server.team("acme").await;
    let (writer, administrator) = (team.key("user").await, team.key("administrator").await);
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
        // Some say that they have nothing more to say, the others are just gone.
        if sent % 2 == 0 {
            connection.shutdown().await.expect("a connection can be closed");
        }
    }
    assert!(writer.names().await.is_empty());
    let changes = json!({"action": {"_in": ["create:secret", "update:secret"]}});
    assert!(administrator.audit(changes.clone()).await.is_empty());
    // And a whole one does it.
    writer.post("/graphql", body).await.assert_success("set_secret");
    assert_eq!(administrator.audit(changes).await.len(), 1);
}
