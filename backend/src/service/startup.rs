//! Startup: opens the store and its master key.

use std::sync::{Arc, OnceLock};

use tokio::sync::Semaphore;

use super::audit::reads::{RecordReads, count_again};
use super::audit::refusals::Refusals;
use super::batch::BatchLoader;
use super::events::{Events, FindNews};
use super::health::Readiness;
use super::identity::authentication::FindKeys;
use super::location::{Location, OpenError, connect};
use super::master_key::{KeyError, KeySource, MasterKeys, list_fingerprints};
use super::read_cache::{ReadCache, ReadGeneration};
use super::secret::read::FindValues;
use super::values::Values;
use super::webhook::first_read::{FindFirstReads, SeenReads};
use super::{Inner, Rules, Service, backup};
use crate::crypto::{Entropy, PasswordHasher};
use crate::domain::Clock;
use crate::store::{self, Store};

/// The passwords that may wait to be hashed, at some tens of milliseconds each.
const HASHING_QUEUE: usize = 64;

impl Service {
    /// Opens the store and the master key, and creates what does not exist.
    pub async fn open(
        location: &Location,
        rules: Rules,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, OpenError> {
        let values = Arc::new(Values::new(&location.values)?);
        let store = connect(location).await?;
        let keys = open_keys(&store, &location.master_key, &*entropy).await?;
        backup::migrate(&store, location, &keys.held(), &values, &clock, &entropy).await?;
        values.take_namespace(&store, &*entropy, clock.now()).await?;
        if let Err(error) = count_again(&store, clock.now()).await {
            // A changed audit log must not stop the server.
            tracing::warn!(%error, "the reads in the audit log could not be counted");
        }
        if !values.uses_vault() {
            let in_vault = store::secret::count_values(&store, store::secret::Which::InVault).await?;
            if in_vault > 0 {
                return Err(OpenError::NoVault(in_vault));
            }
        }
        let passwords = Arc::new(PasswordHasher::new(&*entropy));
        // Half the cores, so that logins never starve the programs that read.
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let hashing = Arc::new(Semaphore::new((cores / 2).max(1)));
        let reads = Arc::new(BatchLoader::start(RecordReads(store.clone())));
        let cache = Arc::<ReadCache>::default();
        Ok(Self(Arc::new(Inner {
            generation: BatchLoader::start(ReadGeneration(store.clone(), Arc::clone(&cache))),
            cache,
            keys_by_token: BatchLoader::start(FindKeys(store.clone())),
            values_by_name: BatchLoader::start(FindValues(store.clone())),
            refusals: Refusals::new(Arc::clone(&reads)),
            reads,
            events: Events::new(),
            news_by_team: BatchLoader::start(FindNews(store.clone())),
            workers: std::sync::Mutex::default(),
            readiness: Readiness::default(),
            store_id: OnceLock::new(),
            provider: OnceLock::new(),
            webhooks: OnceLock::new(),
            issuers: OnceLock::new(),
            first_reads: BatchLoader::start(FindFirstReads(store.clone())),
            seen_reads: SeenReads::default(),
            store,
            values,
            keys: Arc::new(keys),
            clock,
            entropy,
            passwords,
            hashing,
            hashing_queue: Arc::new(Semaphore::new(HASHING_QUEUE)),
            rules,
        })))
    }
}

/// Reads the master keys, or creates one for a new store.
async fn open_keys(on: &Store, source: &KeySource, entropy: &dyn Entropy) -> Result<MasterKeys, OpenError> {
    // A new store has no tables.
    let is_new = store::backup::list_migrations(on).await?.is_empty();
    let wanted = if is_new { Vec::new() } else { list_fingerprints(on).await? };
    match MasterKeys::open(source.clone(), &wanted, entropy).await {
        // A rotation may have ended between the two reads.
        Err(KeyError::Wrong { .. }) => {
            let wanted = list_fingerprints(on).await?;
            Ok(MasterKeys::open(source.clone(), &wanted, entropy).await?)
        }
        opened => Ok(opened?),
    }
}
