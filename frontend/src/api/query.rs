//! The queries of the page, and the mutations without an input.

use cynic::{MutationBuilder, QueryBuilder};
use strongroom_shared::Uuid;
use strongroom_shared::limit::PAGE_ROWS;
use strongroom_shared::operation as op;

use super::{Reply, ask, ask_for_team, done, encode, payload, send, send_as};

/// The names of the team's secrets, in no promised order. A long list takes several requests.
pub fn secret_names() -> Reply<Vec<String>> {
    Box::pin(async {
        let mut names = Vec::<String>::new();
        loop {
            let operation =
                op::SecretNames::build(op::PageVariables::behind(names.last().map(String::as_str)));
            let part = send(operation, |answer| Some(answer.secret)).await?;
            let is_last = part.len() < PAGE_ROWS;
            names.extend(part.into_iter().map(|named| named.name));
            if is_last {
                return Ok(names);
            }
        }
    })
}

/// Those of the secrets that still exist.
pub fn secrets_by_id(ids: Vec<Uuid>) -> Reply<Vec<op::Secret>> {
    send(op::SecretsById::build(op::SecretsByIdVariables { ids: Some(ids) }), |answer| Some(answer.secret))
}

/// The secret with this name, and those whose names look like it.
pub fn lookalikes(name: String) -> Reply<Vec<op::Lookalike>> {
    let operation = op::Lookalikes::build(op::SecretVariables { name });
    send(operation, |answer| Some(answer.secret_lookalike))
}

/// The stored versions of a secret, the current one first.
pub fn secret_versions(name: String) -> Reply<Vec<op::SecretVersion>> {
    let operation = op::SecretVersions::build(op::SecretVariables { name });
    send(operation, |answer| Some(answer.secret_version))
}

/// The names of some secrets that match a pattern, in which `%` stands for any text.
pub fn secret_names_like(pattern: String) -> Reply<Vec<String>> {
    let operation = op::SecretsLike::build(op::SecretsLikeVariables { pattern });
    send(operation, |answer| Some(answer.secret.into_iter().map(|secret| secret.name).collect()))
}

/// Who may read a secret, and who does; `None` if it does not exist.
pub fn secret_access(name: String) -> Reply<Option<op::SecretAccess>> {
    let operation = op::AccessTo::build(op::SecretVariables { name });
    send(operation, |answer| Some(answer.secret_access))
}

/// The keys that have read a secret within the last 30 days, the last one first.
pub fn secret_readers(name: String) -> Reply<Vec<op::LastReader>> {
    let operation = op::ReadersOf::build(op::SecretVariables { name });
    send(operation, |answer| Some(answer.secret_access.map(|access| access.readers).unwrap_or_default()))
}

/// The mount of Vault's API for the lines that use it; `None` if there is none.
pub fn kv_mount() -> Reply<Option<String>> {
    send(op::KvMount::build(()), |answer| Some(answer.limits.kv_mount))
}

/// The secrets that can still be restored, the last one deleted first.
pub fn deleted_secrets() -> Reply<Vec<op::DeletedSecret>> {
    send(op::DeletedSecrets::build(()), |answer| Some(answer.deleted_secret))
}

pub fn api_keys() -> Reply<Vec<op::ApiKey>> {
    send(op::ApiKeys::build(()), |answer| Some(answer.auth_api_key))
}

/// The team's trusts, by name.
pub fn trusts() -> Reply<Vec<op::Trust>> {
    send(op::Trusts::build(()), |answer| Some(answer.trust))
}

/// The members of the team, by email address.
pub fn members() -> Reply<Vec<op::Member>> {
    send(op::Members::build(()), |answer| Some(answer.member))
}

/// The pending invitations, by email address.
pub fn invitations() -> Reply<Vec<op::Invitation>> {
    send(op::Invitations::build(()), |answer| Some(answer.invitation))
}

/// The invitation of a link; `None` if it is not valid.
pub fn invitation_of(token: String) -> Reply<Option<op::InvitationInfo>> {
    let operation = op::InvitationOf::build(op::InvitationOfVariables { token });
    send_as(None, operation, |answer| Some(answer.invitation_info))
}

/// The built-in roles, then the team's own by name.
pub fn roles() -> Reply<Vec<op::Role>> {
    send(op::Roles::build(()), |answer| Some(answer.role))
}

/// The newest `limit` entries that match the filter, the newest first.
pub fn audit_log(filter: op::AuditFilter, limit: i32) -> Reply<Vec<op::AuditEntry>> {
    let operation = op::AuditLog::build(op::AuditLogVariables { filter, limit });
    send(operation, |answer| Some(answer.audit_log))
}

pub fn audit_checkpoint() -> Reply<op::Checkpoint> {
    send(op::AuditCheckpoint::build(()), |answer| Some(answer.audit_checkpoint))
}

/// The user's own sessions, the last used first.
pub fn sessions() -> Reply<Vec<op::BrowserSession>> {
    send_as(None, op::Sessions::build(()), |answer| Some(answer.session))
}

/// Ends all of the user's own sessions, this one included.
pub fn log_out_everywhere() -> Reply<()> {
    done(payload(ask(None, encode(op::LogOutEverywhere::build(())))))
}

/// The team's webhook and its last deliveries.
pub fn webhooks() -> Reply<op::Webhooks> {
    send(op::Webhooks::build(()), Some)
}

pub fn delete_webhook() -> Reply<()> {
    done(payload(ask_for_team(encode(op::DeleteWebhook::build(())))))
}

pub fn test_webhook() -> Reply<()> {
    done(payload(ask_for_team(encode(op::TestWebhook::build(())))))
}
