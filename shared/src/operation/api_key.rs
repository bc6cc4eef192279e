//! API keys.

use uuid::Uuid;

use crate::input::{CreateApiKeyInput, DeleteApiKeyInput, UpdateApiKeyInput};
use crate::payload::{CreateApiKeyPayload, SuccessPayload};
use crate::scalar::{DateTime, RoleName};
use crate::schema;

/// The team's API keys, without the keys.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", rename_all = "None")]
pub struct ApiKeys {
    pub auth_api_key: Vec<ApiKey>,
}

/// An API key, without the key.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "auth_api_key", rename_all = "None")]
pub struct ApiKey {
    pub id: Uuid,
    pub name: String,
    pub role: RoleName,
    /// The secrets it is limited to; `None`: all of the team's.
    pub secrets: Option<Vec<String>>,
    pub is_team_owned: bool,
    /// Whose it is; the team's own is its own.
    pub user_id: Uuid,
    pub created_by: String,
    pub created: DateTime,
    /// When it stops working; `None`: never.
    pub expires_at: Option<DateTime>,
    /// When it was last used, to the minute.
    pub last_used: Option<DateTime>,
}

mutations! {
    /// Make an API key.
    CreateApiKey(CreateApiKeyVariables: CreateApiKeyInput) = "create_api_key" -> CreateApiKeyPayload;
    /// Rename an API key, or limit it to other secrets.
    UpdateApiKey(UpdateApiKeyVariables: UpdateApiKeyInput) = "update_api_key";
    /// Revoke an API key.
    DeleteApiKey(DeleteApiKeyVariables: DeleteApiKeyInput) = "delete_api_key";
}
