//! Where values are kept: in the database, or in Vault, with what lets us in.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use url::Url;

use super::{Settings, SettingsError, parse_bare_url, parse_period};
use crate::service::ValueSettings;
use crate::vault;

/// Where values are kept.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum ValuesIn {
    /// In the database, with everything else.
    #[default]
    Database,
    /// In Vault.
    Vault,
}

/// The variable that may hold Vault's token.
pub(super) const VAULT_TOKEN_VARIABLE: &str = "STRONGROOM_VAULT_TOKEN";

/// Vault, where values may be: an address, and what lets us in.
#[derive(Args, Clone, Debug, Default)]
pub struct VaultSettings {
    /// Vault: its URL, `https://vault.example.com:8200`
    #[arg(id = "vault_address", long = "vault-address", global = true, env = "STRONGROOM_VAULT_ADDRESS", value_name = "URL", value_parser = parse_bare_url)]
    pub address: Option<Url>,
    /// Where Vault's KV engine is mounted [default: secret]
    #[arg(id = "vault_mount", long = "vault-mount", global = true, env = "STRONGROOM_VAULT_MOUNT", value_name = "PATH", value_parser = parse_vault_path)]
    pub mount: Option<String>,
    /// What every path in it begins with [default: strongroom]
    #[arg(id = "vault_prefix", long = "vault-prefix", global = true, env = "STRONGROOM_VAULT_PREFIX", value_name = "PATH", value_parser = parse_vault_path)]
    pub prefix: Option<String>,
    /// The version of Vault's KV engine, 1 or 2 [default: 2]
    #[arg(id = "vault_kv_version", long = "vault-kv-version", global = true, env = "STRONGROOM_VAULT_KV_VERSION", value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=2))]
    pub kv_version: Option<u8>,
    /// The namespace in Vault, where it has such
    #[arg(id = "vault_namespace", long = "vault-namespace", global = true, env = "STRONGROOM_VAULT_NAMESPACE", value_name = "PATH", value_parser = parse_vault_path)]
    pub namespace: Option<String>,
    /// A file with the token that lets us into Vault, readable by its owner alone
    #[arg(
        id = "vault_token_file",
        long = "vault-token-file",
        global = true,
        env = "STRONGROOM_VAULT_TOKEN_FILE",
        value_name = "FILE"
    )]
    pub token_file: Option<PathBuf>,
    /// The role through which we log in to Vault (AppRole), in place of a token
    #[arg(
        id = "vault_role_id",
        long = "vault-role-id",
        global = true,
        env = "STRONGROOM_VAULT_ROLE_ID",
        value_name = "ID"
    )]
    pub role_id: Option<String>,
    /// A file with the secret id that goes with the role, readable by its owner alone
    #[arg(
        id = "vault_secret_id_file",
        long = "vault-secret-id-file",
        global = true,
        env = "STRONGROOM_VAULT_SECRET_ID_FILE",
        value_name = "FILE"
    )]
    pub secret_id_file: Option<PathBuf>,
    /// Where AppRole is mounted in Vault [default: approle]
    #[arg(id = "vault_app_role_mount", long = "vault-app-role-mount", global = true, env = "STRONGROOM_VAULT_APP_ROLE_MOUNT", value_name = "PATH", value_parser = parse_vault_path)]
    pub app_role_mount: Option<String>,
    /// A file with the certificates to check Vault's against, in place of the system's: PEM
    #[arg(
        id = "vault_ca_file",
        long = "vault-ca-file",
        global = true,
        env = "STRONGROOM_VAULT_CA_FILE",
        value_name = "FILE"
    )]
    pub ca_file: Option<PathBuf>,
    /// How long Vault may take for an answer [default: 5s]
    #[arg(id = "vault_timeout", long = "vault-timeout", global = true, env = "STRONGROOM_VAULT_TIMEOUT", value_name = "DURATION", value_parser = parse_period)]
    pub timeout: Option<Duration>,
}

impl VaultSettings {
    /// Fills what is not set from another.
    pub(super) fn or(self, other: Self) -> Self {
        Self {
            address: self.address.or(other.address),
            mount: self.mount.or(other.mount),
            prefix: self.prefix.or(other.prefix),
            kv_version: self.kv_version.or(other.kv_version),
            namespace: self.namespace.or(other.namespace),
            token_file: self.token_file.or(other.token_file),
            role_id: self.role_id.or(other.role_id),
            secret_id_file: self.secret_id_file.or(other.secret_id_file),
            app_role_mount: self.app_role_mount.or(other.app_role_mount),
            ca_file: self.ca_file.or(other.ca_file),
            timeout: self.timeout.or(other.timeout),
        }
    }

    /// The name of something that is set.
    fn something(&self) -> Option<&'static str> {
        let set = [
            (self.mount.is_some(), "vault-mount"),
            (self.prefix.is_some(), "vault-prefix"),
            (self.kv_version.is_some(), "vault-kv-version"),
            (self.namespace.is_some(), "vault-namespace"),
            (self.token_file.is_some(), "vault-token-file"),
            (self.role_id.is_some(), "vault-role-id"),
            (self.secret_id_file.is_some(), "vault-secret-id-file"),
            (self.app_role_mount.is_some(), "vault-app-role-mount"),
            (self.ca_file.is_some(), "vault-ca-file"),
            (self.timeout.is_some(), "vault-timeout"),
        ];
        set.into_iter().find(|(is_set, _)| *is_set).map(|(_, name)| name)
    }
}

impl Settings {
    /// Where values are.
    pub(super) fn value_settings(&self) -> Result<ValueSettings, SettingsError> {
        let new_in_vault = self.values.unwrap_or_default() == ValuesIn::Vault;
        let token = &self.vault_token;
        let set = &self.vault;
        let Some(address) = &set.address else {
            let is_needed = new_in_vault || token.is_some() || set.something().is_some();
            return if is_needed {
                Err(SettingsError::MissingVault("vault-address"))
            } else {
                Ok(ValueSettings::default())
            };
        };
        let mount = |set: &Option<String>, default: &str| set.clone().unwrap_or_else(|| default.to_owned());
        let credential = match (token, &set.token_file, &set.role_id, &set.secret_id_file) {
            (Some(token), None, None, None) => {
                let token = vault::Secret::parse(token.expose()).ok_or(SettingsError::BadVaultToken)?;
                vault::Credential::Token(token)
            }
            (None, Some(file), None, None) => vault::Credential::TokenFile(file.clone()),
            (None, None, Some(role_id), Some(file)) => vault::Credential::AppRole {
                mount: mount(&set.app_role_mount, "approle"),
                role_id: role_id.clone(),
                secret_id_file: file.clone(),
            },
            _ => return Err(SettingsError::VaultCredential),
        };
        let settings = vault::Settings {
            address: address.clone(),
            mount: mount(&set.mount, "secret"),
            prefix: mount(&set.prefix, "strongroom"),
            kv_version: match set.kv_version {
                Some(1) => vault::KvVersion::One,
                _ => vault::KvVersion::Two,
            },
            namespace: set.namespace.clone(),
            credential,
            ca_file: set.ca_file.clone(),
            time_limit: set.timeout.unwrap_or(Duration::from_secs(5)),
        };
        Ok(ValueSettings { new_in_vault, vault: Some(settings) })
    }
}

/// A path in Vault, without slashes at its ends: letters, digits, and what needs no escape in a URL.
pub(super) fn parse_vault_path(text: &str) -> Result<String, &'static str> {
    let is_segment = |segment: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        segment.bytes().all(is_plain) && !segment.bytes().all(|byte| byte == b'.')
    };
    let path = text.trim_matches('/');
    if path.split('/').all(is_segment) {
        Ok(path.to_owned())
    } else {
        Err("a path is needed, such as teams/secrets, of letters, digits, `-`, `_` and `.`")
    }
}
