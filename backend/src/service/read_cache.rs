//! A cache of keys and values at one generation of the store: reading a cached value only queries the generation.
//!
//! A request first reads the generation; concurrent requests share that query. Entries cached at this generation are
//! current, so a key that was revoked on any server is refused at its next request.
//!
//! Not here: plaintext, which is decrypted for each read, and sessions, which never read a value.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use strongroom_shared::{Permissions, SecretName};

use super::batch::Loader;
use crate::crypto::{DataKey, TokenHash};
use crate::domain::{ApiKey, DataKeyId, Generation, Login, Secret, Team, TeamId, Time};
use crate::store::secret::ValueLocation;
use crate::store::{self, Store};

/// The limits of the cache: its entries, and their bytes of ciphertexts and key limits. A full cache is cleared.
const MOST: usize = 20_000;
const MOST_BYTES: usize = 16 * 1024 * 1024;

pub struct ReadGeneration(pub Store, pub Arc<ReadCache>);

impl Loader for ReadGeneration {
    type Request = ();
    type Answer = Generation;
    const NAME: &str = "read_generation";

    async fn run(&self, batch: &[()]) -> store::Result<Vec<Generation>> {
        let generation = store::generation::find(&self.0).await?;
        self.1.note_generation(generation);
        Ok(vec![generation; batch.len()])
    }
}

/// A key that is not revoked, its team, and its permissions.
#[derive(Clone)]
pub struct KnownKey {
    pub key: ApiKey,
    pub team: Team,
    pub permissions: Permissions,
    /// If the token is that of a login with the key.
    pub login: Option<Arc<Login>>,
}

/// A secret, and its current value as stored.
#[derive(Clone)]
pub struct KnownValue {
    pub secret: Secret,
    /// When the value was set.
    pub created: Time,
    pub location: ValueLocation,
    pub data_key: Arc<DataKey>,
}

#[derive(Default)]
pub struct ReadCache {
    contents: Mutex<Contents>,
    last_read: AtomicI64,
}

#[derive(Default)]
struct Contents {
    generation: Generation,
    keys: HashMap<TokenHash, Arc<KnownKey>>,
    values: HashMap<TeamId, HashMap<SecretName, Arc<KnownValue>>>,
    data_keys: HashMap<DataKeyId, Arc<DataKey>>,
    count: usize,
    bytes: usize,
}

impl ReadCache {
    /// Notes the store's generation. If the store has lost changes, by a failover or a restore, the numbers will repeat.
    fn note_generation(&self, generation: Generation) {
        if self.last_read.swap(generation.0, Ordering::Relaxed) > generation.0 {
            *self.contents() = Contents::default();
        }
    }

    /// Ends a generation before a change of a request that began at it: the request's further reads see the change.
    pub fn end(&self, generation: Generation) {
        drop(self.at(Generation(generation.0 + 1)));
    }

    pub fn key(&self, at: Generation, hash: &TokenHash) -> Option<Arc<KnownKey>> {
        self.at(at)?.keys.get(hash).cloned()
    }

    pub fn value(&self, at: Generation, team: TeamId, name: &SecretName) -> Option<Arc<KnownValue>> {
        self.at(at)?.values.get(&team)?.get(name).cloned()
    }

    pub fn data_key(&self, at: Generation, id: DataKeyId) -> Option<Arc<DataKey>> {
        self.at(at)?.data_keys.get(&id).cloned()
    }

    pub fn add_key(&self, at: Generation, hash: TokenHash, known: &Arc<KnownKey>) {
        if let Some(mut contents) = self.at(at) {
            let limits = known.key.secrets.iter().flatten().map(|pattern| pattern.as_str().len());
            contents.make_room(limits.sum());
            contents.keys.insert(hash, Arc::clone(known));
        }
    }

    pub fn add_value(&self, at: Generation, known: &Arc<KnownValue>) {
        if let Some(mut contents) = self.at(at) {
            contents.make_room(match &known.location {
                ValueLocation::Here(sealed) => sealed.len(),
                ValueLocation::Vault(_) => 0,
            });
            contents.data_keys.insert(known.data_key.id(), Arc::clone(&known.data_key));
            let of_team = contents.values.entry(known.secret.team_id).or_default();
            of_team.insert(known.secret.name.clone(), Arc::clone(known));
        }
    }

    /// Updates a key's last use, which does not change the generation.
    pub fn note_use(&self, hash: &TokenHash, time: Time) {
        if let Some(known) = self.contents().keys.get_mut(hash) {
            Arc::make_mut(known).key.last_used = Some(time);
        }
    }

    /// Updates a secret's last read, which does not change the generation.
    pub fn note_read(&self, secret: &Secret, time: Time, reader: &str) {
        let mut contents = self.contents();
        let known = contents.values.get_mut(&secret.team_id).and_then(|values| values.get_mut(&secret.name));
        if let Some(known) = known.filter(|known| known.secret.id == secret.id) {
            let known = Arc::make_mut(known);
            known.secret.last_read = Some(time);
            known.secret.last_read_by = Some(reader.to_owned());
        }
    }

    /// The cache at a generation; `None` if it is at a later one.
    fn at(&self, generation: Generation) -> Option<MutexGuard<'_, Contents>> {
        let mut contents = self.contents();
        if contents.generation < generation {
            *contents = Contents { generation, ..Contents::default() };
        }
        (contents.generation == generation).then_some(contents)
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.contents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contents {
    /// Makes room for another key or value.
    fn make_room(&mut self, bytes: usize) {
        self.count += 1;
        self.bytes += bytes;
        if self.count > MOST || self.bytes > MOST_BYTES {
            *self = Self { generation: self.generation, count: 1, bytes, ..Self::default() };
        }
    }
}
