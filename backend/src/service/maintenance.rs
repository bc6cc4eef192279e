//! What time brings: tombstones, and sessions, invitations and failed log-ins that are over, are removed for good.

use super::{Result, Service};
use crate::domain::throttle::KNOWN_FOR;
use crate::store;

impl Service {
    /// Removes what is over. Every server of a store may do it, and as often as it likes.
    ///
    /// # Errors
    /// The store failed.
    pub async fn remove_expired(&self) -> Result<()> {
        let before = self.restorable_since();
        let tx = self.store.begin_long().await?;
        if self.values.uses_vault() {
            store::vault_value::add_removed_tombstones(&tx, before, self.now()).await?;
        }
        let secrets = store::secret::remove_tombstones(&tx, before).await?;
        let sessions = store::session::remove_over(&tx, self.now(), self.idle_since()).await?;
        let invitations = store::invitation::remove_expired(&tx, self.now()).await?;
        let attempts = store::log_in_attempt::remove_old(&tx, self.now() - KNOWN_FOR).await?;
        tx.commit().await?;
        if secrets + sessions + invitations + attempts > 0 {
            tracing::info!(
                secrets,
                sessions,
                invitations,
                attempts,
                "removed deleted secrets and what has expired"
            );
        }
        Ok(())
    }
}
