//! The receiver of a webhook, which verifies events with the code in our documentation.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tokio::process::Command;

use crate::client::Client;
use crate::http::Stranger;
use crate::process;
use crate::wait::{self, DEADLINE};

/// The setting with which a server may reach a receiver on this machine.
pub const NETWORKS: [&str; 2] = ["--webhook-networks", "127.0.0.0/8"];

pub use crate::http::Request as Event;

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
pub struct Receiver(Stranger);

impl Receiver {
    pub async fn start() -> Self {
        Self::start_at("127.0.0.1:0", &[]).await
    }

    /// A receiver whose first answers have these status lines and headers.
    pub async fn start_at(address: &str, answers: &[&str]) -> Self {
        Self(Stranger::start(address, answers, "204 No Content", "").await)
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook?token=t0ken-in-the-url", self.0.address)
    }

    pub fn events(&self) -> Vec<Event> {
        self.0.requests()
    }

    /// The events, once there are so many.
    pub async fn receives(&self, count: usize) -> Vec<Event> {
        let what = format!("{count} events");
        wait::until(&what, async || Some(self.events()).filter(|events| events.len() >= count)).await
    }
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
