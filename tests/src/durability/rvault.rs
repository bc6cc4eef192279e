//! `rvault`, a server that speaks Vault's protocol, to compare with: KV version 1 on its own storage in files. It tells no
//! versions, and whether there was something to delete it does not tell either.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::{Instant, sleep, timeout};

use super::checker::Violation;
use super::history::Event;
use super::load::{self, Mix};
use super::model::{Action, Answer, Seen, Sight};
use super::target::{Ask, Target, Told};
use super::value::{self, Content};
use crate::{http, server, tool};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(20);

/// The program: `STRONGROOM_RVAULT`, or the one that `cargo xtask setup --rvault` has installed.
fn program() -> PathBuf {
    tool::path("STRONGROOM_RVAULT", "rvault-0.2.1.optimised/bin/rvault")
}

/// A folder with its storage, the server while it runs, and what unseals it.
pub struct Rvault {
    folder: TempDir,
    child: Option<Child>,
    http: reqwest::Client,
    url: String,
    unseal_key: String,
    token: String,
    clients: usize,
}

/// One who asks it.
#[derive(Clone)]
pub struct Asker {
    http: reqwest::Client,
    url: String,
    token: String,
}

impl Rvault {
    /// An empty one that has been initialised, for so many clients.
    pub async fn new(clients: usize) -> Self {
        let mut rvault = Self {
            folder: TempDir::with_prefix("rvault-").expect("temporary folders can be made"),
            child: None,
            http: http::client(),
            url: String::new(),
            unseal_key: String::new(),
            token: String::new(),
            clients,
        };
        rvault.spawn().await.expect("rvault starts");
        let body = json!({"secret_shares": 1, "secret_threshold": 1});
        let response = rvault
            .put("sys/init", &body)
            .send()
            .await
            .expect("rvault answers");
        let made: Value = response.json().await.expect("rvault answers with JSON");
        let text = |value: &Value| value.as_str().expect("it is text").to_owned();
        rvault.unseal_key = text(&made["keys"][0]);
        rvault.token = text(&made["root_token"]);
        rvault.kill().await;
        rvault
    }

    async fn spawn(&mut self) -> Result<(), String> {
        let address = server::free_address();
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let settings = format!(
            "storage \"file\" {{\n  path = {:?}\n}}\nlistener \"tcp\" {{\n  address = {address:?}\n  tls_disable = \"true\"\n}}\n\
             work_dir = {:?}\nlog_level = \"warn\"\n",
            path("data"),
            path("work"),
        );
        fs::write(path("settings.hcl"), settings).expect("files can be written");
        let log = File::create(path("log")).expect("files can be written");
        let error_log = log.try_clone().expect("files can be opened twice");
        let child = Command::new(program())
            .args(["server", "--config", &path("settings.hcl")])
            .stdin(Stdio::null())
            .stdout(Stdio::from(log))
            .stderr(Stdio::from(error_log))
            .kill_on_drop(true)
            .spawn();
        self.child = Some(child.expect("rvault can be started"));
        self.url = format!("http://{address}/v1");
        let deadline = Instant::now() + PATIENCE;
        while self
            .http
            .get(format!("{}/sys/seal-status", self.url))
            .send()
            .await
            .is_err()
        {
            if Instant::now() >= deadline {
                return Err(fs::read_to_string(path("log")).unwrap_or_default());
            }
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }

    fn put(&self, path: &str, body: &Value) -> RequestBuilder {
        self.http
            .put(format!("{}/{path}", self.url))
            .body(body.to_string())
    }
}

impl Target for Rvault {
    type Client = Asker;

    const MIX: Mix = Mix::Simple;
    const HAS_COMMANDS: bool = false;

    async fn start(&mut self) -> Result<(), String> {
        self.spawn().await?;
        let unseal = self.put("sys/unseal", &json!({"key": self.unseal_key}));
        let response = unseal.send().await.map_err(|error| error.to_string())?;
        let text = response.text().await.map_err(|error| error.to_string())?;
        if serde_json::from_str::<Value>(&text).is_ok_and(|answer| answer["sealed"] == false) {
            Ok(())
        } else {
            Err(format!("it can't be unsealed: {text}"))
        }
    }

    fn client(&self, _: usize) -> Asker {
        Asker {
            http: self.http.clone(),
            url: self.url.clone(),
            token: self.token.clone(),
        }
    }

    async fn beside(&mut self) -> Violation {
        std::future::pending().await
    }

    async fn kill(&mut self) {
        let mut child = self.child.take().expect("it was started");
        child.kill().await.expect("a running server can be killed");
    }

    async fn kill_while_starting(&mut self, after: Duration) {
        // Ready or not.
        let _ = timeout(after, self.spawn()).await;
        self.kill().await;
    }

    async fn sight(&self) -> Result<Sight, String> {
        let asker = self.client(0);
        let mut live = BTreeMap::new();
        for name in load::names(self.clients) {
            let seen = match asker.ask(&Action::Read { name: name.clone() }).await {
                Told::Answer(Answer::Value(seen)) => seen,
                // What it can't read is there, and no value.
                told => Some(Seen {
                    version: None,
                    content: Content::Torn(format!("{told:?}")),
                }),
            };
            live.extend(seen.map(|seen| (name, seen)));
        }
        Ok(Sight { live, deleted: None })
    }

    async fn inspect(&mut self, _: &[Event]) -> Vec<Violation> {
        Vec::new()
    }

    fn keep(&self) -> PathBuf {
        self.folder.path().to_owned()
    }
}

impl Ask for Asker {
    async fn ask(&self, action: &Action) -> Told {
        let to = |method: Method, name: &str| {
            let request = self.http.request(method, format!("{}/secret/{name}", self.url));
            request.header("x-vault-token", &self.token)
        };
        let request = match action {
            Action::Set { name, number } => {
                to(Method::PUT, name).body(json!({"value": value::value(*number)}).to_string())
            }
            Action::Delete { name } => to(Method::DELETE, name),
            Action::Read { name } => to(Method::GET, name),
            other => unreachable!("it can't do {other:?}"),
        };
        let response = match request.send().await {
            Ok(response) => response,
            Err(error) => return Told::failure(&error),
        };
        let status = response.status();
        let Ok(text) = response.text().await else {
            return Told::Nothing;
        };
        match (action, status) {
            (Action::Read { .. }, StatusCode::NOT_FOUND) => Told::Answer(Answer::Value(None)),
            (Action::Read { .. }, StatusCode::OK) => {
                let body: Value = serde_json::from_str(&text).unwrap_or_default();
                Told::Answer(Answer::Value(Some(Seen {
                    version: None,
                    content: value::content(&body["data"]["value"]),
                })))
            }
            (_, status) if status.is_success() => Told::Answer(Answer::Over),
            _ => Told::Unclear(format!("{status}: {text}")),
        }
    }
}
