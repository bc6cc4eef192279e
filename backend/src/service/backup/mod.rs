//! Backups: the whole store in one sealed file, checked as it is written, and restored into an empty store or not at all.
//!
//! A backup is logical: rows by table, of whatever version of the schema, so that it outlives this version and this
//! database. Values and data keys stay sealed in it as they are in the store.
//!
//! `file` is how it lies on the disk, `format` what stands in it, `checker` what has to be true of it, `restore` the way
//! back. A new table needs a line in `store/backup.rs`; what has to be true of its rows, one in `checker`.

mod checker;
mod error;
mod file;
mod format;
mod restore;

use std::path::Path;
use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt as _;
use futures_util::future::try_join_all;

pub use self::error::{BackupError, Damage};
pub use self::format::{Figures, Manifest, Preface};
pub use self::restore::{check, restore};

use self::checker::{Checker, Found};
use self::file::Draft;
use self::format::Composer;
use super::change::{Done, Recorded, change};
use super::location::{Location, OpenError};
use super::master_key::list_fingerprints;
use super::private_file::{DRAFT, at};
use super::values::Values;
use super::{Error, Service};
use crate::crypto::{Entropy, Keyring};
use crate::domain::backup::{Column, Datum, Row, Table};
use crate::domain::{AuditAction, AuditEvent, AuditObject, Clock, Team, Time, VaultId};
use crate::store::secret::ValueLocation;
use crate::store::{self, Store, Transaction};

/// How the names of backups begin that are made before a migration.
const BEFORE: &str = "before-";
/// How many rows are looked at in one step where values are outside.
const STEP: usize = 64;

impl Service {
    /// Writes all of the store, as it is now, to a new file; with `force`, to one that replaces another. Each team's log
    /// says so before anything is read.
    ///
    /// What is broken in the store is told in the figures, and the file is written all the same.
    /// On failure there is no file.
    pub async fn backup(&self, path: &Path, force: bool) -> Result<Figures, BackupError> {
        let used = list_fingerprints(&self.store).await?;
        let keys = self.keys.with(&used).await?;
        let draft = Draft::create(path, force, keys.first_of(&used), &*self.entropy)?;
        let recorded = change!(self, |service, tx| {
            if store::team::count(tx).await? == 0 {
                return Err(BackupError::NothingThere);
            }
            Ok(Done((), record(tx, service.now(), AuditAction::CreateBackup, None).await?))
        });
        recorded?;
        let snapshot = self.store.snapshot().await?;
        // A rotation may have brought in another key meanwhile.
        let used = list_fingerprints(&snapshot).await?;
        let keys = self.keys.with(&used).await?;
        write(draft, &snapshot, &keys, &self.values, self.now()).await
    }
}

/// Brings a store up to date. Before one that has teams is changed, a backup of it is written into the data folder. The
/// logs do not tell of that one: it stays beside the store.
/// On failure nothing has changed.
pub(super) async fn migrate(
    store: &Store,
    location: &Location,
    keys: &Keyring,
    values: &Arc<Values>,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> Result<(), BackupError> {
    if store::backup::list_migrations(store).await? == store::backup::known_migrations() {
        return Ok(());
    }
    let (folder, keys, values) = (location.data_dir.clone(), keys.clone(), Arc::clone(values));
    let (clock, entropy) = (Arc::clone(clock), Arc::clone(entropy));
    // In one transaction, so that nobody else writes: what is backed up is what is migrated, and two that start at the same
    // time do it once.
    let migrated = store.write(true, move |tx| {
        Box::pin(async move {
            let applied = store::backup::list_migrations(tx).await?;
            let known = store::backup::known_migrations();
            let Some(pending) = known.iter().find(|name| !applied.contains(name)) else {
                return Ok(store::Outcome::Refused(()));
            };
            if store::backup::count(tx, "teams").await? > 0 {
                let path = folder.join(format!("{BEFORE}{pending}.backup"));
                back_up_before(tx, &folder, &path, &keys, &values, &*clock, &*entropy).await?;
            }
            tx.migrate().await?;
            Ok(store::Outcome::Done(()))
        })
    });
    migrated.await
}

/// Backs the store up before a migration. A start that is tried again and again overwrites its backup, so that it does not
/// fill the disk.
async fn back_up_before(
    tx: &Transaction,
    folder: &Path,
    path: &Path,
    keys: &Keyring,
    values: &Values,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<(), BackupError> {
    remove_drafts(folder).map_err(at(folder))?;
    let master_key = keys.first_of(&list_fingerprints(tx).await?);
    let draft = Draft::create(path, true, master_key, entropy)?;
    // Older schemas have no such table.
    if store::backup::count(tx, "vault_stores").await? > 0 {
        values.find_namespace(tx).await?;
    }
    let figures = write(draft, tx, keys, values, clock.now()).await?;
    for finding in &figures.findings {
        tracing::warn!(finding, "something in the store is broken");
    }
    tracing::info!(backup = %path.display(), "the store is about to be migrated; this is how it was before");
    Ok(())
}

/// Removes what a start has left that was killed before a migration.
fn remove_drafts(folder: &Path) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_string_lossy();
        if name.starts_with(BEFORE) && name.ends_with(DRAFT) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Writes what is in the store to a file, and checks it on the way. Values that are in Vault are written as if they were in
/// the database: one file is the whole store.
async fn write(
    mut draft: Draft,
    on: &Transaction,
    keys: &Keyring,
    values: &Values,
    created: Time,
) -> Result<Figures, BackupError> {
    let preface = Preface {
        product: env!("CARGO_PKG_VERSION").to_owned(),
        migrations: store::backup::list_migrations(on).await?,
        created,
        tables: store::backup::list_tables(on).await?,
    };
    let mut composer = Composer::default();
    draft.line(composer.preface(&preface))?;
    let mut checker = Checker::new(keys, &preface.tables);
    for (index, table) in preface.tables.iter().enumerate() {
        let outside = Outside::of(table);
        // Values outside are asked for side by side.
        let step = if outside.is_some() { STEP } else { 1 };
        let mut steps = pin!(store::backup::stream_rows(on, table).await?.try_chunks(step));
        while let Some(rows) = steps.try_next().await.map_err(|error| error.1)? {
            for row in bring_in(values, outside, rows).await? {
                checker.see(index, &row);
                draft.line(composer.row(index, &row))?;
            }
        }
    }
    let Found { rows, audit_logs, findings } = checker.finish();
    let manifest = Manifest { rows, audit_logs, sha256: composer.checksum() };
    draft.line(composer.manifest(&manifest))?;
    Ok(Figures { master_key: draft.master_key.clone(), bytes: draft.publish()?, preface, manifest, findings })
}

/// Which columns of a table tell of values outside of it.
#[derive(Clone, Copy)]
struct Outside {
    sealed: usize,
    vault_id: usize,
}

impl Outside {
    fn of(table: &Table) -> Option<Self> {
        let find = |wanted| table.columns.iter().position(|Column(name, _)| name == wanted);
        Some(Self { sealed: find("sealed")?, vault_id: find("vault_id")? })
    }
}

/// Puts the values into the rows that are in Vault. One that Vault has lost stays out, and is found not to open.
async fn bring_in(
    values: &Values,
    outside: Option<Outside>,
    mut rows: Vec<Row>,
) -> Result<Vec<Row>, BackupError> {
    let Some(Outside { sealed, vault_id }) = outside else {
        return Ok(rows);
    };
    try_join_all(rows.iter_mut().map(|row| bring_in_one(values, &mut row[..], sealed, vault_id))).await?;
    Ok(rows)
}

async fn bring_in_one(
    values: &Values,
    row: &mut [Datum],
    sealed: usize,
    vault_id: usize,
) -> Result<(), BackupError> {
    let Datum::Uuid(id) = row[vault_id] else {
        return Ok(());
    };
    match values.find(ValueLocation::Vault(VaultId(id))).await {
        Ok(value) => row[sealed] = Datum::Bytes(value),
        Err(Error::LostValue(_)) => {}
        Err(error) => return Err(BackupError::Values(Box::new(error))),
    }
    row[vault_id] = Datum::Null;
    Ok(())
}

async fn record(
    tx: &Transaction,
    now: Time,
    action: AuditAction,
    detail: Option<String>,
) -> Result<Recorded, BackupError> {
    let teams = store::team::list_all(tx).await?;
    let event = |team: Team| {
        let object = AuditObject { detail: detail.clone(), ..AuditObject::default() };
        AuditEvent::by_system(team.id, now, action, object)
    };
    Ok(Recorded::events(tx, teams.into_iter().map(event).collect()).await?)
}

impl From<BackupError> for OpenError {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Open(error) => error,
            BackupError::Store(error) => Self::Store(error),
            error => Self::Backup(Box::new(error)),
        }
    }
}
