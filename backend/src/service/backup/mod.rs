//! Backups: the whole store in one encrypted file, checked as it is written, and restored into an empty store or not at all.
//!
//! A backup is logical: rows by table, of any schema version and either database. Values and data keys stay encrypted.
//!
//! A new table needs a line in `store/backup.rs`, and its invariants one in `checker`.

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

pub use self::error::{BackupError, Damage, Result};
pub use self::format::{Figures, Manifest, Preface};
pub use self::restore::{check, restore};

use self::checker::{Checker, Found};
use self::file::Draft;
use self::format::Composer;
use super::audit::record_in_all_logs;
use super::change::{Done, change};
use super::location::{Location, OpenError};
use super::master_key::list_fingerprints;
use super::private_file::{at, remove_drafts};
use super::values::Values;
use super::{Error, Service};
use crate::crypto::{Entropy, Keyring};
use crate::domain::backup::{Column, Datum};
use crate::domain::{AuditAction, Clock, Time, VaultId};
use crate::store::secret::ValueLocation;
use crate::store::{self, Store, Transaction};

/// The prefix of backups made before a migration.
const BEFORE: &str = "before-";
/// The rows in one step if their values may be in Vault.
const STEP: usize = 64;

impl Service {
    /// Backs up a snapshot of the store, corruption included, which is a finding. Recorded first in each team's log.
    pub async fn backup(&self, path: &Path, force: bool) -> Result<Figures> {
        let used = list_fingerprints(&self.store).await?;
        let keys = self.keys.with(&used).await?;
        let draft = Draft::create(path, force, keys.first_of(&used), &*self.entropy)?;
        let recorded = change!(self, |service, tx| {
            if store::team::count(tx).await? == 0 {
                return Err(BackupError::NothingThere);
            }
            Ok(Done((), record_in_all_logs(tx, service.now(), AuditAction::CreateBackup, None).await?))
        });
        recorded?;
        let snapshot = self.store.snapshot().await?;
        // A rotation may have added another key meanwhile.
        let used = list_fingerprints(&snapshot).await?;
        let keys = self.keys.with(&used).await?;
        write(draft, &snapshot, &keys, &self.values, self.now()).await
    }
}

/// Migrates a store, all or nothing. If it has teams, an unrecorded backup is written to the data directory first.
pub(super) async fn migrate(
    store: &Store,
    location: &Location,
    keys: &Keyring,
    values: &Arc<Values>,
    clock: &Arc<dyn Clock>,
    entropy: &Arc<dyn Entropy>,
) -> Result<()> {
    if store::backup::list_migrations(store).await? == store::backup::known_migrations() {
        return Ok(());
    }
    let (folder, keys, values) = (location.data_dir.clone(), keys.clone(), Arc::clone(values));
    let (clock, entropy) = (Arc::clone(clock), Arc::clone(entropy));
    // In one transaction: the backup holds exactly what is migrated, and of two concurrent starts one migrates.
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

/// Backs the store up before a migration. Repeated starts overwrite the backup, so that they don't fill the disk.
async fn back_up_before(
    tx: &Transaction,
    folder: &Path,
    path: &Path,
    keys: &Keyring,
    values: &Values,
    clock: &dyn Clock,
    entropy: &dyn Entropy,
) -> Result<()> {
    remove_drafts(path, BEFORE.as_ref()).map_err(at(folder))?;
    let master_key = keys.first_of(&list_fingerprints(tx).await?);
    let draft = Draft::create(path, true, master_key, entropy)?;
    // Old schemas have no such table.
    if store::backup::count(tx, "vault_stores").await? > 0 {
        values.find_namespace(tx).await?;
    }
    let figures = write(draft, tx, keys, values, clock.now()).await?;
    for finding in &figures.findings {
        tracing::warn!(finding, "something in the store is broken");
    }
    tracing::info!(backup = %path.display(), "backed the store up before its migration");
    Ok(())
}

/// Writes a store to a file, and checks it on the way. Values in Vault are written as if they were in the database.
async fn write(
    mut draft: Draft,
    on: &Transaction,
    keys: &Keyring,
    values: &Values,
    created: Time,
) -> Result<Figures> {
    let preface = Preface {
        product: env!("CARGO_PKG_VERSION").to_owned(),
        migrations: store::backup::list_migrations(on).await?,
        created,
        tables: store::backup::list_tables(on).await?,
    };
    let mut composer = Composer::default();
    draft.line(composer.line(&preface))?;
    let mut checker = Checker::new(keys, &preface.tables);
    for (index, table) in preface.tables.iter().enumerate() {
        let find = |wanted| table.columns.iter().position(|Column(name, _)| name == wanted);
        let value_columns = find("sealed").zip(find("vault_id"));
        let step = if value_columns.is_some() { STEP } else { 1 };
        let mut steps = pin!(store::backup::stream_rows(on, table).await?.try_chunks(step));
        while let Some(mut rows) = steps.try_next().await.map_err(|error| error.1)? {
            if let Some((sealed, vault_id)) = value_columns {
                try_join_all(rows.iter_mut().map(|row| fetch_value(values, row, sealed, vault_id))).await?;
            }
            for row in rows {
                checker.see(index, &row);
                draft.line(composer.row(index, &row))?;
            }
        }
    }
    let Found { rows, audit_logs, findings } = checker.finish();
    let manifest = Manifest { rows, audit_logs, sha256: composer.checksum() };
    draft.line(composer.line(&manifest))?;
    Ok(Figures { master_key: draft.master_key.clone(), bytes: draft.publish()?, preface, manifest, findings })
}

/// Fetches a row's value from Vault, if it is stored there. The checker reports a value that Vault has lost as missing.
async fn fetch_value(values: &Values, row: &mut [Datum], sealed: usize, vault_id: usize) -> Result<()> {
    let Datum::Uuid(id) = row[vault_id] else { return Ok(()) };
    match values.find(ValueLocation::Vault(VaultId(id))).await {
        Ok(value) => row[sealed] = Datum::Bytes(value),
        Err(Error::LostValue(_)) => {}
        Err(error) => return Err(BackupError::Values(Box::new(error))),
    }
    row[vault_id] = Datum::Null;
    Ok(())
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
