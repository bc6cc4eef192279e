//! A change in the making, and what its statements run on.
//!
//! Not here: who may write, and when what they wrote is real. That is `writer`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::{ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement};
use sea_orm_migration::async_trait;
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard, oneshot, watch};

use super::writer::{self, Batch};
use super::{Error, Executor, Result};

/// A change in the making: all of it happens at [`Transaction::commit`], or nothing does. Whoever has one has the turn to
/// write, and everybody else waits: it is held around work for the database and nothing else.
pub struct Transaction {
    work: Arc<Work>,
    /// Where the writer waits for the end of the turn; `None` of a transaction that only reads.
    end: Option<oneshot::Sender<oneshot::Sender<()>>>,
    /// The batch, if it held changes of others when this one began: what is answered now may rest on them.
    seen: Option<watch::Receiver<Batch>>,
}

impl Transaction {
    /// One that only reads, and ends when it is dropped.
    pub(super) fn reading(on: DatabaseTransaction) -> Self {
        Self {
            work: Arc::new(Work::new(on, None)),
            end: None,
            seen: None,
        }
    }

    /// One that writes, whose end `end` waits for.
    pub(super) fn writing(
        work: Arc<Work>,
        end: oneshot::Sender<oneshot::Sender<()>>,
        seen: Option<watch::Receiver<Batch>>,
    ) -> Self {
        Self {
            work,
            end: Some(end),
            seen,
        }
    }

    /// Makes the change real. When this returns, it is on the disk.
    ///
    /// # Errors
    /// A statement of it has failed, and nothing has changed; or the database could not say that it is on the disk, and
    /// it may or may not be.
    pub async fn commit(mut self) -> Result<()> {
        self.work.check()?;
        let end = self.end.take().ok_or(Error::NotCommitted)?;
        let (answer, is_durable) = oneshot::channel();
        end.send(answer).map_err(|_| Error::NotCommitted)?;
        is_durable.await.map_err(|_| Error::NotCommitted)?;
        self.seen = None;
        Ok(())
    }

    /// The transaction beneath, for what the files of this room do with it.
    pub(super) async fn beneath(&self) -> Result<MappedMutexGuard<'_, DatabaseTransaction>> {
        Ok(self.work.open().await?)
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if let Some(batch) = self.seen.take() {
            writer::remember(batch);
        }
    }
}

impl Executor for Transaction {
    fn connection(&self) -> &impl ConnectionTrait {
        &*self.work
    }
}

/// What the statements of a change run on, until its turn is over.
///
/// After the first that fails, no other runs, on whichever database: `PostgreSQL` wants it so, and `SQLite` may have ended
/// the transaction by itself, so that what came behind would be real at once.
pub struct Work {
    backend: DbBackend,
    transaction: Mutex<Option<DatabaseTransaction>>,
    has_failed: AtomicBool,
    /// How long a statement may take.
    patience: Option<Duration>,
}

impl Work {
    pub(super) fn new(transaction: DatabaseTransaction, patience: Option<Duration>) -> Self {
        Self {
            backend: transaction.get_database_backend(),
            transaction: Mutex::new(Some(transaction)),
            has_failed: AtomicBool::new(false),
            patience,
        }
    }

    /// Ends the turn: no statement runs any more. The transaction, to be committed or rolled back.
    pub(super) async fn take(&self) -> Option<DatabaseTransaction> {
        self.transaction.lock().await.take()
    }

    fn check(&self) -> std::result::Result<(), DbErr> {
        if self.has_failed.load(Ordering::Relaxed) {
            Err(DbErr::Custom(
                "an earlier statement of the change failed".to_owned(),
            ))
        } else {
            Ok(())
        }
    }

    async fn open(&self) -> std::result::Result<MappedMutexGuard<'_, DatabaseTransaction>, DbErr> {
        self.check()?;
        MutexGuard::try_map(self.transaction.lock().await, Option::as_mut)
            .map_err(|_| DbErr::Custom("the turn to write took too long, and is over".to_owned()))
    }

    /// Waits for a statement, and remembers when one has failed.
    async fn run<T>(
        &self,
        statement: impl Future<Output = std::result::Result<T, DbErr>>,
    ) -> std::result::Result<T, DbErr> {
        let outcome = writer::within(self.patience, statement).await;
        if outcome.is_err() {
            self.has_failed.store(true, Ordering::Relaxed);
        }
        outcome
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Work {
    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    async fn execute_raw(&self, statement: Statement) -> std::result::Result<ExecResult, DbErr> {
        let transaction = self.open().await?;
        self.run(transaction.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> std::result::Result<ExecResult, DbErr> {
        let transaction = self.open().await?;
        self.run(transaction.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> std::result::Result<Option<QueryResult>, DbErr> {
        let transaction = self.open().await?;
        self.run(transaction.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> std::result::Result<Vec<QueryResult>, DbErr> {
        let transaction = self.open().await?;
        self.run(transaction.query_all_raw(statement)).await
    }
}
