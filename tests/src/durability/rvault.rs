//! `rvault`, a server that speaks Vault's protocol, to compare with: KV version 1 on its own storage in files. It tells no
//! versions, and whether there was something to delete it does not tell either.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::process::Child;
use tokio::time::{Instant, sleep, timeout};

use super::checker::Violation;
use super::history::Event;
use super::load::{self, Mix};
use super::model::{Action, Answer, Seen, Sight};
use super::target::{Ask, Target, Told};
use super::value::{self, Content};
use crate::rvault::{Keys, command, set_up, unseal};
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
    keys: Option<Keys>,
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
            keys: None,
            clients,
        };
        rvault.spawn().await.expect("rvault starts");
        rvault.keys = Some(set_up(&rvault.url).await);
        rvault.kill().await;
        rvault
    }

    async fn spawn(&mut self) -> Result<(), String> {
        let address = server::free_address();
        let path = self.folder.path().join("log");
        let log = File::create(&path).expect("files can be written");
        let error_log = log.try_clone().expect("files can be opened twice");
        let child = command(&program(), self.folder.path(), &address)
            .stdout(Stdio::from(log))
            .stderr(Stdio::from(error_log))
            .spawn();
        self.child = Some(child.expect("rvault can be started"));
        self.url = format!("http://{address}");
        let deadline = Instant::now() + PATIENCE;
        while self.http.get(format!("{}/v1/sys/seal-status", self.url)).send().await.is_err() {
            if Instant::now() >= deadline {
                return Err(fs::read_to_string(path).unwrap_or_default());
            }
            sleep(Duration::from_millis(5)).await;
        }
        Ok(())
    }
}

impl Target for Rvault {
    type Client = Asker;

    const MIX: Mix = Mix::Simple;
    const HAS_COMMANDS: bool = false;

    async fn start(&mut self) -> Result<(), String> {
        self.spawn().await?;
        let keys = self.keys.as_ref().expect("it was initialised");
        unseal(&self.url, keys).await
    }

    fn client(&self, _: usize) -> Asker {
        Asker {
            http: self.http.clone(),
            url: self.url.clone(),
            token: self.keys.as_ref().expect("it was initialised").token.clone(),
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
                told => Some(Seen { version: None, content: Content::Torn(format!("{told:?}")) }),
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
            let request = self.http.request(method, format!("{}/v1/secret/{name}", self.url));
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
