//! The documents that our clients send. cynic checks each against `schema.graphql` as it compiles.

use uuid::Uuid;

use crate::input::{DeleteSecretInput, LogInInput, SetSecretInput, SetUpInput, UpdateSecretInput};
use crate::payload::SuccessPayload;
use crate::permission::Role;
use crate::schema;

/// Who am I, in which team, and what may I do there?
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query")]
pub struct Session {
    /// The one who asks.
    #[cynic(rename = "auth_info")]
    pub auth_info: Option<AuthInfo>,
    /// The teams they can act in; one of them is `auth_info.tenant_id`.
    pub tenant: Vec<Tenant>,
}

/// The one who asks.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "auth_info")]
pub struct AuthInfo {
    /// The team they act in.
    #[cynic(rename = "tenant_id")]
    pub tenant_id: Uuid,
    /// Their address; a key has none.
    pub email: Option<String>,
    /// What they are in the team.
    pub role: Role,
    /// What they may do, as [`crate::Permission`] writes it.
    pub permissions: Vec<String>,
}

/// A team.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "tenant")]
pub struct Tenant {
    /// The team's id.
    pub id: Uuid,
    /// The team's name.
    pub name: String,
}

/// Does the store still wait for its first team?
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query")]
pub struct SetUpRequired {
    /// Whether it does.
    #[cynic(rename = "set_up_required")]
    pub set_up_required: bool,
}

/// The names of the team's secrets.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query")]
pub struct SecretNames {
    /// The names, in no promised order.
    #[cynic(rename = "secret_names")]
    pub secret_names: Option<Vec<String>>,
}

/// Declares a mutation of one field that takes `$input` and answers a [`SuccessPayload`].
macro_rules! mutation {
    ($(#[$doc:meta])* $name:ident($variables:ident: $argument:ty) = $field:literal) => {
        #[doc = concat!("The variables of `", $field, "`.")]
        #[derive(cynic::QueryVariables)]
        pub struct $variables {
            /// The one argument.
            pub input: $argument,
        }

        $(#[$doc])*
        #[derive(cynic::QueryFragment)]
        #[cynic(graphql_type = "Mutation", variables = $variables)]
        pub struct $name {
            /// What became of it.
            #[arguments(input: $input)]
            #[cynic(rename = $field)]
            pub payload: Option<SuccessPayload>,
        }
    };
}

mutation! {
    /// Start a session.
    LogIn(LogInVariables: LogInInput) = "log_in"
}

mutation! {
    /// Make the first team and its administrator, and start their session.
    SetUp(SetUpVariables: SetUpInput) = "set_up"
}

mutation! {
    /// Create or overwrite a secret.
    SetSecret(SetSecretVariables: SetSecretInput) = "set_secret"
}

mutation! {
    /// Rename and set a secret in one step.
    UpdateSecret(UpdateSecretVariables: UpdateSecretInput) = "update_secret"
}

mutation! {
    /// Delete a secret.
    DeleteSecret(DeleteSecretVariables: DeleteSecretInput) = "delete_secret"
}

/// End the session.
#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Mutation")]
pub struct LogOut {
    /// What became of it.
    #[cynic(rename = "log_out")]
    pub payload: Option<SuccessPayload>,
}
