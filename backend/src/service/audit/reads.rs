//! Records reads of values before they are answered. Concurrent reads share a commit, so many readers cost little more
//! than one.
//!
//! Not here: reading itself, and changes, which record themselves in their own transaction.

use std::collections::HashMap;

use crate::domain::{AuditEvent, SecretId, Time};
use crate::service::batch::Loader;
use crate::service::change::{Done, Recorded};
use crate::store::{self, Store};

/// Records reads durably.
pub struct RecordReads(pub Store);

pub struct Read {
    /// The read or its refusal. `None` writes as much, and records nothing.
    pub event: Option<AuditEvent>,
    /// The secret whose last read is updated as well.
    pub secret: Option<SecretId>,
}

impl Loader for RecordReads {
    type Request = Read;
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
                if !last.is_empty() {
                    let last = last.iter().map(|(id, (time, by))| (*id, *time, by.as_str()));
                    store::secret::update_last_read(tx, last.collect()).await?;
                }
                Ok(Done((), recorded).into())
            })
        })
        .await
}
