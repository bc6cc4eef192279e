//! What mutations take. Field by field as the schema has it; `Debug` shows no password, token or value.

use uuid::Uuid;

use crate::json::{GivenJson, Json};
use crate::scalar::{DateTime, RoleName};
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
    /// What the secret is for, in words; absent keeps the description, empty removes it.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub description: Option<String>,
    /// Set the secret only if it is at this version; 0 if it must not exist yet.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub expected_version: Option<i32>,
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
    /// Delete the secret only if it is at this version.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub expected_version: Option<i32>,
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
    /// Change the secret only if it is at this version.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub expected_version: Option<i32>,
    /// Allow a rename that changes which limited API keys have access to the secret. Otherwise such a rename is refused,
    /// and the keys are named.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub confirm_key_access: Option<bool>,
}

/// Set many secrets in one step that happens whole or not at all.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "import_secrets_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "import_secrets_input", rename_all = "None")
)]
pub struct ImportSecretsInput {
    /// The secrets, each name once.
    pub secrets: Vec<ImportedSecret>,
    /// Whether only to look: what would be created, what overwritten, what has that value already.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub preview: Option<bool>,
    /// The `state` that a preview answered: the import is refused if these secrets have changed since.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub expected_state: Option<String>,
}

/// A secret to set.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "imported_secret", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "imported_secret", rename_all = "None")
)]
pub struct ImportedSecret {
    /// Its name.
    pub name: String,
    /// Its value. It has to be there, and null is a value.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "GivenJson::is_absent"))]
    pub value: GivenJson,
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
    pub role: Option<RoleName>,
    /// The secrets it is limited to: names, and prefixes such as `DB_*`. Absent or null: all of the team's.
    pub secrets: Option<Vec<String>>,
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

/// Make an older value of a secret its current one.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "restore_secret_version_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "restore_secret_version_input", rename_all = "None")
)]
pub struct RestoreSecretVersionInput {
    /// The secret's name.
    pub name: String,
    /// The version whose value comes back, as a new version.
    pub version: i32,
}

/// Rename an API key, or limit it to other secrets.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "update_api_key_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "update_api_key_input", rename_all = "None")
)]
pub struct UpdateApiKeyInput {
    /// The key's id, as `auth_api_key` lists it.
    pub key_id: Uuid,
    /// What it is for from now on; absent keeps the name.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub name: Option<String>,
    /// The secrets it is limited to from now on: absent keeps the limits, empty takes them away.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub secrets: Option<Vec<String>>,
}

/// Invite a person into the team.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "invite_member_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "invite_member_input", rename_all = "None")
)]
pub struct InviteMemberInput {
    /// The person's address. The invitation is for them alone; an older one of theirs stops working.
    pub email: String,
    /// What they will be in the team.
    pub role: RoleName,
}

/// Withdraw an invitation.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "withdraw_invitation_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "withdraw_invitation_input", rename_all = "None")
)]
pub struct WithdrawInvitationInput {
    /// The invitation's id, as `invitation` lists it.
    pub id: Uuid,
}

/// Join a team by an invitation's link.
#[derive(Clone)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "accept_invitation_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "accept_invitation_input", rename_all = "None")
)]
pub struct AcceptInvitationInput {
    /// The token that the link carries.
    pub token: String,
    /// A new password, or the one that the person has. Whoever is logged in as the person invited needs none.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub password: Option<String>,
}

/// Change what a person is in the team.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "update_member_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "update_member_input", rename_all = "None")
)]
pub struct UpdateMemberInput {
    /// The person's id, as `member` lists it.
    pub user_id: Uuid,
    /// What they are from now on.
    pub role: RoleName,
}

/// End all of a member's sessions.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "end_member_sessions_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "end_member_sessions_input", rename_all = "None")
)]
pub struct EndMemberSessionsInput {
    /// The person's id, as `member` lists it.
    pub user_id: Uuid,
}

/// Take a person out of the team.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "remove_member_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "remove_member_input", rename_all = "None")
)]
pub struct RemoveMemberInput {
    /// The person's id, as `member` lists it.
    pub user_id: Uuid,
    /// Whether the API keys they made go on working, as the team's own. Otherwise they are revoked.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub keep_api_keys: Option<bool>,
}

/// Make a role of the team's own.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "create_role_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "create_role_input", rename_all = "None")
)]
pub struct CreateRoleInput {
    /// Its name.
    pub name: String,
    /// What it is for, in words.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub description: Option<String>,
    /// What it may do: `create:secret` and so on.
    pub permissions: Vec<String>,
}

/// Change a role of the team's own.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "update_role_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "update_role_input", rename_all = "None")
)]
pub struct UpdateRoleInput {
    /// The role's id, as `role` lists it.
    pub id: Uuid,
    /// Its name from now on; absent keeps the name.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub name: Option<String>,
    /// What it is for; absent keeps the description, empty removes it.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub description: Option<String>,
    /// What it may do from now on; absent keeps the permissions.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub permissions: Option<Vec<String>>,
}

/// Remove a role of the team's own.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "delete_role_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "delete_role_input", rename_all = "None")
)]
pub struct DeleteRoleInput {
    /// The role's id, as `role` lists it.
    pub id: Uuid,
}

/// Make a team.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "create_team_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "create_team_input", rename_all = "None")
)]
pub struct CreateTeamInput {
    /// The name people read.
    pub name: String,
    /// The short name in commands; absent: made of the name.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub slug: Option<String>,
}

/// Rename the team one acts in.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "update_team_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "update_team_input", rename_all = "None")
)]
pub struct UpdateTeamInput {
    /// The name people read; absent keeps it.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub name: Option<String>,
    /// The short name in commands; absent keeps it.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub slug: Option<String>,
}

/// Act in another team from now on, in this session and at the next log-in.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "switch_team_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "switch_team_input", rename_all = "None")
)]
pub struct SwitchTeamInput {
    /// The team's id, as `tenant` lists it.
    pub team_id: Uuid,
}

/// Change one's own password.
#[derive(Clone)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "change_password_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "change_password_input", rename_all = "None")
)]
pub struct ChangePasswordInput {
    /// The password until now; absent when there is none, because the person logs in through a provider.
    #[cfg_attr(feature = "client", cynic(skip_serializing_if = "Option::is_none"))]
    pub current_password: Option<String>,
    /// The password from now on.
    pub new_password: String,
}

/// End one of one's own sessions.
#[derive(Clone, Debug)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::InputObject),
    graphql(name = "end_session_input", rename_fields = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::InputObject),
    cynic(graphql_type = "end_session_input", rename_all = "None")
)]
pub struct EndSessionInput {
    /// The session's id, as `session` lists it.
    pub id: Uuid,
}

impl From<Json> for GivenJson {
    fn from(value: Json) -> Self {
        Self::Given(value)
    }
}
