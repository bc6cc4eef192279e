//! The server under test, as its clients see it.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;
use std::{fs, iter};

use reqwest::{Method, header};
use serde_json::{Value, json};
use tokio::process::Child;

use super::audit::{self, Entry};
use super::checker::{Kind, Violation};
use super::faults::Disk;
use super::history::Event;
use super::model::{Action, Answer, Seen, Sight};
use super::target::{Ask, Target, Told};
use super::value::{self, PLAINTEXT};
use crate::client::Client;
use crate::server::Server;
use crate::store::Store;
use crate::text;

const VALUES: usize = 250;
/// How large the disk is on which a store lives through cuts of the power.
const DISK_MEGABYTES: u64 = 64;
/// What the message has where there is no value.
const NO_VALUE: &str = "No value found for the requested key";

pub struct Strongroom {
    server: Option<Server>,
    /// What its store is on, where a kill is a cut of the power.
    disk: Option<Disk>,
    store: Arc<Store>,
    administrator: Client,
    reader: Client,
    askers: Vec<Asker>,
    /// The ids of each asker's keys, in the audit log.
    keys: BTreeMap<String, (usize, bool)>,
    compared: i64,
    beside: Option<Child>,
    begun: usize,
}

/// One who asks: with a key that may set, and one that may read.
#[derive(Clone)]
pub struct Asker {
    writer: Client,
    reader: Client,
    /// Whether it reads as Prefect's clients do, or is told the version, too.
    is_told_versions: bool,
}

impl Strongroom {
    /// A team on an empty store, for so many clients. The server has not been started.
    pub async fn new(store: Arc<Store>, clients: usize) -> Self {
        store.must_stay_secret(PLAINTEXT);
        let server = store.serve().await;
        let administrator = server.team("acme").await.key("administrator").await;
        let new_key = async |name: String, role: &str| {
            let input = json!({"name": name, "role": role});
            administrator.new_key(input).await
        };
        let (mut askers, mut keys) = (Vec::new(), BTreeMap::new());
        for client in 0..clients {
            let (writer_id, writer) = new_key(format!("writer {client}"), "user").await;
            let (reader_id, reader) = new_key(format!("reader {client}"), "runner").await;
            keys.insert(writer_id, (client, false));
            keys.insert(reader_id, (client, true));
            askers.push(Asker { writer, reader, is_told_versions: client % 2 == 0 });
        }
        let (_, reader) = new_key("the one who looks".to_owned(), "runner").await;
        server.stop().await;
        Self {
            server: None,
            disk: None,
            store,
            administrator,
            reader,
            askers,
            keys,
            compared: 0,
            beside: None,
            begun: 0,
        }
    }

    /// The same on a disk of its own, whose power is cut with each kill. The process needs mounts of its own.
    pub async fn on_a_disk(store: Arc<Store>, clients: usize) -> Self {
        let disk = Disk::mount(&store.scratch().join("disk"), &store.data_dir(), DISK_MEGABYTES);
        Self { disk: Some(disk), ..Self::new(store, clients).await }
    }

    pub const fn store(&self) -> &Arc<Store> {
        &self.store
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("it was started")
    }

    pub fn runs_as(&mut self, server: Server) {
        self.server = Some(server);
    }

    pub async fn stop(&mut self) {
        self.server.take().expect("it was started").stop().await;
    }

    pub fn administrator(&self) -> Client {
        self.administrator.at(self.server())
    }

    pub fn reader(&self) -> Client {
        self.reader.at(self.server())
    }

    async fn cut_power(&self, writers: &[u32], kill: impl Future<Output = ()>) {
        match &self.disk {
            None => kill.await,
            Some(disk) => disk.cut_power(writers, kill).await,
        }
    }

    /// The entries that the askers' keys have made since it was last asked.
    async fn new_entries(&mut self) -> BTreeMap<(usize, bool), Vec<Entry>> {
        const PAGE: &str = "query($where: audit_entry_bool_exp, $order: [audit_entry_order_by!]) {
            audit_log(where: $where, order_by: $order) { sequence action actor_id object_name detail } }";
        let mut found: BTreeMap<_, Vec<Entry>> = BTreeMap::new();
        loop {
            let variables = json!({
                "where": {"sequence": {"_gt": self.compared}},
                "order": [{"sequence": "asc"}],
            });
            let answer = self.administrator().graphql(PAGE, variables).await;
            let page = answer.data("/audit_log").as_array().expect("a list").clone();
            let Some(last) = page.last() else {
                return found;
            };
            self.compared = last["sequence"].as_i64().expect("a number");
            for entry in page {
                let text = |field: &str| entry[field].as_str().map(str::to_owned);
                let Some(key) = text("actor_id").and_then(|id| self.keys.get(&id)) else {
                    continue;
                };
                found.entry(*key).or_default().push(Entry {
                    action: text("action").unwrap_or_default(),
                    name: text("object_name").unwrap_or_default(),
                    detail: text("detail"),
                });
            }
        }
    }
}

impl Target for Strongroom {
    type Client = Asker;

    async fn start(&mut self) -> Result<(), String> {
        let command = self.store.command(["serve", "--listen", "127.0.0.1:0"]);
        self.server = Some(Server::try_start_command(&self.store, command).await?);
        Ok(())
    }

    fn client(&self, number: usize) -> Asker {
        let asker = &self.askers[number];
        Asker { writer: asker.writer.at(self.server()), reader: asker.reader.at(self.server()), ..*asker }
    }

    async fn beside(&mut self) -> Violation {
        loop {
            let backup = self.store.scratch().join("beside.backup");
            // They may run beside a server at any time, and be killed, and leave every secret as it is.
            let commands =
                [&["rotate-data-keys"][..], &["rotate-master-key"], &["backup", "--force", text(&backup)]];
            let words = commands[self.begun % commands.len()];
            self.begun += 1;
            let (log, file) = self.store.log_file();
            let mut command = self.store.command(words);
            let running = command.stdout(Stdio::null()).stderr(file).spawn();
            let running = self.beside.insert(running.expect("the program starts"));
            let status = running.wait().await.expect("a child can be waited for");
            self.beside = None;
            if !status.success() {
                let complaint = fs::read_to_string(log).unwrap_or_default();
                return Violation::new(Kind::Error, format!("{words:?} has failed: {complaint}"));
            }
        }
    }

    async fn kill(&mut self) {
        let server = self.server.take().expect("it was started");
        let mut beside = self.beside.take();
        let writers: Vec<u32> = iter::once(server.pid()).chain(beside.as_ref().and_then(Child::id)).collect();
        let kill = async {
            let kill_beside = async {
                if let Some(child) = &mut beside {
                    child.kill().await.expect("a child can be killed");
                }
            };
            tokio::join!(server.kill(), kill_beside);
        };
        self.cut_power(&writers, kill).await;
    }

    async fn kill_while_starting(&mut self, after: Duration) {
        let mut command = self.store.command(["serve", "--listen", "127.0.0.1:0"]);
        let command = command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the server starts");
        tokio::time::sleep(after).await;
        let pid = child.id().expect("nobody has waited for it");
        let kill = async { child.kill().await.expect("a child can be killed") };
        self.cut_power(&[pid], kill).await;
    }

    async fn sight(&self) -> Result<Sight, String> {
        let key = self.administrator().query("{ auth_info { name } }").await;
        if !key.errors().is_empty() {
            return Err(format!("the administrator's key does not work any more: {key:?}"));
        }
        let listed = self.administrator().names().await;
        let mut live = BTreeMap::new();
        for names in listed.chunks(VALUES) {
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let answer = self.reader().try_values(&names).await;
            if !answer.errors().is_empty() {
                return Err(format!("some of the values of {names:?} can't be read: {:?}", answer.errors()));
            }
            for row in answer.data("/secret_values").as_array().expect("a list") {
                let name = row["name"].as_str().expect("a name is text").to_owned();
                live.insert(name, seen(&row["value"], &row["version"]));
            }
        }
        let mut deleted = BTreeMap::new();
        for row in self.administrator().rows("deleted_secret", "name").await {
            let name = row["name"].as_str().expect("a name is text").to_owned();
            *deleted.entry(name).or_default() += 1;
        }
        if !listed.iter().eq(live.keys()) {
            return Err(format!("the names {listed:?} are listed, but these have values: {live:?}"));
        }
        Ok(Sight { live, deleted: Some(deleted) })
    }

    async fn inspect(&mut self, events: &[Event]) -> Vec<Violation> {
        let entries = self.new_entries().await;
        let mut violations = audit::compare(events, &entries);
        let walk = self.store.run(&["admin", "audit", "verify"]).await;
        if !walk.status.success() {
            violations.push(Violation::new(Kind::Chain, walk.failed()));
        }
        let complaints = self.store.database_complaints().await;
        violations.extend(complaints.into_iter().map(|text| Violation::new(Kind::Database, text)));
        violations
    }

    fn keep(&self) -> PathBuf {
        // The folder is removed with the last one who has it.
        std::mem::forget(Arc::clone(&self.store));
        self.store.scratch().to_owned()
    }
}

impl Ask for Asker {
    async fn ask(&self, action: &Action) -> Told {
        let (field, input) = match action {
            Action::Read { name } => return self.read(name).await,
            Action::Set { name, number } => {
                ("set_secret", json!({"name": name, "value": value::value(*number)}))
            }
            Action::Rename { from, to, overwrite, number } => {
                let mut input = json!({"name": from, "new_name": to, "overwrite": overwrite});
                if let Some(number) = number {
                    input["value"] = value::value(*number);
                }
                ("update_secret", input)
            }
            Action::Delete { name } => ("delete_secret", json!({"name": name})),
            Action::Restore { name } => ("restore_secret", json!({"name": name})),
            Action::Revert { name, version } => {
                ("restore_secret_version", json!({"name": name, "version": version}))
            }
            Action::Look => unreachable!("everything is looked at by the target"),
        };
        let document =
            format!("mutation($input: {field}_input!) {{ {field}(input: $input) {{ success error }} }}");
        let body = match post(&self.writer, &document, &json!({"input": input})).await {
            Ok(body) => body,
            Err(told) => return told,
        };
        match body["data"][field]["success"].as_bool() {
            Some(true) => Told::Answer(Answer::Done),
            Some(false) => Told::Answer(Answer::Refused),
            None => Told::Error(body.to_string()),
        }
    }
}

impl Asker {
    async fn read(&self, name: &str) -> Told {
        if self.is_told_versions {
            let document = "query($names: [String!]!) { secret_values(names: $names) { version value } }";
            let body = match post(&self.reader, document, &json!({"names": [name]})).await {
                Ok(body) => body,
                Err(told) => return told,
            };
            let Some(rows) = body["data"]["secret_values"].as_array() else {
                return Told::Error(body.to_string());
            };
            let found = rows.first().map(|row| seen(&row["value"], &row["version"]));
            return Told::Answer(Answer::Value(found));
        }
        let document = "query($name: String!) { secret_value(name: $name) }";
        let body = match post(&self.reader, document, &json!({"name": name})).await {
            Ok(body) => body,
            Err(told) => return told,
        };
        if body["errors"][0]["message"] == NO_VALUE {
            return Told::Answer(Answer::Value(None));
        }
        match body["data"].get("secret_value") {
            Some(value) if body.get("errors").is_none() => {
                Told::Answer(Answer::Value(Some(seen(value, &Value::Null))))
            }
            _ => Told::Error(body.to_string()),
        }
    }
}

fn seen(value: &Value, version: &Value) -> Seen {
    Seen { version: version.as_u64(), content: value::content(value) }
}

/// Asks, of a server that may be gone at any moment.
async fn post(client: &Client, document: &str, variables: &Value) -> Result<Value, Told> {
    let body = json!({"query": document, "variables": variables}).to_string();
    let request = client.request(Method::POST, "/graphql").header(header::CONTENT_TYPE, "application/json");
    let response = request.body(body).send().await.map_err(|error| Told::failure(&error))?;
    let status = response.status();
    let text = response.text().await.map_err(|_| Told::Nothing)?;
    serde_json::from_str(&text).map_err(|_| Told::Error(format!("{status}: {text}")))
}
