//! A change in the making, and what its statements run on.
//!
//! Each statement is a way to the database and back, which costs more than most of them do there. Two things save ways:
//! what nobody waits for is put off and goes together, and what is known already is not asked again, for while a
//! transaction is open nobody else writes.
//!
//! Not here: who may write, and when what they wrote is real. That is `writer`.
//!
//! To have a transaction know more: a field of [`Known`], filled where it is looked up.

use std::collections::HashMap;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::{
    ConnectionTrait, DatabaseTransaction, DbBackend, DbErr, ExecResult, QueryResult, Statement,
    StatementBuilder, Values,
};
use sea_orm_migration::async_trait;
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard, oneshot, watch};

use super::data_key::WrappedDataKey;
use super::health::LastWrite;
use super::writer::{self, Batch};
use super::{Error, Executor, Result};
use crate::domain::{ApiKey, ApiKeyId, Checkpoint, Team, TeamId};

/// How many statements are put off at most.
const PUT_OFF: usize = 16;

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
        Self { work: Arc::new(Work::new(Open::new(on, LastWrite::default()), None)), end: None, seen: None }
    }

    /// One that writes, whose end `end` waits for.
    pub(super) fn writing(
        work: Arc<Work>,
        end: oneshot::Sender<oneshot::Sender<()>>,
        seen: Option<watch::Receiver<Batch>>,
    ) -> Self {
        Self { work, end: Some(end), seen }
    }

    /// Makes the change real. When this returns, it is on the disk.
    ///
    /// # Errors
    /// A statement of it has failed, and nothing has changed; or the database could not say that it is on the disk, and
    /// it may or may not be.
    pub async fn commit(mut self) -> Result<()> {
        drop(self.work.open().await?);
        let end = self.end.take().ok_or(Error::NotCommitted)?;
        let (answer, is_durable) = oneshot::channel();
        end.send(answer).map_err(|_| Error::NotCommitted)?;
        is_durable.await.map_err(|_| Error::NotCommitted)?;
        self.seen = None;
        Ok(())
    }

    /// Runs a statement that nobody waits for: with others, before the next that somebody waits for, at the latest before
    /// the commit. It changes nothing that is in [`Known`].
    pub(super) async fn put_off(&self, statement: &impl StatementBuilder) -> Result<()> {
        let mut open = self.work.lock().await?;
        open.put_off.push(StatementBuilder::build(statement, &self.work.backend));
        if open.put_off.len() >= PUT_OFF {
            self.work.catch_up(&mut open).await?;
        }
        Ok(())
    }

    /// What is known already; `None` where it is not.
    pub(super) async fn known<T>(&self, look: impl FnOnce(&Known) -> Option<T>) -> Result<Option<T>> {
        Ok(look(&self.work.lock().await?.known))
    }

    /// Notes what has been found out, or was put off and will be so.
    pub(super) async fn note(&self, learn: impl FnOnce(&mut Known)) -> Result<()> {
        learn(&mut self.work.lock().await?.known);
        Ok(())
    }

    /// The transaction beneath, for what the files of this room do with it.
    pub(super) async fn beneath(&self) -> Result<MappedMutexGuard<'_, DatabaseTransaction>> {
        let mut open = self.work.open().await?;
        open.known = Known::default();
        Ok(MappedMutexGuard::map(open, |open| &mut open.transaction))
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

/// A transaction that is open, and what goes with it.
pub struct Open {
    pub(super) transaction: DatabaseTransaction,
    put_off: Vec<Statement>,
    known: Known,
    last_write: LastWrite,
}

/// What is known of the database as the transaction sees it. Any change forgets it, but for those that are put off.
#[derive(Default)]
pub struct Known {
    /// The ends of teams' audit logs.
    pub ends: HashMap<TeamId, Checkpoint>,
    /// Teams' newest data keys.
    pub data_keys: HashMap<TeamId, WrappedDataKey>,
    /// API keys, and their teams.
    pub api_keys: HashMap<ApiKeyId, (ApiKey, Team)>,
}

impl Open {
    pub(super) fn new(transaction: DatabaseTransaction, last_write: LastWrite) -> Self {
        Self { transaction, put_off: Vec::new(), known: Known::default(), last_write }
    }

    /// Forgets what a turn has put off and found out that is rolled back.
    pub(super) fn forget(&mut self) {
        self.put_off.clear();
        self.known = Known::default();
    }
}

/// What the statements of a change run on, until its turn is over.
///
/// After the first that fails, no other runs, on whichever database: `PostgreSQL` wants it so, and `SQLite` may have ended
/// the transaction by itself, so that what came behind would be real at once.
pub struct Work {
    backend: DbBackend,
    open: Mutex<Option<Open>>,
    has_failed: AtomicBool,
    /// How long a statement may take.
    patience: Option<Duration>,
    last_write: LastWrite,
}

impl Work {
    pub(super) fn new(open: Open, patience: Option<Duration>) -> Self {
        Self {
            backend: open.transaction.get_database_backend(),
            last_write: open.last_write.clone(),
            open: Mutex::new(Some(open)),
            has_failed: AtomicBool::new(false),
            patience,
        }
    }

    /// Ends the turn: no statement runs any more. The transaction, to be committed or rolled back.
    pub(super) async fn take(&self) -> Option<Open> {
        self.open.lock().await.take()
    }

    fn check(&self) -> std::result::Result<(), DbErr> {
        if self.has_failed.load(Ordering::Relaxed) {
            Err(DbErr::Custom("an earlier statement of the change failed".to_owned()))
        } else {
            Ok(())
        }
    }

    async fn lock(&self) -> std::result::Result<MappedMutexGuard<'_, Open>, DbErr> {
        self.check()?;
        MutexGuard::try_map(self.open.lock().await, Option::as_mut)
            .map_err(|_| DbErr::Custom("the turn to write took too long, and is over".to_owned()))
    }

    /// The transaction, with all done that was put off.
    async fn open(&self) -> std::result::Result<MappedMutexGuard<'_, Open>, DbErr> {
        let mut open = self.lock().await?;
        self.catch_up(&mut open).await?;
        Ok(open)
    }

    /// The transaction, for a statement that may change what is known of it.
    async fn open_for(&self, sql: &str) -> std::result::Result<MappedMutexGuard<'_, Open>, DbErr> {
        let mut open = self.open().await?;
        if !sql.starts_with("SELECT ") {
            open.known = Known::default();
        }
        Ok(open)
    }

    /// Does what was put off. `SQLite` takes any number of statements at a time, `PostgreSQL` one.
    async fn catch_up(&self, open: &mut Open) -> std::result::Result<(), DbErr> {
        let mut statements = mem::take(&mut open.put_off);
        if self.backend == DbBackend::Sqlite && statements.len() > 1 {
            statements = vec![joined(statements)];
        }
        for statement in statements {
            self.run(open.transaction.execute_raw(statement)).await?;
        }
        Ok(())
    }

    /// Waits for a statement, and remembers when one has failed.
    async fn run<T>(
        &self,
        statement: impl Future<Output = std::result::Result<T, DbErr>>,
    ) -> std::result::Result<T, DbErr> {
        let outcome = writer::within(self.patience, statement).await;
        if let Err(error) = &outcome {
            self.has_failed.store(true, Ordering::Relaxed);
            self.last_write.failed(error);
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
        let open = self.open_for(&statement.sql).await?;
        self.run(open.transaction.execute_raw(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> std::result::Result<ExecResult, DbErr> {
        let open = self.open_for(sql).await?;
        self.run(open.transaction.execute_unprepared(sql)).await
    }

    async fn query_one_raw(&self, statement: Statement) -> std::result::Result<Option<QueryResult>, DbErr> {
        let open = self.open_for(&statement.sql).await?;
        self.run(open.transaction.query_one_raw(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> std::result::Result<Vec<QueryResult>, DbErr> {
        let open = self.open_for(&statement.sql).await?;
        self.run(open.transaction.query_all_raw(statement)).await
    }
}

/// Several statements as one. Their variables are `?`, and are counted through.
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

    use super::super::Store;
    use super::super::bench::{Bench, add, numbers, run};
    use super::*;

    const TEAM: TeamId = TeamId(Uuid::nil());

    async fn put_off(tx: &Transaction, number: i64) -> Result<()> {
        let mut insert = Query::insert();
        insert.into_table("numbers").columns(["number"]).values_panic([number.into()]);
        tx.put_off(&insert).await
    }

    /// Notes what can't be, so that it is seen whether it is known.
    async fn note(tx: &Transaction, count: i64) {
        let end = Checkpoint { count, hash: Vec::new() };
        tx.note(|known| _ = known.ends.insert(TEAM, end)).await.expect("noted");
    }

    async fn noted(tx: &Transaction) -> Option<i64> {
        let count = |known: &Known| Some(known.ends.get(&TEAM)?.count);
        tx.known(count).await.expect("open")
    }

    #[tokio::test]
    async fn what_is_put_off_is_done_before_anybody_looks() {
        let bench = Bench::new().await;
        let tx = bench.store.begin().await.expect("begun");
        for number in [3, 1, 2] {
            put_off(&tx, number).await.expect("put off");
        }
        assert_eq!(numbers(&tx).await, [1, 2, 3]);
        put_off(&tx, 4).await.expect("put off");
        tx.commit().await.expect("committed");
        assert_eq!(bench.numbers().await, [1, 2, 3, 4]);
    }

    #[tokio::test]
    async fn any_number_can_be_put_off() {
        let bench = Bench::new().await;
        let tx = bench.store.begin().await.expect("begun");
        let all: Vec<i64> = (1..=100).collect();
        for number in &all {
            put_off(&tx, *number).await.expect("put off");
        }
        tx.commit().await.expect("committed");
        assert_eq!(bench.numbers().await, all);
    }

    #[tokio::test]
    async fn nothing_is_committed_where_what_was_put_off_fails() {
        let bench = Bench::new().await;
        let tx = bench.store.begin().await.expect("begun");
        for number in [1, 2, 1] {
            put_off(&tx, number).await.expect("put off");
        }
        tx.commit().await.expect_err("one is there twice");
        assert!(bench.numbers().await.is_empty());
    }

    #[tokio::test]
    async fn what_is_known_stays_known_until_something_else_changes() {
        let bench = Bench::new().await;
        let tx = bench.store.begin().await.expect("begun");
        note(&tx, 7).await;
        put_off(&tx, 1).await.expect("put off");
        assert_eq!(numbers(&tx).await, [1]);
        assert_eq!(noted(&tx).await, Some(7));
        add(&tx, 2).await.expect("added");
        assert_eq!(noted(&tx).await, None);
    }

    /// Two turns in one transaction, of which the second notes something. What a third one knows of it.
    async fn known_behind(end: impl AsyncFnOnce(Transaction)) -> Option<i64> {
        let bench = Bench::new().await;
        let begin = |store: &Store| {
            let store = store.clone();
            tokio::spawn(async move { store.begin().await.expect("begun") })
        };
        let first = bench.store.begin().await.expect("begun");
        let second = begin(&bench.store);
        let third = begin(&bench.store);
        tokio::task::yield_now().await;
        put_off(&first, 1).await.expect("put off");
        note(&first, 1).await;
        let first = tokio::spawn(first.commit());
        let second = second.await.expect("no panic");
        assert_eq!(noted(&second).await, Some(1));
        put_off(&second, 2).await.expect("put off");
        note(&second, 2).await;
        let ending = tokio::spawn(async move { third.await.expect("no panic") });
        end(second).await;
        let third = ending.await.expect("no panic");
        let known = noted(&third).await;
        drop(third);
        first.await.expect("no panic").expect("committed");
        known
    }

    #[tokio::test]
    async fn whoever_is_behind_in_the_transaction_knows_it_as_well() {
        let known = known_behind(async |second| drop(tokio::spawn(second.commit()))).await;
        assert_eq!(known, Some(2));
    }

    #[tokio::test]
    async fn what_is_rolled_back_is_not_known() {
        let known = known_behind(async |second| drop(second)).await;
        assert_eq!(known, None);
    }

    #[tokio::test]
    async fn what_a_turn_has_put_off_that_came_to_nothing_is_not_done() {
        let bench = Bench::new().await;
        let tx = bench.store.begin().await.expect("begun");
        put_off(&tx, 1).await.expect("put off");
        run(&tx, "SELECT nothing").await.expect_err("no such column");
        put_off(&tx, 2).await.expect_err("the change has failed");
        tx.commit().await.expect_err("all of it");
        assert!(bench.numbers().await.is_empty());
    }
}
