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
            let part = PageVariables::behind(secrets.last().map(|secret| secret.name.as_str()));
            let rows = send(operation::Secrets::build(part), |answer| Some(answer.secret)).await?;
            let is_last = rows.len() < PAGE_ROWS;
            secrets.extend(rows);
            if is_last {
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
    let operation = operation::SetSecret::build(operation::SetSecretVariables { input });
    send(operation, |answer| answer.payload)
}

/// Renames, describes and sets a secret in one step. The payload may say that it was refused.
pub fn update(input: UpdateSecretInput) -> Reply<SecretPayload> {
    let operation = operation::UpdateSecret::build(operation::UpdateSecretVariables { input });
    send(operation, |answer| answer.payload)
}

/// Deletes a secret that is at that version. The payload may say that it was refused.
pub fn delete(name: String, version: i32) -> Reply<SecretPayload> {
    let input = DeleteSecretInput { name, expected_version: Some(version) };
    let operation = operation::DeleteSecret::build(operation::DeleteSecretVariables { input });
    send(operation, |answer| answer.payload)
}

pub fn restore(name: String) -> Reply<()> {
    let input = RestoreSecretInput { name };
    let operation = operation::RestoreSecret::build(operation::RestoreSecretVariables { input });
    change(operation)
}

/// Makes an older value of a secret its current one, as a new version.
pub fn restore_version(name: String, version: i32) -> Reply<()> {
    let input = RestoreSecretVersionInput { name, version };
    let operation =
        operation::RestoreSecretVersion::build(operation::RestoreSecretVersionVariables { input });
    change(operation)
}
