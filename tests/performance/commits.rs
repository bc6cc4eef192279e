//! The other ceiling: SQLite's own commits, in the mode and on the core that the server uses. No HTTP, no key, no log, no
//! encryption.

use std::time::{Duration, Instant};

use fastrand::Rng;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, QueryBuilder, Sqlite, SqliteConnection};
use tempfile::TempDir;

use crate::machine::{self, Cores};
use crate::value::{NAMES, Size, Values};

/// The number of values in a large commit.
pub const MANY: usize = 64;

pub struct Commits {
    database: SqliteConnection,
    random: Rng,
    _folder: TempDir,
}

impl Commits {
    pub async fn open(cores: Cores) -> Self {
        let folder = TempDir::with_prefix("sqlite-").expect("temporary directories can be created");
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("bench.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .disable_statement_logging();
        // SQLite runs in a thread that this starts.
        let database = cores.serving(options.connect()).await;
        let mut commits = Self {
            database: database.expect("a database can be made"),
            random: Rng::with_seed(0),
            _folder: folder,
        };
        sqlx::query("CREATE TABLE secret (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
            .execute(&mut commits.database)
            .await
            .expect("a table can be made");
        commits
    }

    pub async fn version(&mut self) -> String {
        let version = sqlx::query_scalar("SELECT sqlite_version()");
        version.fetch_one(&mut self.database).await.expect("it knows its version")
    }

    pub async fn rate(&mut self, size: Size, in_commit: usize, window: Duration) -> f64 {
        let values = Values::of(size, NAMES, NAMES);
        machine::sync();
        let start = Instant::now();
        let mut written: u32 = 0;
        while start.elapsed() < window {
            self.write(&values, in_commit).await;
            written += u32::try_from(in_commit).expect("a commit has few values");
        }
        f64::from(written) / start.elapsed().as_secs_f64()
    }

    /// Runs one statement, which SQLite commits by itself.
    async fn write(&mut self, values: &Values, count: usize) {
        let first = self.random.usize(..NAMES);
        let mut statement = QueryBuilder::<Sqlite>::new("INSERT INTO secret ");
        statement.push_values(0..count, |mut row, offset| {
            let number = (first + offset) % NAMES;
            row.push_bind(&values.names[number]).push_bind(&values.values[number][0]);
        });
        statement.push(" ON CONFLICT (name) DO UPDATE SET value = excluded.value");
        statement.build().execute(&mut self.database).await.expect("values can be written");
    }

    pub async fn close(self) {
        self.database.close().await.expect("a database can be closed");
    }
}
