//! The configuration file: the names of the flags, as TOML.

use std::fmt;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

use super::vault::parse_vault_path;
use super::{LogFormat, ValuesIn, VaultSettings, parse_bare_url, parse_period};
use crate::service::Sensitive;

/// What stands in a configuration file.
#[expect(clippy::struct_field_names, reason = "they are the names of the flags")]
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct File {
    pub listen: Option<SocketAddr>,
    pub data_dir: Option<PathBuf>,
    pub database_url: Option<Sensitive>,
    pub master_key_file: Option<PathBuf>,
    pub master_key_command: Option<Sensitive>,
    pub public_url: Option<String>,
    pub log: Option<String>,
    pub log_format: Option<LogFormat>,
    pub max_value_bytes: Option<u32>,
    pub restore_window: Option<String>,
    pub keep_versions: Option<u32>,
    pub session_lifetime: Option<String>,
    pub session_idle: Option<String>,
    pub trusted_proxies: Option<Vec<String>>,
    pub oidc_issuer: Option<String>,
    pub oidc_client_id: Option<String>,
    pub oidc_client_secret_file: Option<PathBuf>,
    pub oidc_name: Option<String>,
    pub oidc_email_claim: Option<String>,
    pub oidc_trust_unverified_email: Option<bool>,
    pub values: Option<ValuesIn>,
    pub vault_address: Option<String>,
    pub vault_mount: Option<String>,
    pub vault_prefix: Option<String>,
    pub vault_kv_version: Option<u8>,
    pub vault_namespace: Option<String>,
    pub vault_token_file: Option<PathBuf>,
    pub vault_role_id: Option<String>,
    pub vault_secret_id_file: Option<PathBuf>,
    pub vault_app_role_mount: Option<String>,
    pub vault_ca_file: Option<PathBuf>,
    pub vault_timeout: Option<String>,
}

impl File {
    /// Whether it holds the database's password.
    pub fn holds_password(&self) -> bool {
        let url = self.database_url.as_ref();
        url.and_then(|url| Url::parse(url.expose()).ok()).is_some_and(|url| {
            url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password")
        })
    }

    /// What it says of Vault.
    ///
    /// # Errors
    /// What is wrong, in words that name it.
    pub fn take_vault(&mut self) -> Result<VaultSettings, String> {
        fn parsed<T, E: fmt::Display>(
            name: &str,
            text: Option<String>,
            parse: impl Fn(&str) -> Result<T, E>,
        ) -> Result<Option<T>, String> {
            let parsed = text.map(|text| parse(&text)).transpose();
            parsed.map_err(|error| format!("`{name}`: {error}"))
        }
        if self.vault_kv_version.is_some_and(|version| !(1..=2).contains(&version)) {
            return Err("`vault-kv-version` is 1 or 2".to_owned());
        }
        Ok(VaultSettings {
            address: parsed("vault-address", self.vault_address.take(), parse_bare_url)?,
            mount: parsed("vault-mount", self.vault_mount.take(), parse_vault_path)?,
            prefix: parsed("vault-prefix", self.vault_prefix.take(), parse_vault_path)?,
            kv_version: self.vault_kv_version,
            namespace: parsed("vault-namespace", self.vault_namespace.take(), parse_vault_path)?,
            token_file: self.vault_token_file.take(),
            role_id: self.vault_role_id.take(),
            secret_id_file: self.vault_secret_id_file.take(),
            app_role_mount: parsed(
                "vault-app-role-mount",
                self.vault_app_role_mount.take(),
                parse_vault_path,
            )?,
            ca_file: self.vault_ca_file.take(),
            timeout: parsed("vault-timeout", self.vault_timeout.take(), parse_period)?,
        })
    }
}

/// What is wrong with a file, and where. Not the error's own text, which draws the line: it may hold a database's
/// password. What stands before `=` is the setting's name.
pub fn describe(error: &toml::de::Error, text: &str) -> String {
    let Some(before) = error.span().and_then(|span| text.get(..span.start)) else {
        return error.message().to_owned();
    };
    let number = before.matches('\n').count() + 1;
    let name = text
        .lines()
        .nth(number - 1)
        .and_then(|line| line.split_once('='))
        .map_or("", |(name, _)| name.trim());
    format!("line {number}, `{name}`: {}", error.message())
}
