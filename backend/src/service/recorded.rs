//! The proof that a change is in the audit log.

use std::collections::HashMap;

use crate::crypto::chain;
use crate::domain::{AuditEvent, Checkpoint, TeamId};
use crate::store::{self, Transaction};

/// Proof that a change is in the audit log.
pub(super) struct Recorded {
    invalidates: bool,
}

impl Recorded {
    /// For changes that are not recorded, such as moving a value.
    pub(super) const fn not_needed() -> Self {
        Self { invalidates: true }
    }

    /// For notes that change no cached row, such as the last use of a key.
    pub(super) const fn note() -> Self {
        Self { invalidates: false }
    }

    /// For a recorded change of no cached row, such as a new login.
    #[must_use]
    pub(super) const fn of_no_cached_row(mut self) -> Self {
        self.invalidates = false;
        self
    }

    /// Whether the change concerns rows that servers cache.
    pub(super) const fn invalidates(&self) -> bool {
        self.invalidates
    }

    pub(super) async fn events(tx: &Transaction, events: Vec<AuditEvent>) -> store::Result<Self> {
        let mut ends: HashMap<TeamId, Option<Checkpoint>> = HashMap::new();
        let mut entries = Vec::new();
        for event in events {
            let team = event.team_id;
            let end = match ends.remove(&team) {
                Some(end) => end,
                None => store::audit::find_end(tx, team).await?,
            };
            let entry = chain::link(event, end).ok_or(store::Error::Corrupt("audit_entries"))?;
            let end = Checkpoint { count: entry.sequence, hash: entry.hash.clone() };
            ends.insert(team, Some(end));
            entries.push(entry);
        }
        store::audit::add(tx, entries).await?;
        Ok(Self { invalidates: true })
    }
}
