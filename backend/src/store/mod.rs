//! Where everything is kept. The only room that names sea-orm.
//!
//! One file per kind of thing, with few verbs: `find`, `list`, `count`, `add`, `update`, `remove`. Not found is
//! `Ok(None)`. What goes in and comes out are domain types and sealed bytes, never rows, never a plaintext.
//!
//! To add a kind of thing: an entity, a migration, and a file of queries.

pub mod api_key;
pub mod audit;
pub mod backup;
#[cfg(test)]
mod bench;
pub mod data_key;
mod database;
mod entity;
mod filter;
mod health;
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
mod transaction;
pub mod user;
pub mod vault_value;
mod writer;

use std::fmt;
use std::sync::Arc;

use sea_orm::{ConnectionTrait, DbErr};
use sea_orm_migration::MigratorTrait;
use thiserror::Error;

use self::database::{Database, Reader};
pub use self::health::{Unusable, WriteFailure};
pub use self::transaction::Transaction;
use self::writer::Writer;
pub use self::writer::settled;
use crate::domain::Time;
use crate::domain::throttle::Attempts;
use crate::worker::Worker;

/// What the store could not do, and why.
#[derive(Debug, Error)]
pub enum Error {
    /// The address names no database we know.
    #[error("the database URL has to start with `sqlite:`, `postgres://` or `postgresql://`")]
    UnknownDatabase,
    /// The address can't be read. It is never repeated, for it may hold a password.
    #[error("the database URL can't be read: {0} is wrong")]
    BadUrl(&'static str),
    /// The database does not promise what we promise.
    #[error(
        "the database runs with `{setting}={found}`, and has to run with `{wanted}`: otherwise an acknowledged write \
         could be lost, or an answer be wrong"
    )]
    Unsafe {
        /// The setting, as the database calls it.
        setting: &'static str,
        /// What it is.
        found: String,
        /// What it has to be.
        wanted: String,
    },
    /// No change could be begun: others kept the database busy for too long, or it is out of reach.
    #[error("no change could be begun in time")]
    NoTurn,
    /// The database could not say that a change is on the disk. It may or may not be.
    #[error("it is not known that the change is on the disk")]
    NotCommitted,
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] DbErr),
    /// A row holds what no version of this program writes.
    #[error("a row of {0} can't be read")]
    Corrupt(&'static str),
    /// What was done for several at once failed for all of them.
    #[error(transparent)]
    Shared(Arc<Error>),
}

impl Error {
    /// Whether the database works, and a row holds what its columns can't.
    pub fn is_about_content(&self) -> bool {
        use sea_orm::RuntimeErr::SqlxError;
        use sea_orm::sqlx::Error::ColumnDecode;
        match self {
            Self::Database(DbErr::Type(_)) | Self::Corrupt(_) => true,
            Self::Shared(error) => error.is_about_content(),
            Self::Database(DbErr::Query(SqlxError(error))) => matches!(**error, ColumnDecode { .. }),
            _ => false,
        }
    }

    /// Whether the content of one row or statement may be the cause, so that other work is unaffected.
    pub fn may_concern_one_row(&self) -> bool {
        use sea_orm::RuntimeErr::SqlxError;
        use sea_orm::sqlx::error::ErrorKind;
        let error = match self {
            Self::Shared(error) => return error.may_concern_one_row(),
            Self::Database(DbErr::Exec(SqlxError(error)) | DbErr::Query(SqlxError(error))) => {
                error.as_database_error()
            }
            _ => None,
        };
        let breaks_a_rule = error.is_some_and(|error| {
            // The SQLSTATE classes of invalid data and violated constraints; `kind` covers SQLite's and some of these.
            let is_data = |code: &str| code.len() == 5 && (code.starts_with("22") || code.starts_with("23"));
            !matches!(error.kind(), ErrorKind::Other) || error.code().is_some_and(|code| is_data(&code))
        });
        breaks_a_rule || self.is_about_content()
    }
}

/// A result of the store.
pub type Result<T> = std::result::Result<T, Error>;

/// A list for `IN`, filled up with its last item to the next power of two: lists of any length then make few statements,
/// and each is prepared once per connection.
fn filled_up<T: Clone>(mut list: Vec<T>) -> Vec<T> {
    if let Some(last) = list.last().cloned() {
        list.resize(list.len().next_power_of_two(), last);
    }
    list
}

/// The store: readers side by side, and one writer at a time.
#[derive(Clone)]
pub struct Store {
    database: Database,
    reader: Reader,
    writer: Writer,
}

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

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// Opens the store as it is, making an empty one where there is none, and checks that it keeps its promises. Before
    /// anything else is done with it, it has to be [migrated](Transaction::migrate).
    ///
    /// # Errors
    /// No such database, no access, or a database that would lose acknowledged writes.
    pub async fn connect(url: &str) -> Result<Self> {
        let database = Database::parse(url)?;
        database.probe().await?;
        // The writer first: it makes SQLite's file and turns WAL on, which readers then find.
        let writer = Writer::start(database.clone(), database.connect_writer().await?);
        let reader = database.connect_readers().await?;
        Ok(Self { database, reader, writer })
    }

    /// Begins a change, when it is one's turn. What happens in a turn is short: work for the database, and no waiting for
    /// anything else.
    ///
    /// # Errors
    /// The database is out of reach, or it was nobody's turn in time.
    pub async fn begin(&self) -> Result<Transaction> {
        self.writer.begin(false).await
    }

    /// Begins a change that may take its time. Nobody shares its commit, so that nobody waits for an answer because of
    /// it; but whoever wants to write has to wait.
    ///
    /// # Errors
    /// As [`Store::begin`].
    pub async fn begin_long(&self) -> Result<Transaction> {
        let transaction = self.writer.begin(true).await?;
        self.database.be_patient(&*transaction.beneath().await?).await?;
        Ok(transaction)
    }

    /// Begins to read the store as it is now: what is written meanwhile does not show.
    ///
    /// # Errors
    /// The database is out of reach.
    pub async fn snapshot(&self) -> Result<Transaction> {
        let transaction = self.database.snapshot(&self.reader.connection).await?;
        Ok(Transaction::reading(transaction))
    }

    /// Checks that the database answers, has every migration, and takes writes. After a failed write, it tries one on a
    /// row of its own.
    ///
    /// # Errors
    /// Why it can't.
    pub async fn check(&self, now: Time) -> std::result::Result<(), Unusable> {
        if self.database.file().is_some_and(health::is_low_on_space) {
            return Err(Unusable::LowSpace);
        }
        if let Some(failure) = self.writer.last_write().failure() {
            let failed = |error: Error| {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the readiness check could not write to the database"
                );
                Unusable::Write(self.writer.last_write().failure().unwrap_or(failure))
            };
            self.try_to_write(now).await.map_err(failed)?;
        }
        let pending = migration::Migrator::get_pending_migrations_read_only(&self.reader).await;
        match pending {
            Ok(pending) if pending.is_empty() => Ok(()),
            Ok(_) => Err(Unusable::Schema),
            Err(error) => {
                tracing::warn!(
                    error = &error as &dyn std::error::Error,
                    "the readiness check could not read the database"
                );
                Err(Unusable::Unreachable)
            }
        }
    }

    /// Writes a row that only this check uses.
    async fn try_to_write(&self, now: Time) -> Result<()> {
        let tx = self.begin().await?;
        log_in_attempt::set(&tx, "readiness check", &Attempts::none(now)).await?;
        tx.commit().await
    }

    /// The number of writes that failed so far, other than for their content.
    pub fn write_failures(&self) -> u64 {
        self.writer.last_write().failures()
    }

    /// The task that owns the connection that writes.
    pub fn worker(&self) -> &Worker {
        self.writer.worker()
    }

    /// Closes every connection, after what runs has ended.
    ///
    /// # Errors
    /// The database failed while closing.
    pub async fn close(self) -> Result<()> {
        self.writer.close().await;
        Ok(self.reader.connection.close().await?)
    }
}
