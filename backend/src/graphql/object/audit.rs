//! The audit log.

use async_graphql::SimpleObject;
use strongroom_shared::{DateTime, Uuid};

use super::date_time;
use crate::domain::{AuditEntry, Checkpoint};

object! {
    /// An entry of the team's audit log: who did what, when and from where. Never a value.
    AuditEntryObject(entry: AuditEntry) as "audit_entry" {
        /// Its place in the log, from 1.
        sequence: i64 = entry.sequence,
        /// When.
        time: DateTime = date_time(entry.time),
        /// What was done: `create:secret` and so on.
        action: &str = &entry.action,
        /// Who did it: `user`, `api_key`, `system` (the server's command line) or `nobody` (someone not known).
        actor_kind: &str = &entry.actor_kind,
        /// The id of the person or the key.
        actor_id: Option<Uuid> = entry.actor_id,
        /// Their name at that time.
        actor_name: &str = &entry.actor_name,
        /// From where: the peer's address.
        address: &str = &entry.address,
        /// The id of what it was done to.
        object_id: Option<Uuid> = entry.object.id,
        /// Its name at that time.
        object_name: Option<&str> = entry.object.name.as_deref(),
        /// What else there is to say: a role, the name before a rename.
        detail: Option<&str> = entry.object.detail.as_deref(),
        /// The entry's hash, over its fields and the hash of the entry before, in hexadecimal digits.
        hash: String = hex::encode(&entry.hash),
    }
}

/// How far the log goes: kept elsewhere, it shows later whether the tail was cut off.
#[derive(SimpleObject)]
#[graphql(name = "audit_checkpoint", rename_fields = "snake_case")]
pub struct AuditCheckpointObject {
    /// How many entries there are.
    count: i64,
    /// The hash of the last one, in hexadecimal digits.
    hash: String,
    /// Both on one line, as `strongroom-server admin audit verify` takes them.
    line: String,
}

impl AuditCheckpointObject {
    pub fn new(slug: &str, checkpoint: &Checkpoint) -> Self {
        let hash = hex::encode(&checkpoint.hash);
        Self { count: checkpoint.count, line: format!("{slug} {} {hash}", checkpoint.count), hash }
    }
}
