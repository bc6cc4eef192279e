//! API keys.

use cynic::{MutationBuilder, QueryBuilder};
use strongroom_shared::Uuid;
use strongroom_shared::input::{CreateApiKeyInput, DeleteApiKeyInput, UpdateApiKeyInput};
use strongroom_shared::operation::{self, ApiKey};
use strongroom_shared::payload::CreateApiKeyPayload;

use super::{ApiError, done, nonsense, send};

/// The team's API keys, without the keys.
pub async fn list() -> Result<Vec<ApiKey>, ApiError> {
    send(operation::ApiKeys::build(()))
        .await
        .map(|answer| answer.auth_api_key)
}

/// Makes an API key. The answer is the only place where the key ever stands.
pub async fn create(input: CreateApiKeyInput) -> Result<CreateApiKeyPayload, ApiError> {
    let operation = operation::CreateApiKey::build(operation::CreateApiKeyVariables { input });
    send(operation).await?.payload.ok_or_else(nonsense)
}

/// Renames an API key, or limits it to other secrets.
pub async fn update(input: UpdateApiKeyInput) -> Result<(), ApiError> {
    let operation = operation::UpdateApiKey::build(operation::UpdateApiKeyVariables { input });
    done(send(operation).await?.payload)
}

/// Revokes an API key.
pub async fn delete(key_id: Uuid) -> Result<(), ApiError> {
    let input = DeleteApiKeyInput { key_id };
    let operation = operation::DeleteApiKey::build(operation::DeleteApiKeyVariables { input });
    done(send(operation).await?.payload)
}
