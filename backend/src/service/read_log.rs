//! Reads of values are recorded before they are answered, those that wait at the same time in one commit: many readers
//! cost little more than one.
//!
//! Not here: reading itself, and other events, which are recorded in the transaction of what they record.

use std::collections::HashMap;

use super::audit::record_events;
use super::batch::Job;
use crate::domain::{AuditEvent, SecretId};
use crate::store::{self, Store};

/// Records reads. When it is done, they are on the disk.
pub struct RecordReads(pub Store);

/// A read to record.
pub struct Read {
    /// That it was done, or refused. `None` writes as much, and records nothing.
    pub event: Option<AuditEvent>,
    /// The secret that was read; `None` where reading was refused.
    pub secret: Option<SecretId>,
}

impl Job for RecordReads {
    type Ask = Read;
    type Answer = ();
    const NAME: &str = "record_reads";

    async fn run(&self, batch: &[Read]) -> store::Result<Vec<()>> {
        let recorded = record(&self.0, batch).await;
        if let Err(error) = &recorded {
            tracing::error!(%error, reads = batch.len(), "reads could not be recorded, and are not answered");
        }
        recorded.map(|()| vec![(); batch.len()])
    }
}

async fn record(store: &Store, batch: &[Read]) -> store::Result<()> {
    let tx = store.begin().await?;
    let events: Vec<_> = batch.iter().filter_map(|read| read.event.clone()).collect();
    if events.len() < batch.len() {
        store::log_in_attempt::set_decoy(&tx).await?;
    }
    record_events(&tx, events).await?;
    // Of a secret that was read several times, the last read counts.
    let last: HashMap<SecretId, &AuditEvent> =
        batch.iter().filter_map(|read| Some((read.secret?, read.event.as_ref()?))).collect();
    if !last.is_empty() {
        let last: Vec<_> =
            last.into_iter().map(|(id, event)| (id, event.time, event.actor_name.as_str())).collect();
        store::secret::update_last_read(&tx, last).await?;
    }
    tx.commit().await
}
