//! The audit log.

use async_graphql::{Object, SimpleObject};
use strongroom_shared::{DateTime, Uuid};

use super::date_time;
use crate::domain::{AuditEntry, Checkpoint};

/// An entry of the audit log.
pub struct AuditEntryObject(pub AuditEntry);

/// An entry of the team's audit log: who did what, when and from where. Never a value.
#[Object(name = "audit_entry", rename_fields = "snake_case")]
impl AuditEntryObject {
    /// Its place in the log, from 1.
    async fn sequence(&self) -> i64 {
        self.0.sequence
    }

    /// When.
    async fn time(&self) -> DateTime {
        date_time(self.0.time)
    }

    /// What was done: `create:secret` and so on.
    async fn action(&self) -> &str {
        &self.0.action
    }

    /// Who did it: `user`, `api_key`, `system` (the server's command line) or `nobody` (someone not known).
    async fn actor_kind(&self) -> &str {
        &self.0.actor_kind
    }

    /// The id of the person or the key.
    async fn actor_id(&self) -> Option<Uuid> {
        self.0.actor_id
    }

    /// Their name at that time.
    async fn actor_name(&self) -> &str {
        &self.0.actor_name
    }

    /// From where: the peer's address.
    async fn address(&self) -> &str {
        &self.0.address
    }

    /// The id of what it was done to.
    async fn object_id(&self) -> Option<Uuid> {
        self.0.object.id
    }

    /// Its name at that time.
    async fn object_name(&self) -> Option<&str> {
        self.0.object.name.as_deref()
    }

    /// What else there is to say: a role, the name before a rename.
    async fn detail(&self) -> Option<&str> {
        self.0.object.detail.as_deref()
    }

    /// The entry's hash, over its fields and the hash of the entry before, in hexadecimal digits.
    async fn hash(&self) -> String {
        hex::encode(&self.0.hash)
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
    /// The checkpoint of the team with that slug.
    pub fn new(slug: &str, checkpoint: &Checkpoint) -> Self {
        let hash = hex::encode(&checkpoint.hash);
        Self { count: checkpoint.count, line: format!("{slug} {} {hash}", checkpoint.count), hash }
    }
}
