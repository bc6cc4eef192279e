//! Removing values from Vault that no version has any more.
//!
//! Not here: which values those are (`store::vault_value`), and removing what an attempt has put in vain (`values`).

use chrono::TimeDelta;
use strongroom_shared::Uuid;

use crate::domain::{Time, VaultId};
use crate::service::change::{Done, Recorded, change};
use crate::service::{Result, Service};
use crate::store;

/// How long a value stays in Vault after its version is gone, for those who have read its row, or back the store up.
const KEPT_FOR: TimeDelta = TimeDelta::hours(1);
/// The age from which a value in Vault without a row counts as an orphan.
const ORPHAN_AGE: TimeDelta = TimeDelta::hours(24);
/// How many values are removed from Vault in one step.
const STEP: usize = 200;

impl Service {
    /// Removes from Vault the values whose versions have been gone for a while. How many.
    pub async fn remove_from_vault(&self) -> Result<u64> {
        let Ok(vault) = self.values.vault() else {
            return Ok(0);
        };
        let mut count = 0;
        loop {
            let before = self.now() - KEPT_FOR;
            let ids = store::vault_value::list_removed(&self.store, before, STEP as u64).await?;
            if ids.is_empty() {
                return Ok(count);
            }
            vault.remove_all(&ids).await?;
            count += ids.len() as u64;
            let forgotten: Result<()> = change!(self, |_, tx| {
                store::vault_value::forget_removed(tx, &ids).await?;
                Ok(Done((), Recorded::not_needed()))
            });
            forgotten?;
        }
    }

    /// Removes values from Vault that no row has referred to since they were put, a day ago at least: what a kill or an
    /// outage has left. How many.
    pub async fn remove_orphans(&self) -> Result<u64> {
        let Ok(vault) = self.values.vault() else {
            return Ok(0);
        };
        let until = self.now() - ORPHAN_AGE;
        let listed = vault.list().await?.into_iter().filter(|id| made(*id).is_some_and(|made| made < until));
        let listed: Vec<_> = listed.map(VaultId).collect();
        let mut count = 0;
        for some in listed.chunks(STEP) {
            let known = store::vault_value::list_known(&self.store, some).await?;
            let orphans: Vec<_> = some.iter().filter(|id| !known.contains(id)).copied().collect();
            vault.remove_all(&orphans).await?;
            count += orphans.len() as u64;
        }
        Ok(count)
    }
}

/// When an id was made; `None` if it does not tell.
fn made(id: Uuid) -> Option<Time> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    Time::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}
