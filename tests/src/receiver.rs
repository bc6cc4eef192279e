//! The receiver of a webhook, which verifies events with the code in our documentation.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::Command;
use tokio::task::JoinSet;

use crate::client::Client;
use crate::wait::{self, DEADLINE};
use crate::{free_address, process};

/// The setting with which a server may reach a receiver on this machine.
pub const NETWORKS: [&str; 2] = ["--webhook-networks", "127.0.0.0/8"];

#[derive(Clone, Debug)]
pub struct Event {
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

impl Event {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }

    /// Its kind, and the name of its secret.
    pub fn about(&self) -> (String, Option<String>) {
        let json = self.json();
        let text = |value: &Value| value.as_str().map(str::to_owned);
        (text(&json["type"]).expect("a type"), text(&json["data"]["secret"]["name"]))
    }

    pub fn id(&self) -> &str {
        &self.headers["webhook-id"]
    }

    /// Whether the code in `docs/webhooks.md` accepts it.
    pub async fn is_verified(&self, key: &str) -> bool {
        let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/webhooks.md");
        let docs = fs::read_to_string(docs).expect("the documentation can be read");
        let (_, code) = docs.split_once("```python\n").expect("it has code in Python");
        let (code, _) = code.split_once("```").expect("the code ends");
        let script = format!(
            "{code}\nimport json, sys\ngiven = json.load(sys.stdin)\n\
             print(verify(given['key'], given['headers'], given['body'].encode()))"
        );
        let mut command = Command::new("python3");
        command.args(["-c", &script]);
        let given = json!({"key": key, "headers": self.headers, "body": self.body}).to_string();
        let output = process::output(command, Some(given.as_bytes()), DEADLINE).await;
        match String::from_utf8_lossy(&output.stdout).trim() {
            "True" => true,
            "False" => false,
            _ => panic!("{}", String::from_utf8_lossy(&output.stderr)),
        }
    }
}

/// Dropping it closes its port.
pub struct Receiver {
    address: String,
    events: Arc<Mutex<Vec<Event>>>,
    _task: JoinSet<()>,
}

impl Receiver {
    pub async fn start() -> Self {
        Self::start_at(&free_address(), &[]).await
    }

    /// A receiver whose first answers have these status lines and headers.
    pub async fn start_at(address: &str, answers: &[&'static str]) -> Self {
        let listener = TcpListener::bind(address).await.expect("the port is free");
        let events = Arc::new(Mutex::new(Vec::new()));
        let answers = Arc::new(Mutex::new(VecDeque::from(answers.to_vec())));
        let known = Arc::clone(&events);
        let mut task = JoinSet::new();
        task.spawn(async move {
            while let Ok((connection, _)) = listener.accept().await {
                let (known, answers) = (Arc::clone(&known), Arc::clone(&answers));
                tokio::spawn(async move {
                    let mut connection = BufReader::new(connection);
                    let Some(event) = receive(&mut connection).await else { return };
                    known.lock().expect("nobody panics while holding it").push(event);
                    let answer = answers.lock().expect("nobody panics while holding it").pop_front();
                    let answer = answer.unwrap_or("204 No Content");
                    let answer =
                        format!("HTTP/1.1 {answer}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
                    let _ = connection.write_all(answer.as_bytes()).await;
                });
            }
        });
        Self { address: address.to_owned(), events, _task: task }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook?token=t0ken-in-the-url", self.address)
    }

    pub fn events(&self) -> Vec<Event> {
        self.events.lock().expect("nobody panics while holding it").clone()
    }

    /// The events, once there are so many.
    pub async fn receives(&self, count: usize) -> Vec<Event> {
        let what = format!("{count} events");
        wait::until(&what, async || Some(self.events()).filter(|events| events.len() >= count)).await
    }
}

async fn receive(connection: &mut BufReader<TcpStream>) -> Option<Event> {
    let mut headers = BTreeMap::new();
    let mut line = String::new();
    connection.read_line(&mut line).await.ok()?;
    loop {
        line.clear();
        connection.read_line(&mut line).await.ok()?;
        let Some((name, value)) = line.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length: usize = headers.get("content-length")?.parse().ok()?;
    let mut body = vec![0; length];
    connection.read_exact(&mut body).await.ok()?;
    Some(Event { headers, body: String::from_utf8(body).ok()? })
}

impl Client {
    /// Sets the team's webhook, and returns the new signing key.
    pub async fn set_webhook(&self, url: &str) -> String {
        let answer = self.mutate_for("set_webhook", json!({"url": url}), "success error key").await;
        answer.assert_success("set_webhook");
        let key = answer.data("/set_webhook/key").as_str().expect("a new key").to_owned();
        assert!(key.starts_with("whsec_"), "{key}");
        self.must_stay_secret(&key);
        key
    }
}
