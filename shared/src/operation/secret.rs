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

#[derive(cynic::QueryVariables)]
pub struct SecretValueVariables {
    pub name: String,
}

#[derive(cynic::QueryVariables)]
pub struct SecretValuesVariables {
    pub names: Vec<String>,
}

#[derive(cynic::QueryVariables)]
pub struct SecretVersionsVariables {
    pub name: String,
}

fragments! {
    (cynic::QueryFragment)

    Secrets("Query", PageVariables): Clone, Debug {
        #[arguments(where: { name: { _gt: $after } }, order_by: [{ name: asc }], limit: $limit)]
        pub secret: Vec<Secret>,
    }

    Secret("secret"): Clone, Debug, PartialEq, Eq {
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

    SecretNames("Query", PageVariables): Clone, Debug {
        #[arguments(where: { name: { _gt: $after } }, order_by: [{ name: asc }], limit: $limit)]
        pub secret: Vec<Named>,
    }

    Named("secret"): Clone, Debug {
        pub name: String,
    }

    /// The version of each secret, for programs that poll for changes.
    CurrentVersions("Query", PageVariables): Clone, Debug {
        #[arguments(where: { name: { _gt: $after } }, order_by: [{ name: asc }], limit: $limit)]
        pub secret: Vec<CurrentVersion>,
    }

    CurrentVersion("secret"): Clone, Debug, PartialEq, Eq {
        /// Stable through renames and versions.
        pub id: Uuid,
        pub name: String,
        pub version: i32,
    }

    SecretValue("Query", SecretValueVariables): Clone, Debug {
        /// `None` is null, which is a value, too.
        #[arguments(name: $name)]
        pub secret_value: Option<Json>,
    }

    /// The values of the requested secrets that exist.
    SecretValues("Query", SecretValuesVariables): Clone, Debug {
        #[arguments(names: $names)]
        pub secret_values: Vec<SecretWithValue>,
    }

    SecretWithValue("secret_with_value"): Clone, Debug {
        /// Stable through renames and versions.
        pub id: Uuid,
        pub name: String,
        pub version: i32,
        /// `None` is null, which is a value, too.
        pub value: Option<Json>,
    }

    /// The stored versions of a secret, the current one first.
    SecretVersions("Query", SecretVersionsVariables): Clone, Debug {
        #[arguments(name: $name)]
        pub secret_version: Vec<SecretVersion>,
    }

    SecretVersion("secret_version"): Clone, Debug, PartialEq, Eq {
        pub version: i32,
        pub created: DateTime,
        pub created_by: String,
    }

    /// The deleted secrets that can still be restored, the last one first.
    DeletedSecrets("Query"): Clone, Debug {
        pub deleted_secret: Vec<DeletedSecret>,
    }

    DeletedSecret("deleted_secret"): Clone, Debug, PartialEq, Eq {
        pub id: Uuid,
        pub name: String,
        pub deleted: Option<DateTime>,
        pub deleted_by: String,
        pub restorable_until: DateTime,
    }
}

mutations! {
    SetSecret(SetSecretVariables: SetSecretInput) = "set_secret" -> SecretPayload;
    UpdateSecret(UpdateSecretVariables: UpdateSecretInput) = "update_secret" -> SecretPayload;
    ImportSecrets(ImportSecretsVariables: ImportSecretsInput) = "import_secrets" -> ImportSecretsPayload;
    DeleteSecret(DeleteSecretVariables: DeleteSecretInput) = "delete_secret" -> SecretPayload;
    RestoreSecret(RestoreSecretVariables: RestoreSecretInput) = "restore_secret";
    RestoreSecretVersion(RestoreSecretVersionVariables: RestoreSecretVersionInput) = "restore_secret_version";
}
