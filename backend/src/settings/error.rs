//! What can be wrong with settings.

use std::path::PathBuf;

use thiserror::Error;

use super::vault::VAULT_TOKEN_VARIABLE;
use crate::service::MASTER_KEY_COMMAND;

/// Why the settings can't be used. The messages name the setting.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The file can't be read.
    #[error("the configuration file {path} can't be read")]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The file is not TOML, or has an unknown name or a bad value. The message says which, where.
    #[error("the configuration file {path} is wrong: {message}")]
    BadFile {
        /// Which one.
        path: PathBuf,
        /// What is wrong.
        message: String,
    },
    /// A variable of ours that we do not know: a slip of the hand that would go unseen.
    #[error("there is no setting {0}; `strongroom-server --help` lists them")]
    UnknownVariable(String),
    /// The master key comes from one place.
    #[error("the master key is given more than once, by {0}: one of them has to go")]
    SeveralMasterKeys(String),
    /// The words of the command can't be told apart.
    #[error("the value of `{MASTER_KEY_COMMAND}` is no command: it is empty, or a quote in it is not closed")]
    BadCommand,
    /// A provider is only known whole.
    #[error(
        "`{0}` is missing: a provider needs `oidc-issuer`, `oidc-client-id` and `oidc-client-secret-file`"
    )]
    MissingOidc(&'static str),
    /// No provider verifies an address in a claim other than `email`.
    #[error(
        "`oidc-email-claim` = {0:?} needs `oidc-trust-unverified-email`: providers verify the claim `email` alone"
    )]
    UnverifiedClaim(String),
    /// The provider's secret can't be read.
    #[error("the file {path} (`oidc-client-secret-file`) can't be read")]
    UnreadableSecret {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
    /// The provider's secret is empty.
    #[error("the file {0} (`oidc-client-secret-file`) is empty")]
    NoSecret(PathBuf),
    /// Vault is only known whole.
    #[error("`{0}` is missing: values in Vault need `vault-address` and what lets us in")]
    MissingVault(&'static str),
    /// Something lets us into Vault, one thing alone.
    #[error(
        "Vault needs one of `vault-token-file`, the variable `{VAULT_TOKEN_VARIABLE}`, or `vault-role-id` with \
         `vault-secret-id-file`"
    )]
    VaultCredential,
    /// What stands in the variable can't be a token.
    #[error("the value of `{VAULT_TOKEN_VARIABLE}` is no token")]
    BadVaultToken,
    /// The log's filter is none.
    #[error("the value of `log` is not a filter: {0}")]
    BadFilter(String),
}
