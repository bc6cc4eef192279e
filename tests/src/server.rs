//! A running server.

use std::fs;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;

use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::timeout;

use crate::client::Client;
use crate::process;
pub use crate::process::signal;
use crate::store::Store;
use crate::team::{Person, Team};
use crate::wait::DEADLINE;

/// The arguments that start a server at its own address.
pub const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];
const READY: &str = "Strongroom is ready at ";

/// A running server. Dropping it kills it and searches its log for secrets.
pub struct Server {
    child: Child,
    url: String,
    printed: Vec<String>,
    lines: UnboundedReceiver<String>,
    log: PathBuf,
    store: Arc<Store>,
}

impl Server {
    pub async fn start() -> Self {
        Store::new().serve().await
    }

    pub async fn start_on(store: &Arc<Store>, arguments: &[&str]) -> Self {
        Self::start_command(store, store.command([&SERVE, arguments].concat())).await
    }

    /// Starts it at an address that was used before, or that differs from the public one.
    pub async fn start_at(store: &Arc<Store>, address: &str, arguments: &[&str]) -> Self {
        let serve = ["serve", "--listen", address];
        let server = Self::start_command(store, store.command([&serve, arguments].concat())).await;
        server.reached_at(&format!("http://{address}"))
    }

    #[must_use]
    pub fn reached_at(mut self, url: &str) -> Self {
        url.clone_into(&mut self.url);
        self
    }

    pub async fn start_command(store: &Arc<Store>, command: Command) -> Self {
        let started = Self::try_start_command(store, command).await;
        started.unwrap_or_else(|reason| panic!("the server is not ready; {reason}"))
    }

    pub async fn try_start_command(store: &Arc<Store>, mut command: Command) -> Result<Self, String> {
        let (log, file) = store.log_file();
        let mut child =
            command.stdout(Stdio::piped()).stderr(Stdio::from(file)).spawn().expect("the server starts");
        let (sender, mut lines) = unbounded_channel();
        let mut stdout = BufReader::new(child.stdout.take().expect("it is piped")).lines();
        tokio::spawn(async move {
            while let Ok(Some(line)) = stdout.next_line().await {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });

        let mut printed = Vec::new();
        let url = loop {
            let Ok(Some(line)) = timeout(DEADLINE, lines.recv()).await else {
                let log = fs::read_to_string(&log).unwrap_or_default();
                return Err(format!("it printed {printed:#?} and logged:\n{log}"));
            };
            let url = line.strip_prefix(READY).map(|url| url.trim_end_matches('/').to_owned());
            printed.push(line);
            if let Some(url) = url {
                break url;
            }
        };
        Ok(Self { child, url, printed, lines, log, store: Arc::clone(store) })
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn address(&self) -> &str {
        self.url.trim_start_matches("http://")
    }

    pub const fn store(&self) -> &Arc<Store> {
        &self.store
    }

    pub async fn team(&self, slug: &str) -> Team {
        self.store.team(slug).await.at(self)
    }

    pub async fn admin(&self, arguments: &[&str]) -> String {
        self.store.admin(arguments).await
    }

    pub fn nobody(&self) -> Client {
        Client::new(&self.store, &self.url)
    }

    pub fn with_key(&self, key: &str) -> Client {
        self.nobody().with_key(key)
    }

    pub fn with_cookie(&self, cookie: &str) -> Client {
        self.nobody().with_header("cookie", cookie)
    }

    /// A logged-in person's session, whose cookie no response replaces.
    pub async fn fixed_session(&self, person: &Person) -> Client {
        let answer = person.log_in(&self.nobody()).await;
        answer.assert_success("log_in");
        self.with_cookie(answer.cookie())
    }

    pub async fn set_up_link(&mut self) -> String {
        loop {
            let mut words = self.printed.iter().flat_map(|line| line.split_whitespace());
            if let Some(link) = words.find(|word| word.contains("/set-up#token=")) {
                return link.to_owned();
            }
            match timeout(DEADLINE, self.lines.recv()).await {
                Ok(Some(line)) => self.printed.push(line),
                Ok(None) | Err(_) => panic!("no setup link in {:#?}", self.printed),
            }
        }
    }

    pub async fn set_up_token(&mut self) -> String {
        let link = self.set_up_link().await;
        let (_, token) = link.split_once("#token=").expect("the link ends in the token");
        self.store.must_stay_secret(token);
        token.to_owned()
    }

    /// Its standard output so far.
    pub fn printed(&mut self) -> String {
        while let Ok(line) = self.lines.try_recv() {
            self.printed.push(line);
        }
        self.printed.join("\n")
    }

    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).expect("the log can be read")
    }

    /// The sum of the metrics that begin like this.
    pub async fn metric(&self, series: &str) -> f64 {
        let metrics = self.nobody().get("/metrics").await;
        let samples = metrics.text().lines().filter(|line| line.starts_with(series));
        samples.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    pub fn pid(&self) -> u32 {
        self.child.id().expect("the server is still running")
    }

    pub fn signal(&self, name: &str) {
        signal(self.pid(), name);
    }

    pub async fn kill(mut self) {
        self.child.kill().await.expect("a running server can be killed");
    }

    pub async fn ended(&mut self) -> ExitStatus {
        let log = self.log.clone();
        process::ended(&mut self.child, || fs::read_to_string(log).unwrap_or_default()).await
    }

    pub async fn stop(mut self) {
        self.signal("TERM");
        let status = self.ended().await;
        assert!(status.success(), "a server that is asked to stop ends well: {status}\n{}", self.log());
    }
}

impl Store {
    pub async fn serve(self: &Arc<Self>) -> Server {
        Server::start_on(self, &[]).await
    }

    /// A server on the same PostgreSQL database and master key, with its own directory, as on another machine.
    pub async fn serve_elsewhere(self: &Arc<Self>) -> Server {
        let folder = self.beside(&format!("elsewhere-{}", self.next_number()));
        let mut command = Self::bare_command();
        command
            .args(SERVE)
            .args(["--data-dir", &folder, "--master-key-file"])
            .arg(self.key_file())
            .env("STRONGROOM_DATABASE_URL", self.postgres().url());
        Server::start_command(self, command).await
    }
}

impl Client {
    #[must_use]
    pub fn at(&self, server: &Server) -> Self {
        let mut moved = self.clone();
        moved.url.clone_from(&server.url);
        moved
    }
}

impl Team {
    #[must_use]
    pub fn at(&self, server: &Server) -> Self {
        let mut moved = self.clone();
        moved.url = Some(server.url.clone());
        moved
    }
}

/// A server with one team. The three clients have API keys.
pub struct Scene {
    pub server: Server,
    pub team: Team,
    pub admin: Client,
    pub writer: Client,
    pub runner: Client,
}

impl Scene {
    pub async fn new() -> Self {
        Self::on(Server::start().await).await
    }

    pub async fn on(server: Server) -> Self {
        let team = server.team("acme").await;
        let admin = team.key("administrator").await;
        let (_, writer) = admin.new_key(json!({"name": "writer", "role": "user"})).await;
        let (_, runner) = admin.new_key(json!({"name": "runner", "role": "runner"})).await;
        Self { server, team, admin, writer, runner }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // `kill_on_drop` ends the process.
        if !thread::panicking() {
            self.store.assert_keeps_secrets("the server's log", &self.log());
            self.store.assert_secrets_were_kept();
        }
    }
}

pub fn free_address() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("it has an address").to_string()
}
