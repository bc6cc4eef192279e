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

/// A page of [`Secrets`], [`SecretNames`] or [`CurrentVersions`].
#[derive(cynic::QueryVariables)]
pub struct PageVariables {
    /// The last name of the page before; empty for the first page.
    pub after: String,
    pub limit: i32,
}

impl PageVariables {
    /// The page after a name.
    pub fn behind(name: Option<&str>) -> Self {
        Self {
            after: name.unwrap_or_default().to_owned(),
            limit: i32::try_from(limit::PAGE_ROWS).unwrap_or(i32::MAX),
        }
    }
}

#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", variables = PageVariables)]
pub struct Secrets {
    #[arguments(where: { name: { _gt: $after } }, order_by: [{ name: asc }], limit: $limit)]
    pub secret: Vec<Secret>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "secret", rename_all = "None")]
pub struct Secret {
    /// Stable through renames and versions.
    pub id: Uuid,
    pub name: String,
    pub description: Option<String>,
    pub version: i32,
    /// When it was last set, renamed or described.
    pub updated: DateTime,
    pub updated_by: String,
    pub last_read: Option<DateTime>,
    pub last_read_by: Option<String>,
}

#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", variables = PageVariables)]
pub struct SecretNames {
    #[arguments(where: { name: { _gt: $after } }, order_by: [{ name: asc }], limit: $limit)]
    pub secret: Vec<Named>,
}

#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "secret")]
pub struct Named {
    pub name: String,
}

/// The version of each secret, for programs that poll for changes.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", variables = PageVariables)]
pub struct CurrentVersions {
    #[arguments(where: { name: { _gt: $after } }, order_by: [{ name: asc }], limit: $limit)]
    pub secret: Vec<CurrentVersion>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "secret")]
pub struct CurrentVersion {
    /// Stable through renames and versions.
    pub id: Uuid,
    pub name: String,
    pub version: i32,
}

#[derive(cynic::QueryVariables)]
pub struct SecretValueVariables {
    pub name: String,
}

#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", rename_all = "None", variables = SecretValueVariables)]
pub struct SecretValue {
    /// `None` is null, which is a value, too.
    #[arguments(name: $name)]
    pub secret_value: Option<Json>,
}

#[derive(cynic::QueryVariables)]
pub struct SecretValuesVariables {
    pub names: Vec<String>,
}

/// The values of those of several secrets that exist.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", rename_all = "None", variables = SecretValuesVariables)]
pub struct SecretValues {
    #[arguments(names: $names)]
    pub secret_values: Vec<SecretWithValue>,
}

#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "secret_with_value")]
pub struct SecretWithValue {
    /// Stable through renames and versions.
    pub id: Uuid,
    pub name: String,
    pub version: i32,
    /// `None` is null, which is a value, too.
    pub value: Option<Json>,
}

#[derive(cynic::QueryVariables)]
pub struct SecretVersionsVariables {
    pub name: String,
}

/// The stored versions of a secret, the current one first.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", rename_all = "None", variables = SecretVersionsVariables)]
pub struct SecretVersions {
    #[arguments(name: $name)]
    pub secret_version: Vec<SecretVersion>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "secret_version", rename_all = "None")]
pub struct SecretVersion {
    pub version: i32,
    pub created: DateTime,
    pub created_by: String,
}

/// The deleted secrets that can still be restored, the last one first.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", rename_all = "None")]
pub struct DeletedSecrets {
    pub deleted_secret: Vec<DeletedSecret>,
}

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
    SetSecret(SetSecretVariables: SetSecretInput) = "set_secret" -> SecretPayload;
    UpdateSecret(UpdateSecretVariables: UpdateSecretInput) = "update_secret" -> SecretPayload;
    ImportSecrets(ImportSecretsVariables: ImportSecretsInput) = "import_secrets" -> ImportSecretsPayload;
    DeleteSecret(DeleteSecretVariables: DeleteSecretInput) = "delete_secret" -> SecretPayload;
    RestoreSecret(RestoreSecretVariables: RestoreSecretInput) = "restore_secret";
    RestoreSecretVersion(RestoreSecretVersionVariables: RestoreSecretVersionInput) = "restore_secret_version";
}
