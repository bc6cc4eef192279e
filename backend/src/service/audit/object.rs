//! People, invitations and API keys as objects of audit log entries.

use strongroom_shared::SecretPattern;

use super::named;
use crate::domain::{ApiKey, AuditObject, Invitation, Role, User};

pub(in crate::service) fn person_object(user: &User, role: Option<&Role>) -> AuditObject {
    AuditObject {
        id: Some(user.id.0),
        name: Some(user.email.as_str().to_owned()),
        detail: role.map(Role::to_string),
    }
}

pub(in crate::service) fn invitation_object(invitation: &Invitation) -> AuditObject {
    AuditObject {
        id: Some(invitation.id.0),
        name: Some(invitation.email.as_str().to_owned()),
        detail: Some(invitation.role.to_string()),
    }
}

pub(in crate::service) fn key_object(key: &ApiKey) -> AuditObject {
    let limits = named(key.secrets.iter().flatten().map(SecretPattern::as_str));
    AuditObject {
        id: Some(key.id.0),
        name: Some(key.name.clone()),
        detail: Some(match limits.as_str() {
            "" => key.role.to_string(),
            limits => format!("{}, limited to {limits}", key.role),
        }),
    }
}
