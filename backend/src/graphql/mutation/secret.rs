//! Secrets: set, updated, deleted, restored.

use async_graphql::InputObject;
use strongroom_shared::GivenJson;
use strongroom_shared::input::{
    DeleteSecretInput, ImportSecretsInput, RestoreSecretInput, RestoreSecretVersionInput, SetSecretInput,
    UpdateSecretInput,
};
use strongroom_shared::payload::{ImportSecretsPayload, SecretPayload, SuccessPayload};

use super::payload;
use crate::graphql::caller::{actor, service};

/// The input of `setSecret`: clients up to 0.9 declare this type by name.
#[derive(InputObject)]
#[graphql(name = "setSecretInput")]
struct CamelSetSecretInput {
    /// The secret's name.
    name: String,
    /// The value. It has to be there, and null is a value.
    value: GivenJson,
}

/// The input of `deleteSecret`.
#[derive(InputObject)]
#[graphql(name = "deleteSecretInput")]
struct CamelDeleteSecretInput {
    /// The secret's name.
    name: String,
}

mutations! { SecretMutation {
    /// Create or overwrite a secret.
    set_secret(ctx, input: SetSecretInput) -> SecretPayload {
        Ok(payload::secret(service(ctx).set_secret(actor(ctx)?, input).await?))
    }

    /// Create or overwrite a secret, for clients up to 0.9.
    #[graphql(name = "setSecret")]
    camel_set_secret(ctx, input: CamelSetSecretInput) -> SecretPayload {
        let CamelSetSecretInput { name, value } = input;
        let input = SetSecretInput { name, value, description: None, expected_version: None };
        Ok(payload::secret(service(ctx).set_secret(actor(ctx)?, input).await?))
    }

    /// Rename, describe and set a secret in one step that happens whole or not at all.
    update_secret(ctx, input: UpdateSecretInput) -> SecretPayload {
        Ok(payload::secret(service(ctx).update_secret(actor(ctx)?, input).await?))
    }

    /// Set many secrets in one step that happens whole or not at all; or look what that would do. A value that is there
    /// already stays as it is. Each comparison with a stored value is in the audit log.
    import_secrets(ctx, input: ImportSecretsInput) -> ImportSecretsPayload {
        Ok(payload::imported(service(ctx).import_secrets(actor(ctx)?, input).await?))
    }

    /// Delete a secret. It can be restored for a while.
    delete_secret(ctx, input: DeleteSecretInput) -> SecretPayload {
        Ok(payload::secret(service(ctx).delete_secret(actor(ctx)?, input).await?))
    }

    /// Delete a secret, for clients up to 0.9.
    #[graphql(name = "deleteSecret")]
    camel_delete_secret(ctx, input: CamelDeleteSecretInput) -> SecretPayload {
        let input = DeleteSecretInput { name: input.name, expected_version: None };
        Ok(payload::secret(service(ctx).delete_secret(actor(ctx)?, input).await?))
    }

    /// Bring back the secret of that name that was deleted last.
    restore_secret(ctx, input: RestoreSecretInput) -> SuccessPayload {
        Ok(payload::success(service(ctx).restore_secret(actor(ctx)?, input.name).await?))
    }

    /// Make an older value of a secret its current one, as a new version.
    restore_secret_version(ctx, input: RestoreSecretVersionInput) -> SuccessPayload {
        Ok(payload::success(service(ctx).restore_secret_version(actor(ctx)?, input).await?))
    }
} }
