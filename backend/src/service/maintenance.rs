//! What time brings: tombstones and sessions that are over are removed for good.

use super::{Result, Service};
use crate::store;

impl Service {
    /// Removes what is over. Every server of a store may do it, and as often as it likes.
    ///
    /// # Errors
    /// The store failed.
    pub async fn remove_expired(&self) -> Result<()> {
        let tx = self.store.begin().await?;
        let secrets = store::secret::remove_tombstones(&tx, self.restorable_since()).await?;
        let sessions = store::session::remove_expired(&tx, self.now()).await?;
        tx.commit().await?;
        if secrets + sessions > 0 {
            tracing::info!(
                secrets,
                sessions,
                "removed deleted secrets and sessions that are over"
            );
        }
        Ok(())
    }
}
