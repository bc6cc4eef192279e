//! The database beneath: how its connections are opened, what each of them has to promise, and how a transaction begins.
//! What else differs between `SQLite` and `PostgreSQL` is where it is used, and little.

use std::path::Path;
use std::str::FromStr as _;
use std::sync::Arc;
use std::time::Duration;

use backon::{ConstantBuilder, Retryable as _};
use futures_util::future::BoxFuture;
use sea_orm::sqlx::postgres::{PgConnectOptions, PgConnection};
use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sea_orm::sqlx::{self, AssertSqlSafe, ConnectOptions as _, Connection as _, Row as _};
use sea_orm::{
    AccessMode, ConnectOptions, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    ExecResult, IsolationLevel, QueryResult, RuntimeErr, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait as _,
};
use sea_orm_migration::async_trait;
use url::Url;

use super::{Error, Result};

type DbResult<T> = std::result::Result<T, DbErr>;

/// How many reads run side by side on `SQLite`, whose readers share the page cache of the system.
const SQLITE_READERS: u32 = 4;
/// How many reads run side by side on `PostgreSQL`, where each waits for the network.
const POSTGRES_READERS: u32 = 16;
/// How often, and at what intervals, a database is opened that another process is making: for about ten seconds.
const BUSY_TIMES: usize = 200;
const BUSY_DELAY: Duration = Duration::from_millis(50);
/// How long a transaction may take to begin: others may write, in other processes.
const BEGIN: Duration = Duration::from_secs(25);

/// How long a statement that reads may take, where a machine may be gone without a word.
const READ: Duration = Duration::from_secs(35);

/// A row of `PostgreSQL` that whoever writes has locked: on whichever server, one at a time. A row, because every engine
/// that speaks the protocol locks rows.
const TURN: &str = "SELECT id FROM write_turn FOR UPDATE";
const MAKE_TURN: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS write_turn (id INTEGER PRIMARY KEY)",
    "INSERT INTO write_turn (id) VALUES (1) ON CONFLICT DO NOTHING",
];

/// What each `PostgreSQL` connection is set to, where the engine knows the setting.
const POSTGRES_SETTINGS: [(&str, &str); 8] = [
    // Each statement sees all that is committed when it begins, so also what was before the lock was had.
    ("default_transaction_isolation", "read committed"),
    // A server that has stopped in the middle of a change gives the lock up.
    ("idle_in_transaction_session_timeout", "15s"),
    ("lock_timeout", "20s"),
    ("statement_timeout", "30s"),
    // So does one whose machine is gone.
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "20s"),
];

/// A setting of `PostgreSQL`, and which values of it will do.
struct Promise {
    name: &'static str,
    accepted: &'static [&'static str],
    /// Whether an engine that does not know it will do.
    is_optional: bool,
}

const POSTGRES_PROMISES: [Promise; 5] = [
    Promise { name: "synchronous_commit", accepted: &["on", "remote_apply"], is_optional: false },
    Promise { name: "fsync", accepted: &["on"], is_optional: true },
    Promise { name: "full_page_writes", accepted: &["on"], is_optional: true },
    // A standby would answer with what was true a while ago.
    Promise { name: "transaction_read_only", accepted: &["off"], is_optional: true },
    // Names have any character.
    Promise { name: "server_encoding", accepted: &["UTF8"], is_optional: true },
];

const SQLITE_PROMISES: [(&str, &str, &str); 6] = [
    ("journal_mode", "wal", "WAL"),
    ("synchronous", "2", "FULL"),
    ("foreign_keys", "1", "ON"),
    ("busy_timeout", "10000", "10000"),
    // What is deleted is overwritten, encrypted or not.
    ("secure_delete", "1", "ON"),
    // An attacker who edits the file can't make the schema call functions with side effects.
    ("trusted_schema", "0", "OFF"),
];

/// What a transaction is set to that only reads: between two of its statements, Vault may be asked for many values.
const SNAPSHOT: &str = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
/// What a long one is set to that writes. If its server has stopped in the middle, others wait for no longer than this.
const LONG: &str = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = '5min'";

/// Which parameters of a `PostgreSQL` URL there are. The driver passes over others, and so over slips of the hand.
const PARAMETERS: [&str; 11] = [
    "sslmode", "sslrootcert", "sslcert", "sslkey", "host", "hostaddr", "port", "dbname", "user", "password",
    "application_name",
];

/// Waits for the database, but not for ever: a machine that is gone does not say so.
pub(super) async fn with_timeout<T>(
    limit: Option<Duration>,
    work: impl Future<Output = DbResult<T>>,
) -> DbResult<T> {
    match limit {
        None => work.await,
        Some(limit) => tokio::time::timeout(limit, work)
            .await
            .unwrap_or_else(|_| Err(DbErr::Custom("the database did not answer in time".to_owned()))),
    }
}

#[derive(Clone)]
pub enum Database {
    Sqlite(Arc<SqliteConnectOptions>),
    /// A server. Never shown, for it holds a password.
    Postgres(Arc<PgConnectOptions>),
}

impl Database {
    pub(super) fn parse(url: &str) -> Result<Self> {
        match url.split(':').next() {
            Some("sqlite") => {
                let mut options = SqliteConnectOptions::from_str(url)
                    .map_err(|_| Error::BadUrl("as a whole"))?
                    .create_if_missing(true)
                    .busy_timeout(Duration::from_secs(10))
                    // `_like` of Prefect's APIs minds case, as PostgreSQL's LIKE does.
                    .pragma("case_sensitive_like", "ON")
                    // Statements contain names and encrypted values.
                    .disable_statement_logging();
                for (setting, _, value) in SQLITE_PROMISES {
                    options = options.pragma(setting, value);
                }
                Ok(Self::Sqlite(Arc::new(options)))
            }
            Some("postgres" | "postgresql") => parse_postgres(url),
            _ => Err(Error::UnknownDatabase),
        }
    }

    /// The file of the database, where it is one.
    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(options) => Some(options.get_filename()),
            Self::Postgres(_) => None,
        }
    }

    /// Looks at the database: whether it is there, and promises what has to be promised. Only here the reason is told; a
    /// pool tries until it has no more patience.
    pub(super) async fn probe(&self) -> Result<()> {
        // SQLite does not wait for another process that turns the write-ahead log on.
        let again = ConstantBuilder::default().with_delay(BUSY_DELAY).with_max_times(BUSY_TIMES);
        let tried = (|| self.try_out()).retry(again).when(is_busy);
        tokio::time::timeout(BEGIN, tried)
            .await
            .map_err(|_| DbErr::Custom("it did not answer in time".to_owned()))?
    }

    async fn try_out(&self) -> Result<()> {
        match self {
            Self::Sqlite(options) => {
                let mut connection = options.connect().await.map_err(connecting)?;
                check_sqlite(&mut connection).await?;
                connection.close().await.map_err(connecting)?;
            }
            Self::Postgres(options) => {
                let mut connection = options.connect().await.map_err(connecting)?;
                check_postgres(&mut connection).await?;
                make_turn(&mut connection).await?;
                connection.close().await.map_err(connecting)?;
            }
        }
        Ok(())
    }

    pub(super) async fn connect_readers(&self) -> Result<Reader> {
        let (connections, patience) = match self {
            Self::Sqlite(_) => (SQLITE_READERS, None),
            Self::Postgres(_) => (POSTGRES_READERS, Some(READ)),
        };
        Ok(Reader { connection: self.connect(connections).await?, patience })
    }

    pub(super) async fn connect_writer(&self) -> DbResult<DatabaseConnection> {
        self.connect(1).await
    }

    async fn connect(&self, connections: u32) -> DbResult<DatabaseConnection> {
        // Not the URL itself, which would be in traces with its password.
        let mut pool = ConnectOptions::new(match self {
            Self::Sqlite(_) => "sqlite:",
            Self::Postgres(_) => "postgres://localhost",
        });
        pool.max_connections(connections).record_stmt_in_spans(false);
        match self {
            Self::Sqlite(options) => {
                let options = Arc::clone(options);
                pool.acquire_timeout(Duration::from_secs(30))
                    .test_before_acquire(false)
                    .map_sqlx_sqlite_opts(move |_| SqliteConnectOptions::clone(&options))
                    .map_sqlx_sqlite_pool_opts(|pool| {
                        pool.after_connect(|on, _| check(check_sqlite(on)))
                            .after_release(|on, _| Box::pin(has_ended(on)))
                    });
            }
            Self::Postgres(options) => {
                let options = Arc::clone(options);
                pool.acquire_timeout(Duration::from_secs(5))
                    // One that has been idle may have been ended meanwhile.
                    .test_before_acquire_if_idle_for(Duration::from_secs(1))
                    .map_sqlx_postgres_opts(move |_| PgConnectOptions::clone(&options))
                    .map_sqlx_postgres_pool_opts(|pool| {
                        pool.after_connect(|on, _| check(check_postgres(on)))
                    });
            }
        }
        sea_orm::Database::connect(pool).await
    }

    /// Begins a transaction in which nobody else writes, in whichever process.
    pub(super) async fn begin(&self, on: &DatabaseConnection) -> DbResult<DatabaseTransaction> {
        let begin = async {
            match self {
                Self::Sqlite(_) => {
                    let options = TransactionOptions {
                        // A deferred transaction that reads first could find its snapshot stale when it writes.
                        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                        ..TransactionOptions::default()
                    };
                    on.begin_with_options(options).await
                }
                Self::Postgres(_) => {
                    let transaction = on.begin().await?;
                    let turn = Statement::from_string(DbBackend::Postgres, TURN);
                    match transaction.query_one_raw(turn).await? {
                        Some(_) => Ok(transaction),
                        None => Err(DbErr::RecordNotFound("the row of write_turn".to_owned())),
                    }
                }
            }
        };
        with_timeout(Some(BEGIN), begin).await
    }

    /// Begins to read what is there now; what is written meanwhile does not show. It may take as long as it needs.
    pub(super) async fn snapshot(&self, on: &DatabaseConnection) -> DbResult<DatabaseTransaction> {
        match self {
            // Deferred, as SQLite's are: it keeps nobody from writing.
            Self::Sqlite(_) => on.begin().await,
            Self::Postgres(_) => {
                let isolation = Some(IsolationLevel::RepeatableRead);
                let snapshot = on.begin_with_config(isolation, Some(AccessMode::ReadOnly)).await?;
                snapshot.execute_unprepared(SNAPSHOT).await?;
                Ok(snapshot)
            }
        }
    }

    /// Lets a transaction that writes, and its statements, take their time.
    pub(super) async fn be_patient(&self, on: &DatabaseTransaction) -> DbResult<()> {
        if matches!(self, Self::Postgres(_)) {
            on.execute_unprepared(LONG).await?;
        }
        Ok(())
    }
}

#[derive(Clone)]
pub struct Reader {
    pub(super) connection: DatabaseConnection,
    patience: Option<Duration>,
}

#[async_trait::async_trait]
impl ConnectionTrait for Reader {
    fn get_database_backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> DbResult<ExecResult> {
        with_timeout(self.patience, self.connection.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> DbResult<ExecResult> {
        with_timeout(self.patience, self.connection.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> DbResult<Option<QueryResult>> {
        with_timeout(self.patience, self.connection.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> DbResult<Vec<QueryResult>> {
        with_timeout(self.patience, self.connection.query_all_raw(statement)).await
    }
}

fn parse_postgres(url: &str) -> Result<Database> {
    // What the driver says of a URL may repeat it.
    let parsed = Url::parse(url).map_err(|_| Error::BadUrl("as a whole"))?;
    if parsed.query_pairs().any(|(name, _)| !PARAMETERS.contains(&&*name)) {
        return Err(Error::BadUrl("a parameter"));
    }
    let options = PgConnectOptions::from_str(url).map_err(|_| Error::BadUrl("the value of a parameter"))?;
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("strongroom"),
    };
    Ok(Database::Postgres(Arc::new(options.disable_statement_logging())))
}

/// Makes the row that whoever writes locks.
async fn make_turn(connection: &mut PgConnection) -> Result<()> {
    let mut tries = 0;
    loop {
        let is_there = sqlx::query("SELECT id FROM write_turn").fetch_optional(&mut *connection).await;
        if matches!(is_there, Ok(Some(_))) {
            return Ok(());
        }
        for statement in MAKE_TURN {
            match sqlx::query(statement).execute(&mut *connection).await {
                Ok(_) => {}
                // Another server has just made it: IF NOT EXISTS looks before others have committed.
                Err(error) if tries < 5 && is_about_both(&error) => tries += 1,
                Err(error) => return Err(connecting(error).into()),
            }
        }
    }
}

/// Whether two have made the same thing at the same time: `unique_violation`, `duplicate_table`, `duplicate_object`.
fn is_about_both(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(error) = error else {
        return false;
    };
    matches!(error.code().as_deref(), Some("23505" | "42P07" | "42710"))
}

/// Sets a connection up, and refuses to use one on which a commit could be lost.
async fn check_postgres(connection: &mut PgConnection) -> Result<()> {
    // Few questions, for each connection of each command asks them.
    const SET: &str = "SELECT count(set_config(name, value, false)) FROM unnest($1::text[], $2::text[]) \
                       AS wanted (name, value) WHERE current_setting(name, true) IS NOT NULL";
    const SHOW: &str = "SELECT current_setting(name, true) FROM unnest($1::text[]) WITH ORDINALITY \
                        AS asked (name, place) ORDER BY place";
    // So it stays, whatever the configuration becomes while the connection is open.
    const PIN: &str = "SELECT set_config('synchronous_commit', current_setting('synchronous_commit'), false)";
    let (names, values): (Vec<_>, Vec<_>) = POSTGRES_SETTINGS.into_iter().unzip();
    let set = sqlx::query(SET).bind(names).bind(values);
    set.execute(&mut *connection).await.map_err(connecting)?;
    let names: Vec<_> = POSTGRES_PROMISES.iter().map(|promise| promise.name).collect();
    let show = sqlx::query_scalar(SHOW).bind(names);
    let found: Vec<Option<String>> = show.fetch_all(&mut *connection).await.map_err(connecting)?;
    for (promise, found) in POSTGRES_PROMISES.iter().zip(found) {
        let is_kept = match &found {
            Some(found) => promise.accepted.contains(&found.as_str()),
            None => promise.is_optional,
        };
        if !is_kept {
            return Err(Error::Unsafe {
                setting: promise.name,
                found: found.unwrap_or_else(|| "unknown".to_owned()),
                wanted: promise.accepted.join("` or `"),
            });
        }
    }
    let pin = sqlx::query(PIN).execute(&mut *connection).await;
    pin.map_err(connecting)?;
    Ok(())
}

/// Refuses to use a connection that does not promise what it has to.
async fn check_sqlite(connection: &mut SqliteConnection) -> Result<()> {
    for (setting, accepted, wanted) in SQLITE_PROMISES {
        let show = sqlx::query(AssertSqlSafe(format!("PRAGMA {setting}")));
        let row = show.fetch_one(&mut *connection).await.map_err(connecting)?;
        let number = row.try_get::<i64, _>(0).map(|number| number.to_string());
        let found = number.or_else(|_| row.try_get::<String, _>(0)).map_err(connecting)?;
        if found != accepted {
            return Err(Error::Unsafe { setting, found, wanted: wanted.to_owned() });
        }
    }
    Ok(())
}

/// Whether a connection may be used again. A disk that is full or fails makes SQLite roll back by itself. The driver does
/// not notice, and would take the next transaction for a part of the one before, which nobody commits.
async fn has_ended(connection: &mut SqliteConnection) -> std::result::Result<bool, sqlx::Error> {
    // Whatever rollback is under way ends before the ping.
    connection.ping().await?;
    Ok(!connection.is_in_transaction())
}

/// A check as a pool wants it.
fn check<'c>(
    checking: impl Future<Output = Result<()>> + Send + 'c,
) -> BoxFuture<'c, std::result::Result<(), sqlx::Error>> {
    Box::pin(async {
        let checked = checking.await;
        checked.map_err(|error| sqlx::Error::Configuration(Box::new(error)))
    })
}

/// Whether a connection failed because another process had the database for itself.
fn is_busy(error: &Error) -> bool {
    let Error::Database(DbErr::Conn(RuntimeErr::SqlxError(error))) = error else {
        return false;
    };
    let error = error.as_database_error();
    error.is_some_and(|error| error.code().as_deref() == Some("5"))
}

fn connecting(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_connection_that_breaks_a_promise_is_refused_by_its_name() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let Database::Sqlite(options) = Database::parse(&url).expect("a URL") else {
            panic!("{url} is SQLite");
        };
        for (setting, kept, _) in SQLITE_PROMISES {
            let mut connection = options.connect().await.expect("connected");
            check_sqlite(&mut connection).await.expect("all promises are kept");
            let broken = match (setting, kept) {
                ("journal_mode", _) => "DELETE",
                (_, "0") => "1",
                _ => "0",
            };
            let set = AssertSqlSafe(format!("PRAGMA {setting} = {broken}"));
            sqlx::query(set).execute(&mut connection).await.expect("set");
            let refused = check_sqlite(&mut connection).await.expect_err("a broken promise");
            let is_named = matches!(&refused, Error::Unsafe { setting: named, .. } if *named == setting);
            assert!(is_named, "{setting}: {refused}");
            connection.close().await.expect("closed");
        }
    }
}
