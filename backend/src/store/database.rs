//! Connections to `SQLite` and `PostgreSQL`: their settings, which are checked, and the start of transactions.

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

use super::connection::{Connection, with_literal_limit};
use super::{Error, Result};

pub(super) type DbResult<T> = std::result::Result<T, DbErr>;

/// The maximum number of concurrent reads on `SQLite`, whose readers share the system's page cache.
const SQLITE_READERS: u32 = 4;
/// The maximum number of concurrent reads on `PostgreSQL`, where each waits for the network.
const POSTGRES_READERS: u32 = 16;
/// Retries of opening a database that another process is creating: for about ten seconds.
const BUSY_TIMES: usize = 200;
const BUSY_DELAY: Duration = Duration::from_millis(50);
/// The longest time to begin a transaction, while other processes may write.
pub(super) const BEGIN_WITHIN: Duration = Duration::from_secs(25);
/// The longest time for a statement, a savepoint or a commit before the connection counts as dead.
pub(super) const STATEMENT: Duration = Duration::from_secs(20);
/// The longest time for a read on another machine, which may have disappeared.
const READ: Duration = Duration::from_secs(35);

/// A row of `PostgreSQL` that a writer locks: only one server writes at a time. A row, because every engine with the protocol
/// locks rows.
const TURN: &str = "SELECT id FROM write_turn FOR UPDATE";
pub(super) const BEGIN_POSTGRES: &str = "BEGIN; SELECT id FROM write_turn FOR UPDATE";
/// Not a deferred one, which could read a stale snapshot before it writes.
pub(super) const BEGIN_SQLITE: &str = "BEGIN IMMEDIATE";
const MAKE_TURN: [&str; 2] = [
    "CREATE TABLE IF NOT EXISTS write_turn (id INTEGER PRIMARY KEY)",
    "INSERT INTO write_turn (id) VALUES (1) ON CONFLICT DO NOTHING",
];

/// Settings of each `PostgreSQL` connection, if the engine knows them.
const POSTGRES_SETTINGS: [(&str, &str); 8] = [
    // Each statement sees everything that was committed before it, and so before the lock.
    ("default_transaction_isolation", "read committed"),
    // A server that hangs in a change loses the lock.
    ("idle_in_transaction_session_timeout", "15s"),
    ("lock_timeout", "20s"),
    ("statement_timeout", "30s"),
    // So does one on a lost machine.
    ("tcp_keepalives_idle", "10"),
    ("tcp_keepalives_interval", "5"),
    ("tcp_keepalives_count", "3"),
    ("tcp_user_timeout", "20s"),
];

/// Settings of `PostgreSQL`, their accepted values, and whether an engine may lack them.
const POSTGRES_PROMISES: [(&str, &[&str], bool); 5] = [
    ("synchronous_commit", &["on", "remote_apply"], false),
    ("fsync", &["on"], true),
    ("full_page_writes", &["on"], true),
    // A standby would return old data.
    ("transaction_read_only", &["off"], true),
    ("server_encoding", &["UTF8"], true),
];

/// Settings of `SQLite`, their values as it shows them, and as they are set.
const SQLITE_PROMISES: [(&str, &str, &str); 6] = [
    ("journal_mode", "wal", "WAL"),
    ("synchronous", "2", "FULL"),
    ("foreign_keys", "1", "ON"),
    ("busy_timeout", "10000", "10000"),
    // Deleted data is overwritten.
    ("secure_delete", "1", "ON"),
    // An attacker who edits the file can't make the schema call functions with side effects.
    ("trusted_schema", "0", "OFF"),
];

/// Settings of a read transaction: between two statements, it may fetch many values from Vault.
const SNAPSHOT: &str = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = 0";
/// Settings of a long write transaction. If its server hangs, others wait no longer than this.
const LONG: &str = "SET LOCAL statement_timeout = 0; SET LOCAL idle_in_transaction_session_timeout = '5min'";

/// The parameters of a `PostgreSQL` URL. The driver ignores others, and so typing errors.
const PARAMETERS: [&str; 11] = [
    "sslmode", "sslrootcert", "sslcert", "sslkey", "host", "hostaddr", "port", "dbname", "user", "password",
    "application_name",
];

const NO_URL: &str =
    "it is not a URL; in a password, write `#`, `/`, `?`, `@` and `%` as %23, %2F, %3F, %40 and %25";

pub(super) async fn with_timeout<T, E: From<DbErr>>(
    limit: Option<Duration>,
    work: impl Future<Output = std::result::Result<T, E>>,
) -> std::result::Result<T, E> {
    match limit {
        None => work.await,
        Some(limit) => tokio::time::timeout(limit, work)
            .await
            .unwrap_or_else(|_| Err(DbErr::Custom("the database did not answer in time".to_owned()).into())),
    }
}

#[derive(Clone)]
pub enum Database {
    Sqlite(Arc<SqliteConnectOptions>),
    /// Without `Debug`, because it has a password.
    Postgres(Arc<PgConnectOptions>),
}

impl Database {
    pub(super) fn parse(url: &str) -> Result<Self> {
        match url.split(':').next() {
            Some("sqlite") => {
                let mut options = SqliteConnectOptions::from_str(url)
                    .map_err(|_| Error::BadUrl("its path or a parameter is wrong"))?
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

    pub(super) fn file(&self) -> Option<&Path> {
        match self {
            Self::Sqlite(options) => Some(options.get_filename()),
            Self::Postgres(_) => None,
        }
    }

    /// Checks that the database is available and keeps its promises, and returns the reason if not, which a pool doesn't.
    pub(super) async fn probe(&self) -> Result<()> {
        // SQLite does not wait for another process that enables the write-ahead log.
        let again = ConstantBuilder::default().with_delay(BUSY_DELAY).with_max_times(BUSY_TIMES);
        let tried = (|| self.try_out()).retry(again).when(is_busy);
        tokio::time::timeout(BEGIN_WITHIN, tried)
            .await
            .map_err(|_| DbErr::Custom("it did not answer in time".to_owned()))?
    }

    async fn try_out(&self) -> Result<()> {
        let mut connection = self.connect_writer().await?;
        if let Connection::Postgres(connection) = &mut connection {
            create_write_turn(connection).await?;
        }
        Ok(connection.close().await.map_err(connecting)?)
    }

    /// Connects the writer, with a connection that keeps the database's promises.
    pub(super) async fn connect_writer(&self) -> Result<Connection> {
        match self {
            Self::Sqlite(options) => {
                let mut connection = options.connect().await.map_err(connecting)?;
                check_sqlite(&mut connection).await?;
                Ok(Connection::Sqlite(connection))
            }
            Self::Postgres(options) => {
                let mut connection = options.connect().await.map_err(connecting)?;
                check_postgres(&mut connection).await?;
                Ok(Connection::Postgres(connection))
            }
        }
    }

    pub(super) async fn connect_readers(&self) -> Result<Reader> {
        let (connections, patience) = match self {
            Self::Sqlite(_) => (SQLITE_READERS, None),
            Self::Postgres(_) => (POSTGRES_READERS, Some(READ)),
        };
        Ok(Reader { connection: self.connect(connections).await?, patience })
    }

    async fn connect(&self, connections: u32) -> DbResult<DatabaseConnection> {
        // Without the password, which would be in traces.
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
                    // The server may have ended an idle one.
                    .test_before_acquire_if_idle_for(Duration::from_secs(1))
                    .map_sqlx_postgres_opts(move |_| PgConnectOptions::clone(&options))
                    .map_sqlx_postgres_pool_opts(|pool| {
                        pool.after_connect(|on, _| check(check_postgres(on)))
                    });
            }
        }
        sea_orm::Database::connect(pool).await
    }

    /// Begins the transaction of a long change, without time limits and on its own connection, with the only writer of all
    /// processes.
    pub(super) async fn begin_long(&self) -> DbResult<DatabaseTransaction> {
        let begin = async {
            let on = self.connect(1).await?;
            match self {
                Self::Sqlite(_) => {
                    let options = TransactionOptions {
                        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                        ..TransactionOptions::default()
                    };
                    on.begin_with_options(options).await
                }
                Self::Postgres(_) => {
                    let transaction = on.begin().await?;
                    let turn = Statement::from_string(DbBackend::Postgres, TURN);
                    match transaction.query_one_raw(turn).await? {
                        Some(_) => {
                            transaction.execute_unprepared(LONG).await?;
                            Ok(transaction)
                        }
                        None => Err(DbErr::RecordNotFound("the row of write_turn".to_owned())),
                    }
                }
            }
        };
        with_timeout(Some(BEGIN_WITHIN), begin).await
    }

    /// Begins to read a snapshot, without a time limit.
    pub(super) async fn snapshot(&self, on: &DatabaseConnection) -> DbResult<DatabaseTransaction> {
        match self {
            // Deferred, so that it blocks no writer.
            Self::Sqlite(_) => on.begin().await,
            Self::Postgres(_) => {
                let isolation = Some(IsolationLevel::RepeatableRead);
                let snapshot = on.begin_with_config(isolation, Some(AccessMode::ReadOnly)).await?;
                snapshot.execute_unprepared(SNAPSHOT).await?;
                Ok(snapshot)
            }
        }
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
        with_timeout(self.patience, self.connection.query_one_raw(with_literal_limit(statement))).await
    }

    async fn query_all_raw(&self, statement: Statement) -> DbResult<Vec<QueryResult>> {
        with_timeout(self.patience, self.connection.query_all_raw(with_literal_limit(statement))).await
    }
}

fn parse_postgres(url: &str) -> Result<Database> {
    // The driver's errors may repeat the URL.
    let parsed = Url::parse(url).map_err(|_| Error::BadUrl(NO_URL))?;
    if parsed.query_pairs().any(|(name, _)| !PARAMETERS.contains(&&*name)) {
        return Err(Error::BadUrl("it has an unknown parameter"));
    }
    let options =
        PgConnectOptions::from_str(url).map_err(|_| Error::BadUrl("a parameter has a wrong value"))?;
    let options = match options.get_application_name() {
        Some(_) => options,
        None => options.application_name("strongroom"),
    };
    Ok(Database::Postgres(Arc::new(options.disable_statement_logging())))
}

/// Creates the row that writers lock.
async fn create_write_turn(connection: &mut PgConnection) -> Result<()> {
    let mut tries = 0;
    loop {
        let is_there = sqlx::query("SELECT id FROM write_turn").fetch_optional(&mut *connection).await;
        if matches!(is_there, Ok(Some(_))) {
            return Ok(());
        }
        for statement in MAKE_TURN {
            match sqlx::query(statement).execute(&mut *connection).await {
                Ok(_) => {}
                // Another server has just created it: IF NOT EXISTS does not see uncommitted tables.
                Err(error) if tries < 5 && is_duplicate(&error) => tries += 1,
                Err(error) => return Err(connecting(error).into()),
            }
        }
    }
}

/// `unique_violation`, `duplicate_table` or `duplicate_object`.
fn is_duplicate(error: &sqlx::Error) -> bool {
    let error = error.as_database_error();
    error.is_some_and(|error| matches!(error.code().as_deref(), Some("23505" | "42P07" | "42710")))
}

/// Sets a connection up, and refuses one that could lose a commit.
async fn check_postgres(connection: &mut PgConnection) -> Result<()> {
    // Few queries, because every connection of every command runs them.
    const SET: &str = "SELECT count(set_config(name, value, false)) FROM unnest($1::text[], $2::text[]) \
                       AS wanted (name, value) WHERE current_setting(name, true) IS NOT NULL";
    const SHOW: &str = "SELECT current_setting(name, true) FROM unnest($1::text[]) WITH ORDINALITY \
                        AS asked (name, place) ORDER BY place";
    // It must not change with the configuration while the connection is open.
    const PIN: &str = "SELECT set_config('synchronous_commit', current_setting('synchronous_commit'), false)";
    let (names, values): (Vec<_>, Vec<_>) = POSTGRES_SETTINGS.into_iter().unzip();
    let set = sqlx::query(SET).bind(names).bind(values);
    set.execute(&mut *connection).await.map_err(connecting)?;
    let names = POSTGRES_PROMISES.map(|(setting, ..)| setting).to_vec();
    let show = sqlx::query_scalar(SHOW).bind(names);
    let found: Vec<Option<String>> = show.fetch_all(&mut *connection).await.map_err(connecting)?;
    for ((setting, accepted, is_optional), found) in POSTGRES_PROMISES.into_iter().zip(found) {
        if !found.as_deref().map_or(is_optional, |found| accepted.contains(&found)) {
            let found = found.unwrap_or_else(|| "unknown".to_owned());
            return Err(Error::Unsafe { setting, found, wanted: accepted.join("` or `") });
        }
    }
    sqlx::query(PIN).execute(&mut *connection).await.map_err(connecting)?;
    Ok(())
}

/// Refuses a connection that could lose a commit.
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

/// Whether a connection can be reused. On a full or failing disk, SQLite rolls back by itself. The driver does not notice,
/// and would take the next transaction for a savepoint of the one before.
async fn has_ended(connection: &mut SqliteConnection) -> std::result::Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // A rollback ends before the ping.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

/// A check for a pool.
fn check<'c>(
    checking: impl Future<Output = Result<()>> + Send + 'c,
) -> BoxFuture<'c, std::result::Result<(), sqlx::Error>> {
    Box::pin(async { checking.await.map_err(|error| sqlx::Error::Configuration(Box::new(error))) })
}

/// Whether a connection failed because another process had locked the database.
fn is_busy(error: &Error) -> bool {
    let Error::Database(DbErr::Conn(RuntimeErr::SqlxError(error))) = error else { return false };
    error.as_database_error().is_some_and(|error| error.code().as_deref() == Some("5"))
}

fn connecting(error: sqlx::Error) -> DbErr {
    DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn broken_promise_is_named() {
        let folder = tempfile::tempdir().expect("a directory");
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
