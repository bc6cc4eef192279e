//! Transactions. Each statement is a round trip, which often costs more than its work. So statements without a result are
//! deferred and sent together, and rows are cached, because only one transaction writes at a time.
//!
//! To cache more: a field of [`Cache`], filled where it is read.

use std::collections::HashMap;
use std::mem;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    StatementBuilder, Values,
};
use sea_orm_migration::async_trait;

use super::Executor;
use super::database::with_timeout;
use super::error::Result;
use super::health::LastWrite;
use crate::domain::{ApiKey, ApiKeyId, Checkpoint, Team, TeamId, WrappedDataKey};

/// The most statements that are deferred.
const DEFERRED: usize = 16;
/// The savepoint of a change.
const SAVEPOINT: &str = "SAVEPOINT change";
/// The same for the next change: earlier changes stay part of the transaction.
const NEXT_SAVEPOINT: &str = "RELEASE SAVEPOINT change; SAVEPOINT change";
const ROLL_BACK: &str = "ROLLBACK TO SAVEPOINT change";

/// A transaction, of changes or of reads.
///
/// After a failed statement, no other of that change runs: `PostgreSQL` demands it, and `SQLite` may have ended the
/// transaction by itself, so that further statements would be committed at once.
pub struct Transaction {
    on: DatabaseTransaction,
    state: Mutex<State>,
    has_failed: AtomicBool,
    limit: Option<Duration>,
    last_write: LastWrite,
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

impl Transaction {
    pub(super) fn new(on: DatabaseTransaction, limit: Option<Duration>, last_write: LastWrite) -> Self {
        Self { on, state: Mutex::default(), has_failed: AtomicBool::new(false), limit, last_write }
    }

    /// Defers a statement without a result until the next one that has one, or the end of the change. It must not change
    /// rows in [`Cache`].
    pub(super) async fn defer(&self, statement: &impl StatementBuilder) -> Result<()> {
        self.check()?;
        let deferred = {
            let mut state = self.state();
            state.deferred.push(StatementBuilder::build(statement, &self.on.get_database_backend()));
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

    /// The database's transaction, for this module's files.
    pub(super) async fn raw(&self) -> std::result::Result<&DatabaseTransaction, DbErr> {
        self.flush().await?;
        self.state().cache = Cache::default();
        Ok(&self.on)
    }

    /// Runs the deferred statements. Fails if any statement of the change did.
    pub(super) async fn flush(&self) -> std::result::Result<(), DbErr> {
        self.check()?;
        let mut statements = mem::take(&mut self.state().deferred);
        // SQLite accepts several statements at a time, PostgreSQL only one.
        if self.on.get_database_backend() == DbBackend::Sqlite && statements.len() > 1 {
            statements = vec![joined(statements)];
        }
        for statement in statements {
            self.run(self.on.execute_raw(statement)).await?;
        }
        Ok(())
    }

    pub(super) fn start_change(&mut self) {
        *self.has_failed.get_mut() = false;
    }

    /// Sets the savepoint of a change, in place of the one before.
    pub(super) async fn set_savepoint(&self, follows_another: bool) -> std::result::Result<(), DbErr> {
        let savepoint = if follows_another { NEXT_SAVEPOINT } else { SAVEPOINT };
        self.on.execute_unprepared(savepoint).await.map(|_| ())
    }

    pub(super) async fn roll_back_to_savepoint(&mut self) -> std::result::Result<(), DbErr> {
        *self.state() = State::default();
        self.on.execute_unprepared(ROLL_BACK).await.map(|_| ())
    }

    pub(super) async fn commit(self) -> std::result::Result<(), DbErr> {
        self.on.commit().await
    }

    pub(super) async fn roll_back(self) -> std::result::Result<(), DbErr> {
        self.on.rollback().await
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn check(&self) -> std::result::Result<(), DbErr> {
        if self.has_failed.load(Ordering::Relaxed) {
            Err(DbErr::Custom("an earlier statement of the change failed".to_owned()))
        } else {
            Ok(())
        }
    }

    /// Waits for a statement, and notes a failure.
    async fn run<T>(
        &self,
        statement: impl Future<Output = std::result::Result<T, DbErr>>,
    ) -> std::result::Result<T, DbErr> {
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
        self.on.get_database_backend()
    }

    /// Writes go through `execute`, which clears the cache, and never through `query`.
    fn support_returning(&self) -> bool {
        false
    }

    async fn execute_raw(&self, statement: Statement) -> std::result::Result<ExecResult, DbErr> {
        let on = self.raw().await?;
        self.run(on.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> std::result::Result<ExecResult, DbErr> {
        let on = self.raw().await?;
        self.run(on.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> std::result::Result<Option<QueryResult>, DbErr> {
        self.flush().await?;
        self.run(self.on.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> std::result::Result<Vec<QueryResult>, DbErr> {
        self.flush().await?;
        self.run(self.on.query_all_raw(statement)).await
    }
}

/// Several statements as one. Their parameters are `?`, numbered through.
fn joined(statements: Vec<Statement>) -> Statement {
    let mut sql = String::new();
    let mut values = Vec::new();
    for statement in statements {
        sql.push_str(&statement.sql);
        sql.push_str("; ");
        values.extend(statement.values.map(|Values(values)| values).unwrap_or_default());
    }
    Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
}

#[cfg(test)]
mod tests {
    use sea_orm::sea_query::Query;
    use strongroom_shared::Uuid;

    use super::super::Outcome;
    use super::super::bench::{Bench, add, done, numbers, run};
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
    async fn deferred_statements_of_a_failed_change_do_not_run() {
        let bench = Bench::new().await;
        let change = bench.write(|tx| {
            Box::pin(async {
                defer(tx, 1).await?;
                run(tx, "SELECT nothing").await.expect_err("no such column");
                defer(tx, 2).await.expect_err("the change has failed");
                Ok(Outcome::Done(()))
            })
        });
        change.await.expect_err("all of it");
        assert!(bench.numbers().await.is_empty());
    }
}
