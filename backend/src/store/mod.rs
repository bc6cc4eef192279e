//! The database. The only module that names sea-orm.
//!
//! One file per table, with few verbs: `find`, `list`, `count`, `add`, `update`, `remove`. Not found is `Ok(None)`. The
//! interface has domain types and ciphertexts, never rows, never a plaintext.
//!
//! To add a table: an entity, a migration, and a file of queries.

pub mod api_key;
pub mod audit;
pub mod backup;
mod batch;
#[cfg(test)]
mod bench;
mod connection;
pub mod data_key;
mod database;
mod entity;
mod error;
mod filter;
pub mod generation;
mod health;
pub mod identity;
pub mod invitation;
pub mod log_in_attempt;
pub mod login;
pub mod membership;
mod migration;
pub mod role;
pub mod secret;
pub mod secret_page;
pub mod secret_read;
pub mod session;
pub mod setup_token;
pub mod team;
pub mod tombstone;
mod transaction;
pub mod trust;
pub mod user;
pub mod vault_value;
pub mod webhook;
mod writer;

use sea_orm::sea_query::Expr;
use sea_orm::{ConnectionTrait, EntityTrait, IntoActiveModel, ModelTrait, QueryFilter as _};
use sea_orm_migration::MigratorTrait as _;

pub use self::batch::{Outcome, Work};
use self::database::{Database, Reader};
pub use self::error::{Error, Result};
use self::health::LastWrite;
pub use self::health::Unusable;
pub use self::transaction::Transaction;
use self::writer::Writer;
use crate::domain::Time;
use crate::domain::throttle::Attempts;
use crate::worker::Worker;

/// The target of a query: the store, for reads, or a transaction.
pub trait Executor: Sync {
    /// The underlying connection, for this module's files.
    #[doc(hidden)]
    fn connection(&self) -> &impl ConnectionTrait;
}

/// Adds a row.
async fn insert<M>(on: &impl Executor, row: M) -> Result<()>
where
    M: ModelTrait + IntoActiveModel<<M::Entity as EntityTrait>::ActiveModel>,
{
    M::Entity::insert(row.into_active_model()).exec_without_returning(on.connection()).await?;
    Ok(())
}

/// Sets columns of the rows that match a condition.
async fn set<E: EntityTrait>(
    on: &impl Executor,
    rows: Expr,
    columns: impl IntoIterator<Item = (E::Column, Expr)>,
) -> Result<()> {
    let update = E::update_many().filter(rows);
    let update = columns.into_iter().fold(update, |update, (column, value)| update.col_expr(column, value));
    update.exec(on.connection()).await?;
    Ok(())
}

/// A list for `IN`, filled up with its last item to the next power of two: so lists of any length need few prepared
/// statements.
fn filled_up<T: Clone>(mut list: Vec<T>) -> Vec<T> {
    if let Some(last) = list.last().cloned() {
        list.resize(list.len().next_power_of_two(), last);
    }
    list
}

/// The store: concurrent readers, and one writer at a time.
#[derive(Clone)]
pub struct Store {
    database: Database,
    reader: Reader,
    writer: Writer,
}

impl Executor for Store {
    fn connection(&self) -> &impl ConnectionTrait {
        &self.reader
    }
}

hide_in_debug!(Store);

impl Store {
    /// Fails if a database's URL is wrong.
    pub fn check_url(url: &str) -> Result<()> {
        Database::parse(url).map(drop)
    }

    /// Opens the store, creating an empty one if there is none, and checks the database's promises. It must be
    /// [migrated](Transaction::migrate) first.
    pub async fn connect(url: &str) -> Result<Self> {
        let database = Database::parse(url)?;
        database.probe().await?;
        // The writer first: it creates SQLite's file and enables WAL.
        let writer = Writer::start(database.clone(), database.connect_writer().await?);
        let reader = database.connect_readers().await?;
        Ok(Self { database, reader, writer })
    }

    /// Queues a change and returns when its outcome is durable. Once begun, it is completed even if the caller no longer
    /// waits. A change does work for the database and waits for nothing else. One that `is_long` has its own transaction,
    /// while all other changes wait.
    pub async fn write<T, E>(&self, is_long: bool, work: impl Work<T, E>) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        self.writer.make(is_long, work).await
    }

    /// Begins to read a snapshot of the store.
    pub async fn snapshot(&self) -> Result<Transaction> {
        let transaction = self.database.snapshot(&self.reader.connection).await?;
        Ok(Transaction::on_pool(transaction, None, LastWrite::default()))
    }

    /// Checks that the database answers, has every migration, and accepts writes. After a failed write, it tries one.
    pub async fn check(&self, now: Time) -> std::result::Result<(), Unusable> {
        if self.database.file().is_some_and(health::is_low_on_space) {
            return Err(Unusable::LowSpace);
        }
        if let Some(failure) = self.writer.last_write().failure() {
            let failed = |error: Error| {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "the readiness check could not write to the database");
                Unusable::Write(self.writer.last_write().failure().unwrap_or(failure))
            };
            let write = self.write(false, move |tx| {
                Box::pin(async move {
                    log_in_attempt::set(tx, "readiness check", &Attempts::none(now)).await?;
                    Ok::<_, Error>(Outcome::Done(()))
                })
            });
            write.await.map_err(failed)?;
        }
        match migration::Migrator::get_pending_migrations_read_only(&self.reader).await {
            Ok(pending) if pending.is_empty() => Ok(()),
            Ok(_) => Err(Unusable::Schema),
            Err(error) => {
                let error = &error as &dyn std::error::Error;
                tracing::warn!(error, "the readiness check could not read the database");
                Err(Unusable::Unreachable)
            }
        }
    }

    /// The number of failed writes, except those that failed because of their content.
    pub fn write_failures(&self) -> u64 {
        self.writer.last_write().failures()
    }

    pub fn worker(&self) -> &Worker {
        self.writer.worker()
    }

    /// Closes every connection after the queued changes.
    pub async fn close(self) -> Result<()> {
        self.writer.close().await;
        Ok(self.reader.connection.close().await?)
    }
}
