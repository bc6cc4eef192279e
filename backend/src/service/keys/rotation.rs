//! Changing keys beside running servers: another master key for all data keys, another data key for a team's values.
//!
//! Both go in small steps, each of them a change of its own behind which everything can be read. So they can be killed at
//! any point, and run again they go on where they were. What a step relies on is on the disk before it begins: a new
//! master key is in its source, a new data key in the store. What is no longer needed goes last, when nothing is left
//! that needs it and nobody can use it any more.
//!
//! Not here: how servers learn of a new master key (`service::master_key`).

use std::io;
use std::path::PathBuf;
use std::slice;
use std::time::Instant;

use thiserror::Error;

use crate::crypto::{DataKey, Entropy, Fingerprint, Keyring, MasterKey, Sealed, ValueContext};
use crate::domain::{AuditAction, AuditEvent, AuditObject, DataKeyId, Slug, Team, TeamId, Time, VersionKey};
use crate::service::change::{Done, Recorded, Refused, change, long_change};
use crate::service::key_file;
use crate::service::location::Location;
use crate::service::master_key::{KeyError, KeySource, list_fingerprints};
use crate::service::secret::rewrite::{self, Rewritten, STEP, pause};
use crate::service::{Error, Service};
use crate::store::secret::{KeptValue, ValueLocation, Which};
use crate::store::{self, Transaction};

#[derive(Debug)]
pub struct RotatedMasterKey {
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

#[derive(Debug)]
pub struct Progress<'a> {
    pub team: &'a Slug,
    pub done: u64,
    /// How many there were to seal anew when it began.
    pub total: u64,
}

#[derive(Debug)]
pub struct RotatedDataKeys {
    pub team: Slug,
    pub values: u64,
    /// When the rotation began that was gone on with; `None` for one that began now.
    pub begun: Option<Time>,
    /// Values that do not open, and were left as they are, with their data key: which versions of which secrets.
    pub broken: Vec<VersionKey>,
}

#[derive(Debug, Error)]
pub enum RotationError {
    #[error("the store has no team, and no data key to wrap anew")]
    NothingThere,
    #[error(
        "{place} holds one master key, {found}, which is the one in use: put a new one on a line before it \
         (`openssl rand -hex 32` makes one), and run this again; nothing has been changed"
    )]
    NoNewKey { place: KeySource, found: Fingerprint },
    #[error(
        "other servers may use this database, so a key is not made here: put a new one (`openssl rand -hex 32`) on a line \
         before {found} in {place}, on each server, and run this again; nothing has been changed"
    )]
    Shared { place: KeySource, found: Fingerprint },
    #[error("the new master key can't be put into {path}; no data key was wrapped by it")]
    NotWritable { path: PathBuf, source: io::Error },
    #[error(
        "every data key is wrapped by the master key {fingerprint}, but the old one can't be taken out of {path}: run \
         this again when it can be written, or take it out where the file comes from"
    )]
    NotRetired { fingerprint: Fingerprint, path: PathBuf, source: io::Error },
    #[error("the data key {0} does not unwrap: it was changed, and stops the rotation before it")]
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
    /// Brings in another master key: wraps every data key by the first key of the source. Where the source is a file with
    /// one key, that key is made first; behind it, the old one is put into a file of its own.
    /// After a failure, run it again to continue.
    pub async fn rotate_master_key(&self, location: &Location) -> Result<RotatedMasterKey, RotationError> {
        let at = location.clone();
        let (keys, is_new, mut data_keys, begun) = long_change!(self, |service, tx| {
            let begun = Instant::now();
            let (keys, is_new) = service.keys_to_rotate(tx, &at).await?;
            let (count, recorded) = service.rewrap_some(tx, &keys).await?;
            Ok::<_, RotationError>(Done((keys, is_new, count, begun), recorded))
        })?;
        pause(begun).await;
        let fingerprint = keys.first().fingerprint();
        loop {
            let keys = keys.clone();
            let step = long_change!(self, |service, tx| {
                let begun = Instant::now();
                let (count, recorded) = service.rewrap_some(tx, &keys).await?;
                if count > 0 {
                    return Ok::<_, RotationError>(Done(Step::Wrapped(count, begun), recorded));
                }
                // Nobody adds a data key meanwhile, nor does anybody afterwards who does not know the new key.
                let (retired, unused) = service.retire(&keys).await?;
                Ok(Refused(Step::Retired { retired, unused }))
            });
            match step? {
                Step::Wrapped(count, begun) => {
                    data_keys += count;
                    pause(begun).await;
                }
                Step::Retired { retired, unused } => {
                    return Ok(RotatedMasterKey { fingerprint, data_keys, is_new, retired, unused });
                }
            }
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
        let replaced = std::fs::canonicalize(path)
            .and_then(|path| key_file::replace(&path, &path, keys.to_text().as_bytes()));
        replaced.map_err(|source| RotationError::NotWritable { path: path.clone(), source })?;
        self.keys.hold(keys.clone());
        Ok((keys, true))
    }

    async fn rewrap_some(&self, tx: &Transaction, keys: &Keyring) -> Result<(u64, Recorded), RotationError> {
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
        let retired = key_file::retire(path, keys.first(), &there).map_err(|source| {
            RotationError::NotRetired { fingerprint: keys.first().fingerprint(), path: path.clone(), source }
        })?;
        Ok((retired, Vec::new()))
    }

    /// Gives teams another data key each, and seals all of their values with it: those of all kept versions, and of
    /// deleted secrets that can be restored. Old data keys are removed when nothing is sealed with them any more. A
    /// rotation that was interrupted is gone on with.
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
        let team_id = team.id;
        let added = change!(self, |service, tx| {
            let id = service.add_data_key(tx, team_id).await?;
            let event = service.event_about(team_id, AuditAction::CreateDataKey, id);
            Ok::<_, Error>(Done((), service.record_event(tx, event).await?))
        });
        added?;
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
                    sum += store::secret::count_values(&self.store, Which::SealedWith(key.id)).await?;
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
                while let Some(step) = self.reseal_some(team.id, key.id, behind).await? {
                    finished.values += step.values;
                    finished.broken.extend(step.broken);
                    behind = Some(step.last);
                    tell(finished.values);
                }
            }
            let (removed, left) = self.remove_data_keys(team.id).await?;
            finished.keys += removed;
            // Another rotation may have begun since, and have made of the newest key an old one.
            if left == 0 || (finished.values == before && !finished.broken.is_empty()) {
                return Ok(finished);
            }
        }
    }

    /// Seals some values with the team's newest data key that are sealed with another one; `None` if there are no more.
    async fn reseal_some(
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
            let reseal =
                async |key, kept: &KeptValue, sealed| self.reseal(team, key, kept, sealed, &newest).await;
            let step = self.rewrite_values(&keys, Some((team, newest.id())), reseal).await?;
            // Otherwise another rotation has begun meanwhile, and may end by removing that key.
            if step.is_some() {
                return Ok(step);
            }
        }
    }

    /// Seals a value with another data key; `None` if it does not open.
    async fn reseal(
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
        let Ok(plain) = old.open(&context(&old), &Sealed::from_bytes(sealed)) else {
            return Ok(None);
        };
        let sealed = newest.seal(&context(newest), &plain, &*self.entropy);
        let in_vault = matches!(kept.location, ValueLocation::Vault(_));
        Ok(Some(Rewritten { data_key_id: newest.id(), sealed: sealed.as_bytes().to_vec(), in_vault }))
    }

    /// Removes the team's older data keys that no value is sealed with: how many, and how many are left.
    async fn remove_data_keys(&self, team: TeamId) -> Result<(u64, u64), Error> {
        change!(self, |service, tx| {
            let keys = store::data_key::list(tx, team).await?;
            let (_newest, others) = keys.split_first().ok_or(NO_DATA_KEY)?;
            let mut events = Vec::new();
            for key in others {
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

/// Wraps some data keys by the first key, and says how many; none, when all of them are.
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
        let object = AuditObject {
            id: Some(id.0),
            detail: Some(format!("{to}, was {from}")),
            ..AuditObject::default()
        };
        events.push(AuditEvent::by_system(team, now, AuditAction::RotateMasterKey, object));
    }
    Ok((count, Recorded::events(tx, events).await?))
}

/// A team always has a data key: it is made with one.
const NO_DATA_KEY: Error = Error::Broken("a team has no data key");

#[derive(Default)]
struct Finished {
    values: u64,
    keys: u64,
    broken: Vec<VersionKey>,
}

impl Finished {
    fn told(self, team: &Team, begun: Option<Time>) -> RotatedDataKeys {
        RotatedDataKeys { team: team.slug.clone(), values: self.values, begun, broken: self.broken }
    }
}

enum Step {
    /// So many data keys were wrapped anew.
    Wrapped(u64, Instant),
    /// None was left to wrap: the old keys are out of use.
    Retired { retired: Vec<(Fingerprint, PathBuf)>, unused: Vec<Fingerprint> },
}
