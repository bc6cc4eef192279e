//! The write queue and its task (group commit).
//!
//! The task runs the queued changes one after the other in one transaction, each in a savepoint. When the queue is
//! empty or the transaction old enough, it commits: all its changes become durable with one flush. Only then does it
//! return the outcomes, refusals and errors included, because each change sees the ones before it. If the commit fails,
//! all of them fail. A long change has its own transaction, on its own connection.
//!
//! A change that is refused, fails, panics or takes too long is rolled back to its savepoint and affects no other. Once
//! begun, a change is completed even if its caller no longer waits.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::{Mutex as AsyncMutex, mpsc, oneshot};
use tokio::time::{Instant, timeout};

use super::batch::{Batch, Change, Ended, Waiting, Work, take};
use super::connection::Connection;
use super::database::{BEGIN_WITHIN, Database, DbResult, STATEMENT, with_timeout};
use super::error::{Error, Result};
use super::health::{LastWrite, WriteFailure};
use super::transaction::{Transaction, Unfinished};
use crate::worker::{self, Worker};

/// The maximum number of changes that share a commit.
const CHANGES: usize = 128;
/// The age of a transaction after which no other change begins in it.
const AGE: Duration = Duration::from_millis(50);
/// The longest time for a statement of a long change, such as the migration of a large table.
const LONG_STATEMENT: Duration = Duration::from_hours(1);
/// The longest wait of a change before it begins.
const WAIT: Duration = Duration::from_secs(30);
/// The maximum number of queued changes; further callers wait for a place.
const QUEUE: usize = 1024;

/// The queue for the single write connection.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Request>,
    worker: Arc<Worker>,
    last_write: LastWrite,
}

enum Request {
    Change(Box<dyn Change>),
    /// Ends the task after the queued changes.
    Close(oneshot::Sender<()>),
}

impl Writer {
    pub(super) fn start(database: Database, connection: Connection) -> Self {
        let (queue, requests) = mpsc::channel(QUEUE);
        let last_write = LastWrite::default();
        let task = Task {
            database,
            connection: Some(Arc::new(AsyncMutex::new(connection))),
            requests,
            last_write: last_write.clone(),
            is_writing: false,
        };
        let worker = worker::start("writer", task, |task| Box::pin(task.run()));
        Self { queue, worker: Arc::new(worker), last_write }
    }

    /// Queues a change, and waits until its outcome is durable. A long one has its own transaction.
    pub(super) async fn make<T, E>(&self, is_long: bool, work: impl Work<T, E>) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<Error> + Send + 'static,
    {
        let offer = Arc::new(Mutex::new(Some(work)));
        let (answer, mut answered) = oneshot::channel();
        let waiting = Waiting::new(&offer, is_long, answer);
        let wait = async {
            let _ = self.queue.send(Request::Change(Box::new(waiting))).await;
            (&mut answered).await
        };
        match timeout(WAIT, wait).await {
            Ok(Ok(answer)) => answer,
            // Too late, or the writer has stopped. Work that is still here has not begun.
            _ if take(&offer).is_some() => Err(Error::BusyTooLong.into()),
            Ok(Err(_)) => Err(Error::NotCommitted.into()),
            Err(_) => answered.await.unwrap_or_else(|_| Err(Error::NotCommitted.into())),
        }
    }

    pub(super) fn worker(&self) -> &Worker {
        &self.worker
    }

    pub(super) const fn last_write(&self) -> &LastWrite {
        &self.last_write
    }

    /// Ends the task after the queued changes, unless one of them hangs.
    pub(super) async fn close(&self) {
        let (closed, is_closed) = oneshot::channel();
        let close = async {
            if self.queue.send(Request::Close(closed)).await.is_ok() {
                let _ = is_closed.await;
            }
        };
        let _ = timeout(WAIT, close).await;
    }
}

struct Task {
    database: Database,
    /// `None` after a failure, which may have left it in any state.
    connection: Option<Arc<AsyncMutex<Connection>>>,
    requests: mpsc::Receiver<Request>,
    last_write: LastWrite,
    /// Whether a transaction may be open, including one left by a panic.
    is_writing: bool,
}

impl Task {
    async fn run(&mut self) {
        // After a panic: the callers of the open transaction got `NotCommitted`.
        if std::mem::take(&mut self.is_writing) {
            self.disconnect().await;
        }
        let mut next = self.requests.recv().await;
        while let Some(request) = next.take() {
            next = match request {
                Request::Change(change) => {
                    self.is_writing = true;
                    let next = self.make(change).await;
                    self.is_writing = false;
                    next
                }
                Request::Close(closed) => {
                    self.disconnect().await;
                    let _ = closed.send(());
                    return;
                }
            };
            if next.is_none() {
                next = self.requests.recv().await;
            }
        }
    }

    /// Runs changes in one transaction, commits it and sends the outcomes. Returns the request that could not join it.
    async fn make(&mut self, first: Box<dyn Change>) -> Option<Request> {
        if first.is_abandoned() {
            return None;
        }
        let tx = match self.open(first.is_long()).await {
            Ok(tx) => tx,
            Err(error) => {
                tracing::error!(error = &error as &dyn std::error::Error, "could not begin a transaction");
                first.answer(Err(error));
                return self.refuse().await;
            }
        };
        let mut batch = Batch::new(tx);
        let (filled, left) = self.fill(&mut batch, first).await;
        let Ended { changes, kept, could_begin, outcome } = batch.end(filled).await;
        if let Err(error) = &outcome {
            self.last_write.failed(error);
            tracing::error!(%error, changes = kept, "a transaction failed; none of its changes is acknowledged");
            self.disconnect().await;
        } else if kept > 0 {
            self.last_write.succeeded();
        }
        for change in changes {
            change.answer(if outcome.is_ok() { Ok(()) } else { Err(Error::NotCommitted) });
        }
        match left {
            Some(Request::Close(_)) => left,
            _ if !could_begin => self.refuse().await,
            _ => left,
        }
    }

    /// Runs queued changes in a transaction. Returns whether it is still usable, and the request that could not join it.
    async fn fill(
        &mut self,
        batch: &mut Batch,
        mut first: Box<dyn Change>,
    ) -> (DbResult<()>, Option<Request>) {
        let began = Instant::now();
        let is_alone = first.is_long();
        // Without a savepoint: if it is not kept, the whole transaction is rolled back.
        if !first.begin() || !batch.run(first).await || is_alone {
            return (Ok(()), None);
        }
        let (mut has_savepoint, mut is_at_savepoint) = (false, false);
        while batch.changes.len() < CHANGES && began.elapsed() < AGE {
            let mut change = match self.requests.try_recv() {
                Ok(Request::Change(change)) if !change.is_long() => change,
                other => return (Ok(()), other.ok()),
            };
            if !is_at_savepoint {
                match batch.tx.set_savepoint(has_savepoint).await {
                    Ok(()) => has_savepoint = true,
                    Err(Unfinished::Change(error)) => {
                        batch.fail_last(error);
                        if !has_savepoint {
                            return (Ok(()), Some(Request::Change(change)));
                        }
                        if let Err(error) = batch.tx.roll_back_to_savepoint().await {
                            return (Err(error), Some(Request::Change(change)));
                        }
                    }
                    // The change joins the next transaction.
                    Err(Unfinished::Transaction(error)) => {
                        return (Err(error), Some(Request::Change(change)));
                    }
                }
            }
            is_at_savepoint = !change.begin() || !batch.run(change).await;
            if is_at_savepoint && let Err(error) = batch.tx.roll_back_to_savepoint().await {
                return (Err(error), None);
            }
        }
        (Ok(()), None)
    }

    async fn open(&mut self, is_long: bool) -> Result<Transaction> {
        let opened = if is_long {
            self.database
                .begin_long()
                .await
                .map_err(Error::from)
                .map(|on| Transaction::on_pool(on, Some(LONG_STATEMENT), self.last_write.clone()))
        } else {
            self.begin().await
        };
        if let Err(Error::Database(error)) = &opened {
            self.last_write.failed(error);
        }
        opened
    }

    async fn begin(&mut self) -> Result<Transaction> {
        let begin = |on| Transaction::begin(on, STATEMENT, self.last_write.clone());
        if let Some(connection) = &self.connection {
            match begin(Arc::clone(connection)).await {
                // The database has closed an idle connection.
                Err(error) if WriteFailure::of(&error) == Some(WriteFailure::Unreachable) => {}
                outcome => return Ok(outcome?),
            }
            self.disconnect().await;
        }
        let connection = with_timeout(Some(BEGIN_WITHIN), self.database.connect_writer()).await?;
        let connection = Arc::new(AsyncMutex::new(connection));
        self.connection = Some(Arc::clone(&connection));
        Ok(Transaction::begin(connection, STATEMENT, self.last_write.clone()).await?)
    }

    /// Refuses all queued changes: the database is unreachable, or another process keeps it locked.
    async fn refuse(&mut self) -> Option<Request> {
        let reason = self.last_write.failure().map(tracing::field::display);
        tracing::error!(reason, "the database accepts no changes");
        self.disconnect().await;
        for _ in 0..self.requests.len() {
            let request = self.requests.recv().await?;
            // A change is dropped, and its caller notices.
            if !matches!(request, Request::Change(_)) {
                return Some(request);
            }
        }
        None
    }

    /// Closes the connection: the next transaction gets another.
    async fn disconnect(&mut self) {
        if let Some(connection) = self.connection.take().and_then(Arc::into_inner) {
            // A connection that hangs is abandoned.
            let _ = timeout(STATEMENT, connection.into_inner().close()).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use sea_orm::{DbBackend, Statement};

    use super::super::Outcome;
    use super::super::bench::{Bench, add, done, numbers, run};
    use super::super::database::BEGIN_SQLITE;
    use super::*;

    #[tokio::test]
    async fn changes_that_wait_share_a_commit_and_none_is_answered_before() {
        let bench = Bench::new().await;
        let first = bench.ask_to_add(1).await.begun().await;
        let second = bench.ask_to_add(2).await;
        let first = first.go();
        let second = second.begun().await;
        assert!(!first.is_finished() && bench.numbers().await.is_empty());
        let seen = second.go().await.expect("no panic").expect("committed");
        assert_eq!(seen, [1], "a change sees those before it");
        assert_eq!(bench.numbers().await, [1, 2]);
        first.await.expect("no panic").expect("committed");
    }

    #[tokio::test]
    async fn a_rolled_back_change_takes_no_other_with_it() {
        for kind in ["refused", "failed", "panicked", "slow"] {
            let bench = Bench::new().await;
            let first = bench.ask_to_add(1).await.begun().await;
            let second = bench.ask(false, move |tx, seen| {
                Box::pin(async move {
                    add(tx, 2).await?;
                    match kind {
                        "refused" => Ok(Outcome::Refused(seen)),
                        "failed" => Err(Error::Corrupt("numbers")),
                        "panicked" => panic!("on purpose"),
                        _ => std::future::pending().await,
                    }
                })
            });
            let second = second.await;
            let third = bench.ask_to_add(3).await;
            let (first, second, third) = (first.go(), second.go(), third.go());
            let second = second.await.expect("no panic");
            match kind {
                "refused" => assert_eq!(second.expect("refused"), [1]),
                "failed" => assert!(matches!(second, Err(Error::Corrupt(_)))),
                _ => assert!(matches!(second, Err(Error::NotCommitted)), "{kind}"),
            }
            assert_eq!(third.await.expect("no panic").expect("committed"), [1], "{kind}");
            first.await.expect("no panic").expect("committed");
            assert_eq!(bench.numbers().await, [1, 3], "{kind}");
            assert!(bench.store.worker().is_running());
        }
    }

    #[tokio::test]
    async fn a_refusal_waits_until_what_it_has_seen_is_durable() {
        let bench = Bench::new().await;
        let first = bench.ask_to_add(1).await.begun().await;
        let look = bench.ask(false, |_, seen| Box::pin(async { Ok(Outcome::Refused(seen)) })).await;
        let first = first.go();
        let seen = look.go().await.expect("no panic").expect("refused");
        assert_eq!((seen, bench.numbers().await), (vec![1], vec![1]));
        first.await.expect("no panic").expect("committed");
    }

    #[tokio::test]
    async fn no_change_of_a_lost_transaction_is_acknowledged() {
        let bench = Bench::new().await;
        let first = bench.ask_to_add(1).await.begun().await;
        let second = bench.ask(false, |tx, seen| {
            Box::pin(async move {
                // As SQLite does by itself if the disk is full or broken.
                run(tx, "ROLLBACK").await?;
                done(add(tx, 2).await.map(|()| seen))
            })
        });
        let second = second.await;
        let look = bench.ask(false, |_, seen| Box::pin(async { Ok(Outcome::Refused(seen)) })).await;
        let (first, second, look) = (first.go(), second.go(), look.go());
        for lost in [first, second] {
            assert!(matches!(lost.await.expect("no panic"), Err(Error::NotCommitted)));
        }
        assert_eq!(look.await.expect("no panic").expect("in a new transaction"), [2]);
        bench.ask_to_add(3).await.go().await.expect("no panic").expect("committed");
    }

    #[tokio::test]
    async fn statement_that_is_dropped_is_rolled_back() {
        const SLOW: &str = "INSERT INTO numbers WITH RECURSIVE n (x) AS (VALUES (1) UNION ALL SELECT x + 1 FROM n \
                            WHERE x < 100000) SELECT x FROM n";
        let bench = Bench::new().await;
        let change = bench.write(|tx| {
            Box::pin(async {
                assert!(run(tx, SLOW).now_or_never().is_none(), "it is sent, but not awaited");
                Ok(Outcome::Refused(()))
            })
        });
        change.await.expect("refused");
        bench.ask_to_add(2).await.go().await.expect("no panic").expect("committed");
        assert_eq!(bench.numbers().await, [2]);
    }

    #[tokio::test]
    async fn a_change_is_made_if_its_caller_leaves_after_it_has_begun_and_not_before() {
        let bench = Bench::new().await;
        let first = bench.ask_to_add(1).await.begun().await;
        let left = bench.ask_to_add(2).await;
        left.outcome.abort();
        first.outcome.abort();
        let _ = first.go().await;
        bench.ask_to_add(3).await.go().await.expect("no panic").expect("committed");
        assert_eq!(bench.numbers().await, [1, 3]);
    }

    #[tokio::test]
    async fn other_changes_are_answered_before_a_long_change_begins() {
        let bench = Bench::new().await;
        let first = bench.ask_to_add(1).await.begun().await;
        let long =
            bench.ask(true, |tx, seen| Box::pin(async move { done(add(tx, 2).await.map(|()| seen)) })).await;
        first.go().await.expect("no panic").expect("committed before the long change ends");
        let long = long.begun().await;
        assert_eq!(bench.numbers().await, [1]);
        long.go().await.expect("no panic").expect("committed");
        assert_eq!(bench.numbers().await, [1, 2]);
    }

    #[tokio::test]
    async fn closing_waits_for_changes_that_wait() {
        let bench = Bench::new().await;
        let first = bench.ask_to_add(1).await.begun().await;
        let closed = tokio::spawn(bench.store.clone().close());
        let first = first.go();
        first.await.expect("no panic").expect("committed");
        closed.await.expect("no panic").expect("closed");
        let late = bench.write(|tx| Box::pin(async { done(Ok(numbers(tx).await)) })).await;
        assert!(matches!(late, Err(Error::BusyTooLong)));
    }

    #[tokio::test]
    async fn closing_is_not_refused_together_with_a_change() {
        let bench = Bench::new().await;
        let set = bench.write(|tx| Box::pin(async { done(run(tx, "PRAGMA busy_timeout = 0").await) }));
        set.await.expect("set");
        let mut other = bench.store.database.connect_writer().await.expect("connected");
        let lock = Statement::from_string(DbBackend::Sqlite, BEGIN_SQLITE);
        assert!(other.run(vec![lock]).await.is_ok());

        let (go, gone) = oneshot::channel::<()>();
        let store = bench.store.clone();
        let busy = tokio::spawn(async move {
            let change = store.write(false, |_| {
                Box::pin(async {
                    let _ = gone.await;
                    Ok::<_, Error>(Outcome::Done(()))
                })
            });
            change.await
        });
        tokio::task::yield_now().await;
        let closed = tokio::spawn(bench.store.clone().close());
        tokio::task::yield_now().await;
        let _ = go.send(());
        assert!(matches!(busy.await.expect("no panic"), Err(Error::Database(_))));
        closed.await.expect("no panic").expect("closed");

        other.close().await.expect("closed");
        let late = bench.write(|tx| Box::pin(async { done(add(tx, 1).await) })).await;
        assert!(matches!(late, Err(Error::BusyTooLong)));
    }
}
