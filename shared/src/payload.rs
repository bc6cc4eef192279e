//! What mutations answer.

use uuid::Uuid;

use crate::scalar::DateTime;
#[cfg(feature = "client")]
use crate::schema;

/// Whether a mutation did it, and if not, why. Expected outcomes are told here; errors are for the unexpected.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(async_graphql::SimpleObject), graphql(name = "success_payload"))]
#[cfg_attr(feature = "client", derive(cynic::QueryFragment), cynic(graphql_type = "success_payload"))]
pub struct SuccessPayload {
    /// Whether it is done.
    pub success: Option<bool>,
    /// Why it is not done.
    pub error: Option<String>,
}

impl SuccessPayload {
    /// It is done.
    pub const fn done() -> Self {
        Self { success: Some(true), error: None }
    }

    /// It is not done, and nothing has changed.
    pub fn refused(error: impl Into<String>) -> Self {
        Self { success: Some(false), error: Some(error.into()) }
    }

    /// `Ok` when it is done, else the reason.
    ///
    /// # Errors
    /// The reason, in words for the person who asked.
    pub fn into_result(self) -> Result<(), String> {
        if self.success == Some(true) {
            Ok(())
        } else {
            Err(self.error.unwrap_or_else(|| "The server refused without a reason.".to_owned()))
        }
    }
}

/// Whether a secret was changed, and if not, why not: expected outcomes are answered as data.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::SimpleObject),
    graphql(name = "secret_payload", rename_fields = "snake_case")
)]
#[cfg_attr(feature = "client", derive(cynic::QueryFragment), cynic(graphql_type = "secret_payload"))]
pub struct SecretPayload {
    /// Whether it is done.
    pub success: Option<bool>,
    /// Why it is not done.
    pub error: Option<String>,
    /// The secret's version after the change, or its current one if another was expected; null if it does not exist.
    #[cfg_attr(feature = "client", cynic(rename = "current_version"))]
    pub current_version: Option<i32>,
    /// The names of the limited API keys that gain access through a rename.
    #[cfg_attr(feature = "client", cynic(rename = "gaining_keys"))]
    pub gaining_keys: Vec<String>,
    /// The names of the limited API keys that lose access through a rename.
    #[cfg_attr(feature = "client", cynic(rename = "losing_keys"))]
    pub losing_keys: Vec<String>,
}

impl SecretPayload {
    /// It is done.
    pub fn done() -> Self {
        Self { success: Some(true), ..Self::default() }
    }

    /// It is not done, and nothing has changed.
    pub fn refused(error: impl Into<String>) -> Self {
        Self { success: Some(false), error: Some(error.into()), ..Self::default() }
    }

    /// Whether the caller has to confirm a change of limited keys' access first.
    pub fn waits_for_consent(&self) -> bool {
        self.success != Some(true) && !(self.gaining_keys.is_empty() && self.losing_keys.is_empty())
    }
}

impl From<SecretPayload> for SuccessPayload {
    fn from(payload: SecretPayload) -> Self {
        Self { success: payload.success, error: payload.error }
    }
}

/// What an import did, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::SimpleObject),
    graphql(name = "import_secrets_payload", rename_fields = "snake_case")
)]
#[cfg_attr(feature = "client", derive(cynic::QueryFragment), cynic(graphql_type = "import_secrets_payload"))]
pub struct ImportSecretsPayload {
    /// Whether it is done, or, of a preview, could be.
    pub success: Option<bool>,
    /// Why it is not done.
    pub error: Option<String>,
    /// Secret by secret, in the order they were given; empty when it is not done.
    pub changes: Vec<SecretChange>,
    /// What these secrets were like before: for `expected_state`.
    pub state: Option<String>,
}

impl ImportSecretsPayload {
    /// It is not done, and nothing has changed.
    pub fn refused(error: impl Into<String>) -> Self {
        Self { success: Some(false), error: Some(error.into()), changes: Vec::new(), state: None }
    }
}

/// What an import does to a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::SimpleObject),
    graphql(name = "secret_change", rename_fields = "snake_case")
)]
#[cfg_attr(feature = "client", derive(cynic::QueryFragment), cynic(graphql_type = "secret_change"))]
pub struct SecretChange {
    /// The secret's name.
    pub name: String,
    /// What is done to it.
    pub change: ImportChange,
}

/// What an import does to a secret, in a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::Enum),
    graphql(name = "import_change", rename_items = "snake_case")
)]
#[cfg_attr(
    feature = "client",
    derive(cynic::Enum),
    cynic(graphql_type = "import_change", rename_all = "snake_case")
)]
pub enum ImportChange {
    /// There was none with that name.
    Created,
    /// It had another value.
    Overwritten,
    /// It has that value already, and stays as it is.
    Unchanged,
}

/// A new API key, shown this once.
#[derive(Clone)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::SimpleObject),
    graphql(name = "create_api_key_payload", rename_fields = "snake_case")
)]
#[cfg_attr(feature = "client", derive(cynic::QueryFragment), cynic(graphql_type = "create_api_key_payload"))]
pub struct CreateApiKeyPayload {
    /// The key's id, for revoking it.
    pub id: Uuid,
    /// The key itself. It is stored nowhere.
    pub key: String,
}

/// An invitation, whose token is shown this once.
#[derive(Clone)]
#[cfg_attr(
    feature = "server",
    derive(async_graphql::SimpleObject),
    graphql(name = "invite_member_payload", rename_fields = "snake_case")
)]
#[cfg_attr(feature = "client", derive(cynic::QueryFragment), cynic(graphql_type = "invite_member_payload"))]
pub struct InviteMemberPayload {
    /// The invitation's id, for withdrawing it.
    pub id: Uuid,
    /// What the link carries: `/join#token=…` on the server's own address. It is stored nowhere.
    pub token: String,
    /// When the link stops working.
    #[cfg_attr(feature = "client", cynic(rename = "expires_at"))]
    pub expires_at: DateTime,
}

/// A new team.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "server", derive(async_graphql::SimpleObject), graphql(name = "create_team_payload"))]
#[cfg_attr(feature = "client", derive(cynic::QueryFragment), cynic(graphql_type = "create_team_payload"))]
pub struct CreateTeamPayload {
    /// The team's id, which Prefect calls the tenant's.
    pub id: Uuid,
}
