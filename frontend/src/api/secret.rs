//! Secrets, without values: none ever comes back.

use cynic::{MutationBuilder, QueryBuilder};
use strongroom_shared::input::{
    DeleteSecretInput, RestoreSecretInput, RestoreSecretVersionInput, SetSecretInput, UpdateSecretInput,
};
use strongroom_shared::limit::PAGE_ROWS;
use strongroom_shared::operation::{self, DeletedSecret, PageVariables, Secret, SecretVersion};
use strongroom_shared::payload::SecretPayload;

use super::{Reply, change, send};

/// The team's secrets, in no promised order. A long list takes several requests.
pub fn list() -> Reply<Vec<Secret>> {
    Box::pin(async {
        let mut secrets = Vec::<Secret>::new();
        loop {
            let known = secrets.len();
            let part = PageVariables::behind(secrets.last().map(|secret| secret.name.as_str()));
            secrets.extend(send(operation::Secrets::build(part), |answer| Some(answer.secret)).await?);
            if secrets.len() - known < PAGE_ROWS {
                return Ok(secrets);
            }
        }
    })
}

/// The versions of a secret that are kept, the current one first.
pub fn versions(name: String) -> Reply<Vec<SecretVersion>> {
    let operation = operation::SecretVersions::build(operation::SecretVersionsVariables { name });
    send(operation, |answer| Some(answer.secret_version))
}

/// The secrets that were deleted and can still be restored, the last one first.
pub fn deleted() -> Reply<Vec<DeletedSecret>> {
    send(operation::DeletedSecrets::build(()), |answer| Some(answer.deleted_secret))
}

/// Creates or overwrites a secret. The payload may say that it was refused.
pub fn set(input: SetSecretInput) -> Reply<SecretPayload> {
    send(operation::SetSecret::build(operation::SetSecretVariables { input }), |answer| answer.payload)
}

/// Renames, describes and sets a secret in one step. The payload may say that it was refused.
pub fn update(input: UpdateSecretInput) -> Reply<SecretPayload> {
    send(operation::UpdateSecret::build(operation::UpdateSecretVariables { input }), |answer| answer.payload)
}

/// Deletes a secret that is at that version. The payload may say that it was refused.
pub fn delete(name: String, version: i32) -> Reply<SecretPayload> {
    let input = DeleteSecretInput { name, expected_version: Some(version) };
    send(operation::DeleteSecret::build(operation::DeleteSecretVariables { input }), |answer| answer.payload)
}

pub fn restore(name: String) -> Reply<()> {
    let input = RestoreSecretInput { name };
    change(operation::RestoreSecret::build(operation::RestoreSecretVariables { input }))
}

pub fn restore_version(name: String, version: i32) -> Reply<()> {
    let input = RestoreSecretVersionInput { name, version };
    change(operation::RestoreSecretVersion::build(operation::RestoreSecretVersionVariables { input }))
}
