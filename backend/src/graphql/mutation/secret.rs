//! Secrets: set, updated, deleted, restored.

use async_graphql::{Context, InputObject, Object, Result};
use strongroom_shared::GivenJson;
use strongroom_shared::input::{
    DeleteSecretInput, ImportSecretsInput, RestoreSecretInput, RestoreSecretVersionInput, SetSecretInput,
    UpdateSecretInput,
};
use strongroom_shared::payload::{ImportSecretsPayload, SecretPayload, SuccessPayload};

use crate::graphql::Nullable;
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

async fn set(ctx: &Context<'_>, input: SetSecretInput) -> Result<SecretPayload> {
    Ok(service(ctx).set_secret(actor(ctx)?, input).await?)
}

async fn import(ctx: &Context<'_>, input: ImportSecretsInput) -> Result<ImportSecretsPayload> {
    Ok(service(ctx).import_secrets(actor(ctx)?, input).await?)
}

async fn update(ctx: &Context<'_>, input: UpdateSecretInput) -> Result<SecretPayload> {
    Ok(service(ctx).update_secret(actor(ctx)?, input).await?)
}

async fn delete(ctx: &Context<'_>, input: DeleteSecretInput) -> Result<SecretPayload> {
    Ok(service(ctx).delete_secret(actor(ctx)?, input).await?)
}

async fn restore(ctx: &Context<'_>, name: String) -> Result<SuccessPayload> {
    Ok(service(ctx).restore_secret(actor(ctx)?, name).await?)
}

async fn restore_version(ctx: &Context<'_>, input: RestoreSecretVersionInput) -> Result<SuccessPayload> {
    Ok(service(ctx).restore_secret_version(actor(ctx)?, input).await?)
}

#[derive(Default)]
pub struct SecretMutation;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl SecretMutation {
    /// Create or overwrite a secret.
    async fn set_secret(&self, ctx: &Context<'_>, input: SetSecretInput) -> Nullable<SecretPayload> {
        Some(set(ctx, input).await)
    }

    /// Create or overwrite a secret, for clients up to 0.9.
    #[graphql(name = "setSecret")]
    async fn camel_set_secret(
        &self,
        ctx: &Context<'_>,
        input: CamelSetSecretInput,
    ) -> Nullable<SecretPayload> {
        let CamelSetSecretInput { name, value } = input;
        let input = SetSecretInput { name, value, description: None, expected_version: None };
        Some(set(ctx, input).await)
    }

    /// Rename, describe and set a secret in one step that happens whole or not at all.
    async fn update_secret(&self, ctx: &Context<'_>, input: UpdateSecretInput) -> Nullable<SecretPayload> {
        Some(update(ctx, input).await)
    }

    /// Set many secrets in one step that happens whole or not at all; or look what that would do. A value that is there
    /// already stays as it is. Each comparison with a stored value is in the audit log.
    async fn import_secrets(
        &self,
        ctx: &Context<'_>,
        input: ImportSecretsInput,
    ) -> Nullable<ImportSecretsPayload> {
        Some(import(ctx, input).await)
    }

    /// Delete a secret. It can be restored for a while.
    async fn delete_secret(&self, ctx: &Context<'_>, input: DeleteSecretInput) -> Nullable<SecretPayload> {
        Some(delete(ctx, input).await)
    }

    /// Delete a secret, for clients up to 0.9.
    #[graphql(name = "deleteSecret")]
    async fn camel_delete_secret(
        &self,
        ctx: &Context<'_>,
        input: CamelDeleteSecretInput,
    ) -> Nullable<SecretPayload> {
        let input = DeleteSecretInput { name: input.name, expected_version: None };
        Some(delete(ctx, input).await)
    }

    /// Bring back the secret of that name that was deleted last.
    async fn restore_secret(&self, ctx: &Context<'_>, input: RestoreSecretInput) -> Nullable<SuccessPayload> {
        Some(restore(ctx, input.name).await)
    }

    /// Make an older value of a secret its current one, as a new version.
    async fn restore_secret_version(
        &self,
        ctx: &Context<'_>,
        input: RestoreSecretVersionInput,
    ) -> Nullable<SuccessPayload> {
        Some(restore_version(ctx, input).await)
    }
}
