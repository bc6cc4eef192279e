//! Reads: values of any kept version, metadata, and folders.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use strongroom_shared::SecretName;
use strongroom_shared::limit::LISTED_ROWS;

use super::{KvFound, KvOperation, KvRead, KvVersion};
use crate::domain::filter::{Filter, SecretColumn, Window};
use crate::domain::kv::{FolderPart, FolderScan};
use crate::domain::{Actor, Rule, Secret, SecretVersion, VersionKey};
use crate::service::read_cache::KnownValue;
use crate::service::secret::NAMES;
use crate::service::{Error, Result, Service, list};
use crate::store;
use crate::store::secret::KeptValue;

/// How many names of a folder are read at a time, at least and at most. A part in which a folder has most of the names is
/// mostly read in vain, so the next one is small.
const NAMES_AT_ONCE: (usize, usize) = (16, 1000);

/// A secret, perhaps a tombstone, and its kept versions, newest first.
#[derive(Debug)]
pub struct KvMetadata {
    pub secret: Secret,
    pub versions: Vec<SecretVersion>,
}

impl Service {
    /// Reads a version of a value, the current one by default. It is recorded before it is answered, refused or not. No value
    /// of a tombstone is read.
    pub async fn read_kv(&self, actor: &Actor, name: String, version: Option<i64>) -> Result<KvRead> {
        actor.budget.charge_values(1)?;
        self.require_reading(actor, &name).await?;
        let Some(known) = self.find_readable(actor, name.clone()).await? else {
            return self.find_deleted(actor, name, version).await;
        };
        let (known, detail) = match version.filter(|version| *version != known.secret.version) {
            None => (known, None),
            Some(version) => match self.find_older(&known.secret, version).await? {
                None => return Ok(KvFound::Missing),
                Some(older) => (Arc::new(older), Some(format!("version {version}"))),
            },
        };
        let value = self.read_value(actor, &known).await?;
        self.record_read(actor, &known.secret, detail).await?;
        let (secret, created) = (known.secret.clone(), known.created);
        let version = secret.version;
        Ok(KvFound::Live(KvVersion::new(actor, secret, version, created), value))
    }

    /// An older value, as if it were the current one.
    async fn find_older(&self, secret: &Secret, version: i64) -> Result<Option<KnownValue>> {
        let key = VersionKey { secret_id: secret.id, version };
        let Some(kept) = store::secret::find_value(&self.store, key).await? else { return Ok(None) };
        let KeptValue { data_key, location, created } = kept;
        let data_key = Arc::new(self.unwrap_key(secret.team_id, data_key).await?);
        Ok(Some(KnownValue { secret: Secret { version, ..secret.clone() }, created, location, data_key }))
    }

    async fn find_deleted(&self, actor: &Actor, name: String, version: Option<i64>) -> Result<KvRead> {
        let Some(name) = visible(actor, name) else { return Ok(KvFound::Missing) };
        match self.find_shown(&self.store, actor, &name).await? {
            None => Ok(KvFound::Missing),
            Some(tombstone) => self.find_deleted_version(&self.store, actor, tombstone, version).await,
        }
    }

    /// A secret or a shown tombstone with its versions; `None` if there is none.
    pub async fn find_kv_metadata(&self, actor: &Actor, name: String) -> Result<Option<KvMetadata>> {
        KvOperation::ReadMetadata.require(actor)?;
        let Some(name) = visible(actor, name) else { return Ok(None) };
        let secret = match store::secret::find(&self.store, actor.team_id(), &name).await? {
            None => self.find_shown(&self.store, actor, &name).await?,
            found => found,
        };
        let Some(secret) = secret else { return Ok(None) };
        let read = |window: Window| store::secret::list_versions(&self.store, secret.id, window.limit);
        let versions = list(actor, Window::default(), read).await?;
        Ok(Some(KvMetadata { secret, versions }))
    }

    /// The keys in a folder, with those of shown tombstones if asked; none if it has none.
    pub async fn list_kv_folder(
        &self,
        actor: &Actor,
        folder: &str,
        with_tombstones: bool,
        part: &FolderPart,
    ) -> Result<Vec<String>> {
        KvOperation::List.require(actor)?;
        let read = |window: Window| async move {
            let most = window.limit.and_then(|most| usize::try_from(most).ok()).unwrap_or(usize::MAX);
            let live = self.scan_folder(actor, FolderScan::new(folder, &part.after), most, false).await?;
            let mut keys: BTreeSet<_> = live.into_iter().collect();
            if with_tombstones {
                let scan = FolderScan::new(folder, &part.after);
                keys.extend(self.scan_folder(actor, scan, most, true).await?);
            }
            let keys: Vec<_> = keys.into_iter().take(most).collect();
            if keys.len() > LISTED_ROWS {
                let rule =
                    format!("A list has at most {LISTED_ROWS} keys: list a folder, or use limit and after.");
                return Err(Error::Rule(Rule::new(rule)));
            }
            Ok(keys)
        };
        actor.budget.list(Window { limit: part.limit, offset: None }, read).await
    }

    /// The first keys of a folder, of secrets or of shown tombstones.
    async fn scan_folder(
        &self,
        actor: &Actor,
        mut scan: FolderScan<'_>,
        most: usize,
        of_tombstones: bool,
    ) -> Result<Vec<String>> {
        let (least_at_once, most_at_once) = NAMES_AT_ONCE;
        let mut at_once = least_at_once;
        loop {
            let filter = Filter::All(vec![actor.scope(), scan.filter()]);
            let window = Window { limit: u64::try_from(at_once).ok(), offset: None };
            let before = scan.keys.len();
            let read = if of_tombstones {
                self.add_tombstones(actor, &mut scan, &filter, window).await?
            } else {
                let names = store::secret::list_names(&self.store, actor.team_id(), &filter, window).await?;
                scan.add(names.iter().map(String::as_str), |_| true);
                names.len()
            };
            if read < at_once || scan.keys.len() >= most {
                return Ok(scan.keys);
            }
            at_once = (4 * (scan.keys.len() - before)).clamp(least_at_once, most_at_once);
        }
    }

    /// Adds the next shown tombstones, and returns the number of names read. Only the last tombstone of a name counts.
    async fn add_tombstones(
        &self,
        actor: &Actor,
        scan: &mut FolderScan<'_>,
        filter: &Filter<SecretColumn>,
        window: Window,
    ) -> Result<usize> {
        let (team, since) = (actor.team_id(), self.restorable_since());
        let found = store::tombstone::list_shown_names(&self.store, team, filter, since, window).await?;
        let names: Vec<_> = found.iter().collect::<BTreeSet<_>>().into_iter().collect();
        let mut shown = HashSet::new();
        for names in names.chunks(NAMES) {
            let last = store::tombstone::list_named(&self.store, team, names, since).await?;
            shown.extend(last.into_values().filter(|last| last.is_shown).map(|last| last.name.into_string()));
        }
        scan.add(names.iter().map(|name| name.as_str()), |name| shown.contains(name));
        Ok(found.len())
    }
}

/// A name that an actor can see; for others, no secret exists.
fn visible(actor: &Actor, name: String) -> Option<SecretName> {
    SecretName::parse(name).ok().filter(|name| actor.sees(name.as_str()))
}
