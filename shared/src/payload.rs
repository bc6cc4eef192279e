//! The payloads of mutations.

use uuid::Uuid;

use crate::scalar::DateTime;
#[cfg(feature = "client")]
use crate::schema;

objects! {
    (async_graphql::SimpleObject) (cynic::QueryFragment)

    /// Whether a mutation succeeded, and if not, why. Expected outcomes are data; errors are for the unexpected.
    SuccessPayload("success_payload"): Clone, Debug, PartialEq, Eq {
        /// Whether it succeeded.
        success: Option<bool>,
        /// The reason if not.
        error: Option<String>,
    }

    /// Whether a secret was changed, and if not, why. Expected outcomes are data; errors are for the unexpected.
    SecretPayload("secret_payload"): Clone, Debug, Default, PartialEq, Eq {
        /// Whether it succeeded.
        success: Option<bool>,
        /// The reason if not.
        error: Option<String>,
        /// The secret's version after the change, or its current one if another was expected; null if it does not exist.
        current_version: Option<i32>,
        /// The secret that the change did not expect, for callers who can list it.
        conflict: Option<SecretConflict>,
        /// The names of the limited API keys that gain access through a rename.
        gaining_keys: Vec<String>,
        /// The names of the limited API keys that lose access through a rename.
        losing_keys: Vec<String>,
    }

    /// Whether many secrets were deleted or restored, all or none, and if none, because of which.
    SecretsPayload("secrets_payload"): Clone, Debug, Default, PartialEq, Eq {
        /// Whether it succeeded.
        success: Option<bool>,
        /// The reason if not.
        error: Option<String>,
        /// The secrets that prevented it, in the order of the input.
        refused: Vec<RefusedSecret>,
    }

    /// A secret that could not be changed.
    RefusedSecret("refused_secret"): Clone, Debug, PartialEq, Eq {
        /// Its name in the input.
        name: String,
        /// The reason.
        error: String,
        /// The secret that the change did not expect, for callers who can list it.
        conflict: Option<SecretConflict>,
    }

    /// A secret as somebody else has left it.
    SecretConflict("secret_conflict"): Clone, Debug, PartialEq, Eq {
        /// Its current name.
        name: String,
        /// Its current description.
        description: Option<String>,
        /// Its current version; 0 if it was deleted.
        version: i32,
        /// When it was last set, renamed, described or deleted.
        updated: DateTime,
        /// Who did that.
        updated_by: String,
        /// When it expires.
        expires_at: Option<DateTime>,
    }

    /// The outcome of an import or of a preview.
    ImportSecretsPayload("import_secrets_payload"): Clone, Debug, PartialEq, Eq {
        /// Whether it succeeded, or, for a preview, could.
        success: Option<bool>,
        /// The reason if not.
        error: Option<String>,
        /// Secret by secret, in the order of the input; empty if it failed.
        changes: Vec<SecretChange>,
        /// The state of these secrets before, for `expected_state`.
        state: Option<String>,
    }

    /// The change of a secret by an import.
    SecretChange("secret_change"): Clone, Debug, PartialEq, Eq {
        /// The secret's name.
        name: String,
        /// The change.
        change: ImportChange,
    }

    /// A new API key, shown only once.
    CreateApiKeyPayload("create_api_key_payload"): Clone {
        /// The key's id, for revoking it.
        id: Uuid,
        /// The key itself, which is not stored.
        key: String,
    }

    /// Whether a trust was set, and if not, why.
    SetTrustPayload("set_trust_payload"): Clone, Debug, PartialEq, Eq {
        /// Whether it succeeded.
        success: Option<bool>,
        /// The reason if not.
        error: Option<String>,
        /// The trust's id.
        id: Option<Uuid>,
    }

    /// Whether a token could log in, and what was checked.
    TestTrustPayload("test_trust_payload"): Clone, Debug, PartialEq, Eq {
        /// Whether it could.
        success: Option<bool>,
        /// The reason why it could not be checked.
        error: Option<String>,
        /// The checks, in their order.
        checks: Vec<TrustCheck>,
    }

    /// A check of a token.
    TrustCheck("trust_check"): Clone, Debug, PartialEq, Eq {
        /// What was checked: `Signature`, `Issuer`, `Time`, `Audience`, or `Claim …`.
        name: String,
        /// Whether the token passes.
        passed: bool,
        /// The reason if not.
        problem: Option<String>,
    }

    /// An invitation, whose token is shown only once.
    InviteMemberPayload("invite_member_payload"): Clone {
        /// The invitation's id, for withdrawing it.
        id: Uuid,
        /// The token of the link, `/join#token=…` on the server's own address. It is not stored.
        token: String,
        /// When the link stops working.
        expires_at: DateTime,
    }

    /// Whether the webhook was set, and if not, why.
    SetWebhookPayload("set_webhook_payload"): Clone {
        /// Whether it succeeded.
        success: Option<bool>,
        /// The reason if not.
        error: Option<String>,
        /// A new signing key, `whsec_…`, shown only once; null if the webhook keeps the one it has.
        key: Option<String>,
    }

    /// A new team.
    CreateTeamPayload("create_team_payload"): Clone, Debug, PartialEq, Eq {
        /// The team's id, which Prefect calls the tenant id.
        id: Uuid,
    }
}

/// A change by an import.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "server", derive(async_graphql::Enum))]
#[cfg_attr(feature = "server", graphql(name = "import_change", rename_items = "snake_case"))]
#[cfg_attr(feature = "client", derive(cynic::Enum))]
#[cfg_attr(feature = "client", cynic(graphql_type = "import_change", rename_all = "snake_case"))]
pub enum ImportChange {
    /// There was no secret with that name.
    Created,
    /// It had another value.
    Overwritten,
    /// It already has that value.
    Unchanged,
}

impl SuccessPayload {
    /// A success.
    pub const fn done() -> Self {
        Self { success: Some(true), error: None }
    }

    /// A refusal: nothing has changed.
    pub fn refused(error: impl Into<String>) -> Self {
        Self { success: Some(false), error: Some(error.into()) }
    }

    /// The outcome as a `Result`.
    ///
    /// # Errors
    /// The reason, in words for the user.
    pub fn into_result(self) -> Result<(), String> {
        let reason = || self.error.unwrap_or_else(|| "The server refused, but gave no reason.".to_owned());
        if self.success == Some(true) { Ok(()) } else { Err(reason()) }
    }
}

impl SecretPayload {
    /// Whether the caller must first confirm a change of limited keys' access.
    pub fn needs_confirmation(&self) -> bool {
        self.success != Some(true) && !(self.gaining_keys.is_empty() && self.losing_keys.is_empty())
    }
}

impl From<SecretPayload> for SuccessPayload {
    fn from(payload: SecretPayload) -> Self {
        Self { success: payload.success, error: payload.error }
    }
}

impl ImportSecretsPayload {
    /// A refusal: nothing has changed.
    pub fn refused(error: impl Into<String>) -> Self {
        Self { success: Some(false), error: Some(error.into()), changes: Vec::new(), state: None }
    }
}
