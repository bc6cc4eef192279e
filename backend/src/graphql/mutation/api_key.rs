//! API keys: made and revoked.

use strongroom_shared::input::{CreateApiKeyInput, DeleteApiKeyInput, UpdateApiKeyInput};
use strongroom_shared::payload::{CreateApiKeyPayload, SuccessPayload};

use super::payload;
use crate::graphql::caller::{actor, service};

mutations! { ApiKeyMutation {
    /// Make an API key. It is shown this once.
    create_api_key(ctx, input: CreateApiKeyInput) -> CreateApiKeyPayload {
        let (id, token) = service(ctx).create_api_key(actor(ctx)?, input).await?;
        Ok(CreateApiKeyPayload { id: id.0, key: token.expose().to_owned() })
    }

    /// Revoke an API key: it is refused from the next request on.
    delete_api_key(ctx, input: DeleteApiKeyInput) -> SuccessPayload {
        Ok(payload::success(service(ctx).delete_api_key(actor(ctx)?, input.key_id).await?))
    }

    /// Rename an API key, or limit it to other secrets.
    update_api_key(ctx, input: UpdateApiKeyInput) -> SuccessPayload {
        Ok(payload::success(service(ctx).update_api_key(actor(ctx)?, input).await?))
    }
} }
