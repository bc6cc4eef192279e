//! API keys.

use cynic::{MutationBuilder, QueryBuilder};
use strongroom_shared::Uuid;
use strongroom_shared::input::{CreateApiKeyInput, DeleteApiKeyInput, UpdateApiKeyInput};
use strongroom_shared::operation::{self, ApiKey};
use strongroom_shared::payload::CreateApiKeyPayload;

use super::{Reply, change, send};

pub fn list() -> Reply<Vec<ApiKey>> {
    send(operation::ApiKeys::build(()), |answer| Some(answer.auth_api_key))
}

/// Makes an API key. The answer is the only place where the key ever stands.
pub fn create(input: CreateApiKeyInput) -> Reply<CreateApiKeyPayload> {
    send(operation::CreateApiKey::build(operation::CreateApiKeyVariables { input }), |answer| answer.payload)
}

pub fn update(input: UpdateApiKeyInput) -> Reply<()> {
    change(operation::UpdateApiKey::build(operation::UpdateApiKeyVariables { input }))
}

pub fn delete(key_id: Uuid) -> Reply<()> {
    let input = DeleteApiKeyInput { key_id };
    change(operation::DeleteApiKey::build(operation::DeleteApiKeyVariables { input }))
}
