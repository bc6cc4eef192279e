//! Transactions. Each statement is a round trip, which often costs more than its work. So statements without a result are
//! deferred and sent together with the next one, and rows are cached, because only one transaction writes at a time.
//!
//! To cache more: a field of [`Cache`], filled where it is read.

use std::collections::HashMap;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    StatementBuilder,
};
use sea_orm_migration::async_trait;
use tokio::sync::Mutex as AsyncMutex;

use super::Executor;
use super::connection::{Completed, Connection, Failed, with_literal_limit};
use super::database::{BEGIN_POSTGRES, BEGIN_SQLITE, BEGIN_WITHIN, DbResult, STATEMENT, with_timeout};
use super::error::Result;
use super::health::LastWrite;
use crate::domain::{ApiKey, ApiKeyId, Checkpoint, Team, TeamId, WrappedDataKey};

/// The maximum number of deferred statements.
const DEFERRED: usize = 16;
/// The savepoint of a change.
const SAVEPOINT: &str = "SAVEPOINT change";
const RELEASE: &str = "RELEASE SAVEPOINT change";
const ROLL_BACK: &str = "ROLLBACK TO SAVEPOINT change";

/// A transaction, of changes or of reads.
///
/// After a failed statement, no other of that change runs: `PostgreSQL` demands it, and `SQLite` may have ended the
/// transaction by itself, so that further statements would be committed at once.
pub struct Transaction {
    on: On,
    backend: DbBackend,
    state: Mutex<State>,
    has_begun: AtomicBool,
    has_failed: AtomicBool,
    limit: Option<Duration>,
    last_write: LastWrite,
}

enum On {
    /// Changes that share a commit.
    Writer(Arc<AsyncMutex<Connection>>),
    /// Reads of a snapshot, or a long change; `None` once it has ended.
    Pool(Option<DatabaseTransaction>),
}

#[derive(Default)]
struct State {
    deferred: Vec<Statement>,
    cache: Cache,
    has_new_generation: bool,
}

/// Rows as the transaction sees them. Every write clears it, except deferred ones.
#[derive(Default)]
pub struct Cache {
    pub ends: HashMap<TeamId, Checkpoint>,
    pub data_keys: HashMap<TeamId, WrappedDataKey>,
    pub api_keys: HashMap<ApiKeyId, (ApiKey, Team)>,
}

/// Why a change or a transaction is not completed.
pub(super) enum Unfinished {
    /// A deferred statement of the change failed. The transaction is still open.
    Change(DbErr),
    /// A statement of the transaction itself failed, or its outcome is unknown.
    Transaction(DbErr),
}

impl From<Unfinished> for DbErr {
    fn from(unfinished: Unfinished) -> Self {
        match unfinished {
            Unfinished::Change(error) | Unfinished::Transaction(error) => error,
        }
    }
}

impl Transaction {
    pub(super) fn on_pool(on: DatabaseTransaction, limit: Option<Duration>, last_write: LastWrite) -> Self {
        let backend = on.get_database_backend();
        Self::new(On::Pool(Some(on)), backend, limit, last_write)
    }

    /// Begins a transaction of changes with the only writer of all processes. On `SQLite`, its first statement does that.
    pub(super) async fn begin(
        connection: Arc<AsyncMutex<Connection>>,
        limit: Duration,
        last_write: LastWrite,
    ) -> DbResult<Self> {
        let backend = connection.lock().await.backend();
        // Waiting for the lock may take longer than a statement, and the caller notes a failure.
        let mut on = Self::new(On::Writer(connection), backend, Some(BEGIN_WITHIN), LastWrite::default());
        if backend == DbBackend::Sqlite {
            on.has_begun.store(false, Ordering::Relaxed);
            on.state().deferred.push(Statement::from_string(backend, BEGIN_SQLITE));
        } else if on.query_one_raw(Statement::from_string(backend, BEGIN_POSTGRES)).await?.is_none() {
            return Err(DbErr::RecordNotFound("the row of write_turn".to_owned()));
        }
        on.limit = Some(limit);
        on.last_write = last_write;
        Ok(on)
    }

    fn new(on: On, backend: DbBackend, limit: Option<Duration>, last_write: LastWrite) -> Self {
        let (has_begun, has_failed) = (AtomicBool::new(true), AtomicBool::new(false));
        Self { on, backend, state: Mutex::default(), has_begun, has_failed, limit, last_write }
    }

    /// Whether it has begun in the database, or may have.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun.load(Ordering::Relaxed)
    }

    /// Whether a statement of the change failed.
    pub(super) fn has_failed(&self) -> bool {
        self.has_failed.load(Ordering::Relaxed)
    }

    /// Defers a statement without a result until the next one that has one, or the end of the change. It must not change
    /// rows in [`Cache`].
    pub(super) async fn defer(&self, statement: &impl StatementBuilder) -> Result<()> {
        self.check()?;
        let deferred = {
            let mut state = self.state();
            state.deferred.push(StatementBuilder::build(statement, &self.backend));
            state.deferred.len()
        };
        if deferred >= DEFERRED {
            self.flush().await?;
        }
        Ok(())
    }

    /// Whether the transaction has not incremented the generation yet; from now on it has.
    pub(super) fn begins_generation(&self) -> bool {
        !mem::replace(&mut self.state().has_new_generation, true)
    }

    pub(super) fn cached<T>(&self, look: impl FnOnce(&Cache) -> Option<T>) -> Option<T> {
        look(&self.state().cache)
    }

    /// Caches rows that were read, or that a deferred statement writes.
    pub(super) fn cache(&self, fill: impl FnOnce(&mut Cache)) {
        fill(&mut self.state().cache);
    }

    /// The database's transaction of a snapshot or a long change, for this module's files.
    pub(super) async fn raw(&self) -> DbResult<&DatabaseTransaction> {
        self.flush().await?;
        self.state().cache = Cache::default();
        self.pool()
    }

    fn pool(&self) -> DbResult<&DatabaseTransaction> {
        match &self.on {
            On::Pool(Some(on)) => Ok(on),
            _ => Err(DbErr::Custom("only a snapshot or a long change can do that".to_owned())),
        }
    }

    /// Runs the deferred statements. Fails if any statement of the change did.
    async fn flush(&self) -> DbResult<()> {
        self.check()?;
        let statements = mem::take(&mut self.state().deferred);
        match &self.on {
            On::Writer(_) if statements.is_empty() => {}
            On::Writer(on) => _ = self.send(on, statements).await?,
            On::Pool(_) => {
                for statement in statements {
                    self.run(self.pool()?.execute_raw(statement)).await?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn start_change(&mut self) {
        *self.has_failed.get_mut() = false;
    }

    /// Completes a change, whose writes stay part of the transaction, and sets the savepoint of the next one.
    pub(super) async fn set_savepoint(&self, has_savepoint: bool) -> std::result::Result<(), Unfinished> {
        self.complete(if has_savepoint { &[RELEASE, SAVEPOINT] } else { &[SAVEPOINT] }).await
    }

    pub(super) async fn roll_back_to_savepoint(&self) -> DbResult<()> {
        *self.state() = State::default();
        self.complete(&[ROLL_BACK]).await.map_err(DbErr::from)
    }

    /// Commits the changes, the deferred statements of the last one included.
    pub(super) async fn commit(&mut self) -> std::result::Result<(), Unfinished> {
        if matches!(self.on, On::Pool(_)) {
            self.flush().await.map_err(Unfinished::Change)?;
        }
        match self.take_pool() {
            Some(on) => with_timeout(Some(STATEMENT), on.commit()).await.map_err(Unfinished::Transaction),
            None => self.complete(&["COMMIT"]).await,
        }
    }

    pub(super) async fn roll_back(&mut self) -> DbResult<()> {
        *self.state() = State::default();
        match self.take_pool() {
            Some(on) => with_timeout(Some(STATEMENT), on.rollback()).await,
            None if self.has_begun() => self.complete(&["ROLLBACK"]).await.map_err(DbErr::from),
            None => Ok(()),
        }
    }

    fn take_pool(&mut self) -> Option<DatabaseTransaction> {
        match &mut self.on {
            On::Writer(_) => None,
            On::Pool(on) => on.take(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Fails if a statement of the change did.
    pub(super) fn check(&self) -> DbResult<()> {
        if self.has_failed() {
            Err(DbErr::Custom("an earlier statement of the change failed".to_owned()))
        } else {
            Ok(())
        }
    }

    /// Sends the deferred statements of a change, and then statements of the transaction itself.
    async fn complete(&self, own: &[&str]) -> std::result::Result<(), Unfinished> {
        let On::Writer(on) = &self.on else { return Ok(()) };
        let mut statements = mem::take(&mut self.state().deferred);
        let deferred = statements.len();
        statements.extend(own.iter().map(|sql| Statement::from_string(self.backend, *sql)));
        match self.send(on, statements).await {
            Ok(_) => Ok(()),
            Err(Failed { error, completed }) if completed < deferred => Err(Unfinished::Change(error)),
            Err(Failed { error, .. }) => Err(Unfinished::Transaction(error)),
        }
    }

    /// Sends statements in as few round trips as possible.
    async fn send(
        &self,
        on: &AsyncMutex<Connection>,
        statements: Vec<Statement>,
    ) -> std::result::Result<Completed, Failed> {
        // Until the outcome is known, all of them may have run: after a timeout, or if this is dropped.
        let mut completed = usize::MAX;
        let had_begun = self.has_begun.swap(true, Ordering::Relaxed);
        let sent = self.run(async {
            let ran = on.lock().await.run(statements).await;
            ran.map_err(|failed| {
                completed = failed.completed;
                failed.error
            })
        });
        let sent = sent.await;
        if completed == 0 {
            self.has_begun.store(had_begun, Ordering::Relaxed);
        }
        sent.map_err(|error| Failed { error, completed })
    }

    /// Sends a statement of the change, after the deferred ones.
    async fn send_next(&self, on: &AsyncMutex<Connection>, statement: Statement) -> DbResult<Completed> {
        self.check()?;
        let mut statements = mem::take(&mut self.state().deferred);
        statements.push(statement);
        Ok(self.send(on, statements).await?)
    }

    /// Waits for a statement, and notes a failure.
    async fn run<T>(&self, statement: impl Future<Output = DbResult<T>>) -> DbResult<T> {
        let outcome = with_timeout(self.limit, statement).await;
        if let Err(error) = &outcome {
            self.has_failed.store(true, Ordering::Relaxed);
            self.last_write.failed(error);
        }
        outcome
    }
}

impl Executor for Transaction {
    fn connection(&self) -> &impl ConnectionTrait {
        self
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Transaction {
    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    /// Writes go through `execute`, which clears the cache, and never through `query`.
    fn support_returning(&self) -> bool {
        false
    }

    async fn execute_raw(&self, statement: Statement) -> DbResult<ExecResult> {
        self.state().cache = Cache::default();
        match &self.on {
            On::Writer(on) => Ok(self.send_next(on, statement).await?.result),
            On::Pool(_) => {
                self.flush().await?;
                self.run(self.pool()?.execute_raw(statement)).await
            }
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> DbResult<ExecResult> {
        self.execute_raw(Statement::from_string(self.backend, sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> DbResult<Option<QueryResult>> {
        Ok(self.query_all_raw(statement).await?.into_iter().next())
    }

    async fn query_all_raw(&self, statement: Statement) -> DbResult<Vec<QueryResult>> {
        let statement = with_literal_limit(statement);
        match &self.on {
            On::Writer(on) => Ok(self.send_next(on, statement).await?.rows),
            On::Pool(_) => {
                self.flush().await?;
                self.run(self.pool()?.query_all_raw(statement)).await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::Query;
    use strongroom_shared::Uuid;

    use super::super::Outcome;
    use super::super::bench::{Bench, add, done, numbers};
    use super::*;

    const TEAM: TeamId = TeamId(Uuid::nil());

    async fn defer(tx: &Transaction, number: i64) -> Result<()> {
        let mut insert = Query::insert();
        insert.into_table("numbers").columns(["number"]).values_panic([number.into()]);
        tx.defer(&insert).await
    }

    /// Caches an impossible row, to see whether it is still cached.
    fn cache(tx: &Transaction, count: i64) {
        let end = Checkpoint { count, hash: Vec::new() };
        tx.cache(|cache| _ = cache.ends.insert(TEAM, end));
    }

    fn cached(tx: &Transaction) -> Option<i64> {
        tx.cached(|cache| Some(cache.ends.get(&TEAM)?.count))
    }

    #[tokio::test]
    async fn deferred_statements_run_before_queries_and_the_commit() {
        let bench = Bench::new().await;
        let change = bench.write(|tx| {
            Box::pin(async {
                for number in [3, 1, 2] {
                    defer(tx, number).await?;
                }
                assert_eq!(numbers(tx).await, [1, 2, 3]);
                for number in 4..=100 {
                    defer(tx, number).await?;
                }
                Ok(Outcome::Done(()))
            })
        });
        change.await.expect("committed");
        assert!(bench.numbers().await.into_iter().eq(1..=100));
    }

    #[tokio::test]
    async fn nothing_is_committed_if_a_deferred_statement_fails() {
        let bench = Bench::new().await;
        let change = bench.write(|tx| {
            Box::pin(async {
                for number in [1, 2, 1] {
                    defer(tx, number).await?;
                }
                Ok(Outcome::Done(()))
            })
        });
        change.await.expect_err("one number exists");
        assert!(bench.numbers().await.is_empty());
    }

    #[tokio::test]
    async fn statement_that_times_out_leaves_the_transaction_in_doubt() {
        let bench = Bench::new().await;
        let connection = bench.store.database.connect_writer().await.expect("connected");
        let connection = Arc::new(AsyncMutex::new(connection));
        let begun = Transaction::begin(Arc::clone(&connection), Duration::ZERO, LastWrite::default()).await;
        let mut tx = begun.expect("begun");
        defer(&tx, 1).await.expect("deferred");
        assert!(!tx.has_begun());
        let _hangs = connection.lock().await;
        assert!(matches!(tx.commit().await, Err(Unfinished::Transaction(_))));
        assert!(tx.has_begun());
    }

    #[tokio::test]
    async fn rows_stay_cached_until_a_statement_writes() {
        let bench = Bench::new().await;
        let change = bench.write(|tx| {
            Box::pin(async {
                cache(tx, 7);
                defer(tx, 1).await?;
                assert_eq!(numbers(tx).await, [1]);
                assert_eq!(cached(tx), Some(7));
                done(add(tx, 2).await)
            })
        });
        change.await.expect("committed");
    }

    #[tokio::test]
    async fn the_next_change_has_the_cache_of_the_one_before_unless_rolled_back() {
        for (is_kept, known) in [(true, Some(2)), (false, None)] {
            let bench = Bench::new().await;
            let first = bench
                .ask(false, |tx, seen| {
                    Box::pin(async move {
                        defer(tx, 1).await?;
                        cache(tx, 1);
                        Ok(Outcome::Done(seen))
                    })
                })
                .await
                .begun()
                .await;
            let second = bench.ask(false, move |tx, seen| {
                Box::pin(async move {
                    assert_eq!(cached(tx), Some(1));
                    defer(tx, 2).await?;
                    cache(tx, 2);
                    Ok(if is_kept { Outcome::Done(seen) } else { Outcome::Refused(seen) })
                })
            });
            let second = second.await;
            let third = bench.ask(false, move |tx, seen| {
                Box::pin(async move {
                    assert_eq!(cached(tx), known);
                    Ok(Outcome::Done(seen))
                })
            });
            let third = third.await;
            for outcome in [first.go(), second.go(), third.go()] {
                outcome.await.expect("no panic").expect("as expected");
            }
            assert_eq!(bench.numbers().await, if is_kept { vec![1, 2] } else { vec![1] });
        }
    }

    #[tokio::test]
    async fn no_statement_runs_after_one_that_failed_deferred_ones_included() {
        let bench = Bench::new().await;
        let change = bench.write(|tx| {
            Box::pin(async {
                add(tx, 1).await?;
                defer(tx, 2).await?;
                add(tx, 1).await.expect_err("it exists");
                add(tx, 3).await.expect_err("the change has failed");
                defer(tx, 4).await.expect_err("the change has failed");
                Ok(Outcome::Done(()))
            })
        });
        change.await.expect_err("all of it");
        assert!(bench.numbers().await.is_empty());
    }
}
