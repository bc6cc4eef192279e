//! API keys: made and revoked.

use async_graphql::{Context, Object, Result};
use strongroom_shared::Uuid;
use strongroom_shared::input::{CreateApiKeyInput, DeleteApiKeyInput, UpdateApiKeyInput};
use strongroom_shared::payload::{CreateApiKeyPayload, SuccessPayload};

use crate::graphql::Nullable;
use crate::graphql::caller::{actor, service};

async fn create(ctx: &Context<'_>, input: CreateApiKeyInput) -> Result<CreateApiKeyPayload> {
    let (id, token) = service(ctx).create_api_key(actor(ctx)?, input).await?;
    Ok(CreateApiKeyPayload { id: id.0, key: token.expose().to_owned() })
}

async fn delete(ctx: &Context<'_>, id: Uuid) -> Result<SuccessPayload> {
    Ok(service(ctx).delete_api_key(actor(ctx)?, id).await?)
}

async fn update(ctx: &Context<'_>, input: UpdateApiKeyInput) -> Result<SuccessPayload> {
    Ok(service(ctx).update_api_key(actor(ctx)?, input).await?)
}

#[derive(Default)]
pub struct ApiKeyMutation;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl ApiKeyMutation {
    /// Make an API key. It is shown this once.
    async fn create_api_key(
        &self,
        ctx: &Context<'_>,
        input: CreateApiKeyInput,
    ) -> Nullable<CreateApiKeyPayload> {
        Some(create(ctx, input).await)
    }

    /// Revoke an API key: it is refused from the next request on.
    async fn delete_api_key(&self, ctx: &Context<'_>, input: DeleteApiKeyInput) -> Nullable<SuccessPayload> {
        Some(delete(ctx, input.key_id).await)
    }

    /// Rename an API key, or limit it to other secrets.
    async fn update_api_key(&self, ctx: &Context<'_>, input: UpdateApiKeyInput) -> Nullable<SuccessPayload> {
        Some(update(ctx, input).await)
    }
}
