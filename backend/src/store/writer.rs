//! Who may write, and when what they wrote is real.
//!
//! One task owns the connection that writes. Whoever wants to write waits in line for a turn, does their work in a
//! savepoint of the transaction that is open, and passes the turn on. When nobody waits any more, or the transaction has
//! lasted for long enough, the task commits it: all turns in it are real at once, for the price of one
//! synchronisation. Nobody is answered before.
//!
//! A turn that fails, is dropped or takes too long is rolled back to its savepoint, and harms nobody else. If the
//! transaction itself fails, nobody's turn in it has happened, and everybody is told.
//!
//! A turn sees what the turns before it have done, which is not on the disk yet. So an answer that goes with no change,
//! "there is no such secret", waits as well: see [`settled`].

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::{ConnectionTrait as _, DatabaseConnection, DatabaseTransaction, DbErr};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::{Instant, timeout};

use super::database::Database;
use super::health::LastWrite;
use super::transaction::{Open, Transaction, Work};
use super::{Error, Result};
use crate::worker::{self, Worker};

/// How many turns share a commit at most.
const TURNS: usize = 128;
/// How old a transaction is at most when another turn begins in it.
const AGE: Duration = Duration::from_millis(50);
/// How long a turn lasts at most, so that whoever holds it keeps nobody waiting for long.
const TURN: Duration = Duration::from_secs(if cfg!(test) { 2 } else { 10 });
/// How long a statement, a savepoint or a commit may take before the connection counts as dead.
const STATEMENT: Duration = Duration::from_secs(20);
/// The same in a long turn: a migration of a large table takes its time, but a machine that is gone is noticed.
const LONG_STATEMENT: Duration = Duration::from_hours(1);
/// How long someone waits for a turn at most.
const WAIT: Duration = Duration::from_secs(30);
/// How many may wait; more have to wait for a place to wait at.
const QUEUE: usize = 1024;

/// The savepoint of a turn, behind one that had none or behind another's, whose work is a part of the transaction from then
/// on; and the way back to it.
const SAVEPOINT: &str = "SAVEPOINT turn";
const NEXT_SAVEPOINT: &str = "RELEASE SAVEPOINT turn; SAVEPOINT turn";
const ROLL_BACK: &str = "ROLLBACK TO SAVEPOINT turn";

/// What has become of a transaction and the turns in it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Batch {
    /// It is open.
    Open,
    /// It is on the disk.
    Done,
    /// Nothing of it has happened, or nobody knows.
    Lost,
}

tokio::task_local! {
    /// The transactions that what is being answered has seen, and added nothing to.
    static SEEN: RefCell<Vec<watch::Receiver<Batch>>>;
}

/// Notes that what is being answered may rest on changes that are not real yet.
pub(super) fn remember(batch: watch::Receiver<Batch>) {
    // Where nobody answers anything, there is nothing to hold back.
    let _ = SEEN.try_with(|seen| seen.borrow_mut().push(batch));
}

/// Does work that ends in an answer, and holds it back until all that it has seen is on the disk. It is wrapped around
/// whatever answers someone and may begin a change.
///
/// # Errors
/// What it has seen has not happened, or nobody knows.
pub async fn settled<T>(work: impl Future<Output = T>) -> Result<T> {
    let work = async {
        let answer = work.await;
        for mut batch in SEEN.with(RefCell::take) {
            let end = batch.wait_for(|batch| *batch != Batch::Open).await;
            if end.is_err() || end.is_ok_and(|end| *end == Batch::Lost) {
                return Err(Error::NotCommitted);
            }
        }
        Ok(answer)
    };
    SEEN.scope(RefCell::default(), work).await
}

/// Waits for the database, but not for ever: a machine that is gone does not say so.
pub(super) async fn within<T>(
    patience: Option<Duration>,
    work: impl Future<Output = std::result::Result<T, DbErr>>,
) -> std::result::Result<T, DbErr> {
    match patience {
        None => work.await,
        Some(patience) => timeout(patience, work)
            .await
            .unwrap_or_else(|_| Err(DbErr::Custom("the database did not answer in time".to_owned()))),
    }
}

/// The line before the one connection that writes.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Request>,
    worker: Arc<Worker>,
    last_write: LastWrite,
}

enum Request {
    Turn(Turn),
    /// The end: whoever asked before has had their turn.
    Close(oneshot::Sender<()>),
    /// Makes the writer panic.
    #[cfg(test)]
    Panic,
}

/// Someone who waits for a turn.
struct Turn {
    begun: oneshot::Sender<Result<Transaction>>,
    is_long: bool,
}

impl Writer {
    /// Begins to hand out turns on a connection.
    pub(super) fn start(database: Database, connection: DatabaseConnection) -> Self {
        let (queue, requests) = mpsc::channel(QUEUE);
        let last_write = LastWrite::default();
        let task = Task {
            database,
            connection: Some(connection),
            requests,
            last_write: last_write.clone(),
            is_writing: false,
        };
        let worker = worker::start("writer", task, |task| Box::pin(task.run()));
        Self { queue, worker: Arc::new(worker), last_write }
    }

    /// Waits for a turn. One that is long has a commit to itself, and may take its time.
    pub(super) async fn begin(&self, is_long: bool) -> Result<Transaction> {
        let (begun, has_begun) = oneshot::channel();
        let wait = async {
            let turn = Request::Turn(Turn { begun, is_long });
            self.queue.send(turn).await.map_err(|_| Error::NoTurn)?;
            has_begun.await.map_err(|_| Error::NoTurn)?
        };
        timeout(WAIT, wait).await.unwrap_or(Err(Error::NoTurn))
    }

    /// The task that hands out turns.
    pub(super) fn worker(&self) -> &Worker {
        &self.worker
    }

    /// The outcome of the last write.
    pub(super) const fn last_write(&self) -> &LastWrite {
        &self.last_write
    }

    /// Ends it, after those who wait already; but for what hangs nobody waits for ever.
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
    /// The pool of the one connection; `None` after a failure that may have left it in any state.
    connection: Option<DatabaseConnection>,
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
                Request::Turn(turn) => {
                    self.is_writing = true;
                    let next = self.batch(turn).await;
                    self.is_writing = false;
                    next
                }
                #[cfg(test)]
                Request::Panic => panic!("on purpose"),
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

    /// Hands out turns in one transaction, and commits it. The request that could not be a part of it.
    async fn batch(&mut self, first: Turn) -> Option<Request> {
        if first.begun.is_closed() {
            return None;
        }
        let open = match self.open().await {
            Ok(transaction) => Open::new(transaction, self.last_write.clone()),
            Err(error) => return self.refuse(first, error).await,
        };
        let (outcome, batch) = watch::channel(Batch::Open);
        let mut answers = Vec::new();
        let (open, left) = self.take_turns(open, first, &mut answers, &batch).await;
        let end = async {
            let Open { transaction, .. } = open?;
            if answers.is_empty() { transaction.rollback().await } else { transaction.commit().await }
        };
        if let Err(error) = within(Some(STATEMENT), end).await {
            self.last_write.failed(&error);
            tracing::error!(%error, changes = answers.len(), "a transaction failed; nobody is told that it happened");
            self.disconnect().await;
            outcome.send_replace(Batch::Lost);
        } else {
            if !answers.is_empty() {
                self.last_write.succeeded();
            }
            outcome.send_replace(Batch::Done);
            for answer in answers {
                // Whoever has gone away has changed it all the same.
                let _ = answer.send(());
            }
        }
        left
    }

    /// Hands out turns in a transaction, as long as somebody waits for one. The transaction, unless it can't be trusted any
    /// more, and the request that could not be a part of it.
    async fn take_turns(
        &mut self,
        open: Open,
        first: Turn,
        answers: &mut Vec<oneshot::Sender<()>>,
        batch: &watch::Receiver<Batch>,
    ) -> (std::result::Result<Open, DbErr>, Option<Request>) {
        let began = Instant::now();
        let is_alone = first.is_long;
        // Without a savepoint: if it comes to nothing, so does the transaction, and nobody else is in it.
        let mut open = match lend(open, first, None).await {
            Ok((open, answer)) if is_alone || answer.is_none() => {
                answers.extend(answer);
                return (Ok(open), None);
            }
            Ok((open, answer)) => {
                answers.extend(answer);
                open
            }
            Err(error) => return (Err(error), None),
        };
        let mut turns = 1;
        while turns < TURNS && began.elapsed() < AGE {
            let turn = match self.requests.try_recv() {
                Ok(Request::Turn(turn)) if !turn.is_long => turn,
                #[cfg(test)]
                Ok(Request::Panic) => panic!("on purpose"),
                other => return (Ok(open), other.ok()),
            };
            if turn.begun.is_closed() {
                continue;
            }
            let savepoint = if turns == 1 { SAVEPOINT } else { NEXT_SAVEPOINT };
            let saving = open.transaction.execute_unprepared(savepoint);
            if let Err(error) = within(Some(STATEMENT), saving).await {
                // Their turn is in the next transaction.
                return (Err(error), Some(Request::Turn(turn)));
            }
            match take_turn(open, turn, batch.clone()).await {
                Ok((after, answer)) => {
                    open = after;
                    answers.extend(answer);
                }
                Err(error) => return (Err(error), None),
            }
            turns += 1;
        }
        (Ok(open), None)
    }

    /// Begins a transaction in which nobody else writes, in whichever process.
    async fn open(&mut self) -> Result<DatabaseTransaction> {
        let connection = match self.connection.take() {
            Some(connection) => Ok(connection),
            None => self.database.connect_writer().await,
        };
        let connection = connection.inspect_err(|error| self.last_write.failed(error))?;
        let begun = self.database.begin(&connection).await;
        self.connection = Some(connection);
        if let Err(error) = &begun {
            self.last_write.failed(error);
            self.disconnect().await;
        }
        Ok(begun?)
    }

    /// Tells all who wait now that there are no turns: the database is out of reach, or others keep it to themselves.
    async fn refuse(&mut self, first: Turn, error: Error) -> Option<Request> {
        tracing::error!(error = &error as &dyn std::error::Error, "no change can be begun");
        let _ = first.begun.send(Err(error));
        for _ in 0..self.requests.len() {
            let request = self.requests.recv().await?;
            // A turn is dropped, which its caller notices.
            if !matches!(request, Request::Turn(_)) {
                return Some(request);
            }
        }
        None
    }

    /// Gives the connection up: the next transaction gets another.
    async fn disconnect(&mut self) {
        if let Some(connection) = self.connection.take() {
            // What hangs is left behind.
            let _ = timeout(STATEMENT, connection.close()).await;
        }
    }
}

/// A turn behind a savepoint, and the way back to it where it comes to nothing. The transaction, and where to answer when all
/// is committed; `None` if there is nothing to commit. An error is about the transaction around it, which can't be trusted
/// from then on.
async fn take_turn(
    open: Open,
    turn: Turn,
    batch: watch::Receiver<Batch>,
) -> std::result::Result<(Open, Option<oneshot::Sender<()>>), DbErr> {
    let (mut open, answer) = lend(open, turn, Some(batch)).await?;
    if answer.is_none() {
        within(Some(STATEMENT), open.transaction.execute_unprepared(ROLL_BACK)).await?;
        open.forget();
    }
    Ok((open, answer))
}

/// Lends a transaction for a turn. It, and where to answer when all is committed; `None` if there is nothing to commit.
async fn lend(
    open: Open,
    Turn { begun, is_long }: Turn,
    seen: Option<watch::Receiver<Batch>>,
) -> std::result::Result<(Open, Option<oneshot::Sender<()>>), DbErr> {
    let patience = if is_long { LONG_STATEMENT } else { STATEMENT };
    let work = Arc::new(Work::new(open, Some(patience)));
    let (end, mut ended) = oneshot::channel();
    // Where nobody takes it any more, it is dropped, and has ended.
    let _ = begun.send(Ok(Transaction::writing(Arc::clone(&work), end, seen)));
    let answer = if is_long {
        (&mut ended).await.ok()
    } else {
        timeout(TURN, &mut ended).await.ok().and_then(std::result::Result::ok)
    };
    // From here on, nobody can wish for a commit.
    drop(ended);
    let gone = || DbErr::Custom("the transaction of a turn is gone".to_owned());
    let open = work.take().await.ok_or_else(gone)?;
    Ok((open, answer))
}

#[cfg(test)]
mod tests {
    use tokio::task::JoinHandle;

    use super::super::bench::{Bench, add, numbers, run};
    use super::*;

    impl Bench {
        /// Begins while someone else has the turn: waits in line when this returns.
        async fn queue(&self) -> JoinHandle<Result<Transaction>> {
            let store = self.store.clone();
            let begun = tokio::spawn(async move { store.begin().await });
            while self.store.writer.queue.capacity() == QUEUE {
                tokio::task::yield_now().await;
            }
            begun
        }
    }

    #[tokio::test]
    async fn those_who_wait_share_a_commit_and_nobody_is_answered_before() {
        let bench = Bench::new().await;
        let first = bench.store.begin().await.expect("begun");
        let second = bench.queue().await;
        add(&first, 1).await.expect("added");
        let first = tokio::spawn(first.commit());
        let second = second.await.expect("no panic").expect("begun");
        assert_eq!(numbers(&second).await, [1], "what was before in line is seen");
        assert!(!first.is_finished() && bench.numbers().await.is_empty());
        add(&second, 2).await.expect("added");
        second.commit().await.expect("committed");
        assert_eq!(bench.numbers().await, [1, 2]);
        first.await.expect("no panic").expect("committed");
    }

    #[tokio::test]
    async fn a_change_that_is_dropped_takes_no_other_with_it() {
        let bench = Bench::new().await;
        let first = bench.store.begin().await.expect("begun");
        let second = bench.queue().await;
        add(&first, 1).await.expect("added");
        let first = tokio::spawn(first.commit());
        let second = second.await.expect("no panic").expect("begun");
        add(&second, 2).await.expect("added");
        let third = bench.queue().await;
        drop(second);
        let third = third.await.expect("no panic").expect("begun");
        add(&third, 3).await.expect("added");
        third.commit().await.expect("committed");
        first.await.expect("no panic").expect("committed");
        assert_eq!(bench.numbers().await, [1, 3]);
    }

    #[tokio::test]
    async fn an_answer_without_a_change_waits_for_what_it_has_seen() {
        let bench = Bench::new().await;
        let first = bench.store.begin().await.expect("begun");
        let store = bench.store.clone();
        let answer = tokio::spawn(settled(async move {
            let tx = store.begin().await.expect("begun");
            numbers(&tx).await
        }));
        while bench.store.writer.queue.capacity() == QUEUE {
            tokio::task::yield_now().await;
        }
        add(&first, 1).await.expect("added");
        let first = tokio::spawn(first.commit());
        assert_eq!(answer.await.expect("no panic").expect("settled"), [1]);
        assert_eq!(bench.numbers().await, [1], "it is on the disk when it is answered");
        first.await.expect("no panic").expect("committed");
    }

    #[tokio::test]
    async fn where_the_transaction_is_lost_nobody_is_told_that_it_happened() {
        let bench = Bench::new().await;
        let first = bench.store.begin().await.expect("begun");
        let second = bench.queue().await;
        add(&first, 1).await.expect("added");
        let first = tokio::spawn(first.commit());
        let second = second.await.expect("no panic").expect("begun");
        let store = bench.store.clone();
        let looked = tokio::spawn(settled(async move {
            let tx = store.begin().await?;
            Ok::<_, Error>(numbers(&tx).await)
        }));
        // As SQLite does by itself where the disk is full or broken.
        run(&second, "ROLLBACK").await.expect("rolled back");
        add(&second, 2).await.expect("SQLite goes on without a transaction");
        assert!(matches!(second.commit().await, Err(Error::NotCommitted)));
        assert!(matches!(first.await.expect("no panic"), Err(Error::NotCommitted)));
        // Whoever was in line behind gets a new transaction.
        assert_eq!(looked.await.expect("no panic").expect("settled").expect("begun"), [2]);
        let next = bench.store.begin().await.expect("begun");
        add(&next, 3).await.expect("added");
        next.commit().await.expect("committed");
    }

    #[tokio::test]
    async fn nothing_runs_behind_a_statement_that_failed() {
        let bench = Bench::new().await;
        let tx = bench.store.begin().await.expect("begun");
        add(&tx, 1).await.expect("added");
        add(&tx, 1).await.expect_err("it is there");
        add(&tx, 2).await.expect_err("the change has failed");
        tx.commit().await.expect_err("all of it");
        assert!(bench.numbers().await.is_empty());
    }

    #[tokio::test]
    async fn a_turn_that_takes_too_long_is_over_and_those_before_it_are_answered() {
        let bench = Bench::new().await;
        let first = bench.store.begin().await.expect("begun");
        let second = bench.queue().await;
        add(&first, 1).await.expect("added");
        let first = tokio::spawn(first.commit());
        let second = second.await.expect("no panic").expect("begun");
        add(&second, 2).await.expect("added");
        first.await.expect("no panic").expect("committed");
        assert_eq!(bench.numbers().await, [1]);
        add(&second, 3).await.expect_err("its turn is over");
        second.commit().await.expect_err("so it can't be committed");
        assert_eq!(bench.numbers().await, [1]);
    }

    #[tokio::test]
    async fn whoever_leaves_the_line_holds_nobody_up() {
        let bench = Bench::new().await;
        let first = bench.store.begin().await.expect("begun");
        let left = bench.queue().await;
        left.abort();
        let _ = left.await;
        first.commit().await.expect("committed");
        let next = bench.store.begin().await.expect("begun");
        add(&next, 1).await.expect("added");
        next.commit().await.expect("committed");
        assert_eq!(bench.numbers().await, [1]);
    }

    #[tokio::test]
    async fn a_long_change_keeps_nobody_waiting_for_an_answer() {
        let bench = Bench::new().await;
        let first = bench.store.begin().await.expect("begun");
        let store = bench.store.clone();
        let long = tokio::spawn(async move { store.begin_long().await });
        while bench.store.writer.queue.capacity() == QUEUE {
            tokio::task::yield_now().await;
        }
        add(&first, 1).await.expect("added");
        first.commit().await.expect("committed, while the long one has begun or waits");
        let long = long.await.expect("no panic").expect("begun");
        add(&long, 2).await.expect("added");
        assert_eq!(bench.numbers().await, [1]);
        long.commit().await.expect("committed");
        assert_eq!(bench.numbers().await, [1, 2]);
    }

    #[tokio::test]
    async fn a_panic_acknowledges_nothing_and_the_next_change_succeeds() {
        let bench = Bench::new().await;
        let first = bench.store.begin().await.expect("begun");
        add(&first, 1).await.expect("added");
        let panic = bench.store.writer.queue.send(Request::Panic);
        panic.await.expect("the writer runs");
        assert!(matches!(first.commit().await, Err(Error::NotCommitted)));
        assert!(bench.store.worker().is_running());
        let next = bench.store.begin().await.expect("begun");
        add(&next, 2).await.expect("added");
        next.commit().await.expect("committed");
        assert_eq!(bench.numbers().await, [2]);
    }

    #[tokio::test]
    async fn closing_waits_for_the_turn_that_is_taken() {
        let bench = Bench::new().await;
        let tx = bench.store.begin().await.expect("begun");
        let closed = tokio::spawn(bench.store.clone().close());
        add(&tx, 1).await.expect("added");
        tx.commit().await.expect("committed");
        closed.await.expect("no panic").expect("closed");
        assert!(matches!(bench.store.begin().await, Err(Error::NoTurn)));
    }
}
