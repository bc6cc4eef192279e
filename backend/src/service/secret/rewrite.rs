//! Rewrites stored values while servers run: encrypted with another data key, or moved to another location.
//!
//! Each step is a separate change, after which every value can be read: a killed rewrite can be continued.
//!
//! Not here: which values, and why (`keys::rotation`, `secret::move_values`).

use std::time::{Duration, Instant};

use futures_util::future::try_join_all;

use crate::domain::{DataKeyId, TeamId, VaultId, VersionKey};
use crate::service::change::{Done, Recorded, Refused, change};
use crate::service::{Error, Result, Service};
use crate::store;
use crate::store::secret::{KeptValue, SealedValue, ValueLocation};

pub(in crate::service) const STEP: u64 = 100;
/// The bytes after which a step ends.
const STEP_BYTES: usize = 512 * 1024;
/// The shortest pause between two steps, in which others can write.
const PAUSE: Duration = Duration::from_millis(2);

pub(in crate::service) struct Rewritten {
    pub data_key_id: DataKeyId,
    pub sealed: Vec<u8>,
    pub in_vault: bool,
}

pub(in crate::service) struct Step {
    pub values: u64,
    /// Values that Vault has lost or that could not be rewritten; they are unchanged.
    pub broken: Vec<VersionKey>,
    pub last: VersionKey,
}

impl Service {
    /// Rewrites some of these values, except those changed meanwhile; `None` if `newest` is no longer the newest data key.
    pub(in crate::service) async fn rewrite_values(
        &self,
        keys: &[VersionKey],
        newest: Option<(TeamId, DataKeyId)>,
        rewrite: impl AsyncFn(VersionKey, &KeptValue, Vec<u8>) -> Result<Option<Rewritten>>,
    ) -> Result<Option<Step>> {
        let last = *keys.last().ok_or(Error::Broken("there is nothing to rewrite"))?;
        let mut step = Step { values: 0, broken: Vec::new(), last };
        let mut rewritten = Vec::with_capacity(keys.len());
        let mut bytes = 0;
        let found = try_join_all(keys.iter().map(|key| self.find_sealed(*key))).await?;
        for (key, found) in keys.iter().copied().zip(found) {
            step.last = key;
            match found {
                None => continue,
                Some((_, None)) => step.broken.push(key),
                Some((old, Some(sealed))) => {
                    bytes += sealed.len();
                    match rewrite(key, &old, sealed).await? {
                        None => step.broken.push(key),
                        Some(new) => {
                            let id = new.in_vault.then(|| VaultId(self.new_id()));
                            rewritten.push((key, old, new, id));
                        }
                    }
                }
            }
            if bytes >= STEP_BYTES {
                break;
            }
        }
        let to_put = rewritten.iter().filter_map(|(_, _, new, id)| Some(((*id)?, &new.sealed[..])));
        let mut put = self.values.put_all(to_put).await?;
        let written: Result<Option<(u64, Instant)>> = change!(self, |service, tx| {
            let begun = Instant::now();
            if let Some((team, key)) = newest
                && store::data_key::find_newest(tx, team).await?.is_none_or(|now| now.id != key)
            {
                return Ok(Refused(None));
            }
            let mut count = 0;
            for (key, old, new, id) in rewritten {
                let location = id.map_or(ValueLocation::Here(new.sealed), ValueLocation::Vault);
                let value = SealedValue { data_key_id: new.data_key_id, location };
                if !store::secret::update_value(tx, key, &old, value).await? {
                    continue;
                }
                count += 1;
                if let ValueLocation::Vault(id) = old.location {
                    store::vault_value::add_removed(tx, id, service.now()).await?;
                }
                if let Some(id) = id {
                    put.keep(id);
                }
            }
            Ok(Done(Some((count, begun)), Recorded::not_needed()))
        });
        let Some((values, begun)) = written? else { return Ok(None) };
        pause(begun).await;
        Ok(Some(Step { values, ..step }))
    }

    /// A version's value, if it still exists; the ciphertext is `None` if Vault has lost it.
    async fn find_sealed(&self, key: VersionKey) -> Result<Option<(KeptValue, Option<Vec<u8>>)>> {
        let Some(kept) = store::secret::find_value(&self.store, key).await? else { return Ok(None) };
        match self.values.find(kept.location.clone()).await {
            Ok(sealed) => Ok(Some((kept, Some(sealed)))),
            Err(Error::LostValue(_)) => Ok(Some((kept, None))),
            Err(error) => Err(error),
        }
    }
}

/// Lets others write for as long as they have waited: a process that waits for SQLite's lock can only poll it.
pub(in crate::service) async fn pause(begun: Instant) {
    tokio::time::sleep(begun.elapsed().max(PAUSE)).await;
}
