//! The other ceiling: how fast SQLite itself keeps what it is given, in the mode in which the server uses it, on the
//! server's core. No HTTP, no key, no log, no seal.

use std::time::{Duration, Instant};

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, QueryBuilder, Sqlite, SqliteConnection};
use tempfile::TempDir;

use crate::machine::{self, Cores};
use crate::value::{NAMES, Random, Size, Values};

/// How many values share a commit where many do.
pub const MANY: usize = 64;

pub struct Commits {
    database: SqliteConnection,
    values: [Values; 2],
    random: Random,
    _folder: TempDir,
}

impl Commits {
    pub async fn open(cores: Cores) -> Self {
        let folder = TempDir::with_prefix("sqlite-").expect("temporary folders can be made");
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
            values: Size::ALL.map(|size| Values::of(size, NAMES, NAMES)),
            random: Random::new(0),
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
        machine::sync();
        let start = Instant::now();
        let mut written: u32 = 0;
        while start.elapsed() < window {
            self.write(size, in_commit).await;
            written += u32::try_from(in_commit).expect("a commit has few values");
        }
        f64::from(written) / start.elapsed().as_secs_f64()
    }

    /// One statement, which SQLite commits by itself.
    async fn write(&mut self, size: Size, count: usize) {
        let values =
            self.values.iter().zip(Size::ALL).find_map(|(values, of)| (of == size).then_some(values));
        let values = values.expect("there are values of every size");
        let first = self.random.below(NAMES);
        let mut statement = QueryBuilder::<Sqlite>::new("INSERT INTO secret ");
        statement.push_values(0..count, |mut row, offset| {
            let name = (first + offset) % NAMES;
            let [.., value] = &values.values[name];
            row.push_bind(&values.names[name]).push_bind(value);
        });
        statement.push(" ON CONFLICT (name) DO UPDATE SET value = excluded.value");
        let done = statement.build().execute(&mut self.database).await;
        done.expect("values can be written");
    }

    pub async fn close(self) {
        self.database.close().await.expect("a database can be closed");
    }
}
