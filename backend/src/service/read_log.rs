//! Reads of values are recorded before they are answered. Those that wait at the same time share one commit, so that
//! many readers cost little more than one.
//!
//! Not here: reading itself, and other events, which are recorded in the transaction of what they record.

use std::collections::HashMap;

use tokio::sync::{mpsc, oneshot};

use super::audit::record_events;
use super::{Error, Result};
use crate::domain::{AuditEvent, SecretId};
use crate::store::{self, Store};

/// How many reads share a commit at most: a statement has only so many variables.
const BATCH: usize = 256;
/// How many reads may wait; more have to wait for a place to wait at.
const QUEUE: usize = 4 * BATCH;

/// Where reads are recorded.
pub struct ReadLog {
    queue: mpsc::Sender<Read>,
}

/// A read to record.
struct Read {
    event: AuditEvent,
    /// The secret that was read; `None` where reading was refused.
    secret: Option<SecretId>,
    recorded: oneshot::Sender<()>,
}

impl ReadLog {
    /// Starts recording. It ends when the log is dropped and all that waits is recorded.
    pub fn start(store: Store) -> Self {
        let (queue, reads) = mpsc::channel(QUEUE);
        tokio::spawn(run(store, reads));
        Self { queue }
    }

    /// Whether reads can be recorded.
    pub fn works(&self) -> bool {
        !self.queue.is_closed()
    }

    /// Records a read. When this returns, it is on the disk.
    ///
    /// # Errors
    /// It could not be recorded, and the read must not be answered.
    pub async fn record(&self, event: AuditEvent, secret: Option<SecretId>) -> Result<()> {
        const BROKEN: Error = Error::Broken("a read could not be recorded");
        let (recorded, is_recorded) = oneshot::channel();
        let read = Read {
            event,
            secret,
            recorded,
        };
        self.queue.send(read).await.map_err(|_| BROKEN)?;
        is_recorded.await.map_err(|_| BROKEN)
    }
}

/// Takes what waits, records it together, and answers, until nobody asks any more.
async fn run(store: Store, mut reads: mpsc::Receiver<Read>) {
    let mut batch = Vec::with_capacity(BATCH);
    while reads.recv_many(&mut batch, BATCH).await > 0 {
        match record(&store, &batch).await {
            Ok(()) => {
                for read in batch.drain(..) {
                    // Whoever has gone away was recorded all the same.
                    let _ = read.recorded.send(());
                }
            }
            Err(error) => {
                tracing::error!(%error, reads = batch.len(), "reads could not be recorded, and are not answered");
                batch.clear();
            }
        }
    }
}

async fn record(store: &Store, batch: &[Read]) -> store::Result<()> {
    let tx = store.begin().await?;
    let events = batch.iter().map(|read| read.event.clone()).collect();
    record_events(&tx, events).await?;
    // Of a secret that was read several times, the last read counts.
    let last: HashMap<SecretId, &AuditEvent> = batch
        .iter()
        .filter_map(|read| Some((read.secret?, &read.event)))
        .collect();
    if !last.is_empty() {
        let last: Vec<_> = last
            .into_iter()
            .map(|(id, event)| (id, event.time, event.actor_name.as_str()))
            .collect();
        store::secret::update_last_read(&tx, &last).await?;
    }
    tx.commit().await
}
