//! The locations of values: the database or Vault.
//!
//! Vault is never called while a transaction is open, because other changes wait for it. A change that must put a value
//! there or read one stages it in [`StagedValues`]: an attempt that lacks values is rolled back, and they are put or
//! fetched before the next one. The commit stays the point at which a change happens. An unused value that was put is
//! removed, or found later by `Service::remove_orphans`.
//!
//! Not here: the loop around the attempts (`change`), and Vault's API (`vault`).
//!
//! To add a location: a variant of [`ValueLocation`], and its cases here.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use chrono::TimeDelta;
use futures_util::future::try_join_all;
use strongroom_shared::{SecretName, Uuid};
use tokio::sync::{Mutex, MutexGuard};

use super::{Error, Result};
use crate::crypto::Entropy;
use crate::crypto::entropy::new_id;
use crate::domain::{DataKeyId, SecretId, TeamId, Time, VaultId, VersionKey};
use crate::store::secret::ValueLocation;
use crate::store::{self, Executor, Store};
use crate::vault::{self, Vault};

/// The maximum number of attempts of a change that conflicts with others.
const ATTEMPTS: u32 = 20;
/// The time limit of a change, long before a value that it has put counts as an orphan.
const TIME_LIMIT: TimeDelta = TimeDelta::hours(1);
/// The number of locks; secrets that share one wait for each other, too.
const LOCK_STRIPES: usize = 64;

#[derive(Clone, Debug, Default)]
pub struct ValueSettings {
    pub new_in_vault: bool,
    pub vault: Option<vault::Settings>,
}

pub struct Values {
    vault: Option<Arc<VaultNamespace>>,
    pub(super) new_in_vault: bool,
    locks: [Mutex<()>; LOCK_STRIPES],
}

/// This store's values in Vault.
pub(super) struct VaultNamespace {
    vault: Vault,
    store: OnceLock<Uuid>,
    failures: AtomicU64,
}

impl VaultNamespace {
    fn store(&self) -> Result<Uuid> {
        self.store.get().copied().ok_or(Error::Broken("the store has no namespace in Vault"))
    }

    async fn put(&self, VaultId(id): VaultId, sealed: &[u8]) -> Result<()> {
        self.counted(self.vault.put(self.store()?, id, sealed).await)
    }

    async fn find(&self, id: VaultId) -> Result<Option<Vec<u8>>> {
        self.counted(self.vault.find(self.store()?, id.0).await)
    }

    async fn remove(&self, VaultId(id): VaultId) -> Result<()> {
        self.counted(self.vault.remove(self.store()?, id).await)
    }

    /// Removes values. The first is removed alone, so that a policy without deletion refuses one request and not all of them.
    pub(super) async fn remove_all(&self, ids: &[VaultId]) -> Result<()> {
        let Some((first, others)) = ids.split_first() else { return Ok(()) };
        self.remove(*first).await?;
        try_join_all(others.iter().map(|id| self.remove(*id))).await?;
        Ok(())
    }

    pub(super) async fn list(&self) -> Result<Vec<Uuid>> {
        Ok(self.vault.list(self.store()?).await?)
    }

    fn counted<T>(&self, answer: std::result::Result<T, vault::Error>) -> Result<T> {
        if answer.is_err() {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        Ok(answer?)
    }
}

impl Values {
    /// Sets up the client of Vault; no request is sent yet.
    pub(super) fn new(settings: &ValueSettings) -> std::result::Result<Self, vault::Error> {
        let namespace = |settings| {
            let vault = Vault::new(settings)?;
            let (store, failures) = (OnceLock::new(), AtomicU64::new(0));
            Ok::<_, vault::Error>(Arc::new(VaultNamespace { vault, store, failures }))
        };
        Ok(Self {
            vault: settings.vault.as_ref().map(namespace).transpose()?,
            new_in_vault: settings.new_in_vault,
            locks: std::array::from_fn(|_| Mutex::default()),
        })
    }

    pub(super) const fn uses_vault(&self) -> bool {
        self.vault.is_some()
    }

    /// Reads the store's namespace in Vault, if it has one.
    pub(super) async fn find_namespace(&self, on: &impl Executor) -> store::Result<()> {
        if let Some(vault) = &self.vault
            && let Some(store) = store::vault_value::find_store(on).await?
        {
            let _ = vault.store.set(store);
        }
        Ok(())
    }

    /// The same, and creates one for a store that has none.
    pub(super) async fn take_namespace(
        &self,
        store: &Store,
        entropy: &dyn Entropy,
        now: Time,
    ) -> store::Result<()> {
        self.find_namespace(store).await?;
        if self.vault.as_ref().is_none_or(|vault| vault.store.get().is_some()) {
            return Ok(());
        }
        let id = new_id(entropy, now);
        let taken = store.write(false, move |tx| {
            Box::pin(async move {
                // Another server may have just created one.
                if store::vault_value::find_store(tx).await?.is_none() {
                    store::vault_value::add_store(tx, id).await?;
                }
                Ok::<_, store::Error>(store::Outcome::Done(()))
            })
        });
        taken.await?;
        self.find_namespace(store).await
    }

    pub(super) fn vault(&self) -> Result<&Arc<VaultNamespace>> {
        self.vault.as_ref().ok_or(Error::Broken("a value is in Vault, but no Vault is configured"))
    }

    pub(super) fn failures(&self) -> u64 {
        self.vault.as_ref().map_or(0, |vault| vault.failures.load(Ordering::Relaxed))
    }

    pub(super) async fn check(&self) -> Result<()> {
        if let Some(vault) = &self.vault {
            // No value has this id: only Vault's response counts.
            vault.find(VaultId(Uuid::nil())).await?;
        }
        Ok(())
    }

    /// The ciphertext. No transaction may be open.
    pub(super) async fn find(&self, location: ValueLocation) -> Result<Vec<u8>> {
        match location {
            ValueLocation::Here(sealed) => Ok(sealed),
            ValueLocation::Vault(id) => self.vault()?.find(id).await?.ok_or(Error::LostValue(id)),
        }
    }

    /// Puts values into Vault. Dropping the result removes those that were not kept.
    pub(super) async fn put_all(
        self: &Arc<Self>,
        values: impl Iterator<Item = (VaultId, &[u8])>,
    ) -> Result<PutValues> {
        let values: Vec<_> = values.collect();
        let ids = values.iter().map(|(id, _)| *id).collect();
        // Before the requests, so that after a failure the values put so far are removed.
        let put = PutValues { values: Arc::clone(self), unused: ids };
        if !values.is_empty() {
            let vault = self.vault()?;
            try_join_all(values.into_iter().map(|(id, sealed)| vault.put(id, sealed))).await?;
        }
        Ok(put)
    }

    /// Locks a secret if values go to Vault: with its requests between attempts, changes here would conflict for a long time.
    pub(super) async fn lock(&self, team: TeamId, secret: Option<&SecretName>) -> Option<MutexGuard<'_, ()>> {
        let secret = secret.filter(|_| self.new_in_vault)?;
        let mut hasher = DefaultHasher::new();
        (team, secret).hash(&mut hasher);
        let index = usize::try_from(hasher.finish() % LOCK_STRIPES as u64).unwrap_or_default();
        Some(self.locks[index].lock().await)
    }
}

/// Values that were put into Vault. Dropping it removes unused ones in the background; a failure leaves orphans.
pub(super) struct PutValues {
    values: Arc<Values>,
    unused: Vec<VaultId>,
}

impl PutValues {
    /// Keeps a value, to which a row may refer from now on.
    pub(super) fn keep(&mut self, used: VaultId) {
        self.unused.retain(|id| *id != used);
    }
}

impl Drop for PutValues {
    fn drop(&mut self) {
        let ids = std::mem::take(&mut self.unused);
        let (Some(vault), Ok(runtime)) = (&self.values.vault, tokio::runtime::Handle::try_current()) else {
            return;
        };
        if ids.is_empty() {
            return;
        }
        let vault = Arc::clone(vault);
        runtime.spawn(async move {
            for id in ids {
                if let Err(error) = vault.remove(id).await {
                    tracing::debug!(%error, "an unused value stays in Vault for now");
                }
            }
        });
    }
}

/// The context that a value is encrypted for.
type Slot = (VersionKey, DataKeyId);

/// The values of a change that may need Vault. Dropping it removes values that were put and not used.
pub struct StagedValues {
    values: Arc<Values>,
    begun: Time,
    attempts: u32,
    put: Vec<PutValues>,
    /// The values put, and whether the current attempt uses them.
    ids: HashMap<Slot, (VaultId, bool)>,
    to_put: Vec<(Slot, VaultId, Vec<u8>)>,
    /// The values fetched; `None` if Vault has lost one.
    found: HashMap<VaultId, Option<Vec<u8>>>,
    to_find: Vec<VaultId>,
    /// The ids of new secrets: the same in each attempt, because values are encrypted for them.
    secrets: HashMap<SecretName, SecretId>,
}

impl StagedValues {
    pub(super) fn new(values: &Arc<Values>, now: Time) -> Self {
        Self {
            values: Arc::clone(values),
            begun: now,
            attempts: 0,
            put: Vec::new(),
            ids: HashMap::new(),
            to_put: Vec::new(),
            found: HashMap::new(),
            to_find: Vec::new(),
            secrets: HashMap::new(),
        }
    }

    pub(super) fn secret_id(&mut self, name: &SecretName, new: impl FnOnce() -> Uuid) -> SecretId {
        *self.secrets.entry(name.clone()).or_insert_with(|| SecretId(new()))
    }

    /// The location of a new value, now or in the next attempt.
    pub(super) fn stage(
        &mut self,
        slot: Slot,
        new_id: impl FnOnce() -> Uuid,
        seal: impl FnOnce() -> Vec<u8>,
    ) -> ValueLocation {
        if !self.values.new_in_vault {
            return ValueLocation::Here(seal());
        }
        if let Some((id, is_used)) = self.ids.get_mut(&slot) {
            *is_used = true;
            return ValueLocation::Vault(*id);
        }
        let id = VaultId(new_id());
        self.to_put.push((slot, id, seal()));
        ValueLocation::Vault(id)
    }

    /// The ciphertext; `None` if it will be fetched for the next attempt.
    pub(super) fn sealed(&mut self, location: &ValueLocation) -> Result<Option<Vec<u8>>> {
        match location {
            ValueLocation::Here(sealed) => Ok(Some(sealed.clone())),
            ValueLocation::Vault(id) => match self.found.get(id) {
                Some(Some(sealed)) => Ok(Some(sealed.clone())),
                Some(None) => Err(Error::LostValue(*id)),
                None => {
                    self.to_find.push(*id);
                    Ok(None)
                }
            },
        }
    }

    /// Stages missing values to be fetched for the next attempt. Whether there are any.
    pub(super) fn prefetch<'l>(&mut self, locations: impl Iterator<Item = &'l ValueLocation>) -> bool {
        let missing = locations.filter_map(|location| match location {
            ValueLocation::Vault(id) if !self.found.contains_key(id) => Some(*id),
            ValueLocation::Here(_) | ValueLocation::Vault(_) => None,
        });
        self.to_find.extend(missing);
        !self.to_find.is_empty()
    }

    /// Keeps the values of an attempt that is about to commit. `false` if it lacks some.
    pub(super) fn use_all(&mut self, now: Time) -> Result<bool> {
        if !self.to_put.is_empty() || !self.to_find.is_empty() {
            return Ok(false);
        }
        if !self.ids.is_empty() && now - self.begun > TIME_LIMIT {
            return Err(Error::Broken("putting a value into Vault took too long"));
        }
        for (id, _) in self.ids.values().filter(|(_, is_used)| *is_used) {
            self.put.iter_mut().for_each(|put| put.keep(*id));
        }
        Ok(true)
    }

    /// Puts and fetches the values that the last attempt lacked. No transaction may be open.
    pub(super) async fn fetch_missing(&mut self) -> Result<()> {
        self.attempts += 1;
        if self.attempts >= ATTEMPTS {
            return Err(Error::Broken("too many concurrent changes of the same secrets"));
        }
        self.ids.values_mut().for_each(|(_, is_used)| *is_used = false);
        let to_put = std::mem::take(&mut self.to_put);
        let put = to_put.iter().map(|(_, id, sealed)| (*id, &sealed[..]));
        self.put.push(self.values.put_all(put).await?);
        self.ids.extend(to_put.iter().map(|(slot, id, _)| (*slot, (*id, false))));
        let vault = self.values.vault()?;
        let find = async |id: VaultId| Ok::<_, Error>((id, vault.find(id).await?));
        let to_find = std::mem::take(&mut self.to_find);
        self.found.extend(try_join_all(to_find.into_iter().map(find)).await?);
        Ok(())
    }
}
