//! Objects of audit log entries.

use strongroom_shared::{SecretPattern, Uuid};

use super::named;
use crate::domain::{ApiKey, AuditObject, Invitation, User};

pub(in crate::service) fn named_object(id: Uuid, name: &str, detail: Option<String>) -> AuditObject {
    AuditObject { id: Some(id), name: Some(name.to_owned()), detail }
}

pub(in crate::service) fn person_object(user: &User, detail: Option<String>) -> AuditObject {
    named_object(user.id.0, user.email.as_str(), detail)
}

pub(in crate::service) fn invitation_object(invitation: &Invitation) -> AuditObject {
    named_object(invitation.id.0, invitation.email.as_str(), Some(invitation.role.to_string()))
}

pub(in crate::service) fn key_object(key: &ApiKey) -> AuditObject {
    let limits = named(key.secrets.iter().flatten().map(SecretPattern::as_str));
    let limited = if limits.is_empty() { String::new() } else { format!(", limited to {limits}") };
    named_object(key.id.0, &key.name, Some(format!("{}{limited}", key.role)))
}
