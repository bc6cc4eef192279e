//! The other ceiling: SQLite's own commits, in the mode and on the core that the server uses. No HTTP, no key, no log, no
//! encryption.

use std::time::{Duration, Instant};

use fastrand::Rng;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, QueryBuilder, Sqlite, SqliteConnection};
use tempfile::TempDir;

use crate::load::Timing;
use crate::machine::{self, Cores};
use crate::measure::median;
use crate::value::{NAMES, Size, Values};

/// The number of values in a large commit.
pub const MANY: usize = 64;

pub struct Commits {
    /// By size: the values per second in commits of one and of many.
    pub rates: Vec<(Size, [f64; 2])>,
    pub sqlite_version: String,
}

impl Commits {
    pub async fn measure(cores: Cores, timing: Timing) -> Self {
        let folder = TempDir::with_prefix("sqlite-").expect("temporary directories can be created");
        let options = SqliteConnectOptions::new()
            .filename(folder.path().join("bench.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .disable_statement_logging();
        // SQLite runs in a thread that this starts.
        let mut database = cores.serving(options.connect()).await.expect("a database can be made");
        sqlx::query("CREATE TABLE secret (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
            .execute(&mut database)
            .await
            .expect("a table can be made");
        let mut random = Rng::with_seed(0);
        let mut rates = Vec::new();
        for size in Size::ALL {
            let values = Values::of(size, NAMES, NAMES);
            let mut rounds = [Vec::new(), Vec::new()];
            for _ in 0..timing.rounds {
                for (rounds, in_commit) in rounds.iter_mut().zip([1, MANY]) {
                    rounds.push(rate(&mut database, &mut random, &values, in_commit, timing.window).await);
                }
            }
            rates.push((size, rounds.map(median)));
        }
        let version = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(&mut database).await;
        Self { rates, sqlite_version: version.expect("it knows its version") }
    }
}

async fn rate(
    database: &mut SqliteConnection,
    random: &mut Rng,
    values: &Values,
    in_commit: usize,
    window: Duration,
) -> f64 {
    machine::sync();
    let start = Instant::now();
    let mut written: u32 = 0;
    while start.elapsed() < window {
        // One statement, which SQLite commits by itself.
        let first = random.usize(..NAMES);
        let mut statement = QueryBuilder::<Sqlite>::new("INSERT INTO secret ");
        statement.push_values(0..in_commit, |mut row, offset| {
            let number = (first + offset) % NAMES;
            row.push_bind(&values.names[number]).push_bind(&values.values[number][0]);
        });
        statement.push(" ON CONFLICT (name) DO UPDATE SET value = excluded.value");
        statement.build().execute(&mut *database).await.expect("values can be written");
        written += u32::try_from(in_commit).expect("a commit has few values");
    }
    f64::from(written) / start.elapsed().as_secs_f64()
}
