//! Which key has read which secret, so that a webhook learns of the first time.
//!
//! A server remembers the pairs that it has seen: to a repeated read, this costs one look into memory. For any other pair it
//! asks the store, together with concurrent reads, and only a first read is written, in the commit that records it.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use strongroom_shared::webhook::EventKind;

use crate::domain::{Actor, DeliveryId, Event, Principal, Secret};
use crate::service::batch::Loader;
use crate::service::{Result, Service};
use crate::store::webhook::{FirstRead, Pair};
use crate::store::{self, Store};

/// The most pairs that a server remembers, some megabytes. Then it forgets all, and asks the store again.
const MOST: usize = 100_000;

#[derive(Default)]
pub struct SeenReads(Mutex<HashSet<Pair>>);

impl SeenReads {
    fn pairs(&self) -> MutexGuard<'_, HashSet<Pair>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn contains(&self, pair: Pair) -> bool {
        self.pairs().contains(&pair)
    }

    fn add(&self, pair: Pair) {
        let mut pairs = self.pairs();
        if pairs.len() >= MOST {
            pairs.clear();
        }
        pairs.insert(pair);
    }
}

/// Looks up whether keys have read secrets.
pub struct FindFirstReads(pub Store);

impl Loader for FindFirstReads {
    type Request = Pair;
    type Answer = bool;
    const NAME: &str = "find_first_reads";

    async fn run(&self, batch: &[Pair]) -> store::Result<Vec<bool>> {
        let known = store::webhook::list_first_reads(&self.0, batch.iter().copied()).await?;
        Ok(batch.iter().map(|pair| known.contains(pair)).collect())
    }
}

impl Service {
    /// The read of a secret as its key's first one; `None` if the key has read it before.
    pub(in crate::service) async fn first_read(
        &self,
        actor: &Actor,
        secret: &Secret,
    ) -> Result<Option<FirstRead>> {
        let Principal::Key(key) = &actor.principal else { return Ok(None) };
        let pair = (key.id, secret.id);
        if self.seen_reads.contains(pair) {
            return Ok(None);
        }
        if self.first_reads.request(pair).await? {
            self.seen_reads.add(pair);
            return Ok(None);
        }
        let event = Event::by(actor, EventKind::SecretFirstRead, self.now(), Some(secret));
        Ok(Some(FirstRead { id: DeliveryId(self.new_id()), event, pair }))
    }

    pub(in crate::service) fn note_first_read(&self, pair: Pair) {
        self.seen_reads.add(pair);
    }
}
