//! A data directory, which servers and admin commands use.

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, Instant};

use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, SqliteConnection};
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::files::{files, paths, write_private};
use crate::postgres::Database;
use crate::wait::DEADLINE;
use crate::{process, text, tool};

/// A test's own data directory, with room beside it for password files and logs. Removed when dropped.
pub struct Store {
    folder: TempDir,
    /// The database, if it is not a file in the directory.
    postgres: Option<Database>,
    sensitive: Mutex<Vec<String>>,
    /// Sources and texts of output that must contain nothing sensitive.
    said: Mutex<Vec<(String, String)>>,
    variables: Mutex<Vec<(String, String)>>,
    counter: AtomicUsize,
}

#[derive(Debug)]
pub struct Ran {
    pub status: ExitStatus,
    pub stdout: String,
    pub stderr: String,
}

impl Ran {
    pub(crate) fn new(output: Output) -> Self {
        Self {
            status: output.status,
            stdout: String::from_utf8(output.stdout).expect("output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("output is UTF-8"),
        }
    }

    pub fn succeeded(self) -> String {
        assert!(self.status.success(), "{self:?}");
        self.stdout
    }

    /// Everything it said. It must fail, and not by a panic.
    pub fn failed(self) -> String {
        assert!(!self.status.success(), "should have failed: {self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
        self.stdout + self.stderr.as_str()
    }
}

/// The server under test: `STRONGROOM_SERVER_BIN`, or the one built beside these tests.
pub fn server_binary() -> PathBuf {
    tool::built("STRONGROOM_SERVER_BIN", "strongroom-server")
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("no test panics while holding it")
}

impl Store {
    /// The data directory does not exist yet. In the binary `api_postgres`, the store has a PostgreSQL database.
    pub fn new() -> Arc<Self> {
        let is_about_postgres = env::current_exe().is_ok_and(|test| {
            let name = test.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("api_postgres")
        });
        Self::on(is_about_postgres.then(Database::create))
    }

    /// The same with a PostgreSQL database in place of the file.
    pub fn on_postgres(database: Database) -> Arc<Self> {
        Self::on(Some(database))
    }

    fn on(postgres: Option<Database>) -> Arc<Self> {
        let sensitive = postgres.iter().map(|database| database.password().to_owned());
        Arc::new(Self {
            sensitive: Mutex::new(sensitive.collect()),
            postgres,
            folder: TempDir::with_prefix("strongroom-").expect("temporary directories can be created"),
            said: Mutex::default(),
            variables: Mutex::default(),
            counter: AtomicUsize::new(0),
        })
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn scratch(&self) -> &Path {
        self.folder.path()
    }

    pub fn key_file(&self) -> PathBuf {
        self.data_dir().join("master.key")
    }

    /// Puts master keys into the data directory, and makes that if there is none.
    pub fn put_keys(&self, keys: impl AsRef<[u8]>) {
        fs::create_dir_all(self.data_dir()).expect("directories can be created");
        write_private(self.key_file(), keys);
    }

    /// The unfinished files that commands have left in the data directory or beside it.
    pub fn drafts(&self) -> Vec<PathBuf> {
        let mut paths = [paths(self.data_dir()), paths(self.scratch())].concat();
        paths.retain(|path| path.to_string_lossy().ends_with(".draft"));
        paths
    }

    pub fn beside(&self, name: &str) -> String {
        text(&self.folder.path().join(name)).to_owned()
    }

    /// Sets the environment variables of every program on this directory from now on, and removes earlier ones.
    pub fn set_variables(&self, variables: &[(&str, &str)]) {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        *locked(&self.variables) = variables.iter().map(owned).collect();
    }

    /// A number for a name that is used only once.
    pub fn next_number(&self) -> usize {
        self.counter.fetch_add(1, Ordering::Relaxed)
    }

    pub fn file(&self, content: &str) -> PathBuf {
        let path = self.folder.path().join(format!("file-{}", self.next_number()));
        write_private(&path, content);
        path
    }

    /// Remembers a key, password, token or value that no log may show. Short ones would be found by chance.
    pub fn must_stay_secret(&self, text: &str) {
        if text.len() >= 8 {
            locked(&self.sensitive).push(text.to_owned());
        }
    }

    pub fn must_stay_secret_in(&self, value: &Value) {
        match value {
            Value::String(text) => self.must_stay_secret(text),
            Value::Array(items) => items.iter().for_each(|item| self.must_stay_secret_in(item)),
            Value::Object(fields) => fields.values().for_each(|field| self.must_stay_secret_in(field)),
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
        }
    }

    /// Everything that no log may show: the remembered secrets, and the master keys in the data directory.
    pub fn sensitive(&self) -> Vec<String> {
        let mut all = locked(&self.sensitive).clone();
        // Files appear and disappear while keys are rotated.
        for entry in fs::read_dir(self.data_dir()).into_iter().flatten().flatten() {
            if entry.file_name().to_string_lossy().starts_with("master.key")
                && let Ok(text) = fs::read_to_string(entry.path())
            {
                let keys = text.lines().map(str::trim).filter(|line| line.len() >= 8);
                all.extend(keys.map(str::to_owned));
            }
        }
        all
    }

    pub fn assert_keeps_secrets(&self, what: &str, text: &str) {
        for sensitive in self.sensitive() {
            if let Some(at) = text.find(&sensitive) {
                let line = text[..at].lines().count();
                panic!("{what} shows {sensitive:?} around line {line}");
            }
        }
    }

    /// Checks `text` now, and again when a server on this directory ends: by then, more secrets may be known.
    pub fn hears(&self, what: &str, text: &str) {
        self.assert_keeps_secrets(what, text);
        locked(&self.said).push((what.to_owned(), text.to_owned()));
    }

    pub(crate) fn assert_secrets_were_kept(&self) {
        for (what, text) in &*locked(&self.said) {
            self.assert_keeps_secrets(what, text);
        }
    }

    /// The program on this directory, without the environment's own `STRONGROOM_…` variables.
    pub fn command(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = Self::bare_command();
        command.arg("--data-dir").arg(self.data_dir()).args(arguments);
        if let Some(database) = &self.postgres {
            command.env("STRONGROOM_DATABASE_URL", database.url());
        }
        command.envs(locked(&self.variables).iter().map(|(name, value)| (name, value)));
        command
    }

    /// The program without a data directory, for tests of its configuration.
    pub fn bare_command() -> Command {
        let mut command = Command::new(server_binary());
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy().to_ascii_uppercase();
            if text.starts_with("STRONGROOM_") || text.starts_with("SSL_CERT_") || text.ends_with("_PROXY") {
                command.env_remove(name);
            }
        }
        command.stdin(Stdio::null()).kill_on_drop(true);
        command
    }

    pub async fn run(&self, arguments: &[&str]) -> Ran {
        self.run_command(self.command(arguments)).await
    }

    /// Everything the program said. It must fail and say `part`.
    pub async fn refused(&self, arguments: &[&str], part: &str) -> String {
        let complaint = self.run(arguments).await.failed();
        assert!(complaint.contains(part), "{arguments:?} should say {part:?}: {complaint}");
        complaint
    }

    /// Runs a prepared command to its end, and checks its standard error for secrets.
    pub async fn run_command(&self, command: Command) -> Ran {
        let ran = Ran::new(process::output(command, None, DEADLINE).await);
        self.assert_keeps_secrets("standard error", &ran.stderr);
        ran
    }

    pub fn spawn(&self, arguments: &[&str]) -> Child {
        let mut command = self.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the program starts")
    }

    /// Whether the program ended before it was killed. If it did, it must have succeeded.
    pub async fn run_and_kill(&self, arguments: &[&str], after: Duration) -> bool {
        let mut child = self.spawn(arguments);
        if let Ok(status) = timeout(after, child.wait()).await {
            assert!(status.expect("a child can be waited for").success());
            true
        } else {
            child.kill().await.expect("a child can be killed");
            false
        }
    }

    /// Moments to kill a command, spread over the time that it needs, which this finds out.
    pub async fn moments_to_kill(&self, arguments: &[&str], count: u32) -> Vec<Duration> {
        let begun = Instant::now();
        self.run(arguments).await.succeeded();
        let whole = begun.elapsed();
        (1..=count).map(|part| whole * part / count).collect()
    }

    pub async fn admin(&self, arguments: &[&str]) -> String {
        self.run(&[&["admin"], arguments].concat()).await.succeeded()
    }

    /// A backup beside the store.
    pub async fn back_up(&self) -> String {
        let file = self.beside(&format!("{}.backup", self.next_number()));
        self.run(&["backup", &file]).await.succeeded();
        file
    }

    /// Another store with the same master key, from a backup.
    pub async fn restored(&self, file: &str) -> Arc<Self> {
        let store = self.empty_with_key();
        store.run(&["restore", file]).await.succeeded();
        store
    }

    pub fn password_file(&self, password: &str) -> String {
        self.must_stay_secret(password);
        text(&self.file(password)).to_owned()
    }

    pub fn postgres(&self) -> &Database {
        self.postgres.as_ref().expect("the store is on PostgreSQL")
    }

    /// A copy of the files in another directory. No server may be running on this one.
    pub fn copy(&self) -> Arc<Self> {
        let copy = self.new_folder();
        for path in paths(self.data_dir()) {
            let name = path.file_name().expect("a file has a name");
            fs::copy(&path, copy.data_dir().join(name)).expect("files can be copied");
        }
        copy
    }

    /// The files in the data directory, except those that every opening of a database may leave beside it.
    pub fn content(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = files(self.data_dir());
        files
            .retain(|(path, _)| !path.ends_with("strongroom.db-wal") && !path.ends_with("strongroom.db-shm"));
        files.sort();
        files
    }

    /// Another directory, with nothing in it but the same master key.
    pub fn empty_with_key(&self) -> Arc<Self> {
        let empty = self.new_folder();
        empty.put_keys(fs::read(self.key_file()).expect("the key can be read"));
        empty
    }

    fn new_folder(&self) -> Arc<Self> {
        let folder = Self::new();
        fs::create_dir(folder.data_dir()).expect("directories can be created");
        for sensitive in self.sensitive() {
            folder.must_stay_secret(&sensitive);
        }
        folder
    }

    /// The data directory of another version, from its database as SQL and its master key.
    pub async fn from_dump(sql: &str, master_key: &str) -> Arc<Self> {
        let store = Self::new();
        store.put_keys(master_key);
        store.must_stay_secret(master_key);
        store.sql(sql).await;
        store
    }

    /// Changes the database without the program; returns the number of changed rows.
    pub async fn sql(&self, sql: &str) -> u64 {
        let statement = sqlx::raw_sql(AssertSqlSafe(sql));
        let ran = if let Some(database) = &self.postgres {
            let ran = statement.execute(&mut database.connect().await).await;
            ran.map(|ran| ran.rows_affected())
        } else {
            let mut database = self.database().await;
            let ran = statement.execute(&mut database).await;
            database.close().await.expect("a database can be closed");
            ran.map(|ran| ran.rows_affected())
        };
        ran.unwrap_or_else(|error| panic!("{error} in {sql}"))
    }

    pub async fn sql_number(&self, sql: &str) -> i64 {
        let number = if let Some(database) = &self.postgres {
            let mut database = database.connect().await;
            sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut database).await
        } else {
            let mut database = self.database().await;
            let number = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&mut database).await;
            database.close().await.expect("a database can be closed");
            number
        };
        number.unwrap_or_else(|error| panic!("{error} in {sql}"))
    }

    pub async fn tables(&self) -> Vec<String> {
        self.sql_texts("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").await
    }

    pub async fn rows(&self, table: &str) -> Vec<String> {
        let columns =
            format!("SELECT 'quote(' || name || ')' FROM pragma_table_info('{table}') ORDER BY name");
        let columns = self.sql_texts(&columns).await.join(" || ', ' || ");
        self.sql_texts(&format!("SELECT {columns} AS line FROM {table} ORDER BY line")).await
    }

    pub async fn applied_migrations(&self) -> Vec<String> {
        self.sql_texts("SELECT version FROM seaql_migrations ORDER BY version").await
    }

    /// The corruption that SQLite finds in its file.
    pub async fn database_complaints(&self) -> Vec<String> {
        if self.postgres.is_some() {
            return Vec::new();
        }
        let mut found = self.sql_texts("PRAGMA integrity_check").await;
        found.retain(|line| line != "ok");
        let dangling = self.sql_number("SELECT count(*) FROM pragma_foreign_key_check").await;
        if dangling > 0 {
            found.push(format!("{dangling} rows point to rows that are not there"));
        }
        found
    }

    pub async fn sql_texts(&self, sql: &str) -> Vec<String> {
        let mut database = self.database().await;
        let texts = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_all(&mut database);
        let texts = texts.await.unwrap_or_else(|error| panic!("{error} in {sql}"));
        database.close().await.expect("a database can be closed");
        texts
    }

    async fn database(&self) -> SqliteConnection {
        SqliteConnectOptions::new()
            .filename(self.data_dir().join("strongroom.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .foreign_keys(false)
            .connect()
            .await
            .expect("the database can be opened")
    }

    pub(crate) fn log_file(&self) -> (PathBuf, File) {
        let path = self.folder.path().join(format!("server-{}.log", self.next_number()));
        let file = File::create(&path).expect("files can be written");
        (path, file)
    }
}
