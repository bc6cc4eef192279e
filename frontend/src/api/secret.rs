//! Secrets, without values: none ever comes back.

use cynic::{MutationBuilder, QueryBuilder};
use strongroom_shared::input::{
    DeleteSecretInput, RestoreSecretInput, RestoreSecretVersionInput, SetSecretInput, UpdateSecretInput,
};
use strongroom_shared::operation::{self, DeletedSecret, Secret, SecretVersion};

use super::{ApiError, done, send};

/// The team's secrets, in no promised order.
pub async fn list() -> Result<Vec<Secret>, ApiError> {
    send(operation::Secrets::build(()))
        .await
        .map(|answer| answer.secret)
}

/// The versions of a secret that are kept, the current one first.
pub async fn versions(name: String) -> Result<Vec<SecretVersion>, ApiError> {
    send(operation::SecretVersions::build(
        operation::SecretVersionsVariables { name },
    ))
    .await
    .map(|answer| answer.secret_version)
}

/// The secrets that were deleted and can still be restored, the last one first.
pub async fn deleted() -> Result<Vec<DeletedSecret>, ApiError> {
    send(operation::DeletedSecrets::build(()))
        .await
        .map(|answer| answer.deleted_secret)
}

/// Creates or overwrites a secret.
pub async fn set(input: SetSecretInput) -> Result<(), ApiError> {
    let operation = operation::SetSecret::build(operation::SetSecretVariables { input });
    done(send(operation).await?.payload)
}

/// Renames, describes and sets a secret in one step.
pub async fn update(input: UpdateSecretInput) -> Result<(), ApiError> {
    let operation = operation::UpdateSecret::build(operation::UpdateSecretVariables { input });
    done(send(operation).await?.payload)
}

/// Deletes a secret.
pub async fn delete(name: String) -> Result<(), ApiError> {
    let input = DeleteSecretInput { name };
    let operation = operation::DeleteSecret::build(operation::DeleteSecretVariables { input });
    done(send(operation).await?.payload)
}

/// Brings a deleted secret back.
pub async fn restore(name: String) -> Result<(), ApiError> {
    let input = RestoreSecretInput { name };
    let operation = operation::RestoreSecret::build(operation::RestoreSecretVariables { input });
    done(send(operation).await?.payload)
}

/// Makes an older value of a secret its current one, as a new version.
pub async fn restore_version(name: String, version: i32) -> Result<(), ApiError> {
    let input = RestoreSecretVersionInput { name, version };
    let operation =
        operation::RestoreSecretVersion::build(operation::RestoreSecretVersionVariables { input });
    done(send(operation).await?.payload)
}
