//! API keys.

use uuid::Uuid;

use crate::input::{CreateApiKeyInput, DeleteApiKeyInput, UpdateApiKeyInput};
use crate::payload::{CreateApiKeyPayload, SuccessPayload};
use crate::scalar::{DateTime, RoleName};
use crate::schema;

/// The team's API keys, without the keys.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query")]
pub struct ApiKeys {
    /// The keys.
    #[cynic(rename = "auth_api_key")]
    pub auth_api_key: Vec<ApiKey>,
}

/// An API key, without the key.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "auth_api_key")]
pub struct ApiKey {
    /// Its id.
    pub id: Uuid,
    /// What it is for.
    pub name: String,
    /// What it may do.
    pub role: RoleName,
    /// The secrets it is limited to; `None`: all of the team's.
    pub secrets: Option<Vec<String>>,
    /// Whether it is the team's own: it then goes on working, whoever leaves.
    #[cynic(rename = "is_team_owned")]
    pub is_team_owned: bool,
    /// Whose it is; the team's own is its own.
    #[cynic(rename = "user_id")]
    pub user_id: Uuid,
    /// Who made it.
    #[cynic(rename = "created_by")]
    pub created_by: String,
    /// When it was made.
    pub created: DateTime,
    /// When it stops working; `None`: never.
    #[cynic(rename = "expires_at")]
    pub expires_at: Option<DateTime>,
    /// When it was last used, to the minute.
    #[cynic(rename = "last_used")]
    pub last_used: Option<DateTime>,
}

mutation! {
    /// Make an API key.
    CreateApiKey(CreateApiKeyVariables: CreateApiKeyInput) = "create_api_key" -> CreateApiKeyPayload
}

mutation! {
    /// Rename an API key, or limit it to other secrets.
    UpdateApiKey(UpdateApiKeyVariables: UpdateApiKeyInput) = "update_api_key"
}

mutation! {
    /// Revoke an API key.
    DeleteApiKey(DeleteApiKeyVariables: DeleteApiKeyInput) = "delete_api_key"
}
