//! PostgreSQL: a cluster of the system's own programs in a temporary directory, and databases in it.
//!
//! `STRONGROOM_TEST_POSTGRES` is the URL of a running cluster, which `cargo xtask test` starts once for all tests (with this
//! package's program `test-postgres`). Without it, each database has a cluster of its own.

use std::env;
use std::fs::{self, File};
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use sqlx::{Connection as _, PgConnection};
use tempfile::TempDir;

use crate::process;
use crate::wait::DEADLINE;

/// Debian's directory, unless `STRONGROOM_POSTGRES_BIN` names another.
const BIN: &str = "/usr/lib/postgresql/15/bin";
const SUPERUSER: &str = "postgres";
/// The role of the server under test.
const ROLE: &str = "strongroom";
const NOBODY: u32 = 65_534;

/// A cluster. Stopped and removed when dropped.
pub struct Cluster {
    folder: TempDir,
    port: u16,
    password: String,
    settings: Vec<&'static str>,
    postmaster: Option<Child>,
}

impl Cluster {
    /// Starts a cluster with an English collation and synchronous commits, as is usual.
    pub fn start() -> Self {
        version().expect("PostgreSQL is installed");
        let folder = TempDir::with_prefix("strongroom-postgres-").expect("a temporary directory");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("it has an address").port();
        let noise = fs::read_to_string("/proc/sys/kernel/random/uuid").expect("the system has randomness");
        let password = noise.trim().replace('-', "");
        let mut cluster = Self { folder, port, password, settings: Vec::new(), postmaster: None };
        let password_file = cluster.folder.path().join("password");
        fs::write(&password_file, &cluster.password).expect("files can be written");
        if process::is_root() {
            for path in [cluster.folder.path(), &password_file] {
                chown(path, Some(NOBODY), Some(NOBODY)).expect("root can give files away");
            }
        }
        let mut init = cluster.program("initdb");
        // Password hashing for each connection would take longer than most tests.
        init.args(["--username", SUPERUSER, "--auth", "password", "--no-sync"])
            .args(["--encoding", "UTF8", "--locale", "C.UTF-8"])
            .args(["--locale-provider", "icu", "--icu-locale", "en-US"])
            .arg("--pwfile")
            .arg(&password_file)
            .arg(cluster.data());
        succeed(&mut init);
        drop(listener);
        cluster.run();
        let create = format!("CREATE ROLE {ROLE} LOGIN CREATEDB PASSWORD '{}'", cluster.password);
        psql(&cluster.admin_url("postgres"), &create);
        cluster
    }

    /// Runs it with another setting: `name=value`.
    pub fn run_with(&mut self, setting: &'static str) {
        self.settings.push(setting);
        self.run();
    }

    pub fn run(&mut self) {
        assert!(self.postmaster.is_none(), "it is running");
        let start = Instant::now();
        let mut postmaster = self.spawn();
        while !self.answers() {
            // The remaining processes of a killed one hold its memory until they notice.
            if let Ok(Some(_)) = postmaster.try_wait() {
                postmaster = self.spawn();
            }
            let log = fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
            assert!(start.elapsed() < DEADLINE, "PostgreSQL does not answer:\n{log}");
            std::thread::sleep(Duration::from_millis(20));
        }
        self.postmaster = Some(postmaster);
    }

    fn spawn(&self) -> Child {
        let log = File::create(self.folder.path().join("log")).expect("files can be written");
        let mut postgres = self.program("postgres");
        postgres.arg("-D").arg(self.data()).args(["-p", &self.port.to_string()]);
        let fixed = ["listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=300"];
        for setting in fixed.iter().chain(&self.settings) {
            postgres.args(["-c", setting]);
        }
        postgres.stderr(Stdio::from(log)).stdout(Stdio::null());
        postgres.spawn().expect("PostgreSQL can be started")
    }

    fn answers(&self) -> bool {
        let mut ready = self.program("pg_isready");
        ready.args(["-h", "127.0.0.1", "-p", &self.port.to_string()]).stdout(Stdio::null());
        ready.status().is_ok_and(|status| status.success())
    }

    pub fn pid(&self) -> u32 {
        self.postmaster.as_ref().expect("it is running").id()
    }

    /// Ends it by a signal: `INT` closes connections and rolls transactions back, `QUIT` loses its memory, and after `KILL`
    /// its children end when they notice.
    pub fn end(&mut self, signal: &str) {
        if let Some(mut postmaster) = self.postmaster.take() {
            let others = process::descendants(postmaster.id());
            process::signal(postmaster.id(), signal);
            postmaster.wait().expect("a child can be waited for");
            // Until they notice, they go on answering.
            process::wait_for_end(&others);
        }
    }

    pub fn url(&self, database: &str) -> String {
        let Self { port, password, .. } = self;
        format!("postgres://{ROLE}:{password}@127.0.0.1:{port}/{database}")
    }

    fn admin_url(&self, database: &str) -> String {
        let Self { port, password, .. } = self;
        format!("postgres://{SUPERUSER}:{password}@127.0.0.1:{port}/{database}")
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// One of PostgreSQL's programs, which refuse to run as root.
    fn program(&self, name: &str) -> Command {
        let mut command = program(name);
        command.current_dir(self.folder.path());
        if process::is_root() {
            command.uid(NOBODY).gid(NOBODY);
        }
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        self.end("QUIT");
    }
}

pub struct Database {
    url: String,
    name: String,
    /// The cluster, unless the tests share one.
    own: Option<Cluster>,
}

impl Database {
    /// An empty database in the shared cluster, or in one of its own.
    pub fn create() -> Self {
        if let Ok(url) = env::var("STRONGROOM_TEST_POSTGRES") {
            return Self::create_at(&url);
        }
        let cluster = Cluster::start();
        let mut database = Self::create_at(&cluster.url("postgres"));
        database.own = Some(cluster);
        database
    }

    pub fn create_at(url: &str) -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        psql(url, &format!("CREATE DATABASE {name}"));
        let (server, _) = url.rsplit_once('/').expect("a URL has a path");
        Self { url: format!("{server}/{name}"), name, own: None }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    /// The process of its own cluster.
    pub fn pid(&self) -> Option<u32> {
        self.own.as_ref().map(Cluster::pid)
    }

    pub async fn connect(&self) -> PgConnection {
        PgConnection::connect(&self.url).await.expect("it answers")
    }

    pub fn password(&self) -> &str {
        let (_, rest) = self.url.split_once("://").expect("a URL has a scheme");
        let (user, _) = rest.split_once('@').expect("the URL has a user");
        user.split_once(':').expect("the user has a password").1
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if self.own.is_some() {
            return;
        }
        let (server, _) = self.url.rsplit_once('/').expect("a URL has a path");
        // The cluster may be gone already.
        let _ = program("psql")
            .args(["--quiet", "--dbname", &format!("{server}/postgres"), "--command"])
            .arg(format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name))
            .stderr(Stdio::null())
            .status();
    }
}

/// Runs a cluster for other processes: prints its URL, and ends it when standard input does.
pub fn lend() {
    let cluster = Cluster::start();
    let mut out = std::io::stdout().lock();
    writeln!(out, "{}", cluster.url("postgres")).expect("someone reads");
    out.flush().expect("someone reads");
    std::io::copy(&mut std::io::stdin().lock(), &mut std::io::sink()).expect("the end comes");
}

fn psql(url: &str, sql: &str) {
    let mut psql = program("psql");
    psql.args(["--quiet", "--no-psqlrc", "--set", "ON_ERROR_STOP=1", "--dbname", url]);
    succeed(psql.args(["--command", sql]).stdout(Stdio::null()));
}

/// Fails if PostgreSQL is not installed.
pub fn version() -> Result<String, String> {
    let output = program("postgres").arg("--version").output();
    let text = output.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    let version = text.as_deref().and_then(|text| Some(text.split_whitespace().nth(2)?.to_owned()));
    version.ok_or_else(|| "PostgreSQL is not installed: `cargo xtask setup --postgres`".to_owned())
}

fn program(name: &str) -> Command {
    let folder = env::var_os("STRONGROOM_POSTGRES_BIN").unwrap_or_else(|| BIN.into());
    Command::new(Path::new(&folder).join(name))
}

fn succeed(command: &mut Command) {
    let output = command.output().expect("the program starts");
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}
