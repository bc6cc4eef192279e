//! Moves values to the location of new ones, while servers run. The ciphertext is copied unchanged.

use super::rewrite::{Rewritten, STEP};
use crate::domain::{AuditAction, VersionKey};
use crate::service::audit::record_in_all_logs;
use crate::service::change::{Done, long_change};
use crate::service::{Result, Service};
use crate::store;
use crate::store::secret::{KeptValue, Which};

#[derive(Debug)]
pub struct Moved {
    pub to_vault: bool,
    pub values: u64,
    pub lost: Vec<VersionKey>,
    /// Values that were not moved: lost ones, and those that a server with other settings has set since.
    pub left: u64,
    pub removed: u64,
    /// Unused values that a server or another move will remove.
    pub to_be_removed: u64,
}

impl Service {
    /// Moves all values, even deleted ones, to the location of new ones, and purges Vault; `None` if there is no Vault.
    /// `report` gets the progress.
    pub async fn move_values(&self, mut report: impl FnMut(u64, u64)) -> Result<Option<Moved>> {
        if !self.values.uses_vault() {
            return Ok(None);
        }
        let to_vault = self.values.new_in_vault;
        let misplaced = if to_vault { Which::InDatabase } else { Which::InVault };
        let total = store::secret::count_values(&self.store, misplaced).await?;
        let (mut values, mut lost, mut seen) = (0, Vec::new(), None);
        report(values, total);
        if total > 0 {
            self.record_move(to_vault).await?;
        }
        loop {
            let keys = store::secret::list_keys(&self.store, misplaced, seen, STEP).await?;
            if keys.is_empty() {
                break;
            }
            let copy = async |_, old: &KeptValue, sealed| {
                Ok(Some(Rewritten { data_key_id: old.data_key.id, sealed, in_vault: to_vault }))
            };
            let Some(step) = self.rewrite_values(&keys, None, copy).await? else { continue };
            values += step.values;
            lost.extend(step.broken);
            seen = Some(step.last);
            report(values, total.max(values));
        }
        let removed = self.remove_from_vault().await? + self.remove_orphans().await?;
        Ok(Some(Moved {
            to_vault,
            values,
            lost,
            left: store::secret::count_values(&self.store, misplaced).await?,
            removed,
            to_be_removed: store::vault_value::count_removed(&self.store).await?,
        }))
    }

    /// Records the start of a move in each team's log, so that a killed move is recorded, too.
    async fn record_move(&self, to_vault: bool) -> Result<()> {
        let to = if to_vault { "to Vault" } else { "to the database" };
        long_change!(self, |service, tx| {
            let detail = Some(to.to_owned());
            Ok(Done((), record_in_all_logs(tx, service.now(), AuditAction::MoveValues, detail).await?))
        })
    }
}
