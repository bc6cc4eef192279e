//! What mutations take. Field by field as the schema has it; `Debug` shows no password, token or value.

use uuid::Uuid;

use crate::json::{GivenJson, Json};
use crate::permission::Role;
use crate::scalar::DateTime;
#[cfg(feature = "client")]
use crate::schema;

/// Create or overwrite a secret.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "set_secret_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "set_secret_input", rename_all = "None")
)]
pub struct SetSecretInput {
    /// The secret's name.
    pub name: String,
    /// The value. It has to be there, and null is a value.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "GivenJson::is_absent"))]
    pub value: GivenJson,
}

/// Delete a secret.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "delete_secret_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "delete_secret_input", rename_all = "None")
)]
pub struct DeleteSecretInput {
    /// The secret's name.
    pub name: String,
}

/// Rename, describe and set a secret in one step that happens whole or not at all.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "update_secret_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "update_secret_input", rename_all = "None")
)]
pub struct UpdateSecretInput {
    /// The secret's name now.
    pub name: String,
    /// Its name from now on; absent keeps the name.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub new_name: Option<String>,
    /// Its value from now on; absent keeps the value, null is a value.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "GivenJson::is_absent"))]
    pub value: GivenJson,
    /// Its description from now on; absent keeps the description, empty removes it.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub description: Option<String>,
    /// Whether another secret that has `new_name` may be replaced. Otherwise the update is refused.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub overwrite: Option<bool>,
}

/// Bring a deleted secret back.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "restore_secret_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "restore_secret_input", rename_all = "None")
)]
pub struct RestoreSecretInput {
    /// The name it had. If several of that name were deleted, the last one comes back.
    pub name: String,
}

/// Make an API key.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "create_api_key_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "create_api_key_input", rename_all = "None")
)]
pub struct CreateApiKeyInput {
    /// What the key is for, in words.
    pub name: String,
    /// Whose key it is: the one who asks, as `auth_info { user_id }` says, which is also the default.
    pub user_id: Option<Uuid>,
    /// When it stops working; absent or null: never.
    pub expires_at: Option<DateTime>,
    /// What it may do; absent: what the one who asks may do.
    pub role: Option<Role>,
}

/// Revoke an API key.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "delete_api_key_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "delete_api_key_input", rename_all = "None")
)]
pub struct DeleteApiKeyInput {
    /// The key's id, as `auth_api_key` lists it.
    pub key_id: Uuid,
}

/// Start a browser session.
#[derive(Clone)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "log_in_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "log_in_input", rename_all = "None")
)]
pub struct LogInInput {
    /// The person's address.
    pub email: String,
    /// The person's password.
    pub password: String,
}

/// Make the first team and its administrator, with the token of the set-up link.
#[derive(Clone)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "set_up_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "set_up_input", rename_all = "None")
)]
pub struct SetUpInput {
    /// The token that the set-up link carries.
    pub token: String,
    /// The team's name.
    pub team_name: String,
    /// The administrator's address.
    pub email: String,
    /// The administrator's password.
    pub password: String,
}

impl From<Json> for GivenJson {
    fn from(value: Json) -> Self {
        Self::Given(value)
    }
}
