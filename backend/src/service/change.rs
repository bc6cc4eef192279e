//! The runner: the one way to make a change.
//!
//! A use case gives the runner its rules, writes and audit entries as one block. The runner waits for the writer, admits the
//! actor again, runs the block, commits or rolls back, and returns when the outcome is durable, refusals included. A change
//! that has begun is finished even if the client disconnects. Only the runner commits, and a change is only
//! [`Outcome::Done`] with the proof that it was [`Recorded`].
//!
//! Not here: the changes themselves, and how several share a commit (`store::writer`).

use futures_util::future::BoxFuture;
use strongroom_shared::SecretName;

use super::admission::admit_again;
pub(super) use super::recorded::Recorded;
use super::values::StagedValues;
use super::{Error, Result, Service};
use crate::domain::{Actor, Rule};
use crate::store::{self, Transaction};

/// Makes a change: `change!(service, actor, |service, tx, actor| { … })`, or, without an actor, `change!(service,
/// |service, tx| { … })`. The block is asynchronous and owns its captures.
macro_rules! change {
    ($service:expr, $actor:expr, |$own:tt, $tx:ident, $admitted:ident| $work:block) => {
        $service.change(false, $actor, move |$own, $tx, $admitted| Box::pin(async move { $work })).await
    };
    ($service:expr, |$own:tt, $tx:ident| $work:block) => {
        $service.write(move |$own, $tx| Box::pin(async move { $work })).await
    };
}

/// The same for a long change, in a separate transaction.
macro_rules! long_change {
    ($service:expr, $actor:expr, |$own:tt, $tx:ident, $admitted:ident| $work:block) => {
        $service.change(true, $actor, move |$own, $tx, $admitted| Box::pin(async move { $work })).await
    };
    ($service:expr, |$own:tt, $tx:ident| $work:block) => {
        $service.run(true, move |$own, $tx| Box::pin(async move { $work })).await
    };
}

pub(super) use {change, long_change};

pub(super) enum Outcome<T> {
    Done(T, Recorded),
    /// Everything written so far is rolled back.
    Refused(T),
}

pub(super) use Outcome::{Done, Refused};

/// The result of a use case, or the rule that forbids it.
pub type Answer<T> = std::result::Result<T, Rule>;

#[expect(clippy::unnecessary_wraps, reason = "it is what a change returns")]
pub(super) fn refused<T>(rule: impl Into<Rule>) -> Result<Outcome<Answer<T>>> {
    Ok(Refused(Err(rule.into())))
}

impl<T> From<Outcome<T>> for store::Outcome<T> {
    fn from(outcome: Outcome<T>) -> Self {
        match outcome {
            Done(done, _) => Self::Done(done),
            Refused(refused) => Self::Refused(refused),
        }
    }
}

pub(super) trait Work<T, E>:
    for<'a> FnOnce(&'a Service, &'a Transaction) -> BoxFuture<'a, std::result::Result<Outcome<T>, E>>
    + Send
    + 'static
{
}

impl<T, E, W> Work<T, E> for W where
    W: for<'a> FnOnce(&'a Service, &'a Transaction) -> BoxFuture<'a, std::result::Result<Outcome<T>, E>>
        + Send
        + 'static
{
}

/// An attempt at a change of values.
pub(super) struct Attempt<'a> {
    pub service: &'a Service,
    pub tx: &'a Transaction,
    pub actor: &'a Actor,
    pub staged: &'a mut StagedValues,
}

/// The outcome of an attempt; `None` if it needs something from Vault first.
pub(super) type Attempted<T> = Result<Option<Outcome<T>>>;

/// A change of values. An attempt that needs values from Vault is rolled back, and retried with them.
pub(super) trait ValueChange: Send + Sync + 'static {
    type Output: Send + 'static;
    const IS_LONG: bool = false;

    fn attempt(&self, attempt: Attempt<'_>) -> impl Future<Output = Attempted<Self::Output>> + Send;
}

impl Service {
    /// Makes a change for an actor, with their current permissions: another change may have just demoted or removed them.
    pub(super) async fn change<T: Send + 'static>(
        &self,
        is_long: bool,
        actor: &Actor,
        work: impl for<'a> FnOnce(&'a Self, &'a Transaction, Actor) -> BoxFuture<'a, Result<Outcome<T>>>
        + Send
        + 'static,
    ) -> Result<T> {
        let actor = actor.clone();
        self.run(is_long, move |service, tx| {
            Box::pin(async move {
                let admitted = admit_again(tx, &actor).await?;
                let outcome = work(service, tx, admitted).await?;
                service.end_generation(&actor, &outcome);
                Ok::<_, Error>(outcome)
            })
        })
        .await
    }

    /// Invalidates the cache for the actor's request, so that it sees its own change.
    fn end_generation<T>(&self, actor: &Actor, outcome: &Outcome<T>) {
        if let (Done(_, recorded), Some(generation)) = (outcome, actor.as_of)
            && recorded.invalidates()
        {
            self.cache.end(generation);
        }
    }

    /// Makes a change without an actor: for the server itself, its command line, or a login.
    pub(super) async fn write<T, E>(&self, work: impl Work<T, E>) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<store::Error> + Send + 'static,
    {
        self.run(false, work).await
    }

    pub(super) async fn run<T, E>(&self, is_long: bool, work: impl Work<T, E>) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<store::Error> + Send + 'static,
    {
        let service = self.clone();
        let outcome = self.store.write(is_long, move |tx| {
            Box::pin(async move {
                let outcome = match work(&service, tx).await? {
                    Done(done, recorded) => {
                        let invalidates = recorded.invalidates();
                        if invalidates {
                            store::generation::increment(tx).await?;
                        }
                        Done((done, invalidates), recorded)
                    }
                    Refused(refused) => Refused((refused, false)),
                };
                Ok::<_, E>(outcome.into())
            })
        });
        let (outcome, invalidates) = outcome.await?;
        if invalidates {
            self.events.wake();
        }
        Ok(outcome)
    }

    /// Makes a change of values, in as many attempts as necessary. It locks `secret`: other changes of it on this server wait.
    pub(super) async fn change_values<C: ValueChange>(
        &self,
        actor: &Actor,
        secret: Option<&SecretName>,
        change: C,
    ) -> Result<C::Output> {
        let _lock = self.values.lock(actor.team_id(), secret).await;
        let change = std::sync::Arc::new(change);
        let mut staged = StagedValues::new(&self.values, self.now());
        loop {
            let (actor, change) = (actor.clone(), std::sync::Arc::clone(&change));
            let attempt = self.run(C::IS_LONG, move |service, tx| {
                Box::pin(async move {
                    let admitted = admit_again(tx, &actor).await?;
                    let attempt = Attempt { service, tx, actor: &admitted, staged: &mut staged };
                    let attempted = change.attempt(attempt).await?;
                    let outcome = match attempted {
                        Some(Done(answer, recorded)) if staged.use_all(service.now())? => {
                            Done((Some(answer), staged), recorded)
                        }
                        Some(Refused(answer)) => Refused((Some(answer), staged)),
                        Some(Done(..)) | None => Refused((None, staged)),
                    };
                    service.end_generation(&actor, &outcome);
                    Ok::<_, Error>(outcome)
                })
            });
            let (answer, lacking) = attempt.await?;
            if let Some(answer) = answer {
                return Ok(answer);
            }
            staged = lacking;
            staged.fetch_missing().await?;
        }
    }
}
