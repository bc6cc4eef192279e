//! Changing keys beside running servers: another master key for all data keys, another data key for a team's values.
//!
//! Both go in small steps, each of them a change of its own behind which everything can be read. So they can be killed at
//! any point, and run again they go on where they were. What a step relies on is on the disk before it begins: a new
//! master key is in its source, a new data key in the store. What is no longer needed goes last, when nothing is left
//! that needs it and nobody can use it any more.
//!
//! Not here: how servers learn of a new master key (`master_key`).

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::slice;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use futures_util::future::try_join_all;
use thiserror::Error;

use super::audit::record_events;
use super::master_key::{KeyError, KeySource, beside, real_path};
use super::open::{Location, list_fingerprints, private_file};
use super::values::Replacement;
use super::{Error, Service};
use crate::crypto::envelope::OpenError;
use crate::crypto::{DataKey, Entropy, Fingerprint, Keyring, MasterKey, Sealed, ValueContext};
use crate::domain::{
    AuditAction, AuditEvent, AuditObject, DataKeyId, SecretId, Slug, Team, TeamId, Time, VaultId,
};
use crate::folder;
use crate::store::data_key::WrappedDataKey;
use crate::store::secret::{Place, SealedValue};
use crate::store::{self, Transaction};

/// How many data keys or values are changed in one step at most.
const STEP: u64 = 100;
/// How many bytes of sealed values, about.
const STEP_BYTES: usize = 512 * 1024;
/// How long others have at least between two steps.
const PAUSE: Duration = Duration::from_millis(2);

/// What has become of the master key.
#[derive(Debug)]
pub struct RotatedMasterKey {
    /// The key that wraps every data key now.
    pub fingerprint: Fingerprint,
    /// How many data keys it did not wrap before.
    pub data_keys: u64,
    /// Whether a key was made for it, and not found.
    pub is_new: bool,
    /// Where the keys are that are no longer used, and their files; empty where the source is no file.
    pub retired: Vec<(Fingerprint, PathBuf)>,
    /// Keys of the source that are no longer used, and that somebody else has to take out of it.
    pub unused: Vec<Fingerprint>,
}

/// How far a team's values are.
#[derive(Debug)]
pub struct Progress<'a> {
    /// Which team.
    pub team: &'a Slug,
    /// How many values are sealed anew.
    pub done: u64,
    /// How many there were to seal anew when it began.
    pub total: u64,
}

/// What has become of a team's values.
#[derive(Debug)]
pub struct RotatedDataKeys {
    /// Which team.
    pub team: Slug,
    /// How many values were sealed anew.
    pub values: u64,
    /// When the rotation began that was gone on with; `None` for one that began now.
    pub begun: Option<Time>,
    /// Values that do not open, and were left as they are, with their data key: which versions of which secrets.
    pub broken: Vec<(SecretId, i64)>,
}

/// Why keys can't be changed.
#[derive(Debug, Error)]
pub enum RotationError {
    /// The store has no team.
    #[error("the store has no team, and no data key to wrap anew")]
    NothingThere,
    /// There is no other key to change to, and none can be made.
    #[error(
        "{place} holds one master key, {found}, which is the one in use: put a new one on a line before it \
         (`openssl rand -hex 32` makes one), and run this again; nothing has been changed"
    )]
    NoNewKey {
        /// Where the key is.
        place: KeySource,
        /// Its fingerprint.
        found: Fingerprint,
    },
    /// Other servers may use the database, and would not have a key that is made here.
    #[error(
        "other servers may use this database, so a key is not made here: put a new one (`openssl rand -hex 32`) on a line \
         before {found} in {place}, on each server, and run this again; nothing has been changed"
    )]
    Shared {
        /// Where the key is.
        place: KeySource,
        /// Its fingerprint.
        found: Fingerprint,
    },
    /// The key's file can't be replaced.
    #[error("the new master key can't be put into {path}; no data key was wrapped by it")]
    NotWritable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Every data key is wrapped by the new key, and the old one can't be put aside.
    #[error(
        "every data key is wrapped by the master key {fingerprint}, but the old one can't be taken out of {path}: run \
         this again when it can be written, or take it out where the file comes from"
    )]
    NotRetired {
        /// The new key.
        fingerprint: Fingerprint,
        /// Which file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A data key does not unwrap.
    #[error("the data key {0} does not unwrap: it was changed, and stops the rotation before it")]
    Damaged(DataKeyId),
    /// The master keys are not there.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Something else failed.
    #[error(transparent)]
    Service(#[from] Error),
}

impl From<store::Error> for RotationError {
    fn from(error: store::Error) -> Self {
        Self::Service(error.into())
    }
}

impl Service {
    /// Brings in another master key: wraps every data key by the first key of the source. Where the source is a file with
    /// one key, that key is made first; behind it, the old one is put into a file of its own.
    ///
    /// # Errors
    /// There is no other key, or something failed; run again, it goes on.
    pub async fn rotate_master_key(&self, location: &Location) -> Result<RotatedMasterKey, RotationError> {
        let tx = self.store.begin_long().await?;
        let begun = Instant::now();
        let (keys, is_new) = self.keys_to_rotate(&tx, location).await?;
        let mut data_keys = self.rewrap_some(&tx, &keys).await?;
        tx.commit().await?;
        pause(begun).await;
        loop {
            let tx = self.store.begin_long().await?;
            let begun = Instant::now();
            let count = self.rewrap_some(&tx, &keys).await?;
            if count == 0 {
                // Nobody adds a data key meanwhile, nor does anybody afterwards who does not know the new key.
                let (retired, unused) = self.retire(&keys).await?;
                return Ok(RotatedMasterKey {
                    fingerprint: keys.first().fingerprint(),
                    data_keys,
                    is_new,
                    retired,
                    unused,
                });
            }
            tx.commit().await?;
            data_keys += count;
            pause(begun).await;
        }
    }

    /// The keys of the source, the first of them the one to change to, which may have just been made.
    async fn keys_to_rotate(
        &self,
        tx: &Transaction,
        location: &Location,
    ) -> Result<(Keyring, bool), RotationError> {
        let used = list_fingerprints(tx).await?;
        if used.is_empty() {
            return Err(RotationError::NothingThere);
        }
        let source = self.keys.source();
        let keys = match source {
            // Another rotation may have put one there just before.
            KeySource::File(_) => source.load().await?,
            KeySource::Variable(_) | KeySource::Command { .. } => self.keys.held(),
        };
        source.require(&keys, &used)?;
        self.keys.hold(keys.clone());
        if keys.others().next().is_some() {
            return Ok((keys, false));
        }
        let (place, found) = (source.clone(), keys.first().fingerprint());
        let KeySource::File(path) = source else {
            return Err(RotationError::NoNewKey { place, found });
        };
        if location.is_shared() {
            return Err(RotationError::Shared { place, found });
        }
        let keys = Keyring::from(MasterKey::generate(&*self.entropy)).with(&keys);
        let replaced = real_path(path).and_then(|path| replace(&path, &path, keys.to_text().as_bytes()));
        replaced.map_err(|source| RotationError::NotWritable { path: path.clone(), source })?;
        self.keys.hold(keys.clone());
        Ok((keys, true))
    }

    async fn rewrap_some(&self, tx: &Transaction, keys: &Keyring) -> Result<u64, RotationError> {
        rewrap_some(tx, keys, self.keys.source(), self.now(), &*self.entropy).await
    }

    /// Takes the keys out of the file that are no longer used, each into a file of its own; where the source is no file,
    /// says which these are.
    async fn retire(
        &self,
        keys: &Keyring,
    ) -> Result<(Vec<(Fingerprint, PathBuf)>, Vec<Fingerprint>), RotationError> {
        let KeySource::File(path) = self.keys.source() else {
            return Ok((Vec::new(), keys.others().map(MasterKey::fingerprint).collect()));
        };
        // Keys that were put there meanwhile are not lost.
        let there = self.keys.source().load().await?;
        let retired = retire(path, keys.first(), &there).map_err(|source| RotationError::NotRetired {
            fingerprint: keys.first().fingerprint(),
            path: path.clone(),
            source,
        })?;
        Ok((retired, Vec::new()))
    }

    /// Gives teams another data key each, and seals all of their values with it: those of all kept versions, and of
    /// deleted secrets that can be restored. Old data keys are removed when nothing is sealed with them any more. A
    /// rotation that was interrupted is gone on with.
    ///
    /// `report` is told how far it is.
    ///
    /// # Errors
    /// There is no such team, or something failed; run again, it goes on.
    pub async fn rotate_data_keys(
        &self,
        slug: Option<&Slug>,
        mut report: impl FnMut(Progress<'_>),
    ) -> Result<Vec<RotatedDataKeys>, RotationError> {
        let teams = self.find_teams(slug).await?;
        if teams.is_empty() {
            return Err(RotationError::NothingThere);
        }
        let mut rotated = Vec::with_capacity(teams.len());
        for team in teams {
            rotated.push(self.rotate_data_key(&team, &mut report).await?);
        }
        Ok(rotated)
    }

    async fn rotate_data_key(
        &self,
        team: &Team,
        report: &mut impl FnMut(Progress<'_>),
    ) -> Result<RotatedDataKeys, Error> {
        let keys = store::data_key::list(&self.store, team.id).await?;
        let [newest, others @ ..] = &keys[..] else {
            return Err(NO_DATA_KEY);
        };
        if !others.is_empty() {
            let finished = self.finish_rotation(team, report).await?;
            // Nothing of it was left to do but what can't be done.
            if finished.values > 0 || finished.keys > 0 {
                return Ok(finished.told(team, Some(newest.created)));
            }
        }
        let tx = self.store.begin().await?;
        let id = self.add_data_key(&tx, team.id).await?;
        self.record_about(&tx, team.id, AuditAction::CreateDataKey, id).await?;
        tx.commit().await?;
        Ok(self.finish_rotation(team, report).await?.told(team, None))
    }

    /// Seals with the newest data key what is sealed with others, and removes these.
    async fn finish_rotation(
        &self,
        team: &Team,
        report: &mut impl FnMut(Progress<'_>),
    ) -> Result<Finished, Error> {
        let mut finished = Finished::default();
        let mut total = None;
        loop {
            let before = finished.values;
            let keys = store::data_key::list(&self.store, team.id).await?;
            let old: Vec<_> = keys.into_iter().skip(1).collect();
            if total.is_none() {
                let mut sum = 0;
                for key in &old {
                    sum += store::secret::count_sealed_with(&self.store, key.id).await?;
                }
                total = Some(sum);
            }
            let mut tell = |done: u64| {
                let (team, total) = (&team.slug, total.unwrap_or_default().max(done));
                report(Progress { team, done, total });
            };
            tell(finished.values);
            finished.broken.clear();
            for key in old {
                let mut behind = None;
                while let Some(step) = self.reseal_some(team, key.id, behind).await? {
                    finished.values += step.values;
                    finished.broken.extend(step.broken);
                    behind = Some(step.last);
                    tell(finished.values);
                }
            }
            let (removed, left) = self.remove_data_keys(team).await?;
            finished.keys += removed;
            // Another rotation may have begun since, and have made of the newest key an old one.
            if left == 0 || (finished.values == before && !finished.broken.is_empty()) {
                return Ok(finished);
            }
        }
    }

    /// Seals some values with the team's newest data key that are sealed with another; `None` where there are no more.
    async fn reseal_some(
        &self,
        team: &Team,
        old: DataKeyId,
        behind: Option<(SecretId, i64)>,
    ) -> Result<Option<Step>, Error> {
        loop {
            let newest = store::data_key::list(&self.store, team.id).await?;
            let newest = newest.into_iter().next().ok_or(NO_DATA_KEY)?;
            let key = self.unwrap_key(team.id, newest.clone()).await?;
            let places = store::secret::list_sealed_with(&self.store, old, behind, STEP).await?;
            let Some(last) = places.last().copied() else {
                return Ok(None);
            };
            let mut step = Step { values: 0, broken: Vec::new(), last };
            let resealed = self.reseal(team.id, &key, places, &mut step).await?;
            let mut put = self.put_all(&resealed).await?;
            let tx = self.store.begin().await?;
            let begun = Instant::now();
            let newest_now = store::data_key::find_newest(&tx, team.id).await?;
            if newest_now.is_none_or(|now| now.id != newest.id) {
                // Another rotation has begun meanwhile, and may end by removing that key.
                continue;
            }
            step.values = self.replace_all(&tx, resealed, &mut put).await?;
            tx.commit().await?;
            pause(begun).await;
            return Ok(Some(step));
        }
    }

    /// Seals values with another data key, each for the place that it is in. What does not open is told in the step, and
    /// behind so many bytes it ends.
    async fn reseal(
        &self,
        team: TeamId,
        newest: &DataKey,
        places: Vec<(SecretId, i64)>,
        step: &mut Step,
    ) -> Result<Vec<Replacement>, Error> {
        let found = try_join_all(places.into_iter().map(|place| self.find_sealed(place))).await?;
        let mut resealed = Vec::with_capacity(found.len());
        let mut bytes = 0;
        for (of, value) in found {
            step.last = of;
            let (kept, sealed) = match value {
                None => continue,
                Some((_, None)) => {
                    step.broken.push(of);
                    continue;
                }
                Some((kept, Some(sealed))) => (kept, sealed),
            };
            bytes += sealed.len();
            let old = match self.unwrap_key(team, kept.data_key.clone()).await {
                Err(Error::Sealed(_)) => {
                    step.broken.push(of);
                    continue;
                }
                old => old?,
            };
            let context = |key: &DataKey| ValueContext {
                team_id: team,
                secret_id: of.0,
                version: of.1,
                data_key_id: key.id(),
            };
            match old.open(&context(&old), &Sealed::from_bytes(sealed)) {
                Err(OpenError) => step.broken.push(of),
                Ok(plain) => {
                    let sealed = newest.seal(&context(newest), &plain, &*self.entropy);
                    let sealed = sealed.as_bytes().to_vec();
                    let place = match kept.place {
                        Place::Here(_) => Place::Here(sealed.clone()),
                        Place::Vault(_) => Place::Vault(VaultId(self.new_id())),
                    };
                    let new = SealedValue { data_key_id: newest.id(), place };
                    let old = kept;
                    resealed.push(Replacement { of, old, new, sealed });
                }
            }
            if bytes >= STEP_BYTES {
                break;
            }
        }
        Ok(resealed)
    }

    /// Removes the team's data keys but the newest one with which nothing is sealed: how many, and how many are left.
    async fn remove_data_keys(&self, team: &Team) -> Result<(u64, u64), Error> {
        let tx = self.store.begin().await?;
        let keys = store::data_key::list(&tx, team.id).await?;
        let (_newest, others) = keys.split_first().ok_or(NO_DATA_KEY)?;
        let (mut removed, mut left) = (0, 0);
        for key in others {
            if store::secret::count_sealed_with(&tx, key.id).await? > 0 {
                left += 1;
                continue;
            }
            store::data_key::remove(&tx, key.id).await?;
            self.record_about(&tx, team.id, AuditAction::DeleteDataKey, key.id).await?;
            removed += 1;
        }
        tx.commit().await?;
        Ok((removed, left))
    }

    async fn record_about(
        &self,
        tx: &Transaction,
        team: TeamId,
        action: AuditAction,
        data_key: DataKeyId,
    ) -> Result<(), Error> {
        let object = AuditObject { id: Some(data_key.0), ..AuditObject::default() };
        let event = AuditEvent::by_system(team, self.now(), action, object);
        self.record_event(tx, event).await
    }

    /// Makes a data key for a team, newer than all that it has; the event is the caller's to record.
    pub(super) async fn add_data_key(&self, tx: &Transaction, team: TeamId) -> Result<DataKeyId, Error> {
        let used = list_fingerprints(tx).await?;
        let keys = self.keys.with(&used).await?;
        let master_key = keys.first_of(&used);
        let id = DataKeyId(self.new_id());
        let (_, wrapped) = master_key.new_data_key(team, id, &*self.entropy);
        let newest = store::data_key::find_newest(tx, team).await?;
        // The newest also where the clock was set back.
        let created = newest.map_or(Time::MIN_UTC, |newest| newest.created + TimeDelta::microseconds(1));
        let key = WrappedDataKey {
            id,
            team_id: team,
            wrapped: wrapped.as_bytes().to_vec(),
            master_key_fingerprint: master_key.fingerprint().to_string(),
            created: created.max(self.now()),
        };
        store::data_key::add(tx, key).await?;
        Ok(id)
    }

    /// Unwraps a data key of a team's.
    pub(super) async fn unwrap_key(&self, team: TeamId, key: WrappedDataKey) -> Result<DataKey, Error> {
        let wanted = Fingerprint::from_text(key.master_key_fingerprint);
        let keys = self.keys.with(slice::from_ref(&wanted)).await?;
        let master_key = keys.find(&wanted).ok_or(OpenError)?;
        Ok(master_key.unwrap_data_key(team, key.id, &Sealed::from_bytes(key.wrapped))?)
    }
}

/// Wraps some data keys by the first key, and says how many; none, when all of them are.
pub(super) async fn rewrap_some(
    tx: &Transaction,
    keys: &Keyring,
    source: &KeySource,
    now: Time,
    entropy: &dyn Entropy,
) -> Result<u64, RotationError> {
    let new = keys.first();
    let to = new.fingerprint().to_string();
    let found = store::data_key::list_not_wrapped_by(tx, &to, STEP).await?;
    let count = found.len() as u64;
    let mut events = Vec::with_capacity(found.len());
    for mut data_key in found {
        let (id, team) = (data_key.id, data_key.team_id);
        let from = Fingerprint::from_text(std::mem::take(&mut data_key.master_key_fingerprint));
        source.require(keys, slice::from_ref(&from))?;
        let wrapped = Sealed::from_bytes(std::mem::take(&mut data_key.wrapped));
        let unwrapped = keys
            .find(&from)
            .and_then(|old| old.unwrap_data_key(team, id, &wrapped).ok())
            .ok_or(RotationError::Damaged(id))?;
        let wrapped = new.wrap_data_key(team, &unwrapped, entropy);
        data_key.wrapped = wrapped.as_bytes().to_vec();
        data_key.master_key_fingerprint.clone_from(&to);
        store::data_key::update(tx, &data_key).await?;
        let object = AuditObject {
            id: Some(id.0),
            detail: Some(format!("{to}, was {from}")),
            ..AuditObject::default()
        };
        events.push(AuditEvent::by_system(team, now, AuditAction::RotateMasterKey, object));
    }
    record_events(tx, events).await?;
    Ok(count)
}

/// A team always has a data key: it is made with one.
const NO_DATA_KEY: Error = Error::Broken("a team has no data key");

/// What was done of a rotation.
#[derive(Default)]
struct Finished {
    /// How many values were sealed anew.
    values: u64,
    /// How many data keys were removed.
    keys: u64,
    broken: Vec<(SecretId, i64)>,
}

impl Finished {
    fn told(self, team: &Team, begun: Option<Time>) -> RotatedDataKeys {
        RotatedDataKeys { team: team.slug.clone(), values: self.values, begun, broken: self.broken }
    }
}

/// What was done in a step.
struct Step {
    /// How many values were sealed anew.
    values: u64,
    broken: Vec<(SecretId, i64)>,
    /// The last one that was looked at.
    last: (SecretId, i64),
}

/// Lets others write for as long as they have waited. Who waits for SQLite's lock in another process only looks for it
/// from time to time, and has to find it free.
pub(super) async fn pause(begun: Instant) {
    tokio::time::sleep(begun.elapsed().max(PAUSE)).await;
}

/// Takes all keys out of a file but the first, each into a file of its own beside it.
fn retire(path: &Path, first: &MasterKey, there: &Keyring) -> io::Result<Vec<(Fingerprint, PathBuf)>> {
    if there.first().fingerprint() != first.fingerprint() {
        return Err(io::Error::other("its first key was changed meanwhile"));
    }
    let path = real_path(path)?;
    let mut retired = Vec::new();
    for old in there.others() {
        let aside = beside(&path, &old.fingerprint().to_string());
        replace(&aside, &path, old.to_text().as_bytes())?;
        retired.push((old.fingerprint(), aside));
    }
    if !retired.is_empty() {
        replace(&path, &path, first.to_text().as_bytes())?;
    }
    Ok(retired)
}

/// Puts a file in the place of another, if there is one, whole or not at all. It belongs to whom `model` belongs to, and
/// those can read it who can read that: the server may run as someone else than the operator.
fn replace(path: &Path, model: &Path, content: &[u8]) -> io::Result<()> {
    let draft = beside(path, "draft");
    match fs::remove_file(&draft) {
        // One that a kill has left.
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut file = private_file().write(true).create_new(true).open(&draft)?;
    let written = resemble(&file, model)
        .and_then(|()| file.write_all(content))
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&draft, path));
    if written.is_err() {
        fs::remove_file(&draft)?;
    }
    written.and_then(|()| folder::sync(path))
}

/// Gives a file the owner and the permissions of another.
#[cfg(unix)]
fn resemble(file: &fs::File, model: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let (is, should_be) = (file.metadata()?, fs::metadata(model)?);
    if (is.uid(), is.gid()) != (should_be.uid(), should_be.gid()) {
        fchown(file, Some(should_be.uid()), Some(should_be.gid()))?;
    }
    file.set_permissions(should_be.permissions())
}

#[cfg(not(unix))]
fn resemble(_: &fs::File, _: &Path) -> io::Result<()> {
    Ok(())
}
