//! Thousands of mixed operations through two servers, one of which is killed twice: nothing that was acknowledged is lost,
//! nothing that was deleted is back.
//!
//! `STRONGROOM_TEST_OPERATIONS` says how many. To see what 10,000 take:
//!
//! ```sh
//! STRONGROOM_TEST_OPERATIONS=10000 cargo test --package strongroom-tests --test postgres mixed -- --nocapture
//! ```

use std::collections::BTreeMap;
use std::env;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use serde_json::{Value, json};
use strongroom_tests::Client;
use tokio::sync::RwLock;

use crate::Scene;

const WRITERS: usize = 16;
const NAMES: usize = 3;

/// What an operation has come to, as far as its caller can know.
enum Outcome {
    /// It was answered: the field's value, or `None` for an error that is an answer.
    Answered(Option<Value>),
    /// The server has gone, or says that it can't: it may have happened.
    Unknown,
}

/// Asks a server that may go away at any moment.
async fn ask(client: &Client, field: &str, document: &str, variables: Value) -> Outcome {
    let body = json!({"query": document, "variables": variables}).to_string();
    let request =
        client.request(reqwest::Method::POST, "/graphql").header("content-type", "application/json");
    let Ok(response) = request.body(body).send().await else {
        return Outcome::Unknown;
    };
    let Ok(answer) = response.json::<Value>().await else {
        return Outcome::Unknown;
    };
    match answer["errors"][0]["extensions"]["code"].as_str() {
        None => Outcome::Answered(Some(answer["data"][field].clone())),
        Some("API_ERROR") => Outcome::Unknown,
        Some(_) if answer["errors"][0]["message"] == "No value found for the requested key" => {
            Outcome::Answered(None)
        }
        Some(_) => panic!("{answer}"),
    }
}

async fn change(client: &Client, field: &str, input: Value) -> Outcome {
    let document = format!("mutation($input: {field}_input!) {{ {field}(input: $input) {{ success }} }}");
    ask(client, field, &document, json!({"input": input})).await
}

async fn read(client: &Client, name: &str) -> Outcome {
    let document = "query($name: String!) { secret_value(name: $name) }";
    ask(client, "secret_value", document, json!({"name": name})).await
}

/// What a secret may be: one thing, or several after an operation of which nobody knows. `None`: it is not there.
#[derive(Default)]
struct Possible {
    values: Vec<Option<Value>>,
    /// What was deleted last, where that is known.
    deleted: Option<Value>,
}

impl Possible {
    fn is(&mut self, value: Option<Value>) {
        self.values = vec![value];
    }

    fn may_be(&mut self, value: Option<Value>) {
        self.values.push(value);
    }

    /// What is found narrows nothing: a change whose answer was cut off may become visible a moment later.
    fn check(&self, name: &str, found: Option<&Value>) {
        assert!(
            self.values.iter().any(|value| value.as_ref() == found),
            "{name} is {found:?}, which is none of {:?}",
            self.values
        );
    }
}

/// The clients of the two servers; the second is another one after each kill.
struct Servers {
    first: [Client; 2],
    second: RwLock<[Client; 2]>,
    done: AtomicUsize,
    unknown: AtomicUsize,
    changes: AtomicUsize,
    reads: AtomicUsize,
}

impl Servers {
    async fn change(&self, client: &Client, field: &str, input: Value) -> Outcome {
        let outcome = change(client, field, input).await;
        self.count(&outcome, &self.changes);
        outcome
    }

    fn count(&self, outcome: &Outcome, answered: &AtomicUsize) {
        let counter = match outcome {
            Outcome::Answered(_) => answered,
            Outcome::Unknown => &self.unknown,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// One writer with secrets of its own, which goes from server to server.
async fn work(servers: Arc<Servers>, number: usize, operations: usize) -> BTreeMap<String, Possible> {
    let mut secrets: BTreeMap<String, Possible> = BTreeMap::new();
    for name in 0..NAMES {
        let possible = Possible { values: vec![None], deleted: None };
        secrets.insert(format!("W{number}-{name}"), possible);
    }
    // Not random: the same each time.
    let mut noise = number as u64 * 2_654_435_761 + 1;
    let mut next = |below: u64| {
        noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (noise >> 33) % below
    };
    for operation in 0..operations {
        let name = format!("W{number}-{}", next(NAMES as u64));
        let [writer, runner] =
            if next(2) == 0 { servers.first.clone() } else { servers.second.read().await.clone() };
        let secret = secrets.get_mut(&name).expect("it is one of its own");
        let known = (secret.values.len() == 1).then(|| secret.values[0].clone());
        match (next(10), known) {
            (0 | 1, Some(Some(value))) => {
                match servers.change(&writer, "delete_secret", json!({"name": name})).await {
                    Outcome::Answered(answer) => {
                        assert_eq!(answer.expect("an answer")["success"], json!(true), "{name} was there");
                        secret.is(None);
                        secret.deleted = Some(value);
                    }
                    Outcome::Unknown => {
                        secret.may_be(None);
                        secret.deleted = None;
                    }
                }
            }
            (2..=4, Some(None)) if secret.deleted.is_some() => {
                let value = secret.deleted.take();
                match servers.change(&writer, "restore_secret", json!({"name": name})).await {
                    Outcome::Answered(answer) => {
                        assert_eq!(answer.expect("an answer")["success"], json!(true), "{name} was deleted");
                        secret.is(value);
                    }
                    Outcome::Unknown => secret.may_be(value),
                }
            }
            (0..=5, _) => {
                let value = json!(format!("{name} {operation}"));
                match servers.change(&writer, "set_secret", json!({"name": name, "value": value})).await {
                    Outcome::Answered(_) => secret.is(Some(value)),
                    Outcome::Unknown => secret.may_be(Some(value)),
                }
            }
            _ => {
                let outcome = read(&runner, &name).await;
                servers.count(&outcome, &servers.reads);
                if let Outcome::Answered(found) = outcome {
                    secret.check(&name, found.as_ref());
                }
            }
        }
        servers.done.fetch_add(1, Ordering::Relaxed);
    }
    secrets
}

#[tokio::test]
async fn mixed_operations_through_two_servers_of_which_one_is_killed_twice() {
    let begun = Instant::now();
    let operations =
        env::var("STRONGROOM_TEST_OPERATIONS").map_or(2_000, |text| text.parse().expect("a number"));
    let Scene { store, first, mut second, team } = Scene::new().await;
    let keys = [team.key("user").await, team.key("runner").await];
    let at_second = keys.clone().map(|key| key.at(&second));
    let servers = Arc::new(Servers {
        first: keys.clone().map(|key| key.at(&first)),
        second: RwLock::new(at_second),
        done: AtomicUsize::new(0),
        unknown: AtomicUsize::new(0),
        changes: AtomicUsize::new(0),
        reads: AtomicUsize::new(0),
    });
    let work: Vec<_> = (0..WRITERS)
        .map(|number| tokio::spawn(work(Arc::clone(&servers), number, operations / WRITERS)))
        .collect();
    for kill in 1..=2 {
        while servers.done.load(Ordering::Relaxed) < kill * operations / 3 {
            assert!(!work.iter().all(tokio::task::JoinHandle::is_finished), "they work");
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        second.kill().await;
        second = store.serve_elsewhere().await;
        *servers.second.write().await = keys.clone().map(|key| key.at(&second));
    }
    let mut secrets: BTreeMap<String, Possible> = BTreeMap::new();
    for work in work {
        secrets.extend(work.await.expect("nothing was lost"));
    }
    for server in [&first, &second] {
        let runner = keys[1].at(server);
        for (name, possible) in &mut secrets {
            match read(&runner, name).await {
                Outcome::Answered(found) => possible.check(name, found.as_ref()),
                Outcome::Unknown => panic!("both servers answer"),
            }
        }
    }
    let took = begun.elapsed();
    let verified = store.admin(&["audit", "verify"]).await;
    assert!(verified.contains("whole"), "{verified}");
    let [changes, reads, unknown] =
        [&servers.changes, &servers.reads, &servers.unknown].map(|count| count.load(Ordering::Relaxed));
    let recorded = "SELECT count(*) FROM audit_entries WHERE action LIKE '%:secret'";
    let recorded = usize::try_from(store.sql_number(recorded).await).expect("a count");
    assert!(recorded >= changes, "{recorded} changes and reads in the log");
    eprintln!(
        "{changes} changes and {reads} reads were answered in {took:.1?}, of {unknown} nobody knows; 2 kills, nothing lost; \
         {recorded} entries in the log: {verified}"
    );
}
