//! Retention: purges expired tombstones, sessions, invitations and failed logins. Each team's log records how many deleted
//! secrets can no longer be restored.

use super::change::{Done, Recorded, long_change};
use super::{Result, Service};
use crate::domain::key::REVOKED_FOR;
use crate::domain::throttle::{KEPT_FOR, KNOWN_FOR};
use crate::domain::{AuditAction, AuditEvent, AuditObject};
use crate::store;

impl Service {
    pub async fn remove_expired(&self) -> Result<()> {
        let before = self.restorable_since();
        let purged: Result<[u64; 4]> = long_change!(self, |service, tx| {
            if service.values.uses_vault() {
                store::vault_value::add_removed_tombstones(tx, before, service.now()).await?;
            }
            let events = store::secret::count_tombstones(tx, before).await?.into_iter();
            let events = events.map(|(team, count)| {
                let object = AuditObject { detail: Some(count.to_string()), ..AuditObject::default() };
                let event = AuditEvent::by_system(team, service.now(), AuditAction::PurgeSecrets, object);
                AuditEvent { actor_name: "retention".to_owned(), ..event }
            });
            let recorded = Recorded::events(tx, events.collect()).await?;
            let secrets = store::secret::remove_tombstones(tx, before).await?;
            let sessions = store::session::remove_over(tx, service.now(), service.idle_since()).await?;
            let invitations = store::invitation::remove_expired(tx, service.now()).await?;
            let now = service.now();
            let attempts = store::log_in_attempt::remove_old(tx, now - KNOWN_FOR, now - KEPT_FOR).await?;
            store::api_key::forget_revoked(tx, now - REVOKED_FOR).await?;
            Ok(Done([secrets, sessions, invitations, attempts], recorded))
        });
        let [secrets, sessions, invitations, attempts] = purged?;
        if secrets + sessions + invitations + attempts > 0 {
            tracing::info!(secrets, sessions, invitations, attempts, "purged expired data");
        }
        Ok(())
    }
}
