//! Reads of values are recorded before they are answered, those that wait at the same time in one commit: many readers
//! cost little more than one.
//!
//! Not here: reading itself, and other events, which are recorded in the transaction of what they record.

use std::collections::HashMap;

use crate::domain::{AuditEvent, SecretId, Time};
use crate::service::batch::Job;
use crate::service::change::{Done, Recorded};
use crate::store::{self, Store};

/// Records reads. When it is done, they are on the disk.
pub struct RecordReads(pub Store);

pub struct Read {
    /// That it was done, or refused. `None` writes as much, and records nothing.
    pub event: Option<AuditEvent>,
    /// The secret whose last read is written with it.
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
    let events: Vec<_> = batch.iter().filter_map(|read| read.event.clone()).collect();
    let with_decoy = events.len() < batch.len();
    // Of a secret that was read several times, the last read counts.
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
                if assumes_ends {
                    tx.assume_ends(events.iter().map(|event| event.team_id));
                }
                let recorded = Recorded::events(tx, events).await?;
                if !last.is_empty() {
                    let last = last.iter().map(|(id, (time, by))| (*id, *time, by.as_str()));
                    store::secret::update_last_read(tx, last.collect()).await?;
                }
                Ok(Done((), recorded).into())
            })
        })
        .await
}
