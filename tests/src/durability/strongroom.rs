//! The server under test, its clients, and the checks of its promises.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use std::{fs, iter, mem};

use serde_json::{Value, json};
use tokio::process::Child;
use tokio::task::JoinSet;

use super::audit::{self, Entry};
use super::checker::{Checker, Kind, Violation};
use super::faults::Disk;
use super::history::{Event, History, Outcome};
use super::load::{self, Caller};
use super::model::{Action, Answer, PLAINTEXT, Snapshot};
use crate::client::Client;
use crate::server::{SERVE, Server};
use crate::store::Store;
use crate::text;

/// How many values a request may read.
const VALUES: usize = 250;
const DISK_MEGABYTES: u64 = 64;
const STARTED: &str = "the server was started";

pub struct Strongroom {
    server: Option<Server>,
    /// The disk below the store, if each kill is a power cut.
    disk: Option<Disk>,
    pub store: Arc<Store>,
    administrator: Client,
    reader: Client,
    callers: Vec<Caller>,
    /// Which client has the key of an id in the audit log, and whether it is the one that reads.
    keys: BTreeMap<String, (usize, bool)>,
    pub history: Arc<History>,
    pub checker: Checker,
    clients: JoinSet<()>,
    /// The last entry of the audit log that was compared.
    compared: i64,
    command: Option<Child>,
    commands_begun: usize,
}

impl Strongroom {
    /// A team with this many clients on an empty store. The server is not running.
    pub async fn new(store: Arc<Store>, clients: usize) -> Self {
        store.must_stay_secret(PLAINTEXT);
        let server = store.serve().await;
        let administrator = server.team("acme").await.key("administrator").await;
        let new_key =
            async |name: String, role: &str| administrator.new_key(json!({"name": name, "role": role})).await;
        let history = Arc::<History>::default();
        let (mut callers, mut keys) = (Vec::new(), BTreeMap::new());
        for client in 0..clients {
            let (writer_id, writer) = new_key(format!("writer {client}"), "user").await;
            let (reader_id, reader) = new_key(format!("reader {client}"), "runner").await;
            keys.extend([(writer_id, (client, false)), (reader_id, (client, true))]);
            callers.push(Caller::new(client, Arc::clone(&history), writer, reader));
        }
        let (_, reader) = new_key("reader of everything".to_owned(), "runner").await;
        server.stop().await;
        Self {
            server: None,
            disk: None,
            store,
            administrator,
            reader,
            callers,
            keys,
            history,
            checker: Checker::new(load::groups(clients)),
            clients: JoinSet::new(),
            compared: 0,
            command: None,
            commands_begun: 0,
        }
    }

    /// The same on a separate disk, whose power each kill cuts. The process needs its own mounts.
    pub async fn on_a_disk(store: Arc<Store>, clients: usize) -> Self {
        let disk = Disk::mount(&store.scratch().join("disk"), &store.data_dir(), DISK_MEGABYTES);
        Self { disk: Some(disk), ..Self::new(store, clients).await }
    }

    pub async fn started(store: Arc<Store>, clients: usize) -> Self {
        let mut strongroom = Self::new(store, clients).await;
        strongroom.start().await.expect("it starts");
        strongroom
    }

    pub fn server(&self) -> &Server {
        self.server.as_ref().expect(STARTED)
    }

    pub fn administrator(&self) -> Client {
        self.administrator.at(self.server())
    }

    pub fn reader(&self) -> Client {
        self.reader.at(self.server())
    }

    pub async fn start(&mut self) -> Result<(), String> {
        self.server = Some(Server::try_start_command(&self.store, self.store.command(SERVE)).await?);
        Ok(())
    }

    /// Stops the server, starts it again, and checks everything.
    pub async fn restart(&mut self) {
        self.stop().await;
        self.start().await.expect("it starts again");
        self.assert_undisturbed().await;
    }

    pub fn runs_as(&mut self, server: Server) {
        self.server = Some(server);
    }

    pub fn load<W: Future<Output = ()> + Send + 'static>(&mut self, mut work: impl FnMut(Caller) -> W) {
        let server = self.server.as_ref().expect(STARTED);
        self.history.stopping.store(false, Ordering::Relaxed);
        for caller in &self.callers {
            self.clients.spawn(work(caller.at(server)));
        }
    }

    /// Starts every client on random work, and waits for that many acknowledged operations.
    pub async fn work(&mut self, operations: u64) {
        self.load(|caller| load::work(caller, fastrand::Rng::new()));
        self.history.acknowledges(operations).await;
    }

    /// Starts every client on random work: half of them write here and read at another server, the others vice versa.
    pub fn work_at_both(&mut self, other: &Server) {
        self.load(|caller| {
            let is_even = caller.client.is_multiple_of(2);
            let caller = if is_even { caller.reading_at(other) } else { caller.writing_at(other) };
            load::work(caller, fastrand::Rng::new())
        });
    }

    /// Waits until the clients have ended by themselves.
    pub async fn join(&mut self) {
        mem::take(&mut self.clients).join_all().await;
    }

    /// Asks the clients of random work to end, none of which may have ended by itself, and waits for them.
    pub async fn rest(&mut self) {
        assert!(!self.has_lost_a_client(), "a connection broke");
        self.history.stopping.store(true, Ordering::Relaxed);
        self.join().await;
    }

    /// Whether a client has ended by itself. Random work ends only when a connection breaks.
    pub fn has_lost_a_client(&mut self) -> bool {
        self.clients.try_join_next().is_some()
    }

    /// Runs commands alongside the server, one after another, until the future is dropped or one of them fails. The last
    /// one continues until [`Self::kill`].
    pub async fn run_commands(&mut self) -> Violation {
        loop {
            let backup = self.store.scratch().join("beside.backup");
            // They may run alongside a server at any time, may be killed, and leave every secret unchanged.
            let commands =
                [&["rotate-data-keys"][..], &["rotate-master-key"], &["backup", "--force", text(&backup)]];
            let words = commands[self.commands_begun % commands.len()];
            self.commands_begun += 1;
            let (log, file) = self.store.log_file();
            let mut command = self.store.command(words);
            let running = command.stdout(Stdio::null()).stderr(file).spawn();
            let running = self.command.insert(running.expect("the program starts"));
            let status = running.wait().await.expect("a child can be waited for");
            self.command = None;
            if !status.success() {
                let complaint = fs::read_to_string(log).unwrap_or_default();
                return Violation::new(Kind::Error, format!("{words:?} has failed: {complaint}"));
            }
        }
    }

    /// Kills the server and the command alongside it in the middle of their work. Nothing that they have started can
    /// happen afterwards.
    pub async fn kill(&mut self) {
        let server = self.server.take().expect(STARTED);
        let mut command = self.command.take();
        let writers: Vec<u32> =
            iter::once(server.pid()).chain(command.as_ref().and_then(Child::id)).collect();
        let kill = async {
            let kill_command = async {
                if let Some(child) = &mut command {
                    child.kill().await.expect("a child can be killed");
                }
            };
            tokio::join!(server.kill(), kill_command);
        };
        self.cut_power(&writers, kill).await;
        self.end_clients().await;
    }

    pub async fn kill_while_starting(&mut self, after: Duration) {
        let mut child = self.store.spawn(&SERVE);
        tokio::time::sleep(after).await;
        let pid = child.id().expect("nobody has waited for it");
        let kill = async { child.kill().await.expect("a child can be killed") };
        self.cut_power(&[pid], kill).await;
    }

    pub async fn stop(&mut self) {
        self.server.take().expect(STARTED).stop().await;
        self.end_clients().await;
    }

    /// Clients end with their server.
    async fn end_clients(&mut self) {
        self.join().await;
        self.history.add(Event::Killed);
    }

    async fn cut_power(&self, writers: &[u32], kill: impl Future<Output = ()>) {
        match &self.disk {
            None => kill.await,
            Some(disk) => disk.cut_power(writers, kill).await,
        }
    }

    /// The requests that were answered with an error since the last check.
    pub fn errors(&self) -> Vec<Violation> {
        let events = self.history.events();
        let errors = events.iter().filter_map(|event| match event {
            Event::Ended { number, outcome: Outcome::Failed(message) } => {
                Some(Violation::new(Kind::Error, format!("operation {number} was answered {message}")))
            }
            _ => None,
        });
        errors.collect()
    }

    /// Records everything in a server while no client sends requests; or the reason why that can't be read.
    pub async fn look_at(&self, server: &Server) -> Result<(), String> {
        let snapshot = self.snapshot(&self.administrator.at(server), &self.reader.at(server)).await?;
        let number = self.history.next_number();
        self.history.add(Event::Asked { number, client: usize::MAX, action: Action::Look });
        self.history.add(Event::Ended { number, outcome: Outcome::Answered(Answer::All(snapshot)) });
        Ok(())
    }

    /// All broken promises, from the server's content and the clients' responses since the last check.
    pub async fn check(&mut self) -> Vec<Violation> {
        if let Err(reason) = self.look_at(self.server()).await {
            return vec![Violation::new(Kind::Lost, reason)];
        }
        let events = mem::take(&mut *self.history.events());
        let mut violations = self.checker.follow(&events);
        violations.extend(audit::compare(&events, &self.new_entries().await));
        let verified = self.store.run(&["admin", "audit", "verify"]).await;
        if !verified.status.success() {
            violations.push(Violation::new(Kind::Chain, verified.failed()));
        }
        let complaints = self.store.database_complaints().await;
        violations.extend(complaints.into_iter().map(|text| Violation::new(Kind::Database, text)));
        violations
    }

    /// Ends the load, and checks that every request succeeded and no promise is broken.
    pub async fn assert_undisturbed(&mut self) {
        self.rest().await;
        assert_eq!(self.errors(), []);
        assert_eq!(self.check().await, []);
    }

    /// Everything in the groups of the clients. Other names have no `/`.
    async fn snapshot(&self, administrator: &Client, reader: &Client) -> Result<Snapshot, String> {
        let listed = administrator.query("{ secret_names deleted_secret { name } }").await;
        if !listed.errors().is_empty() {
            return Err(format!("the secrets can't be listed: {listed:?}"));
        }
        let name = |value: &Value| value.as_str().expect("a name is text").to_owned();
        let mut deleted = BTreeMap::new();
        for row in listed.list("/deleted_secret") {
            *deleted.entry(name(&row["name"])).or_default() += 1;
        }
        let listed = listed.list("/secret_names").iter().map(name);
        let listed: BTreeSet<_> = listed.filter(|name| name.contains('/')).collect();
        let names: Vec<_> = listed.iter().collect();
        let mut live = BTreeMap::new();
        for names in names.chunks(VALUES) {
            let answer = reader.try_values(names).await;
            if !answer.errors().is_empty() {
                return Err(format!("some of the values of {names:?} can't be read: {:?}", answer.errors()));
            }
            for row in answer.list("/secret_values") {
                live.insert(name(&row["name"]), load::seen(&row["value"], &row["version"]));
            }
        }
        if !listed.iter().eq(live.keys()) {
            return Err(format!("the names {listed:?} are listed, but these have values: {live:?}"));
        }
        Ok(Snapshot { live, deleted: Some(deleted) })
    }

    /// The entries that the clients' keys have made since the last call.
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
            let page = answer.list("/audit_log").clone();
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

    /// Keeps the store's directory for inspection; returns its path.
    pub fn keep(&self) -> PathBuf {
        // The directory is removed with its last owner.
        mem::forget(Arc::clone(&self.store));
        self.store.scratch().to_owned()
    }
}
