//! Rotates keys while servers run: the master key of all data keys, or the data key of a team's values.
//!
//! Each step is a separate change, after which everything can be read. So a rotation can be killed at any point and
//! continued later. A new key is durable before a step uses it: a master key in its source, a data key in the store. An
//! old key is removed last, when nothing needs it and no server can use it any more.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::slice;
use std::time::Instant;

use thiserror::Error;

use crate::crypto::{DataKey, Entropy, Fingerprint, Keyring, MasterKey, Sealed, ValueContext};
use crate::domain::{AuditAction, AuditEvent, AuditObject, DataKeyId, Slug, Team, TeamId, Time, VersionKey};
use crate::service::change::{Done, Recorded, Refused, change, long_change};
use crate::service::location::Location;
use crate::service::master_key::{KeyError, KeySource, list_fingerprints};
use crate::service::secret::rewrite::{self, Rewritten, STEP, pause};
use crate::service::{Error, Service, private_file};
use crate::store::secret::{KeptValue, ValueLocation, Which};
use crate::store::{self, Transaction};

#[derive(Debug)]
pub struct RotatedMasterKey {
    pub fingerprint: Fingerprint,
    pub data_keys: u64,
    /// Whether the master key was created, rather than found in its source.
    pub is_new: bool,
    /// The keys that are no longer used, with the files they were moved to.
    pub retired: Vec<(Fingerprint, PathBuf)>,
    /// The keys that are no longer used, and that the operator must remove from a source that is not a file.
    pub unused: Vec<Fingerprint>,
}

#[derive(Debug)]
pub struct Progress<'a> {
    pub team: &'a Slug,
    pub done: u64,
    pub total: u64,
}

#[derive(Debug)]
pub struct RotatedDataKeys {
    pub team: Slug,
    pub values: u64,
    pub begun: Option<Time>,
    /// Values that do not decrypt, and were left unchanged.
    pub broken: Vec<VersionKey>,
}

#[derive(Debug, Error)]
pub enum RotationError {
    #[error("the store has no team: there is no key to rotate")]
    NothingThere,
    #[error(
        "{place} holds one master key, {found}, which is in use: put a new one on a line before it \
         (`openssl rand -hex 32` makes one), and run this again; nothing has been changed"
    )]
    NoNewKey { place: KeySource, found: Fingerprint },
    #[error(
        "other servers may use this database, so no key is created here: put a new one (`openssl rand -hex 32`) on a line \
         before {found} in {place}, on each server, and run this again; nothing has been changed"
    )]
    Shared { place: KeySource, found: Fingerprint },
    #[error("the new master key can't be written to {path}; no data key was wrapped with it")]
    NotWritable { path: PathBuf, source: io::Error },
    #[error(
        "every data key is wrapped with the master key {fingerprint}, but the old one can't be removed from {path}: run \
         this again when the file is writable, or remove the key where the file comes from"
    )]
    NotRetired { fingerprint: Fingerprint, path: PathBuf, source: io::Error },
    #[error("the data key {0} does not unwrap: it was tampered with, and the rotation stopped before it")]
    Damaged(DataKeyId),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Service(#[from] Error),
}

impl From<store::Error> for RotationError {
    fn from(error: store::Error) -> Self {
        Self::Service(error.into())
    }
}

impl Service {
    /// Rewraps every data key with the first key of the source, which is created if that is a file with one key.
    pub async fn rotate_master_key(&self, location: &Location) -> Result<RotatedMasterKey, RotationError> {
        let at = location.clone();
        // In a change, so that two rotations don't both create a key.
        let (keys, is_new) = long_change!(self, |service, tx| {
            Ok::<_, RotationError>(Refused(service.keys_to_rotate(tx, &at).await?))
        })?;
        let (fingerprint, mut data_keys) = (keys.first().fingerprint(), 0);
        loop {
            let keys = keys.clone();
            let (count, begun, retired) = long_change!(self, |service, tx| {
                let begun = Instant::now();
                let (count, recorded) = service.rewrap_some(tx, &keys).await?;
                if count > 0 {
                    return Ok::<_, RotationError>(Done((count, begun, None), recorded));
                }
                // In the same transaction: a server that adds a data key later must know the new master key.
                Ok(Refused((0, begun, Some(service.retire(&keys).await?))))
            })?;
            if let Some((retired, unused)) = retired {
                return Ok(RotatedMasterKey { fingerprint, data_keys, is_new, retired, unused });
            }
            data_keys += count;
            pause(begun).await;
        }
    }

    /// The keys of the source, starting with the new one, and whether that was created.
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
            // Another rotation may have just added one.
            KeySource::File(_) => source.load().await?,
            KeySource::Variable(_) | KeySource::Command { .. } => self.keys.held(),
        };
        source.require(&keys, &used)?;
        self.keys.hold(keys.clone());
        if keys.others().next().is_some() {
            return Ok((keys, false));
        }
        let (place, found) = (source.clone(), keys.first().fingerprint());
        let KeySource::File(path) = source else { return Err(RotationError::NoNewKey { place, found }) };
        if location.is_shared() {
            return Err(RotationError::Shared { place, found });
        }
        let keys = Keyring::from(MasterKey::generate(&*self.entropy)).with(&keys);
        let replaced = fs::canonicalize(path)
            .and_then(|path| private_file::replace(&path, &path, keys.to_text().as_bytes()));
        replaced.map_err(|source| RotationError::NotWritable { path: path.clone(), source })?;
        self.keys.hold(keys.clone());
        Ok((keys, true))
    }

    async fn rewrap_some(&self, tx: &Transaction, keys: &Keyring) -> Result<(u64, Recorded), RotationError> {
        rewrap_some(tx, keys, self.keys.source(), self.now(), &*self.entropy).await
    }

    /// Moves unused keys of the file to separate files. If the source is not a file, returns them as unused.
    async fn retire(
        &self,
        keys: &Keyring,
    ) -> Result<(Vec<(Fingerprint, PathBuf)>, Vec<Fingerprint>), RotationError> {
        let KeySource::File(path) = self.keys.source() else {
            return Ok((Vec::new(), keys.others().map(MasterKey::fingerprint).collect()));
        };
        // Read again, so that keys added meanwhile are not lost.
        let there = self.keys.source().load().await?;
        let retired = retire(path, keys.first(), &there).map_err(|source| RotationError::NotRetired {
            fingerprint: keys.first().fingerprint(),
            path: path.clone(),
            source,
        })?;
        Ok((retired, Vec::new()))
    }

    /// Re-encrypts all values of teams, even deleted ones, with a new data key each, or continues an interrupted
    /// rotation.
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
        let [newest, others @ ..] = &keys[..] else { return Err(NO_DATA_KEY) };
        if !others.is_empty() {
            let (rotated, keys) = self.finish_rotation(team, Some(newest.created), report).await?;
            // Otherwise only broken values are left from an earlier rotation.
            if rotated.values > 0 || keys > 0 {
                return Ok(rotated);
            }
        }
        let team_id = team.id;
        change!(self, |service, tx| {
            let id = service.add_data_key(tx, team_id).await?;
            let event = service.event_about(team_id, AuditAction::CreateDataKey, id);
            Ok::<_, Error>(Done((), service.record_event(tx, event).await?))
        })?;
        Ok(self.finish_rotation(team, None, report).await?.0)
    }

    /// Re-encrypts the values of older data keys with the newest one, and removes the older keys. Also returns how many
    /// it removed.
    async fn finish_rotation(
        &self,
        team: &Team,
        begun: Option<Time>,
        report: &mut impl FnMut(Progress<'_>),
    ) -> Result<(RotatedDataKeys, u64), Error> {
        let mut rotated = RotatedDataKeys { team: team.slug.clone(), values: 0, begun, broken: Vec::new() };
        let mut removed_keys = 0;
        let mut total = None;
        loop {
            let before = rotated.values;
            let keys = store::data_key::list(&self.store, team.id).await?;
            let old: Vec<_> = keys.into_iter().skip(1).collect();
            if total.is_none() {
                let mut sum = 0;
                for key in &old {
                    sum += store::secret::count_values(&self.store, Which::SealedWith(key.id)).await?;
                }
                total = Some(sum);
            }
            let mut show = |done: u64| {
                report(Progress { team: &team.slug, done, total: total.unwrap_or_default().max(done) });
            };
            show(rotated.values);
            rotated.broken.clear();
            for key in old {
                let mut behind = None;
                while let Some(step) = self.reencrypt_some(team.id, key.id, behind).await? {
                    rotated.values += step.values;
                    rotated.broken.extend(step.broken);
                    behind = Some(step.last);
                    show(rotated.values);
                }
            }
            let (removed, left) = self.remove_data_keys(team.id).await?;
            removed_keys += removed;
            // Otherwise another rotation has added a data key since.
            if left == 0 || (rotated.values == before && !rotated.broken.is_empty()) {
                return Ok((rotated, removed_keys));
            }
        }
    }

    /// Re-encrypts some values of an old data key with the newest one; `None` if there are no more.
    async fn reencrypt_some(
        &self,
        team: TeamId,
        old: DataKeyId,
        after: Option<VersionKey>,
    ) -> Result<Option<rewrite::Step>, Error> {
        loop {
            let newest = store::data_key::list(&self.store, team).await?.into_iter().next();
            let newest = self.unwrap_key(team, newest.ok_or(NO_DATA_KEY)?).await?;
            let keys = store::secret::list_keys(&self.store, Which::SealedWith(old), after, STEP).await?;
            if keys.is_empty() {
                return Ok(None);
            }
            let reencrypt =
                async |key, kept: &KeptValue, sealed| self.reencrypt(team, key, kept, sealed, &newest).await;
            let step = self.rewrite_values(&keys, Some((team, newest.id())), reencrypt).await?;
            // Otherwise another rotation has added a data key meanwhile.
            if step.is_some() {
                return Ok(step);
            }
        }
    }

    /// Encrypts a value with another data key; `None` if it does not decrypt.
    async fn reencrypt(
        &self,
        team_id: TeamId,
        VersionKey { secret_id, version }: VersionKey,
        kept: &KeptValue,
        sealed: Vec<u8>,
        newest: &DataKey,
    ) -> Result<Option<Rewritten>, Error> {
        let old = match self.unwrap_key(team_id, kept.data_key.clone()).await {
            Err(Error::Sealed(_)) => return Ok(None),
            old => old?,
        };
        let context = |key: &DataKey| ValueContext { team_id, secret_id, version, data_key_id: key.id() };
        let Ok(plain) = old.open(&context(&old), &Sealed::from_bytes(sealed)) else { return Ok(None) };
        let sealed = newest.seal(&context(newest), &plain, &*self.entropy);
        let in_vault = matches!(kept.location, ValueLocation::Vault(_));
        Ok(Some(Rewritten { data_key_id: newest.id(), sealed: sealed.as_bytes().to_vec(), in_vault }))
    }

    /// Removes the team's older data keys that are unused. Returns how many were removed and how many are left.
    async fn remove_data_keys(&self, team: TeamId) -> Result<(u64, u64), Error> {
        change!(self, |service, tx| {
            let keys = store::data_key::list(tx, team).await?;
            let (_newest, others) = keys.split_first().ok_or(NO_DATA_KEY)?;
            let needed = service.rotate_signing_key(tx, team, &keys).await?.map(|key| key.id);
            let others: Vec<_> = others.iter().filter(|key| Some(key.id) != needed).collect();
            let mut events = Vec::new();
            for key in &others {
                if store::secret::count_values(tx, Which::SealedWith(key.id)).await? == 0 {
                    store::data_key::remove(tx, key.id).await?;
                    events.push(service.event_about(team, AuditAction::DeleteDataKey, key.id));
                }
            }
            let removed = events.len();
            let counts = (removed as u64, (others.len() - removed) as u64);
            Ok(Done(counts, Recorded::events(tx, events).await?))
        })
    }

    fn event_about(&self, team: TeamId, action: AuditAction, data_key: DataKeyId) -> AuditEvent {
        let object = AuditObject { id: Some(data_key.0), ..AuditObject::default() };
        AuditEvent::by_system(team, self.now(), action, object)
    }
}

/// Rewraps some data keys with the first key. Returns how many; 0 when all are done.
pub(in crate::service) async fn rewrap_some(
    tx: &Transaction,
    keys: &Keyring,
    source: &KeySource,
    now: Time,
    entropy: &dyn Entropy,
) -> Result<(u64, Recorded), RotationError> {
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
        let detail = Some(format!("{to}, was {from}"));
        let object = AuditObject { id: Some(id.0), detail, ..AuditObject::default() };
        events.push(AuditEvent::by_system(team, now, AuditAction::RotateMasterKey, object));
    }
    Ok((count, Recorded::events(tx, events).await?))
}

/// Moves all keys of a file but the first to separate files beside it.
fn retire(path: &Path, first: &MasterKey, there: &Keyring) -> io::Result<Vec<(Fingerprint, PathBuf)>> {
    if there.first().fingerprint() != first.fingerprint() {
        return Err(io::Error::other("its first key was changed meanwhile"));
    }
    // Replacing the target of a symbolic link keeps the link.
    let path = fs::canonicalize(path)?;
    let mut retired = Vec::new();
    for old in there.others() {
        let aside = private_file::beside(&path, &old.fingerprint().to_string());
        private_file::replace(&aside, &path, old.to_text().as_bytes())?;
        retired.push((old.fingerprint(), aside));
    }
    if !retired.is_empty() {
        private_file::replace(&path, &path, first.to_text().as_bytes())?;
    }
    Ok(retired)
}

const NO_DATA_KEY: Error = Error::Broken("a team has no data key");
