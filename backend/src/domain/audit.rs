//! Audit events and entries: who did what, when and from where. Never a value.
//!
//! To add an action: a line in `strongroom_shared::audit_action`, and an [`AuditEvent`] in the use case's transaction.

use serde::{Deserialize, Serialize};
use strongroom_shared::{AuditAction, Uuid};

use super::actor::{Actor, Principal};
use super::clock::{self, Time, format_time};
use super::id::TeamId;
use super::person::User;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditObject {
    #[serde(rename = "object_id")]
    pub id: Option<Uuid>,
    #[serde(rename = "object_name")]
    pub name: Option<String>,
    /// The role of a key or a member, the name before a rename, and the like.
    pub detail: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEvent {
    pub team_id: TeamId,
    pub time: Time,
    pub action: AuditAction,
    /// `user`, `api_key`, `system` or `nobody`.
    pub actor_kind: &'static str,
    pub actor_id: Option<Uuid>,
    pub actor_name: String,
    pub address: String,
    pub object: AuditObject,
}

impl AuditEvent {
    pub fn by(actor: &Actor, time: Time, action: AuditAction, object: AuditObject) -> Self {
        let (actor_kind, actor_id) = match &actor.principal {
            Principal::Person { user, .. } => ("user", user.id.0),
            Principal::Key(key) => ("api_key", key.id.0),
        };
        Self {
            actor_kind,
            actor_id: Some(actor_id),
            actor_name: actor.name().to_owned(),
            address: actor.address.clone(),
            ..Self::by_system(actor.team_id(), time, action, object)
        }
    }

    /// An action of a user who has no session yet.
    pub fn by_person(
        user: &User,
        team_id: TeamId,
        time: Time,
        action: AuditAction,
        object: AuditObject,
        address: &str,
    ) -> Self {
        Self {
            actor_kind: "user",
            actor_id: Some(user.id.0),
            actor_name: user.email.as_str().to_owned(),
            address: address.to_owned(),
            ..Self::by_system(team_id, time, action, object)
        }
    }

    /// An action of the server's command line, or of the server itself.
    pub fn by_system(team_id: TeamId, time: Time, action: AuditAction, object: AuditObject) -> Self {
        Self {
            team_id,
            time,
            action,
            actor_kind: "system",
            actor_id: None,
            actor_name: "command line".to_owned(),
            address: String::new(),
            object,
        }
    }

    /// Entries were moved into an archive, up to a checkpoint. The detail is what [`AuditEntry::archived`] reads.
    pub fn archive(team_id: TeamId, time: Time, file: &str, count: i64, end: &Checkpoint) -> Self {
        let object = AuditObject {
            id: None,
            name: Some(file.to_owned()),
            detail: Some(format!("{count} entries, up to {} {}", end.count, hex::encode(&end.hash))),
        };
        Self::by_system(team_id, time, AuditAction::ArchiveAuditLog, object)
    }

    #[must_use]
    pub fn by_set_up_link(self, address: &str) -> Self {
        let actor_name = "setup link".to_owned();
        Self { actor_kind: "nobody", actor_name, address: address.to_owned(), ..self }
    }
}

/// An entry of a team's log as it is stored. Exports and archives write it as JSON, with everything that its hash covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    pub team_id: TeamId,
    /// Its number, from 1.
    pub sequence: i64,
    #[serde(with = "clock::json")]
    pub time: Time,
    pub action: String,
    /// `user`, `api_key`, `system` or `nobody`.
    pub actor_kind: String,
    pub actor_id: Option<Uuid>,
    pub actor_name: String,
    pub address: String,
    #[serde(flatten)]
    pub object: AuditObject,
    /// The hash of the entry before; 32 zero bytes for the first.
    #[serde(with = "hex::serde")]
    pub previous_hash: Vec<u8>,
    #[serde(with = "hex::serde")]
    pub hash: Vec<u8>,
}

impl AuditEntry {
    /// The last archived entry, if this entry records an archive.
    pub fn archived(&self) -> Option<Checkpoint> {
        if self.action != AuditAction::ArchiveAuditLog.as_str() {
            return None;
        }
        let (_, end) = self.object.detail.as_deref()?.split_once(" entries, up to ")?;
        let (count, hash) = end.split_once(' ')?;
        Some(Checkpoint { count: count.parse().ok()?, hash: hex::decode(hash).ok()? })
    }

    /// The bytes that the chain hashes: each field prefixed with its length, so that no two entries have the same bytes.
    pub fn encode(&self) -> Vec<u8> {
        // A missing text and an empty one have different bytes.
        let optional_text =
            |text: &Option<String>| text.as_ref().map(|text| format!("={text}")).unwrap_or_default();
        let optional_id = |id: Option<Uuid>| id.map(|id| id.to_string()).unwrap_or_default();
        let time = format_time(self.time);
        let mut bytes = b"strongroom audit entry 1".to_vec();
        for field in [
            self.sequence.to_string().as_bytes(),
            &self.previous_hash,
            self.team_id.to_string().as_bytes(),
            time.as_bytes(),
            self.action.as_bytes(),
            self.actor_kind.as_bytes(),
            optional_id(self.actor_id).as_bytes(),
            self.actor_name.as_bytes(),
            self.address.as_bytes(),
            optional_id(self.object.id).as_bytes(),
            optional_text(&self.object.name).as_bytes(),
            optional_text(&self.object.detail).as_bytes(),
        ] {
            bytes.extend_from_slice(&(field.len() as u64).to_be_bytes());
            bytes.extend_from_slice(field);
        }
        bytes
    }
}

/// The end of a team's log. A copy kept elsewhere later reveals a truncated tail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    /// The number of the last entry, which is how many there are, archived ones included.
    pub count: i64,
    /// The hash of the last entry; 32 zero bytes where there is none.
    pub hash: Vec<u8>,
}
