//! Clients that send random requests, one after another, and record the outcomes.
//!
//! Each has its own names, whose exact versions are known, and all share a few more.

use std::convert::identity;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode, header};
use serde_json::{Value, json};
use tokio::time::timeout;

use super::history::{Event, History, Number, Outcome};
use super::model::{self, Action, Answer, Memory, Seen};
use crate::client::Client;
use crate::server::Server;
use crate::wait::DEADLINE;

const OWN_NAMES: u8 = 4;
const SHARED_NAMES: u8 = 2;
/// One operation in this many is on a shared name.
const ONE_SHARED_IN: u8 = 4;
/// One value in this many is set by an import.
const ONE_IMPORTED_IN: u64 = 4;
const PAUSE: Duration = Duration::from_millis(20);
const NO_VALUE: &str = "No value found for the requested key";

/// The groups of names that this many clients use, see [`Checker::new`](super::Checker::new).
pub fn groups(clients: usize) -> impl Iterator<Item = (String, Memory)> {
    let own = (0..clients).map(|client| (format!("own{client}"), Memory::Full));
    let shared = (0..SHARED_NAMES).map(|number| (format!("shared{number}"), Memory::Short));
    own.chain(shared)
}

fn own_name(random: &mut fastrand::Rng, client: usize) -> String {
    format!("own{client}/{}", random.u8(..OWN_NAMES))
}

/// Does random operations until it is stopped or an outcome is unknown.
pub async fn work(caller: Caller, mut random: fastrand::Rng) {
    while !caller.history.stopping.load(Ordering::Relaxed) {
        let number = caller.history.next_number();
        let action = choose(&mut random, caller.client, number);
        if caller.perform(number, action).await.is_none() {
            return;
        }
    }
}

pub fn choose(random: &mut fastrand::Rng, client: usize, number: Number) -> Action {
    let is_shared = random.u8(..ONE_SHARED_IN) == 0;
    let name =
        if is_shared { format!("shared{}/0", random.u8(..SHARED_NAMES)) } else { own_name(random, client) };
    let dice = random.u8(..100);
    match (is_shared, dice) {
        (_, 0..33) => Action::Set { name, number },
        (_, 33..45) => Action::KvSet { name, number },
        (_, 45..53) => Action::Delete { name },
        (_, 53..60) => Action::KvDelete { name },
        (true, 75..) | (_, 88..) => Action::Read { name },
        (true, _) | (_, 60..68) => Action::Restore { name },
        (false, 68..76) => Action::Revert { name, version: random.u64(1..6) },
        (false, _) => {
            let to = own_name(random, client);
            if to == name {
                return Action::Set { name, number };
            }
            let number = random.bool().then_some(number);
            Action::Rename { from: name, to, overwrite: random.bool(), number }
        }
    }
}

/// A client with one key that may write and one that may read values.
#[derive(Clone)]
pub struct Caller {
    pub client: usize,
    pub history: Arc<History>,
    /// How long it waits for a response before it closes the connection.
    pub patience: Duration,
    /// Whether a request that was answered with `API_ERROR` may have taken effect. By default, it has not.
    pub errors_are_unclear: bool,
    writer: Client,
    reader: Client,
}

impl Caller {
    pub(super) const fn new(client: usize, history: Arc<History>, writer: Client, reader: Client) -> Self {
        Self { client, history, patience: DEADLINE, errors_are_unclear: false, writer, reader }
    }

    #[must_use]
    pub fn at(&self, server: &Server) -> Self {
        self.writing_at(server).reading_at(server)
    }

    #[must_use]
    pub fn writing_at(&self, server: &Server) -> Self {
        Self { writer: self.writer.at(server), ..self.clone() }
    }

    #[must_use]
    pub fn reading_at(&self, server: &Server) -> Self {
        Self { reader: self.reader.at(server), ..self.clone() }
    }

    /// Sends one request and records it with its outcome; `None` if that is unknown.
    pub async fn perform(&self, number: Number, action: Action) -> Option<Outcome> {
        self.history.add(Event::Asked { number, client: self.client, action: action.clone() });
        let asked = timeout(self.patience, self.ask(&action)).await;
        let outcome = asked.unwrap_or(Err(None)).map_or_else(identity, Some)?;
        if let Outcome::Failed(message) = &outcome
            && self.errors_are_unclear
        {
            assert!(message.contains("API_ERROR"), "{message}");
            return None;
        }
        self.history.add(Event::Ended { number, outcome: outcome.clone() });
        match outcome {
            Outcome::Answered(_) => {}
            Outcome::Failed(_) => tokio::time::sleep(PAUSE).await,
            Outcome::Unsent => return None,
        }
        Some(outcome)
    }

    async fn ask(&self, action: &Action) -> Result<Outcome, Option<Outcome>> {
        let (field, input) = match action {
            Action::Read { name } => return self.read(name).await,
            Action::KvSet { name, number } => {
                let body = json!({"data": model::value(*number)});
                return self.change_kv(Method::PUT, name, body.to_string()).await;
            }
            Action::KvDelete { name } => return self.change_kv(Method::DELETE, name, String::new()).await,
            Action::Set { name, number } => {
                let secret = json!({"name": name, "value": model::value(*number)});
                if number.is_multiple_of(ONE_IMPORTED_IN) {
                    ("import_secrets", json!({"secrets": [secret]}))
                } else {
                    ("set_secret", secret)
                }
            }
            Action::Rename { from, to, overwrite, number } => {
                let mut input = json!({"name": from, "new_name": to, "overwrite": overwrite});
                if let Some(number) = number {
                    input["value"] = model::value(*number);
                }
                ("update_secret", input)
            }
            Action::Delete { name } => ("delete_secret", json!({"name": name})),
            Action::Restore { name } => ("restore_secret", json!({"name": name})),
            Action::Revert { name, version } => {
                ("restore_secret_version", json!({"name": name, "version": version}))
            }
            Action::Look => unreachable!("only the test itself looks at everything"),
        };
        let document =
            format!("mutation($input: {field}_input!) {{ {field}(input: $input) {{ success error }} }}");
        let body = post(&self.writer, &document, &json!({"input": input})).await?;
        Ok(match body["data"][field]["success"].as_bool() {
            Some(true) => Outcome::Answered(Answer::Done),
            Some(false) => Outcome::Answered(Answer::Refused),
            None => Outcome::Failed(body.to_string()),
        })
    }

    async fn change_kv(&self, method: Method, name: &str, body: String) -> Result<Outcome, Option<Outcome>> {
        let (status, body) = send(kv(&self.writer, method, name).body(body)).await?;
        Ok(if status.is_success() { Outcome::Answered(Answer::Done) } else { failed_kv(status, &body) })
    }

    /// One client in three reads through Vault's API, and one as Prefect does, without the version.
    async fn read(&self, name: &str) -> Result<Outcome, Option<Outcome>> {
        let found = match self.client % 3 {
            0 => {
                let document = "query($names: [String!]!) { secret_values(names: $names) { version value } }";
                let body = post(&self.reader, document, &json!({"names": [name]})).await?;
                let Some(rows) = body["data"]["secret_values"].as_array() else {
                    return Ok(Outcome::Failed(body.to_string()));
                };
                rows.first().map(|row| seen(&row["value"], &row["version"]))
            }
            1 => {
                let document = "query($name: String!) { secret_value(name: $name) }";
                let body = post(&self.reader, document, &json!({"name": name})).await?;
                match body["data"].get("secret_value") {
                    _ if body["errors"][0]["message"] == NO_VALUE => None,
                    Some(value) if body.get("errors").is_none() => Some(seen(value, &Value::Null)),
                    _ => return Ok(Outcome::Failed(body.to_string())),
                }
            }
            _ => {
                let (status, body) = send(kv(&self.reader, Method::GET, name)).await?;
                match status {
                    StatusCode::OK => Some(seen(&body["data"]["data"], &body["data"]["metadata"]["version"])),
                    StatusCode::NOT_FOUND => None,
                    _ => return Ok(failed_kv(status, &body)),
                }
            }
        };
        Ok(Outcome::Answered(Answer::Value(found)))
    }
}

/// A request for a secret through Vault's API.
fn kv(client: &Client, method: Method, name: &str) -> RequestBuilder {
    client.request(method, &format!("/v1/secret/data/{name}"))
}

/// What GraphQL calls `API_ERROR`, Vault's API says by its status.
fn failed_kv(status: StatusCode, body: &Value) -> Outcome {
    let code = if status.is_server_error() { "API_ERROR" } else { "refused" };
    Outcome::Failed(format!("{code}: {status}: {body}"))
}

pub fn seen(value: &Value, version: &Value) -> Seen {
    Seen { version: version.as_u64(), content: model::content(value) }
}

/// Sends a document to a server that may disappear at any moment; `Err(None)` if it does so before it responds.
async fn post(client: &Client, document: &str, variables: &Value) -> Result<Value, Option<Outcome>> {
    let body = json!({"query": document, "variables": variables}).to_string();
    let request = client.request(Method::POST, "/graphql").header(header::CONTENT_TYPE, "application/json");
    Ok(send(request.body(body)).await?.1)
}

/// The status and the JSON of the response, null if that is empty.
async fn send(request: RequestBuilder) -> Result<(StatusCode, Value), Option<Outcome>> {
    let sent = request.send().await;
    let response = sent.map_err(|error| error.is_connect().then_some(Outcome::Unsent))?;
    let status = response.status();
    let text = response.text().await.map_err(|_| None)?;
    if text.is_empty() {
        return Ok((status, Value::Null));
    }
    let body = serde_json::from_str(&text);
    Ok((status, body.map_err(|_| Some(Outcome::Failed(format!("{status}: {text}"))))?))
}
