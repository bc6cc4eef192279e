//! Purges unused values from Vault.
//!
//! Not here: which values those are (`store::vault_value`), and the unused values of an attempt (`values`).

use chrono::TimeDelta;
use strongroom_shared::Uuid;

use crate::domain::{Time, VaultId};
use crate::service::change::{Done, Recorded, change};
use crate::service::{Error, Result, Service};
use crate::store;

/// The time that a value stays in Vault after its version, for requests that have read its row, and for backups.
const KEPT_FOR: TimeDelta = TimeDelta::hours(1);
/// The age from which a value in Vault without a row counts as an orphan.
const ORPHAN_AGE: TimeDelta = TimeDelta::hours(24);
const STEP: usize = 200;

impl Service {
    /// Removes the values whose versions were removed a while ago, and returns their number.
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
            change!(self, |_, tx| {
                store::vault_value::forget_removed(tx, &ids).await?;
                Ok::<_, Error>(Done((), Recorded::not_needed()))
            })?;
        }
    }

    /// Removes orphans, which a kill or an outage has left: values that were put at least a day ago and that no row refers
    /// to. Returns their number.
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

/// The time in an id; `None` if it has none.
fn made(id: Uuid) -> Option<Time> {
    let (seconds, nanos) = id.get_timestamp()?.to_unix();
    Time::from_timestamp(i64::try_from(seconds).ok()?, nanos)
}
