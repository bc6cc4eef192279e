//! Recording: an event joins its team's chain in the transaction of what it records.

use super::{Result, Service};
use crate::crypto::chain;
use crate::domain::{Actor, AuditAction, AuditEvent, AuditObject};
use crate::store::{self, Transaction};

impl Service {
    /// Records something a known actor does.
    pub(super) async fn record(
        &self,
        tx: &Transaction,
        actor: &Actor,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<()> {
        self.record_event(tx, AuditEvent::by(actor, self.now(), action, object))
            .await
    }

    /// Records anything.
    pub(super) async fn record_event(&self, tx: &Transaction, event: AuditEvent) -> Result<()> {
        Ok(record_event(tx, event).await?)
    }
}

/// Records anything.
pub(super) async fn record_event(tx: &Transaction, event: AuditEvent) -> store::Result<()> {
    let last = store::audit::find_last(tx, event.team_id).await?;
    store::audit::add(tx, chain::link(event, last)).await
}
