//! Secrets, without values: none ever comes back.

use cynic::{MutationBuilder, QueryBuilder};
use strongroom_shared::input::{
    DeleteSecretInput, RestoreSecretInput, RestoreSecretVersionInput, SetSecretInput, UpdateSecretInput,
};
use strongroom_shared::operation::{self, DeletedSecret, Secret, SecretVersion};

use super::{Reply, change, send};

/// The team's secrets, in no promised order.
pub fn list() -> Reply<Vec<Secret>> {
    send(operation::Secrets::build(()), |answer| Some(answer.secret))
}

/// The versions of a secret that are kept, the current one first.
pub fn versions(name: String) -> Reply<Vec<SecretVersion>> {
    let operation = operation::SecretVersions::build(operation::SecretVersionsVariables { name });
    send(operation, |answer| Some(answer.secret_version))
}

/// The secrets that were deleted and can still be restored, the last one first.
pub fn deleted() -> Reply<Vec<DeletedSecret>> {
    send(operation::DeletedSecrets::build(()), |answer| {
        Some(answer.deleted_secret)
    })
}

/// Creates or overwrites a secret.
pub fn set(input: SetSecretInput) -> Reply<()> {
    let operation = operation::SetSecret::build(operation::SetSecretVariables { input });
    change(operation)
}

/// Renames, describes and sets a secret in one step.
pub fn update(input: UpdateSecretInput) -> Reply<()> {
    let operation = operation::UpdateSecret::build(operation::UpdateSecretVariables { input });
    change(operation)
}

/// Deletes a secret.
pub fn delete(name: String) -> Reply<()> {
    let input = DeleteSecretInput { name };
    let operation = operation::DeleteSecret::build(operation::DeleteSecretVariables { input });
    change(operation)
}

/// Brings a deleted secret back.
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
