//! What an operator may set: on the command line, in variables, or in a configuration file, in this order.
//!
//! To add a setting: a field of [`Settings`] with its flag and variable, a field of [`File`], and a line in [`merge`]
//! and in the README's table.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use ipnet::IpNet;
use serde::Deserialize;
use thiserror::Error;
use url::Url;
use zeroize::Zeroizing;

use crate::oidc::Registration;
use crate::service::{KeySource, Location, MASTER_KEY_COMMAND, MASTER_KEY_VARIABLE, Rules, ValueSettings};
use crate::vault;

/// Variables that start like ours and are the client's.
const CLIENT_VARIABLES: [&str; 4] = [
    "STRONGROOM_SERVER",
    "STRONGROOM_KEY",
    "STRONGROOM_KEY_FILE",
    "STRONGROOM_CLIENT_CONFIG",
];
const PREFIX: &str = "STRONGROOM_";

/// Flags and variables, all of them optional.
#[derive(Args, Clone, Debug, Default)]
pub struct Settings {
    /// A configuration file: TOML, with the names of the flags
    #[arg(long, global = true, env = "STRONGROOM_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Where to listen [default: 127.0.0.1:4300]
    #[arg(long, global = true, env = "STRONGROOM_LISTEN", value_name = "ADDRESS:PORT")]
    pub listen: Option<SocketAddr>,
    /// The folder of the store and the master key [default: strongroom-data]
    #[arg(long, global = true, env = "STRONGROOM_DATA_DIR", value_name = "FOLDER")]
    pub data_dir: Option<PathBuf>,
    /// The database, if it is not strongroom.db in the data folder: `sqlite:PATH` or `postgres://USER@HOST/NAME`. A
    /// password belongs into the variable: arguments are seen by everybody on the machine
    #[arg(
        long,
        global = true,
        env = "STRONGROOM_DATABASE_URL",
        value_name = "URL",
        hide_env_values = true
    )]
    pub database_url: Option<String>,
    /// The master key's file, if it is not master.key in the data folder
    #[arg(long, global = true, env = "STRONGROOM_MASTER_KEY_FILE", value_name = "FILE")]
    pub master_key_file: Option<PathBuf>,
    /// A command that prints the master key, in place of a file: a program and its arguments, without a shell
    #[arg(
        long,
        global = true,
        env = "STRONGROOM_MASTER_KEY_COMMAND",
        value_name = "COMMAND",
        hide_env_values = true
    )]
    pub master_key_command: Option<String>,
    /// The master key itself, in place of a file. A variable only: what is on a command line, everyone on the machine sees.
    #[arg(skip)]
    pub master_key: MasterKeyVariable,
    /// Where people reach the server, if that is not where it listens: `https://secrets.example.com`
    #[arg(long, global = true, env = "STRONGROOM_PUBLIC_URL", value_name = "URL", value_parser = parse_public_url)]
    pub public_url: Option<Url>,
    /// What to log: error, warn, info, debug, trace, or a tracing filter [default: info]
    #[arg(long, global = true, env = "STRONGROOM_LOG", value_name = "FILTER")]
    pub log: Option<String>,
    /// How to log [default: text]
    #[arg(long, global = true, env = "STRONGROOM_LOG_FORMAT", value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// The largest value, in bytes of encoded JSON [default: 65536]
    #[arg(long, global = true, env = "STRONGROOM_MAX_VALUE_BYTES", value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1..=4_194_304))]
    pub max_value_bytes: Option<u32>,
    /// How long a deleted secret can be restored [default: 7d]
    #[arg(long, global = true, env = "STRONGROOM_RESTORE_WINDOW", value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub restore_window: Option<Duration>,
    /// How many older values of a secret are kept [default: 10]
    #[arg(long, global = true, env = "STRONGROOM_KEEP_VERSIONS", value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(0..=1000))]
    pub keep_versions: Option<u32>,
    /// How long a browser session lasts [default: 12h]
    #[arg(long, global = true, env = "STRONGROOM_SESSION_LIFETIME", value_name = "DURATION", value_parser = parse_period)]
    pub session_lifetime: Option<Duration>,
    /// How long a browser session lasts that is not used [default: 1h]
    #[arg(long, global = true, env = "STRONGROOM_SESSION_IDLE", value_name = "DURATION", value_parser = parse_period)]
    pub session_idle: Option<Duration>,
    /// The proxies in front of the server, whose `X-Forwarded-For` counts: addresses or networks, with commas between
    #[arg(long, global = true, env = "STRONGROOM_TRUSTED_PROXIES", value_name = "NETWORKS", value_delimiter = ',', value_parser = parse_network)]
    pub trusted_proxies: Option<Vec<IpNet>>,
    /// The provider through which people log in.
    #[command(flatten)]
    pub oidc: OidcSettings,
    /// Where new values go [default: database]
    #[arg(long, global = true, env = "STRONGROOM_VALUES", value_name = "PLACE")]
    pub values: Option<ValuesIn>,
    /// Vault, where values may be.
    #[command(flatten)]
    pub vault: VaultSettings,
    /// The token that lets us into Vault, in place of a file. A variable only, like the master key.
    #[arg(skip)]
    pub vault_token: VaultTokenVariable,
}

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

/// What stands in the variable [`VAULT_TOKEN_VARIABLE`], if it is there.
#[derive(Clone, Default)]
pub struct VaultTokenVariable(Option<Zeroizing<String>>);

impl fmt::Debug for VaultTokenVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VaultTokenVariable(…)")
    }
}

/// The variable that may hold Vault's token.
const VAULT_TOKEN_VARIABLE: &str = "STRONGROOM_VAULT_TOKEN";

/// Vault, where values may be: an address, and what lets us in.
#[derive(Args, Clone, Debug, Default)]
pub struct VaultSettings {
    /// Vault: its URL, `https://vault.example.com:8200`
    #[arg(id = "vault_address", long = "vault-address", global = true, env = "STRONGROOM_VAULT_ADDRESS", value_name = "URL", value_parser = parse_public_url)]
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
    fn or(self, other: Self) -> Self {
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

/// What stands in the variable [`MASTER_KEY_VARIABLE`], if it is there.
#[derive(Clone, Default)]
pub struct MasterKeyVariable(Option<Zeroizing<String>>);

impl fmt::Debug for MasterKeyVariable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MasterKeyVariable(…)")
    }
}

/// The provider through which people log in, by OpenID Connect: all of it, or nothing.
#[derive(Args, Clone, Debug, Default)]
pub struct OidcSettings {
    /// The provider through which people log in (OpenID Connect): its issuer's URL
    #[arg(id = "oidc_issuer", long = "oidc-issuer", global = true, env = "STRONGROOM_OIDC_ISSUER", value_name = "URL", value_parser = parse_issuer)]
    pub issuer: Option<Url>,
    /// The id under which the provider knows this server
    #[arg(
        id = "oidc_client_id",
        long = "oidc-client-id",
        global = true,
        env = "STRONGROOM_OIDC_CLIENT_ID",
        value_name = "ID"
    )]
    pub client_id: Option<String>,
    /// A file with the secret that goes with the id
    #[arg(
        id = "oidc_client_secret_file",
        long = "oidc-client-secret-file",
        global = true,
        env = "STRONGROOM_OIDC_CLIENT_SECRET_FILE",
        value_name = "FILE"
    )]
    pub client_secret_file: Option<PathBuf>,
    /// What the provider is called on the button [default: single sign-on]
    #[arg(
        id = "oidc_name",
        long = "oidc-name",
        global = true,
        env = "STRONGROOM_OIDC_NAME",
        value_name = "NAME"
    )]
    pub name: Option<String>,
}

/// The form of the log.
#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object per line, for machines.
    Json,
}

/// A configuration file: the names of the flags, as TOML.
#[expect(clippy::struct_field_names, reason = "they are the names of the flags")]
#[derive(Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct File {
    listen: Option<SocketAddr>,
    data_dir: Option<PathBuf>,
    database_url: Option<String>,
    master_key_file: Option<PathBuf>,
    master_key_command: Option<String>,
    public_url: Option<String>,
    log: Option<String>,
    log_format: Option<LogFormat>,
    max_value_bytes: Option<u32>,
    restore_window: Option<String>,
    keep_versions: Option<u32>,
    session_lifetime: Option<String>,
    session_idle: Option<String>,
    trusted_proxies: Option<Vec<String>>,
    oidc_issuer: Option<String>,
    oidc_client_id: Option<String>,
    oidc_client_secret_file: Option<PathBuf>,
    oidc_name: Option<String>,
    values: Option<ValuesIn>,
    vault_address: Option<String>,
    vault_mount: Option<String>,
    vault_prefix: Option<String>,
    vault_kv_version: Option<u8>,
    vault_namespace: Option<String>,
    vault_token_file: Option<PathBuf>,
    vault_role_id: Option<String>,
    vault_secret_id_file: Option<PathBuf>,
    vault_app_role_mount: Option<String>,
    vault_ca_file: Option<PathBuf>,
    vault_timeout: Option<String>,
}

impl File {
    /// What it says of Vault.
    ///
    /// # Errors
    /// What is wrong, in words that name it.
    fn take_vault(&mut self) -> Result<VaultSettings, String> {
        fn parsed<T, E: fmt::Display>(
            name: &str,
            text: Option<String>,
            parse: impl Fn(&str) -> Result<T, E>,
        ) -> Result<Option<T>, String> {
            let parsed = text.map(|text| parse(&text)).transpose();
            parsed.map_err(|error| format!("`{name}`: {error}"))
        }
        if self
            .vault_kv_version
            .is_some_and(|version| !(1..=2).contains(&version))
        {
            return Err("`vault-kv-version` is 1 or 2".to_owned());
        }
        Ok(VaultSettings {
            address: parsed("vault-address", self.vault_address.take(), parse_public_url)?,
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

impl Settings {
    /// Fills what is not set from variables without a flag, and from the configuration file, if one is named.
    ///
    /// # Errors
    /// An unknown name or a bad value.
    pub fn merge(
        mut self,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Self, SettingsError> {
        for (name, value) in variables {
            if name == MASTER_KEY_VARIABLE {
                // What is no text is no key either.
                let text = value.into_string().unwrap_or_default();
                self.master_key = MasterKeyVariable(Some(Zeroizing::new(text)));
            } else if name == VAULT_TOKEN_VARIABLE {
                let text = value.into_string().map_err(|_| SettingsError::BadVaultToken)?;
                self.vault_token = VaultTokenVariable(Some(Zeroizing::new(text)));
            } else {
                check_variable(&name)?;
            }
        }
        let Some(path) = &self.config else { return Ok(self) };
        let text = std::fs::read_to_string(path).map_err(|source| SettingsError::Unreadable {
            path: path.clone(),
            source,
        })?;
        let bad = |message: String| SettingsError::BadFile {
            path: path.clone(),
            message,
        };
        let mut file: File = toml::from_str(&text).map_err(|error| bad(describe(&error, &text)))?;
        let vault = file.take_vault().map_err(bad)?;
        let max_value_bytes = match file.max_value_bytes {
            Some(bytes) if !(1..=4_194_304).contains(&bytes) => {
                return Err(bad("`max-value-bytes` is from 1 to 4194304".to_owned()));
            }
            bytes => bytes,
        };
        let public_url = file
            .public_url
            .map(|url| parse_public_url(&url).map_err(|error| bad(format!("`public-url`: {error}"))))
            .transpose()?;
        let duration = |name: &str, text: Option<String>| {
            text.map(|text| {
                humantime::parse_duration(&text).map_err(|error| bad(format!("`{name}`: {error}")))
            })
            .transpose()
        };
        let restore_window = duration("restore-window", file.restore_window)?;
        let period = |name: &str, text: Option<String>| {
            let parsed = text.map(|text| parse_period(&text)).transpose();
            parsed.map_err(|error| bad(format!("`{name}`: {error}")))
        };
        let session_lifetime = period("session-lifetime", file.session_lifetime)?;
        let session_idle = period("session-idle", file.session_idle)?;
        if file.keep_versions.is_some_and(|versions| versions > 1000) {
            return Err(bad("`keep-versions` is from 0 to 1000".to_owned()));
        }
        let networks = |texts: Vec<String>| texts.iter().map(|text| parse_network(text)).collect();
        let trusted_proxies = file.trusted_proxies.map(networks).transpose();
        let trusted_proxies =
            trusted_proxies.map_err(|error: &str| bad(format!("`trusted-proxies`: {error}")))?;
        let issuer = file.oidc_issuer.as_deref().map(parse_issuer).transpose();
        let issuer = issuer.map_err(|error| bad(format!("`oidc-issuer`: {error}")))?;
        Ok(Self {
            listen: self.listen.or(file.listen),
            data_dir: self.data_dir.or(file.data_dir),
            database_url: self.database_url.or(file.database_url),
            master_key_file: self.master_key_file.or(file.master_key_file),
            master_key_command: self.master_key_command.or(file.master_key_command),
            master_key: self.master_key,
            public_url: self.public_url.or(public_url),
            log: self.log.or(file.log),
            log_format: self.log_format.or(file.log_format),
            max_value_bytes: self.max_value_bytes.or(max_value_bytes),
            restore_window: self.restore_window.or(restore_window),
            keep_versions: self.keep_versions.or(file.keep_versions),
            session_lifetime: self.session_lifetime.or(session_lifetime),
            session_idle: self.session_idle.or(session_idle),
            trusted_proxies: self.trusted_proxies.or(trusted_proxies),
            oidc: OidcSettings {
                issuer: self.oidc.issuer.or(issuer),
                client_id: self.oidc.client_id.or(file.oidc_client_id),
                client_secret_file: self.oidc.client_secret_file.or(file.oidc_client_secret_file),
                name: self.oidc.name.or(file.oidc_name),
            },
            values: self.values.or(file.values),
            vault: self.vault.or(vault),
            vault_token: self.vault_token,
            config: self.config,
        })
    }

    /// Where to listen.
    pub fn listen(&self) -> SocketAddr {
        self.listen
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 4300)))
    }

    /// Where everything is.
    ///
    /// # Errors
    /// The master key is given more than once, or by a command that is none.
    pub fn location(&self) -> Result<Location, SettingsError> {
        let data_dir = self.data_dir.clone();
        let data_dir = data_dir.unwrap_or_else(|| PathBuf::from("strongroom-data"));
        Ok(Location {
            master_key: self.key_source(&data_dir)?,
            values: self.value_settings()?,
            database_url: self.database_url.clone(),
            data_dir,
        })
    }

    /// Where values are.
    fn value_settings(&self) -> Result<ValueSettings, SettingsError> {
        let new_in_vault = self.values.unwrap_or_default() == ValuesIn::Vault;
        let VaultTokenVariable(token) = &self.vault_token;
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
                let token = vault::Secret::parse(token).ok_or(SettingsError::BadVaultToken)?;
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
        Ok(ValueSettings {
            new_in_vault,
            vault: Some(settings),
        })
    }

    fn key_source(&self, data_dir: &Path) -> Result<KeySource, SettingsError> {
        let MasterKeyVariable(variable) = &self.master_key;
        match (&self.master_key_file, &self.master_key_command, variable) {
            (None, None, None) => Ok(KeySource::File(data_dir.join("master.key"))),
            (Some(file), None, None) => Ok(KeySource::File(file.clone())),
            (None, None, Some(text)) => Ok(KeySource::Variable(text.clone())),
            (None, Some(command), None) => {
                let mut words = shlex::split(command).unwrap_or_default().into_iter();
                Ok(KeySource::Command {
                    program: words.next().ok_or(SettingsError::BadCommand)?,
                    arguments: words.collect(),
                })
            }
            (file, command, variable) => {
                let given = [
                    (file.is_some(), "`master-key-file`".to_owned()),
                    (command.is_some(), format!("`{MASTER_KEY_COMMAND}`")),
                    (
                        variable.is_some(),
                        format!("the variable `{MASTER_KEY_VARIABLE}`"),
                    ),
                ];
                let given = given.into_iter().filter(|(is_given, _)| *is_given);
                let given: Vec<_> = given.map(|(_, name)| name).collect();
                Err(SettingsError::SeveralMasterKeys(given.join(" and ")))
            }
        }
    }

    /// How the provider is known through which people log in; `None` when there is none.
    ///
    /// # Errors
    /// Some of it is missing, or there is no secret to be read.
    pub fn registration(&self) -> Result<Option<Registration>, SettingsError> {
        let OidcSettings {
            issuer,
            client_id,
            client_secret_file,
            name,
        } = &self.oidc;
        if issuer.is_none() && client_id.is_none() && client_secret_file.is_none() && name.is_none() {
            return Ok(None);
        }
        let missing = SettingsError::MissingOidc;
        let path = client_secret_file
            .as_ref()
            .ok_or(missing("oidc-client-secret-file"))?;
        let secret = std::fs::read_to_string(path).map(Zeroizing::new);
        let secret = secret.map_err(|source| SettingsError::UnreadableSecret {
            path: path.clone(),
            source,
        })?;
        let secret = Zeroizing::new(secret.trim().to_owned());
        if secret.is_empty() {
            return Err(SettingsError::NoSecret(path.clone()));
        }
        Ok(Some(Registration {
            issuer: issuer.clone().ok_or(missing("oidc-issuer"))?,
            client_id: client_id.clone().ok_or(missing("oidc-client-id"))?,
            client_secret: secret,
            name: name.clone().unwrap_or_else(|| "single sign-on".to_owned()),
        }))
    }

    /// The rules that may be set.
    pub fn rules(&self) -> Rules {
        let default = Rules::default();
        Rules {
            value_bytes: self
                .max_value_bytes
                .map_or(default.value_bytes, |bytes| bytes as usize),
            restore_window: self.restore_window.unwrap_or(default.restore_window),
            keep_versions: self.keep_versions.unwrap_or(default.keep_versions),
            session_lifetime: self.session_lifetime.unwrap_or(default.session_lifetime),
            session_idle: self.session_idle.unwrap_or(default.session_idle),
        }
    }
}

/// What is wrong with a file, and where. Not the error's own text, which draws the line: it may hold a database's
/// password. What stands before `=` is the setting's name.
fn describe(error: &toml::de::Error, text: &str) -> String {
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

/// Refuses a variable that starts like ours and that nobody reads.
fn check_variable(name: &OsStr) -> Result<(), SettingsError> {
    use clap::CommandFactory;
    #[derive(clap::Parser)]
    struct All {
        #[command(flatten)]
        _settings: Settings,
    }
    let text = name.to_string_lossy();
    let is_known = || {
        let command = All::command();
        let mut settings = command.get_arguments();
        CLIENT_VARIABLES.contains(&&*text) || settings.any(|setting| setting.get_env() == Some(name))
    };
    if text.starts_with(PREFIX) && !is_known() {
        return Err(SettingsError::UnknownVariable(text.into_owned()));
    }
    Ok(())
}

fn parse_public_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "a URL is needed, such as https://secrets.example.com")?;
    let bare =
        url.path() == "/" && url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
    if matches!(url.scheme(), "http" | "https") && url.has_host() && bare {
        Ok(url)
    } else {
        Err("a URL of http or https with nothing behind the host is needed")
    }
}

/// A duration in which something can happen.
fn parse_period(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(period) if period.is_zero() => Err("more than nothing is needed, such as 30m".to_owned()),
        Ok(period) => Ok(period),
        Err(error) => Err(error.to_string()),
    }
}

fn parse_issuer(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "a URL is needed, such as https://accounts.example.com")?;
    let is_here = url
        .host_str()
        .is_some_and(|host| matches!(host, "localhost" | "127.0.0.1" | "[::1]"));
    match url.scheme() {
        "https" if url.has_host() => Ok(url),
        "http" if is_here => Ok(url),
        _ => Err("a URL of https is needed, or one of this machine"),
    }
}

/// A path in Vault, without slashes at its ends: letters, digits, and what needs no escape in a URL.
fn parse_vault_path(text: &str) -> Result<String, &'static str> {
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

fn parse_network(text: &str) -> Result<IpNet, &'static str> {
    let text = text.trim();
    text.parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| "an address or a network is needed, such as 10.0.0.0/8")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merge(file: &str) -> Result<Settings, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("strongroom.toml");
        std::fs::write(&path, file).expect("written");
        let settings = Settings {
            config: Some(path),
            ..Settings::default()
        };
        settings
            .merge(std::iter::empty())
            .map_err(|error| error.to_string())
    }

    fn variables(names: &[&str]) -> impl Iterator<Item = (OsString, OsString)> {
        names.iter().map(|name| (name.into(), "1".into()))
    }

    fn key_source(settings: &Settings) -> Result<String, String> {
        let location = settings.location().map_err(|error| error.to_string())?;
        Ok(location.master_key.to_string())
    }

    #[test]
    fn the_master_key_comes_from_one_place() {
        let file = || Some(PathBuf::from("a.key"));
        let command = |command: &str| Some(command.to_owned());
        let variable = || MasterKeyVariable(Some(Zeroizing::new("7f".repeat(32))));
        let given = |master_key_file, master_key_command, master_key| {
            key_source(&Settings {
                master_key_file,
                master_key_command,
                master_key,
                ..Settings::default()
            })
        };
        let none = MasterKeyVariable::default;
        assert_eq!(
            given(None, None, none()).as_deref(),
            Ok("strongroom-data/master.key")
        );
        assert_eq!(given(file(), None, none()).as_deref(), Ok("a.key"));
        let named = given(None, None, variable()).expect("one place");
        assert!(named.contains(MASTER_KEY_VARIABLE), "{named}");
        let named = given(None, command("age -d 'a b'"), none()).expect("one place");
        assert!(named.contains(MASTER_KEY_COMMAND), "{named}");

        for bad in ["", " ", "age 'a b"] {
            let error = given(None, command(bad), none()).expect_err("no command");
            assert!(error.contains(MASTER_KEY_COMMAND), "{error}");
        }
        let all = given(file(), command("age"), variable()).expect_err("three places");
        for name in ["`master-key-file`", MASTER_KEY_COMMAND, MASTER_KEY_VARIABLE] {
            assert!(all.contains(name), "{all}");
        }
        let two = given(None, command("age"), variable()).expect_err("two places");
        assert!(!two.contains("master-key-file"), "{two}");
    }

    #[test]
    fn a_file_holds_the_names_of_the_flags() {
        let settings =
            merge("listen = \"127.0.0.1:1\"\nrestore-window = \"1d\"\nlog-format = \"json\"").expect("right");
        assert_eq!(settings.listen().port(), 1);
        assert_eq!(settings.rules().restore_window, Duration::from_hours(24));
        assert_eq!(settings.log_format, Some(LogFormat::Json));
    }

    #[test]
    fn a_flag_goes_before_the_file() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("strongroom.toml");
        std::fs::write(&path, "log = \"warn\"").expect("written");
        let settings = Settings {
            config: Some(path),
            log: Some("debug".to_owned()),
            ..Settings::default()
        };
        assert_eq!(
            settings.merge(std::iter::empty()).expect("right").log.as_deref(),
            Some("debug")
        );
    }

    #[test]
    fn an_unknown_name_and_a_bad_value_are_named() {
        assert!(merge("listne = 1").expect_err("unknown").contains("listne"));
        assert!(
            merge("public-url = \"ftp://x\"")
                .expect_err("bad")
                .contains("public-url")
        );
        assert!(
            merge("max-value-bytes = 0")
                .expect_err("bad")
                .contains("max-value-bytes")
        );
        assert!(
            merge("restore-window = \"soon\"")
                .expect_err("bad")
                .contains("restore-window")
        );
        let unknown = Settings::default().merge(variables(&["STRONGROOM_LISTNE", "HOME"]));
        assert!(
            unknown
                .expect_err("unknown")
                .to_string()
                .contains("STRONGROOM_LISTNE")
        );
        assert!(Settings::default().merge(variables(&["STRONGROOM_KEY"])).is_ok());
    }
}
