//! Changes that share a transaction and its commit: each as its caller queued it, and the batch of those that have run.
//!
//! Not here: the queue, and which changes join a batch (`writer`).

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use futures_util::future::BoxFuture;
use sea_orm::DbErr;
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::database::{BEGIN_WITHIN, DbResult};
use super::error::{Error, Result};
use super::transaction::{Transaction, Unfinished};
use crate::worker;

/// The longest time for a change while others wait.
const CHANGE: Duration = Duration::from_secs(if cfg!(test) { 2 } else { 10 });

#[derive(Debug)]
pub enum Outcome<T> {
    /// Its writes are kept.
    Done(T),
    /// Its writes are rolled back.
    Refused(T),
}

pub trait Work<T, E>:
    for<'a> FnOnce(&'a Transaction) -> BoxFuture<'a, std::result::Result<Outcome<T>, E>> + Send + 'static
{
}

impl<T, E, W> Work<T, E> for W where
    W: for<'a> FnOnce(&'a Transaction) -> BoxFuture<'a, std::result::Result<Outcome<T>, E>> + Send + 'static
{
}

/// A queued change, which then waits for the commit.
pub(super) trait Change: Send {
    /// Whether it has a transaction of its own, without a time limit.
    fn is_long(&self) -> bool;
    /// Whether its caller no longer waits for it to begin.
    fn is_abandoned(&self) -> bool;
    /// Takes the work from the caller, to complete it; `false` if the caller no longer waits.
    fn begin(&mut self) -> bool;
    /// Runs it, and returns whether its writes are kept.
    fn run<'a>(&'a mut self, tx: &'a Transaction) -> BoxFuture<'a, bool>;
    /// Its last statements failed.
    fn fail(&mut self, error: DbErr);
    /// Sends the caller its outcome, or the error of the transaction.
    fn answer(self: Box<Self>, transaction: Result<()>);
}

/// A caller's work. Until it begins, it is dropped together with the caller's request.
pub(super) type Offer<W> = Mutex<Option<W>>;

pub(super) fn take<W>(offer: &Offer<W>) -> Option<W> {
    offer.lock().unwrap_or_else(PoisonError::into_inner).take()
}

pub(super) struct Waiting<W, T, E> {
    offer: Weak<Offer<W>>,
    work: Option<W>,
    is_long: bool,
    outcome: Option<std::result::Result<T, E>>,
    answer: oneshot::Sender<std::result::Result<T, E>>,
}

impl<W, T, E> Waiting<W, T, E> {
    pub fn new(
        offer: &Arc<Offer<W>>,
        is_long: bool,
        answer: oneshot::Sender<std::result::Result<T, E>>,
    ) -> Self {
        Self { offer: Arc::downgrade(offer), work: None, is_long, outcome: None, answer }
    }
}

impl<W, T, E> Change for Waiting<W, T, E>
where
    W: Work<T, E>,
    T: Send,
    E: From<Error> + Send,
{
    fn is_long(&self) -> bool {
        self.is_long
    }

    fn is_abandoned(&self) -> bool {
        self.offer.strong_count() == 0
    }

    fn begin(&mut self) -> bool {
        self.work = self.offer.upgrade().and_then(|offer| take(&offer));
        self.work.is_some()
    }

    fn run<'a>(&'a mut self, tx: &'a Transaction) -> BoxFuture<'a, bool> {
        Box::pin(async {
            let Some(work) = self.work.take() else {
                return false;
            };
            let (keeps, outcome) = match work(tx).await {
                // A statement that failed unnoticed must not be committed around.
                Ok(Outcome::Done(done)) => match tx.check() {
                    Ok(()) => (true, Ok(done)),
                    Err(error) => (false, Err(Error::from(error).into())),
                },
                Ok(Outcome::Refused(refused)) => (false, Ok(refused)),
                Err(error) => (false, Err(error)),
            };
            self.outcome = Some(outcome);
            keeps
        })
    }

    fn fail(&mut self, error: DbErr) {
        self.outcome = Some(Err(Error::from(error).into()));
    }

    fn answer(self: Box<Self>, transaction: Result<()>) {
        let outcome = match transaction {
            // Without an outcome it panicked or took too long.
            Ok(()) => self.outcome.unwrap_or_else(|| Err(Error::NotCommitted.into())),
            Err(error) => Err(error.into()),
        };
        // The caller may no longer wait.
        let _ = self.answer.send(outcome);
    }
}

/// A transaction, and the changes that wait for its commit.
pub(super) struct Batch {
    pub tx: Transaction,
    pub changes: Vec<Box<dyn Change>>,
    /// How many of them are kept.
    kept: usize,
}

pub(super) struct Ended {
    pub changes: Vec<Box<dyn Change>>,
    pub kept: usize,
    /// Whether the transaction could begin in the database.
    pub could_begin: bool,
    pub outcome: DbResult<()>,
}

impl Batch {
    pub fn new(tx: Transaction) -> Self {
        Self { tx, changes: Vec::new(), kept: 0 }
    }

    /// Runs a change, and returns whether its writes are kept.
    pub async fn run(&mut self, mut change: Box<dyn Change>) -> bool {
        self.tx.start_change();
        let limit = if change.is_long() {
            Duration::MAX
        } else if self.tx.has_begun() {
            CHANGE
        } else {
            CHANGE + BEGIN_WITHIN
        };
        let run = worker::contain("writer", change.run(&self.tx));
        let keeps = timeout(limit, run).await.ok().flatten().unwrap_or_default();
        self.kept += usize::from(keeps);
        self.changes.push(change);
        keeps
    }

    /// The last statements of the last change failed.
    pub fn fail_last(&mut self, error: DbErr) {
        if let Some(change) = self.changes.last_mut() {
            change.fail(error);
            self.kept -= 1;
        }
    }

    /// Commits what is kept, or rolls back.
    pub async fn end(mut self, filled: DbResult<()>) -> Ended {
        let outcome = match filled {
            Ok(()) => loop {
                if self.kept == 0 {
                    break self.tx.roll_back().await;
                }
                match self.tx.commit().await {
                    Ok(()) => break Ok(()),
                    Err(Unfinished::Transaction(error)) => break Err(error),
                    Err(Unfinished::Change(error)) => self.fail_last(error),
                }
                if self.kept > 0
                    && let Err(error) = self.tx.roll_back_to_savepoint().await
                {
                    break Err(error);
                }
            },
            Err(error) => Err(error),
        };
        let could_begin = self.tx.has_begun() || !self.tx.has_failed();
        // While it is open, the connection can't be closed.
        drop(self.tx);
        Ended { changes: self.changes, kept: self.kept, could_begin, outcome }
    }
}
