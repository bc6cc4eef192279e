//! Secrets, and, for programs, their values.

use uuid::Uuid;

use crate::input::{
    DeleteSecretInput, DeleteSecretsInput, ImportSecretsInput, RestoreSecretInput, RestoreSecretVersionInput,
    RestoreSecretsInput, SecretPageInput, SetSecretInput, UpdateSecretInput,
};
use crate::json::Json;
use crate::limit;
use crate::payload::{ImportSecretsPayload, SecretPayload, SecretsPayload, SuccessPayload};
use crate::scalar::{DateTime, LongInt, RoleName};
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
pub struct SecretsByIdVariables {
    /// Without ids, all secrets.
    pub ids: Option<Vec<Uuid>>,
}

#[derive(cynic::QueryVariables)]
pub struct SecretPageVariables {
    pub input: SecretPageInput,
}

/// One secret, by its name.
#[derive(cynic::QueryVariables)]
pub struct SecretVariables {
    pub name: String,
}

#[derive(cynic::QueryVariables)]
pub struct SecretValuesVariables {
    pub names: Vec<String>,
}

#[derive(cynic::QueryVariables)]
pub struct SecretsLikeVariables {
    pub pattern: String,
}

fragments! {
    (cynic::QueryFragment)

    Secrets("Query", PageVariables): Clone, Debug {
        #[arguments(where: { name: { _gt: $after } }, order_by: [{ name: asc }], limit: $limit)]
        pub secret: Vec<Secret>,
    }

    SecretsById("Query", SecretsByIdVariables): Clone, Debug {
        #[arguments(where: { id: { _in: $ids } })]
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
        /// `None`: never.
        pub expires_at: Option<DateTime>,
    }

    /// A page of the list that people see.
    SecretPage("Query", SecretPageVariables): Clone, Debug {
        #[arguments(input: $input)]
        pub secret_page: SecretList,
    }

    SecretList("secret_page"): Clone, Debug, PartialEq, Eq {
        /// All secrets, without search and filters.
        pub all: i32,
        /// The secrets that match the search and the filters, on all pages and in folded groups.
        pub found: i32,
        /// The rows of all pages.
        pub total: i32,
        /// The rows before this page.
        pub offset: i32,
        pub rows: Vec<SecretRow>,
        pub groups: Vec<SecretGroup>,
    }

    SecretRow("secret_row"): Clone, Debug, PartialEq, Eq {
        /// The displayed name, if it is not the name itself. No two look alike.
        pub drawn: Option<String>,
        pub secret: Secret,
    }

    SecretGroup("secret_group"): Clone, Debug, PartialEq, Eq {
        pub prefix: String,
        /// Its secrets, on all pages.
        pub count: i32,
        pub folded: bool,
        /// The rows of the page before it.
        pub start: i32,
        /// Its rows on the page.
        pub rows: i32,
    }

    /// The secret with a name, and those whose names look like it.
    Lookalikes("Query", SecretVariables): Clone, Debug {
        #[arguments(name: $name)]
        pub secret_lookalike: Vec<Lookalike>,
    }

    Lookalike("secret"): Clone, Debug, PartialEq, Eq {
        pub name: String,
        pub version: i32,
    }

    SecretNames("Query", PageVariables): Clone, Debug {
        #[arguments(where: { name: { _gt: $after } }, order_by: [{ name: asc }], limit: $limit)]
        pub secret: Vec<Named>,
    }

    /// The first secrets whose names match a pattern, ignoring the case of ASCII letters.
    SecretsLike("Query", SecretsLikeVariables): Clone, Debug {
        #[arguments(where: { name: { _ilike: $pattern } }, order_by: [{ name: asc }], limit: 50)]
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

    SecretValue("Query", SecretVariables): Clone, Debug {
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
    SecretVersions("Query", SecretVariables): Clone, Debug {
        #[arguments(name: $name)]
        pub secret_version: Vec<SecretVersion>,
    }

    SecretVersion("secret_version"): Clone, Debug, PartialEq, Eq {
        pub version: i32,
        pub created: DateTime,
        pub created_by: String,
        pub restored_from: Option<i32>,
    }

    /// Who may read a secret, and who does; `None` if it does not exist.
    AccessTo("Query", SecretVariables): Clone, Debug {
        #[arguments(name: $name)]
        pub secret_access: Option<SecretAccess>,
    }

    SecretAccess("secret_access"): Clone, Debug, PartialEq, Eq {
        /// The keys that can read it now, by name.
        pub keys: Vec<KeyWithAccess>,
        /// The roles whose keys can read values.
        pub roles: Vec<RoleWithAccess>,
        /// The keys that have read it within the last 30 days, the last one first.
        pub readers: Vec<SecretReader>,
        /// The last ten reads, newest first.
        pub last_reads: Vec<LastRead>,
    }

    KeyWithAccess("auth_api_key"): Clone, Debug, PartialEq, Eq {
        pub name: String,
        pub role: RoleName,
        /// The secrets it is limited to; `None`: all of the team's.
        pub secrets: Option<Vec<String>>,
        /// `None`: never.
        pub expires_at: Option<DateTime>,
    }

    RoleWithAccess("role"): Clone, Debug, PartialEq, Eq {
        pub name: RoleName,
    }

    SecretReader("secret_reader"): Clone, Debug, PartialEq, Eq {
        pub key_name: String,
        pub last_read: DateTime,
        /// The reads on each of the last 30 days in UTC, today's last.
        pub reads_by_day: Vec<LongInt>,
    }

    LastRead("audit_entry"): Clone, Debug, PartialEq, Eq {
        pub time: DateTime,
        pub actor_name: String,
        pub address: String,
    }

    /// Only the readers of a secret, for a line about them.
    ReadersOf("Query", SecretVariables): Clone, Debug {
        #[arguments(name: $name)]
        pub secret_access: Option<OnlyReaders>,
    }

    OnlyReaders("secret_access"): Clone, Debug {
        pub readers: Vec<LastReader>,
    }

    LastReader("secret_reader"): Clone, Debug, PartialEq, Eq {
        pub key_name: String,
        pub last_read: DateTime,
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
    SetSecret(SetSecretInput) = "set_secret" -> SecretPayload;
    UpdateSecret(UpdateSecretInput) = "update_secret" -> SecretPayload;
    ImportSecrets(ImportSecretsInput) = "import_secrets" -> ImportSecretsPayload;
    DeleteSecret(DeleteSecretInput) = "delete_secret" -> SecretPayload;
    DeleteSecrets(DeleteSecretsInput) = "delete_secrets" -> SecretsPayload;
    RestoreSecret(RestoreSecretInput) = "restore_secret";
    RestoreSecrets(RestoreSecretsInput) = "restore_secrets" -> SecretsPayload;
    RestoreSecretVersion(RestoreSecretVersionInput) = "restore_secret_version";
}
