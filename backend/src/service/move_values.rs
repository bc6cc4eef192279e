//! Moving values to the place where new ones go, beside running servers.
//!
//! In small steps, each of them a change of its own behind which every value can be read. So it can be killed at any point,
//! and run again it goes on. A value stays sealed as it is: a move is a copy.

use std::time::Instant;

use futures_util::future::try_join_all;
use thiserror::Error;

use super::audit::record_events;
use super::rotation::pause;
use super::values::Replacement;
use super::{Error, Service};
use crate::domain::{AuditAction, AuditEvent, AuditObject, SecretId, VaultId};
use crate::store;
use crate::store::secret::{Place, SealedValue};

/// How many values are moved in one step at most, and how many bytes of them, about.
const STEP: u64 = 100;
const STEP_BYTES: usize = 512 * 1024;

/// What has become of the values.
#[derive(Debug)]
pub struct Moved {
    /// Whether they were moved to Vault, or else to the database.
    pub to_vault: bool,
    /// How many were moved.
    pub values: u64,
    /// Values that Vault has lost: which versions of which secrets.
    pub lost: Vec<(SecretId, i64)>,
    /// How many stay where they were: those that are lost, and those that someone with other settings has set since.
    pub left: u64,
    /// How many were removed from Vault that are no longer used.
    pub removed: u64,
    /// How many are to be removed from it later, by a server or by moving again.
    pub to_be_removed: u64,
}

/// Why values can't be moved.
#[derive(Debug, Error)]
pub enum MoveError {
    /// There is no place but the database.
    #[error(
        "no Vault is set (`vault-address`), to which values could be moved or from which they could come"
    )]
    NoVault,
    /// Something else failed.
    #[error("the values that were not moved are where they were; run this again")]
    Service(#[source] Error),
}

impl<E: Into<Error>> From<E> for MoveError {
    fn from(error: E) -> Self {
        Self::Service(error.into())
    }
}

/// What was done in a step.
struct Step {
    values: u64,
    lost: Vec<(SecretId, i64)>,
    /// The last one that was looked at.
    last: (SecretId, i64),
}

impl Service {
    /// Moves all values to the place where new ones go, those of all kept versions and of deleted secrets that can be
    /// restored; then removes from Vault what is not used any more.
    ///
    /// `report` is told how many are moved, and how many there were to move.
    ///
    /// # Errors
    /// There is no Vault, or something failed; run again, it goes on.
    pub async fn move_values(&self, mut report: impl FnMut(u64, u64)) -> Result<Moved, MoveError> {
        if !self.values.uses_vault() {
            return Err(MoveError::NoVault);
        }
        let to_vault = self.values.new_in_vault();
        let total = store::vault_value::count(&self.store, !to_vault).await?;
        let (mut values, mut lost, mut behind) = (0, Vec::new(), None);
        report(values, total);
        if total > 0 {
            self.record_move(to_vault).await?;
        }
        while let Some(step) = self.move_some(to_vault, behind).await? {
            values += step.values;
            lost.extend(step.lost);
            behind = Some(step.last);
            report(values, total.max(values));
        }
        let removed = self.remove_from_vault().await? + self.remove_orphans().await?;
        Ok(Moved {
            to_vault,
            values,
            lost,
            left: store::vault_value::count(&self.store, !to_vault).await?,
            removed,
            to_be_removed: store::vault_value::count_removed(&self.store).await?,
        })
    }

    /// Records the beginning of a move in each team's log, so that a killed move is recorded, too.
    async fn record_move(&self, to_vault: bool) -> Result<(), Error> {
        let to = if to_vault { "to Vault" } else { "to the database" };
        let tx = self.store.begin_long().await?;
        let teams = store::team::list_all(&tx).await?;
        let events = teams.into_iter().map(|team| {
            let object = AuditObject { detail: Some(to.to_owned()), ..AuditObject::default() };
            AuditEvent::by_system(team.id, self.now(), AuditAction::MoveValues, object)
        });
        record_events(&tx, events.collect()).await?;
        Ok(tx.commit().await?)
    }

    /// Moves some values; `None` where there are no more.
    async fn move_some(
        &self,
        to_vault: bool,
        behind: Option<(SecretId, i64)>,
    ) -> Result<Option<Step>, Error> {
        let places = store::vault_value::list_placed(&self.store, !to_vault, behind, STEP).await?;
        let Some(last) = places.last().copied() else {
            return Ok(None);
        };
        let mut step = Step { values: 0, lost: Vec::new(), last };
        let found = try_join_all(places.into_iter().map(|place| self.find_sealed(place))).await?;
        let mut moved = Vec::with_capacity(found.len());
        let mut bytes = 0;
        for (place, value) in found {
            match value {
                None => {}
                Some((_, None)) => step.lost.push(place),
                Some((old, Some(sealed))) => {
                    bytes += sealed.len();
                    let place_now = if to_vault {
                        Place::Vault(VaultId(self.new_id()))
                    } else {
                        Place::Here(sealed.clone())
                    };
                    let new = SealedValue { data_key_id: old.data_key.id, place: place_now };
                    moved.push(Replacement { of: place, old, new, sealed });
                }
            }
            step.last = place;
            if bytes >= STEP_BYTES {
                break;
            }
        }
        let mut put = self.put_all(&moved).await?;
        let tx = self.store.begin().await?;
        let begun = Instant::now();
        step.values = self.replace_all(&tx, moved, &mut put).await?;
        tx.commit().await?;
        pause(begun).await;
        Ok(Some(step))
    }
}
