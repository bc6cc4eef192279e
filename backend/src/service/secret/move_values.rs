//! Moving values to the place where new ones go, beside running servers.
//!
//! A value stays sealed as it is: a move is a copy. How it goes step by step is in `rewrite`.

use thiserror::Error;

use super::rewrite::{Rewritten, STEP};
use crate::domain::{AuditAction, AuditEvent, AuditObject, VersionKey};
use crate::service::change::{Done, Recorded, long_change};
use crate::service::{Error, Service};
use crate::store;
use crate::store::secret::{KeptValue, Which};

#[derive(Debug)]
pub struct Moved {
    /// Whether they were moved to Vault, or else to the database.
    pub to_vault: bool,
    pub values: u64,
    /// Values that Vault has lost: which versions of which secrets.
    pub lost: Vec<VersionKey>,
    /// How many stay where they were: those that are lost, and those that someone with other settings has set since.
    pub left: u64,
    /// How many were removed from Vault that are no longer used.
    pub removed: u64,
    /// How many are to be removed from it later, by a server or by moving again.
    pub to_be_removed: u64,
}

#[derive(Debug, Error)]
pub enum MoveError {
    #[error(
        "no Vault is set (`vault-address`), to which values could be moved or from which they could come"
    )]
    NoVault,
    #[error("the values that were not moved are where they were; run this again")]
    Service(#[source] Error),
}

impl<E: Into<Error>> From<E> for MoveError {
    fn from(error: E) -> Self {
        Self::Service(error.into())
    }
}

impl Service {
    /// Moves all values to the place where new ones go, those of all kept versions and of deleted secrets that can be
    /// restored; then removes from Vault what is not used any more.
    ///
    /// `report` is told how many are moved, and how many there were to move.
    pub async fn move_values(&self, mut report: impl FnMut(u64, u64)) -> Result<Moved, MoveError> {
        if !self.values.uses_vault() {
            return Err(MoveError::NoVault);
        }
        let to_vault = self.values.new_in_vault();
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
            let Some(step) = self.rewrite_values(&keys, None, copy).await? else {
                continue;
            };
            values += step.values;
            lost.extend(step.broken);
            seen = Some(step.last);
            report(values, total.max(values));
        }
        let removed = self.remove_from_vault().await? + self.remove_orphans().await?;
        Ok(Moved {
            to_vault,
            values,
            lost,
            left: store::secret::count_values(&self.store, misplaced).await?,
            removed,
            to_be_removed: store::vault_value::count_removed(&self.store).await?,
        })
    }

    /// Records the beginning of a move in each team's log, so that a killed move is recorded, too.
    async fn record_move(&self, to_vault: bool) -> Result<(), Error> {
        let to = if to_vault { "to Vault" } else { "to the database" };
        long_change!(self, |service, tx| {
            let teams = store::team::list_all(tx).await?;
            let events = teams.into_iter().map(|team| {
                let object = AuditObject { detail: Some(to.to_owned()), ..AuditObject::default() };
                AuditEvent::by_system(team.id, service.now(), AuditAction::MoveValues, object)
            });
            Ok(Done((), Recorded::events(tx, events.collect()).await?))
        })
    }
}
