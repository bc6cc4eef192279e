//! Where everything is kept. The only room that names sea-orm.
//!
//! One file per kind of thing, with few verbs: `find`, `list`, `count`, `add`, `update`, `remove`. Not found is
//! `Ok(None)`. What goes in and comes out are domain types and sealed bytes, never rows, never a plaintext.
//!
//! To add a kind of thing: an entity, a migration, and a file of queries.

pub mod api_key;
pub mod audit;
pub mod backup;
pub mod data_key;
mod entity;
mod filter;
pub mod identity;
pub mod invitation;
pub mod log_in_attempt;
pub mod membership;
mod migration;
pub mod role;
pub mod secret;
pub mod session;
pub mod setup_token;
pub mod team;
pub mod user;

use std::fmt;
use std::time::Duration;

use backon::{ConstantBuilder, Retryable as _};
use sea_orm::sqlx::Connection as _;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbErr, RuntimeErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use sea_orm_migration::MigratorTrait;
use thiserror::Error;

/// What the store could not do, and why.
#[derive(Debug, Error)]
pub enum Error {
    /// The address names no database we know.
    #[error("the database URL has to start with `sqlite:`")]
    UnknownDatabase,
    /// The database does not promise what we promise.
    #[error("the database does not run with {0}, without which an acknowledged write could be lost")]
    Unsafe(&'static str),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] DbErr),
    /// A row holds what no version of this program writes.
    #[error("a row of {0} can't be read")]
    Corrupt(&'static str),
}

impl Error {
    /// Whether the database works, and a row holds what its columns can't.
    pub fn is_about_content(&self) -> bool {
        use sea_orm::RuntimeErr::SqlxError;
        use sea_orm::sqlx::Error::ColumnDecode;
        match self {
            Self::Database(DbErr::Type(_)) | Self::Corrupt(_) => true,
            Self::Database(DbErr::Query(SqlxError(error))) => matches!(**error, ColumnDecode { .. }),
            Self::Database(_) | Self::UnknownDatabase | Self::Unsafe(_) => false,
        }
    }
}

/// A result of the store.
pub type Result<T> = std::result::Result<T, Error>;

/// The store: readers side by side, and one writer at a time.
///
/// SQLite has one writer anyway. Queueing for it here, in order, instead of in its busy loop is fair and quicker.
#[derive(Clone)]
pub struct Store {
    reader: DatabaseConnection,
    writer: DatabaseConnection,
}

/// A change in the making: all of it happens at [`Transaction::commit`], or nothing does.
pub struct Transaction(DatabaseTransaction);

/// What a query runs on: the store, for reads, or a transaction.
pub trait Executor: Sync {
    /// The connection beneath. For the files of this room.
    #[doc(hidden)]
    fn connection(&self) -> &impl ConnectionTrait;
}

impl Executor for Store {
    fn connection(&self) -> &impl ConnectionTrait {
        &self.reader
    }
}

impl Executor for Transaction {
    fn connection(&self) -> &impl ConnectionTrait {
        &self.0
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// How many reads run side by side. SQLite's readers share the page cache of the system, so few are enough.
    const READERS: u32 = 4;

    /// Opens the store as it is, making an empty one where there is none, and checks that it keeps its promises. Before
    /// anything else is done with it, it has to be [migrated](Transaction::migrate).
    ///
    /// # Errors
    /// No such database, no access, or a database that would lose acknowledged writes.
    pub async fn connect(url: &str) -> Result<Self> {
        if !url.starts_with("sqlite:") {
            return Err(Error::UnknownDatabase);
        }
        // The writer first: it makes the file and turns WAL on, which readers then find. SQLite does not wait for another
        // process that is doing the same.
        let connect = || Database::connect(sqlite(url, 1));
        let again = ConstantBuilder::default()
            .with_delay(BUSY_DELAY)
            .with_max_times(BUSY_TIMES);
        let writer = connect.retry(again).when(is_busy).await?;
        check_durability(&writer).await?;
        let reader = Database::connect(sqlite(url, Self::READERS)).await?;
        Ok(Self { reader, writer })
    }

    /// Begins a change.
    ///
    /// # Errors
    /// The database is out of reach, or no writer became free in time.
    pub async fn begin(&self) -> Result<Transaction> {
        let options = TransactionOptions {
            // A deferred transaction that reads first could find its snapshot stale when it writes.
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..TransactionOptions::default()
        };
        Ok(Transaction(self.writer.begin_with_options(options).await?))
    }

    /// Begins to read the store as it is now: what is written meanwhile does not show.
    ///
    /// # Errors
    /// The database is out of reach.
    pub async fn snapshot(&self) -> Result<Transaction> {
        // Deferred, as SQLite's are: it keeps nobody from writing.
        Ok(Transaction(self.reader.begin().await?))
    }

    /// Whether the database answers and has every migration.
    ///
    /// # Errors
    /// It does not.
    pub async fn check(&self) -> Result<()> {
        self.reader.ping().await?;
        let pending = migration::Migrator::get_pending_migrations(&self.reader).await?;
        if pending.is_empty() {
            Ok(())
        } else {
            Err(Error::Corrupt("seaql_migrations"))
        }
    }

    /// Closes every connection, after what runs has ended.
    ///
    /// # Errors
    /// The database failed while closing.
    pub async fn close(self) -> Result<()> {
        self.reader.close().await?;
        Ok(self.writer.close().await?)
    }
}

impl Transaction {
    /// Makes the change real. When this returns, it is on the disk.
    ///
    /// # Errors
    /// The database could not; then nothing has changed.
    pub async fn commit(self) -> Result<()> {
        Ok(self.0.commit().await?)
    }
}

/// How often, and at what intervals, a database is opened that another process is making: for about ten seconds.
const BUSY_TIMES: usize = 200;
const BUSY_DELAY: Duration = Duration::from_millis(50);

/// Whether a connection failed because another process had the database for itself.
fn is_busy(error: &DbErr) -> bool {
    let DbErr::Conn(RuntimeErr::SqlxError(error)) = error else {
        return false;
    };
    let error = error.as_database_error();
    error.is_some_and(|error| error.code().as_deref() == Some("5"))
}

/// The options of every SQLite connection.
fn sqlite(url: &str, connections: u32) -> ConnectOptions {
    let mut options = ConnectOptions::new(url);
    options
        .max_connections(connections)
        .acquire_timeout(Duration::from_secs(30))
        // Statements carry names and sealed values; our own log says what happened.
        .sqlx_logging(false)
        .record_stmt_in_spans(false)
        .map_sqlx_sqlite_opts(|sqlite| {
            sqlite
                .create_if_missing(true)
                .pragma("journal_mode", "WAL")
                .pragma("synchronous", "FULL")
                .pragma("foreign_keys", "ON")
                .pragma("busy_timeout", "10000")
                // What is deleted is overwritten, sealed or not.
                .pragma("secure_delete", "ON")
                // `_like` of the family's APIs minds case, as PostgreSQL's LIKE does.
                .pragma("case_sensitive_like", "ON")
        })
        .map_sqlx_sqlite_pool_opts(|pool| {
            pool.after_release(|connection, _| {
                Box::pin(async move {
                    // A disk that is full or fails makes SQLite roll back by itself. The driver does not notice, and would
                    // take the next transaction for a part of the one before, which nobody commits: such a connection
                    // must not be used again. Whatever rollback is under way ends before the ping.
                    connection.ping().await?;
                    Ok(!connection.is_in_transaction())
                })
            })
        });
    options
}

/// Refuses to run where a commit could be lost.
async fn check_durability(connection: &DatabaseConnection) -> Result<()> {
    use sea_orm::{DbBackend, Statement};
    for (pragma, wanted, promise) in [
        ("journal_mode", "wal", "a write-ahead log"),
        ("synchronous", "2", "synchronous=FULL"),
        ("foreign_keys", "1", "foreign keys"),
    ] {
        let statement = Statement::from_string(DbBackend::Sqlite, format!("PRAGMA {pragma}"));
        let row = connection
            .query_one_raw(statement)
            .await?
            .ok_or(Error::Unsafe(promise))?;
        let found = match row.try_get_by_index::<String>(0) {
            Ok(text) => text,
            Err(_) => row.try_get_by_index::<i64>(0)?.to_string(),
        };
        if found != wanted {
            return Err(Error::Unsafe(promise));
        }
    }
    Ok(())
}
