//! Where values are: in the database, or in Vault.
//!
//! Vault is never asked while a transaction is open, for others wait for it. A change that needs something of Vault, a value
//! put or one to look at, is made in [`Tries`]: what it lacks is found out in a transaction that is given up, and got
//! before the next try. The transaction stays the point at which a change happens. A value that was put and that no row
//! refers to is taken away again, or found later by [`Service::remove_orphans`].
//!
//! To keep values in yet another place: a variant of [`Place`], and what is done here for it.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use chrono::TimeDelta;
use futures_util::future::try_join_all;
use strongroom_shared::{SecretName, Uuid};
use tokio::sync::{Mutex, MutexGuard};

use super::{Error, Result, Service};
use crate::crypto::Entropy;
use crate::crypto::entropy::new_id;
use crate::domain::{DataKeyId, SecretId, TeamId, Time, VaultId};
use crate::store::secret::{KeptValue, Place, SealedValue};
use crate::store::{self, Executor, Store, Transaction};
use crate::vault::{self, Vault};

/// How often a change is tried that others are quicker than.
const TRIES: u32 = 20;
/// How long a change may take from its first try, long before a value that it has put is taken for an orphan.
const PATIENCE: TimeDelta = TimeDelta::hours(1);
/// How many turns there are: names that share one wait for each other, too.
const TURNS: usize = 64;
/// How long a value stays in Vault that no version has any more: whoever has read its row, or backs the store up, still finds
/// it.
const KEPT_FOR: TimeDelta = TimeDelta::hours(1);
/// How old a value in Vault is at least that is taken for an orphan.
const ORPHAN_AGE: TimeDelta = TimeDelta::hours(24);
/// How many values are removed from Vault in one step.
const STEP: usize = 200;

/// Which place new values go to, and how Vault is reached, if it is.
#[derive(Clone, Debug, Default)]
pub struct ValueSettings {
    /// Whether new values go to Vault.
    pub new_in_vault: bool,
    /// Vault, where values are or were in it.
    pub vault: Option<vault::Settings>,
}

/// The places of values.
pub struct Values {
    vault: Option<Arc<Part>>,
    new_in_vault: bool,
    turns: [Mutex<()>; TURNS],
}

/// The part of Vault that is this store's.
struct Part {
    vault: Vault,
    store: OnceLock<Uuid>,
    /// The number of failed requests so far.
    failures: AtomicU64,
}

impl Part {
    fn store(&self) -> Result<Uuid> {
        const UNKNOWN: Error = Error::Broken("the store has no part of Vault");
        self.store.get().copied().ok_or(UNKNOWN)
    }

    async fn put(&self, VaultId(id): VaultId, sealed: &[u8]) -> Result<()> {
        self.noted(self.vault.put(self.store()?, id, sealed).await)
    }

    async fn find(&self, id: VaultId) -> Result<Option<Vec<u8>>> {
        self.noted(self.vault.find(self.store()?, id.0).await)
    }

    async fn remove(&self, VaultId(id): VaultId) -> Result<()> {
        self.noted(self.vault.remove(self.store()?, id).await)
    }

    /// Removes several. The first goes alone, so that a policy without deletion refuses one request and not all of them.
    async fn remove_all(&self, ids: &[VaultId]) -> Result<()> {
        let Some((first, others)) = ids.split_first() else {
            return Ok(());
        };
        self.remove(*first).await?;
        try_join_all(others.iter().map(|id| self.remove(*id))).await?;
        Ok(())
    }

    fn noted<T>(&self, answer: std::result::Result<T, vault::Error>) -> Result<T> {
        if answer.is_err() {
            self.failures.fetch_add(1, Ordering::Relaxed);
        }
        Ok(answer?)
    }
}

impl Values {
    /// Sets up what is needed for the places; nobody is asked yet.
    ///
    /// # Errors
    /// Vault's client can't be set up.
    pub(super) fn new(settings: &ValueSettings) -> std::result::Result<Self, vault::Error> {
        let part = |settings| {
            let vault = Vault::new(settings)?;
            let (store, failures) = (OnceLock::new(), AtomicU64::new(0));
            Ok::<_, vault::Error>(Arc::new(Part { vault, store, failures }))
        };
        Ok(Self {
            vault: settings.vault.as_ref().map(part).transpose()?,
            new_in_vault: settings.new_in_vault,
            turns: std::array::from_fn(|_| Mutex::default()),
        })
    }

    /// Whether new values go to Vault.
    pub(super) const fn new_in_vault(&self) -> bool {
        self.new_in_vault
    }

    /// Whether values may be in Vault.
    pub(super) const fn uses_vault(&self) -> bool {
        self.vault.is_some()
    }

    /// Finds out which part of Vault is the store's, if it has one.
    pub(super) async fn find_part(&self, on: &impl Executor) -> store::Result<()> {
        if let Some(part) = &self.vault
            && let Some(store) = store::vault_value::find_store(on).await?
        {
            let _ = part.store.set(store);
        }
        Ok(())
    }

    /// The same, and takes one for a store that has none.
    pub(super) async fn take_part(
        &self,
        store: &Store,
        entropy: &dyn Entropy,
        now: Time,
    ) -> store::Result<()> {
        self.find_part(store).await?;
        if self.vault.as_ref().is_none_or(|part| part.store.get().is_some()) {
            return Ok(());
        }
        let tx = store.begin().await?;
        // Another server may have been quicker, or may just be doing the same.
        if store::vault_value::find_store(&tx).await?.is_none() {
            store::vault_value::add_store(&tx, new_id(entropy, now)).await?;
            tx.commit().await?;
        }
        self.find_part(store).await
    }

    fn part(&self) -> Result<&Arc<Part>> {
        const ABSENT: Error = Error::Broken("a value is in Vault, and none is set");
        self.vault.as_ref().ok_or(ABSENT)
    }

    /// The number of requests to Vault that failed so far.
    pub(super) fn failures(&self) -> u64 {
        self.vault.as_ref().map_or(0, |part| part.failures.load(Ordering::Relaxed))
    }

    /// Whether what values need is there.
    ///
    /// # Errors
    /// Vault is out of order, or does not let us in.
    pub(super) async fn check(&self) -> Result<()> {
        if let Some(part) = &self.vault {
            // Nothing is there; that Vault says so is what counts.
            part.find(VaultId(Uuid::nil())).await?;
        }
        Ok(())
    }

    /// The sealed value. No transaction may be open.
    ///
    /// # Errors
    /// Vault is out of order, or has lost the value.
    pub(super) async fn find(&self, place: Place) -> Result<Vec<u8>> {
        match place {
            Place::Here(sealed) => Ok(sealed),
            Place::Vault(id) => {
                let sealed = self.part()?.find(id).await?;
                sealed.ok_or(Error::LostValue(id))
            }
        }
    }

    /// Begins a change that may need Vault.
    pub(super) fn tries(&self, now: Time) -> Tries<'_> {
        Tries {
            values: self,
            begun: now,
            count: 0,
            put: HashMap::new(),
            to_put: Vec::new(),
            found: HashMap::new(),
            to_find: Vec::new(),
            secrets: HashMap::new(),
        }
    }

    /// Waits until nobody else here changes the secret of that name: with Vault between a change's tries, they would be
    /// quicker than one another for a long time. Only where values go to Vault.
    pub(super) async fn turn(&self, team: TeamId, name: &SecretName) -> Option<MutexGuard<'_, ()>> {
        if !self.new_in_vault {
            return None;
        }
        let mut hasher = DefaultHasher::new();
        (team, name).hash(&mut hasher);
        let turns = TURNS as u64;
        let index = usize::try_from(hasher.finish() % turns).unwrap_or_default();
        Some(self.turns[index].lock().await)
    }
}

/// Which value of a secret: what it is sealed for.
type Slot = (SecretId, i64, DataKeyId);

/// The tries of a change that may need something of Vault. What it has put and does not use is removed when it ends.
pub(super) struct Tries<'a> {
    values: &'a Values,
    begun: Time,
    count: u32,
    put: HashMap<Slot, Put>,
    to_put: Vec<(Slot, VaultId, Vec<u8>)>,
    /// What has been got; `None` is lost.
    found: HashMap<VaultId, Option<Vec<u8>>>,
    to_find: Vec<VaultId>,
    /// The ids of secrets that do not exist before: the same in each try, for values are sealed for them.
    secrets: HashMap<SecretName, SecretId>,
}

/// A value that was put.
struct Put {
    id: VaultId,
    state: PutState,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum PutState {
    /// The present try does not use it so far.
    Unused,
    /// It does.
    Used,
    /// A row refers to it, or may.
    Committed,
}

impl Tries<'_> {
    /// The id of a secret that is to be made.
    pub(super) fn secret_id(&mut self, name: &SecretName, new: impl FnOnce() -> Uuid) -> SecretId {
        let id = self.secrets.entry(name.clone());
        *id.or_insert_with(|| SecretId(new()))
    }

    /// Where a new value is, or will be in the next try.
    pub(super) fn place(
        &mut self,
        slot: Slot,
        new_id: impl FnOnce() -> Uuid,
        seal: impl FnOnce() -> Vec<u8>,
    ) -> Place {
        if !self.values.new_in_vault {
            return Place::Here(seal());
        }
        if let Some(put) = self.put.get_mut(&slot) {
            put.state = PutState::Used;
            return Place::Vault(put.id);
        }
        let id = VaultId(new_id());
        self.to_put.push((slot, id, seal()));
        Place::Vault(id)
    }

    /// The sealed value; `None` where it has to be got for the next try.
    ///
    /// # Errors
    /// Vault has lost it.
    pub(super) fn sealed(&mut self, place: &Place) -> Result<Option<Vec<u8>>> {
        match place {
            Place::Here(sealed) => Ok(Some(sealed.clone())),
            Place::Vault(id) => match self.found.get(id) {
                Some(Some(sealed)) => Ok(Some(sealed.clone())),
                Some(None) => Err(Error::LostValue(*id)),
                None => {
                    self.to_find.push(*id);
                    Ok(None)
                }
            },
        }
    }

    /// Has those values got for the next try that are not there yet. Whether there are any.
    pub(super) fn want<'p>(&mut self, places: impl Iterator<Item = &'p Place>) -> bool {
        let wanted = places.filter_map(|place| match place {
            Place::Vault(id) if !self.found.contains_key(id) => Some(*id),
            Place::Here(_) | Place::Vault(_) => None,
        });
        self.to_find.extend(wanted);
        !self.to_find.is_empty()
    }

    /// Makes the change real, if it lacks nothing; otherwise nothing has changed. Whether it is real.
    ///
    /// # Errors
    /// The store failed, or it took too long.
    pub(super) async fn commit(&mut self, tx: Transaction, now: Time) -> Result<bool> {
        if !self.to_put.is_empty() || !self.to_find.is_empty() {
            return Ok(false);
        }
        if !self.put.is_empty() && now - self.begun > PATIENCE {
            return Err(Error::Broken("putting a value into Vault took too long"));
        }
        for put in self.put.values_mut().filter(|put| put.state == PutState::Used) {
            // From here on it may be real, even where that can't be told.
            put.state = PutState::Committed;
        }
        tx.commit().await?;
        Ok(true)
    }

    /// Gets what the last try lacked. No transaction may be open.
    ///
    /// # Errors
    /// Vault is out of order, or others were quicker again and again.
    pub(super) async fn supply(&mut self) -> Result<()> {
        self.count += 1;
        if self.count >= TRIES {
            return Err(Error::Broken("others were quicker to change the same secrets, again and again"));
        }
        let part = Arc::clone(self.values.part()?);
        for put in self.put.values_mut() {
            put.state = PutState::Unused;
        }
        let to_put = std::mem::take(&mut self.to_put);
        // Known before they are put, so that what is put halfway is removed, too.
        for (slot, id, _) in &to_put {
            let (id, state) = (*id, PutState::Unused);
            self.put.insert(*slot, Put { id, state });
        }
        try_join_all(to_put.iter().map(|(_, id, sealed)| part.put(*id, sealed))).await?;
        let to_find = std::mem::take(&mut self.to_find);
        let find = async |id: VaultId| {
            let sealed = part.find(id).await?;
            Ok::<_, Error>((id, sealed))
        };
        self.found.extend(try_join_all(to_find.into_iter().map(find)).await?);
        Ok(())
    }
}

impl Drop for Tries<'_> {
    fn drop(&mut self) {
        let unused = self.put.values().filter(|put| put.state != PutState::Committed);
        self.values.discard(unused.map(|put| put.id).collect());
    }
}

impl Values {
    /// Removes values from Vault that no row refers to, in the background. One that stays is found later.
    pub(super) fn discard(&self, ids: Vec<VaultId>) {
        let (Some(part), Ok(runtime)) = (&self.vault, tokio::runtime::Handle::try_current()) else {
            return;
        };
        if ids.is_empty() {
            return;
        }
        let part = Arc::clone(part);
        runtime.spawn(async move {
            for id in ids {
                if let Err(error) = part.remove(id).await {
                    tracing::debug!(%error, "a value that is not used stays in Vault for now");
                }
            }
        });
    }
}

/// A value that is to be written in place of another: sealed anew, or elsewhere.
pub(super) struct Replacement {
    /// Which version of which secret.
    pub of: (SecretId, i64),
    /// What has to be there still.
    pub old: KeptValue,
    /// What comes there.
    pub new: SealedValue,
    /// The new value, sealed.
    pub sealed: Vec<u8>,
}

/// A version, and what the store has of it: where its value is, and the sealed value, if it is not lost.
pub(super) type FoundValue = ((SecretId, i64), Option<(KeptValue, Option<Vec<u8>>)>);

/// Values that were put into Vault. Those that are not used are removed from it when this is dropped.
pub(super) struct Unused<'a> {
    values: &'a Values,
    ids: Vec<VaultId>,
}

impl Drop for Unused<'_> {
    fn drop(&mut self) {
        self.values.discard(std::mem::take(&mut self.ids));
    }
}

impl Service {
    /// A version's value. No transaction may be open.
    ///
    /// # Errors
    /// The store or Vault failed.
    pub(super) async fn find_sealed(&self, of: (SecretId, i64)) -> Result<FoundValue> {
        let Some(kept) = store::secret::find_value(&self.store, of.0, of.1).await? else {
            return Ok((of, None));
        };
        let sealed = match self.values.find(kept.place.clone()).await {
            Ok(sealed) => Some(sealed),
            Err(Error::LostValue(_)) => None,
            Err(error) => return Err(error),
        };
        Ok((of, Some((kept, sealed))))
    }

    /// Puts those new values into Vault that go there. No transaction may be open.
    ///
    /// # Errors
    /// Vault failed.
    pub(super) async fn put_all(&self, replacements: &[Replacement]) -> Result<Unused<'_>> {
        let new = replacements.iter().filter_map(|replacement| match replacement.new.place {
            Place::Here(_) => None,
            Place::Vault(id) => Some((id, &replacement.sealed)),
        });
        let new: Vec<_> = new.collect();
        let put = Unused { values: &self.values, ids: new.iter().map(|(id, _)| *id).collect() };
        if !new.is_empty() {
            let part = self.values.part()?;
            try_join_all(new.into_iter().map(|(id, sealed)| part.put(id, sealed))).await?;
        }
        Ok(put)
    }

    /// Writes values in place of those that are there still, in a change that is about to be committed. How many.
    ///
    /// # Errors
    /// The store failed.
    pub(super) async fn replace_all(
        &self,
        tx: &Transaction,
        replacements: Vec<Replacement>,
        put: &mut Unused<'_>,
    ) -> Result<u64> {
        let (mut count, mut used) = (0, HashSet::new());
        for Replacement { of, old, new, .. } in replacements {
            let new_place = new.place.clone();
            if !store::secret::update_value(tx, of.0, of.1, &old, new).await? {
                continue;
            }
            count += 1;
            if let Place::Vault(id) = old.place {
                store::vault_value::add_removed(tx, id, self.now()).await?;
            }
            if let Place::Vault(id) = new_place {
                used.insert(id);
            }
        }
        // From here on they may be used, even where that can't be told.
        put.ids.retain(|id| !used.contains(id));
        Ok(count)
    }

    /// Removes from Vault what no version has any more for a while. How many values.
    ///
    /// # Errors
    /// The store or Vault failed; what was removed is removed.
    pub async fn remove_from_vault(&self) -> Result<u64> {
        let Ok(part) = self.values.part() else {
            return Ok(0);
        };
        let mut count = 0;
        loop {
            let before = self.now() - KEPT_FOR;
            let ids = store::vault_value::list_removed(&self.store, before, STEP as u64).await?;
            if ids.is_empty() {
                return Ok(count);
            }
            part.remove_all(&ids).await?;
            let tx = self.store.begin().await?;
            store::vault_value::forget_removed(&tx, &ids).await?;
            tx.commit().await?;
            count += ids.len() as u64;
        }
    }

    /// Removes values from Vault that no row has referred to since they were put, a day ago at least: what a kill or an
    /// outage has left. How many.
    ///
    /// # Errors
    /// The store or Vault failed; what was removed is removed.
    pub async fn remove_orphans(&self) -> Result<u64> {
        let Ok(part) = self.values.part() else {
            return Ok(0);
        };
        let until = self.now() - ORPHAN_AGE;
        let listed = part.vault.list(part.store()?).await?;
        let listed = listed.into_iter().filter(|id| made(*id).is_some_and(|made| made < until));
        let listed: Vec<_> = listed.map(VaultId).collect();
        let mut count = 0;
        for some in listed.chunks(STEP) {
            let known = store::vault_value::list_known(&self.store, some).await?;
            let orphans: Vec<_> = some.iter().filter(|id| !known.contains(id)).copied().collect();
            part.remove_all(&orphans).await?;
            count += orphans.len() as u64;
        }
        Ok(count)
    }
}

/// When an id was made; `None` where it does not tell.
fn made(id: Uuid) -> Option<Time> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    Time::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}
