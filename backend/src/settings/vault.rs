//! The location of values: the database, or Vault.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail, ensure};
use clap::Args;
use url::Url;

use super::{Settings, parse_bare_url, parse_period};
use crate::service::ValueSettings;
use crate::vault;

#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ValuesIn {
    /// In the database, with everything else.
    #[default]
    Database,
    /// In Vault.
    Vault,
}

pub(super) const VAULT_TOKEN_VARIABLE: &str = "STRONGROOM_VAULT_TOKEN";

#[expect(clippy::struct_field_names, reason = "they are the names of the flags")]
#[derive(Args, Clone, Debug, Default, PartialEq, Eq)]
pub struct VaultSettings {
    /// Vault's URL: `https://vault.example.com:8200`
    #[arg(long, value_name = "URL", value_parser = parse_bare_url)]
    vault_address: Option<Url>,
    /// The mount of Vault's KV engine [default: secret]
    #[arg(long, value_name = "PATH", value_parser = parse_vault_path)]
    vault_mount: Option<String>,
    /// The prefix of every path in it [default: strongroom]
    #[arg(long, value_name = "PATH", value_parser = parse_vault_path)]
    vault_prefix: Option<String>,
    /// The version of Vault's KV engine, 1 or 2 [default: 2]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u8).range(1..=2))]
    vault_kv_version: Option<u8>,
    /// Vault's namespace, if it has several
    #[arg(long, value_name = "PATH", value_parser = parse_vault_path)]
    vault_namespace: Option<String>,
    /// A file with a token for Vault, readable only by its owner
    #[arg(long, value_name = "FILE")]
    vault_token_file: Option<PathBuf>,
    /// The role id of an AppRole for Vault, in place of a token
    #[arg(long, value_name = "ID")]
    vault_role_id: Option<String>,
    /// A file with the secret id of the AppRole, readable only by its owner
    #[arg(long, value_name = "FILE")]
    vault_secret_id_file: Option<PathBuf>,
    /// The mount of AppRole in Vault [default: approle]
    #[arg(long, value_name = "PATH", value_parser = parse_vault_path)]
    vault_app_role_mount: Option<String>,
    /// A PEM file with the certificates to verify Vault's, in place of the system's
    #[arg(long, value_name = "FILE")]
    vault_ca_file: Option<PathBuf>,
    /// The time limit for Vault's answers [default: 5s]
    #[arg(long, value_name = "DURATION", value_parser = parse_period)]
    vault_timeout: Option<Duration>,
}

impl Settings {
    pub(super) fn value_settings(&self) -> anyhow::Result<ValueSettings> {
        let new_in_vault = self.values.unwrap_or_default() == ValuesIn::Vault;
        let (set, token) = (self.vault.clone(), &self.vault_token);
        let is_needed = new_in_vault || token.is_some() || set != VaultSettings::default();
        let Some(address) = set.vault_address else {
            ensure!(!is_needed, "`vault-address` is missing: values in Vault need it and a credential");
            return Ok(ValueSettings::default());
        };
        let or = |path: Option<String>, default: &str| path.unwrap_or_else(|| default.to_owned());
        let credential = match (token, set.vault_token_file, set.vault_role_id, set.vault_secret_id_file) {
            (Some(token), None, None, None) => {
                let wrong = || format!("the value of `{VAULT_TOKEN_VARIABLE}` is not a token");
                vault::Credential::Token(vault::Secret::parse(token.expose()).with_context(wrong)?)
            }
            (None, Some(file), None, None) => vault::Credential::TokenFile(file),
            (None, None, Some(role_id), Some(secret_id_file)) => vault::Credential::AppRole {
                mount: or(set.vault_app_role_mount, "approle"),
                role_id,
                secret_id_file,
            },
            _ => bail!(
                "Vault needs one of `vault-token-file`, the variable `{VAULT_TOKEN_VARIABLE}`, or `vault-role-id` with \
                 `vault-secret-id-file`"
            ),
        };
        let settings = vault::Settings {
            address,
            mount: or(set.vault_mount, "secret"),
            prefix: or(set.vault_prefix, "strongroom"),
            kv_version: match set.vault_kv_version {
                Some(1) => vault::KvVersion::One,
                _ => vault::KvVersion::Two,
            },
            namespace: set.vault_namespace,
            credential,
            ca_file: set.vault_ca_file,
            time_limit: set.vault_timeout.unwrap_or(Duration::from_secs(5)),
        };
        Ok(ValueSettings { new_in_vault, vault: Some(settings) })
    }
}

/// A path in Vault, without slashes at its ends, of characters that need no escape in a URL.
fn parse_vault_path(text: &str) -> Result<String, &'static str> {
    let is_segment = |segment: &str| {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        segment.bytes().all(is_plain) && !segment.bytes().all(|byte| byte == b'.')
    };
    let path = text.trim_matches('/');
    let rule = "must be a path, such as teams/secrets, of letters, digits, `-`, `_` and `.`";
    if path.split('/').all(is_segment) { Ok(path.to_owned()) } else { Err(rule) }
}
