//! Retention: purges expired tombstones, sessions, invitations, failed logins and counts of reads. Each team's log records
//! how many deleted secrets can no longer be restored. Unused values are purged from Vault.

use chrono::TimeDelta;
use strongroom_shared::Uuid;

use super::change::{Done, Recorded, change, long_change};
use super::{Error, Result, Service};
use crate::domain::key::REVOKED_FOR;
use crate::domain::login;
use crate::domain::reader::first_day;
use crate::domain::throttle::{KEPT_FOR, KNOWN_FOR};
use crate::domain::{AuditAction, AuditEvent, AuditObject, Time, VaultId};
use crate::store;

/// The time that a value stays in Vault after its version, for requests that have read its row, and for backups.
const KEPT_IN_VAULT: TimeDelta = TimeDelta::hours(1);
/// The age from which a value in Vault without a row counts as an orphan.
const ORPHAN_AGE: TimeDelta = TimeDelta::hours(24);
const STEP: usize = 200;

impl Service {
    pub async fn remove_expired(&self) -> Result<()> {
        let before = self.restorable_since();
        let purged: Result<[u64; 4]> = long_change!(self, |service, tx| {
            if service.values.uses_vault() {
                store::vault_value::add_removed_tombstones(tx, before, service.now()).await?;
            }
            let events = store::tombstone::count(tx, before).await?.into_iter();
            let events = events.map(|(team, count)| {
                let object = AuditObject { detail: Some(count.to_string()), ..AuditObject::default() };
                let event = AuditEvent::by_system(team, service.now(), AuditAction::PurgeSecrets, object);
                AuditEvent { actor_name: "retention".to_owned(), ..event }
            });
            let recorded = Recorded::events(tx, events.collect()).await?;
            let secrets = store::tombstone::remove(tx, before).await?;
            let sessions = store::session::remove_expired(tx, service.now(), service.idle_since()).await?;
            let invitations = store::invitation::remove_expired(tx, service.now()).await?;
            let now = service.now();
            let attempts = store::log_in_attempt::remove_old(tx, now - KNOWN_FOR, now - KEPT_FOR).await?;
            store::api_key::forget_revoked(tx, now - REVOKED_FOR).await?;
            store::login::remove_expired(tx, now, now - login::KEPT_FOR).await?;
            store::secret_read::remove_before(tx, first_day(now)).await?;
            Ok(Done([secrets, sessions, invitations, attempts], recorded))
        });
        let [secrets, sessions, invitations, attempts] = purged?;
        if secrets + sessions + invitations + attempts > 0 {
            tracing::info!(secrets, sessions, invitations, attempts, "purged expired data");
        }
        Ok(())
    }

    /// Removes the values whose versions were removed a while ago, and returns their number.
    pub async fn remove_from_vault(&self) -> Result<u64> {
        let Ok(vault) = self.values.vault() else { return Ok(0) };
        let mut count = 0;
        loop {
            let before = self.now() - KEPT_IN_VAULT;
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

    /// Removes values that were put at least a day ago and that no row refers to, and returns their number.
    pub async fn remove_orphans(&self) -> Result<u64> {
        let Ok(vault) = self.values.vault() else { return Ok(0) };
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
