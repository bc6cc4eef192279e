//! Secrets, and, for programs, their values.

use uuid::Uuid;

use crate::input::{
    DeleteSecretInput, ImportSecretsInput, RestoreSecretInput, RestoreSecretVersionInput, SetSecretInput,
    UpdateSecretInput,
};
use crate::json::Json;
use crate::limit;
use crate::payload::{ImportSecretsPayload, SecretPayload, SuccessPayload};
use crate::scalar::DateTime;
use crate::schema;

/// The variables of [`Secrets`], [`SecretNames`] and [`CurrentVersions`]: a part of the list.
#[derive(cynic::QueryVariables)]
pub struct PageVariables {
    /// The last name of the part before; empty for the first part.
    pub after: String,
    pub limit: i32,
}

impl PageVariables {
    /// The part behind a name.
    pub fn behind(name: Option<&str>) -> Self {
        Self {
            after: name.unwrap_or_default().to_owned(),
            limit: i32::try_from(limit::PAGE_ROWS).unwrap_or(i32::MAX),
        }
    }
}

/// The team's secrets, by name.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", variables = PageVariables)]
pub struct Secrets {
    #[arguments(where: { name: { _gt: $after } }, order_by: [{ name: asc }], limit: $limit)]
    pub secret: Vec<Secret>,
}

/// A secret, without its value.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "secret", rename_all = "None")]
pub struct Secret {
    /// Its id, through renames and versions.
    pub id: Uuid,
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// How often its value was set.
    pub version: i32,
    /// When it was last set, renamed or described.
    pub updated: DateTime,
    pub updated_by: String,
    /// When its value was last read.
    pub last_read: Option<DateTime>,
    pub last_read_by: Option<String>,
}

/// The names of the team's secrets, in order.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", variables = PageVariables)]
pub struct SecretNames {
    #[arguments(where: { name: { _gt: $after } }, order_by: [{ name: asc }], limit: $limit)]
    pub secret: Vec<Named>,
}

/// The name of a secret.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "secret")]
pub struct Named {
    pub name: String,
}

/// Which version each secret has: what a program asks that waits for changes.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", variables = PageVariables)]
pub struct CurrentVersions {
    #[arguments(where: { name: { _gt: $after } }, order_by: [{ name: asc }], limit: $limit)]
    pub secret: Vec<CurrentVersion>,
}

/// Which version a secret has.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "secret")]
pub struct CurrentVersion {
    /// Its id, through renames and versions.
    pub id: Uuid,
    pub name: String,
    pub version: i32,
}

#[derive(cynic::QueryVariables)]
pub struct SecretValueVariables {
    pub name: String,
}

/// A secret's value.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", rename_all = "None", variables = SecretValueVariables)]
pub struct SecretValue {
    /// The value. `None` is null, which is a value, too.
    #[arguments(name: $name)]
    pub secret_value: Option<Json>,
}

#[derive(cynic::QueryVariables)]
pub struct SecretValuesVariables {
    pub names: Vec<String>,
}

/// The values of several secrets, of those that are there.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", rename_all = "None", variables = SecretValuesVariables)]
pub struct SecretValues {
    #[arguments(names: $names)]
    pub secret_values: Vec<SecretWithValue>,
}

/// A secret with its value.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "secret_with_value")]
pub struct SecretWithValue {
    /// Its id, through renames and versions.
    pub id: Uuid,
    pub name: String,
    pub version: i32,
    /// The value. `None` is null, which is a value, too.
    pub value: Option<Json>,
}

#[derive(cynic::QueryVariables)]
pub struct SecretVersionsVariables {
    pub name: String,
}

/// The versions of a secret that are kept, the current one first.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", rename_all = "None", variables = SecretVersionsVariables)]
pub struct SecretVersions {
    #[arguments(name: $name)]
    pub secret_version: Vec<SecretVersion>,
}

/// A version of a secret, without its value.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "secret_version", rename_all = "None")]
pub struct SecretVersion {
    /// Its number, from 1.
    pub version: i32,
    pub created: DateTime,
    pub created_by: String,
}

/// The secrets that were deleted and can still be restored, the last one first.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", rename_all = "None")]
pub struct DeletedSecrets {
    pub deleted_secret: Vec<DeletedSecret>,
}

/// A secret that was deleted, and can still be restored.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "deleted_secret", rename_all = "None")]
pub struct DeletedSecret {
    pub id: Uuid,
    pub name: String,
    pub deleted: Option<DateTime>,
    pub deleted_by: String,
    pub restorable_until: DateTime,
}

mutations! {
    /// Create or overwrite a secret.
    SetSecret(SetSecretVariables: SetSecretInput) = "set_secret" -> SecretPayload;
    /// Rename, describe and set a secret in one step.
    UpdateSecret(UpdateSecretVariables: UpdateSecretInput) = "update_secret" -> SecretPayload;
    /// Set many secrets in one step.
    ImportSecrets(ImportSecretsVariables: ImportSecretsInput) = "import_secrets" -> ImportSecretsPayload;
    /// Delete a secret.
    DeleteSecret(DeleteSecretVariables: DeleteSecretInput) = "delete_secret" -> SecretPayload;
    /// Bring a deleted secret back.
    RestoreSecret(RestoreSecretVariables: RestoreSecretInput) = "restore_secret";
    /// Make an older value of a secret its current one.
    RestoreSecretVersion(RestoreSecretVersionVariables: RestoreSecretVersionInput) = "restore_secret_version";
}
