//! Records reads of values before they are answered. Concurrent reads share a commit, so many readers cost little more
//! than one. The transaction also counts them, by secret, key and day ([`store::secret_read`]).
//!
//! Not here: reading itself, and changes, which record themselves in their own transaction.

use std::collections::HashMap;

use crate::domain::filter::{AuditColumn, Direction, Filter, Listing, Scalar, Test, Window};
use crate::domain::reader::{DAYS, first_moment};
use crate::domain::{AuditAction, AuditEvent, SecretId, Team, Time};
use crate::service::batch::Loader;
use crate::service::change::{Done, Recorded};
use crate::store::webhook::FirstRead;
use crate::store::{self, Store};

/// The entries read at a time.
const STEP: u64 = 1000;

/// Records reads durably.
pub struct RecordReads(pub Store);

pub struct Read {
    /// The read or its refusal. `None` writes as much, and records nothing.
    pub event: Option<AuditEvent>,
    /// The secret whose last read is updated as well.
    pub secret: Option<SecretId>,
    /// Set for the first read of the secret with the key.
    pub first: Option<FirstRead>,
}

impl Loader for RecordReads {
    type Request = Read;
    type Answer = ();
    const NAME: &str = "record_reads";

    async fn run(&self, batch: &[Read]) -> store::Result<Vec<()>> {
        let recorded = record(&self.0, batch).await;
        if let Err(error) = &recorded {
            tracing::error!(%error, reads = batch.len(), "could not record reads, so they are not answered");
        }
        recorded.map(|()| vec![(); batch.len()])
    }
}

/// Counts the reads of the last days again if the last read of a team is not counted: after an upgrade or a restore.
pub(in crate::service) async fn count_again(store: &Store, now: Time) -> store::Result<()> {
    let teams = store::team::list_all(store).await?;
    let mut are_counted = true;
    for team in &teams {
        are_counted &= is_counted(store, team, first_moment(now)).await?;
    }
    if are_counted {
        return Ok(());
    }
    tracing::info!("counting the reads of the last {DAYS} days");
    store
        .write(true, move |tx| {
            Box::pin(async move {
                store::secret_read::remove_before(tx, i64::MAX).await?;
                for team in teams {
                    let since = store::audit::find_first_since(tx, team.id, first_moment(now)).await?;
                    let Some(mut behind) = since.map(|first| first - 1) else { continue };
                    loop {
                        let some = store::audit::list_after(tx, team.id, behind, &is_read(), STEP).await?;
                        let Some(last) = some.last() else { break };
                        behind = last.sequence;
                        store::secret_read::add(tx, store::secret_read::count(&some)).await?;
                    }
                }
                Ok(Done((), Recorded::note()).into())
            })
        })
        .await
}

/// Whether the last read of a team is counted, or too old for it.
async fn is_counted(store: &Store, team: &Team, since: Time) -> store::Result<bool> {
    let order = vec![(AuditColumn::Sequence, Direction::Descending)];
    let window = Window { limit: Some(1), offset: None };
    let last = store::audit::list(store, team.id, &Listing { filter: is_read(), order, window }).await?;
    match last.first() {
        Some(last) if last.time >= since => store::secret_read::is_counted(store, last).await,
        _ => Ok(true),
    }
}

fn is_read() -> Filter<AuditColumn> {
    let read = Scalar::Text(AuditAction::ReadSecretValue.as_str().to_owned());
    Filter::Column(AuditColumn::Action, Test::Equal(read))
}

async fn record(store: &Store, batch: &[Read]) -> store::Result<()> {
    let events: Vec<_> = batch.iter().filter_map(|read| read.event.clone()).collect();
    let first: Vec<_> = batch.iter().filter_map(|read| read.first.clone()).collect();
    let with_decoy = events.len() < batch.len();
    // The last read of each secret.
    let last: HashMap<SecretId, (Time, String)> = batch
        .iter()
        .filter_map(|read| {
            let event = read.event.as_ref()?;
            Some((read.secret?, (event.time, event.actor_name.clone())))
        })
        .collect();
    store
        .write(false, move |tx| {
            Box::pin(async move {
                if with_decoy {
                    store::log_in_attempt::set_decoy(tx).await?;
                }
                let recorded = Recorded::events(tx, events).await?;
                if !first.is_empty() {
                    store::webhook::add_first_reads(tx, first).await?;
                }
                if !last.is_empty() {
                    let last = last.iter().map(|(id, (time, by))| (*id, *time, by.as_str()));
                    store::secret::update_last_read(tx, last.collect()).await?;
                }
                Ok(Done((), recorded).into())
            })
        })
        .await
}
