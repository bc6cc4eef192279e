//! What an operator may set: on the command line, in variables, or in a configuration file, in this order.
//!
//! `file` is the configuration file, `vault` and `oidc` what belongs to those, `error` what can be wrong.
//!
//! To add a setting: a field of [`Settings`] with its flag and variable, a field of [`File`], and a line in
//! [`Settings::merge`] and in the README's table.

mod error;
mod file;
mod oidc;
mod vault;

use std::ffi::{OsStr, OsString};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use ipnet::IpNet;
use serde::Deserialize;
use url::Url;

pub use self::error::SettingsError;
use self::file::{File, describe};
pub use self::oidc::OidcSettings;
use self::oidc::parse_issuer;
use self::vault::VAULT_TOKEN_VARIABLE;
pub use self::vault::{ValuesIn, VaultSettings};
use crate::secret_file;
use crate::service::{KeySource, Location, MASTER_KEY_COMMAND, MASTER_KEY_VARIABLE, Rules, Sensitive};

/// Variables that start like ours and are the client's.
const CLIENT_VARIABLES: [&str; 4] =
    ["STRONGROOM_SERVER", "STRONGROOM_KEY", "STRONGROOM_KEY_FILE", "STRONGROOM_CLIENT_CONFIG"];
const PREFIX: &str = "STRONGROOM_";
/// The prefixes of the server's own paths at the root, except for the page's: see `http`.
const OUR_PATHS: [&str; 7] =
    ["healthz", "readyz", "metrics", "audit-log.jsonl", "audit-log.csv", "log-in", "graphql"];

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
    #[arg(long, global = true, env = "STRONGROOM_DATABASE_URL", value_name = "URL", hide_env_values = true)]
    pub database_url: Option<Sensitive>,
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
    pub master_key_command: Option<Sensitive>,
    /// The master key itself, in place of a file. A variable only: what is on a command line, everyone on the machine sees.
    #[arg(skip)]
    pub master_key: Option<Sensitive>,
    /// Where people reach the server, if that is not where it listens: `https://secrets.example.com`, or below a path:
    /// `https://example.com/strongroom`
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
    pub vault_token: Option<Sensitive>,
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
                self.master_key = Some(text.into());
            } else if name == VAULT_TOKEN_VARIABLE {
                let text = value.into_string().map_err(|_| SettingsError::BadVaultToken)?;
                self.vault_token = Some(text.into());
            } else {
                check_variable(&name, &value)?;
            }
        }
        let Some(path) = &self.config else { return Ok(self) };
        let text = std::fs::read_to_string(path)
            .map_err(|source| SettingsError::Unreadable { path: path.clone(), source })?;
        let bad = |message: String| SettingsError::BadFile { path: path.clone(), message };
        let mut file: File = toml::from_str(&text).map_err(|error| bad(describe(&error, &text)))?;
        if file.holds_password() {
            secret_file::open(path)
                .map_err(|source| SettingsError::Unreadable { path: path.clone(), source })?;
        }
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
                email_claim: self.oidc.email_claim.or(file.oidc_email_claim),
                trust_unverified_email: self.oidc.trust_unverified_email.or(file.oidc_trust_unverified_email),
            },
            values: self.values.or(file.values),
            vault: self.vault.or(vault),
            vault_token: self.vault_token,
            config: self.config,
        })
    }

    /// Where to listen.
    pub fn listen(&self) -> SocketAddr {
        self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 4300)))
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

    fn key_source(&self, data_dir: &Path) -> Result<KeySource, SettingsError> {
        match (&self.master_key_file, &self.master_key_command, &self.master_key) {
            (None, None, None) => Ok(KeySource::File(data_dir.join("master.key"))),
            (Some(file), None, None) => Ok(KeySource::File(file.clone())),
            (None, None, Some(text)) => Ok(KeySource::Variable(text.expose().clone())),
            (None, Some(command), None) => {
                let mut words = shlex::split(command.expose()).unwrap_or_default().into_iter();
                Ok(KeySource::Command {
                    program: words.next().ok_or(SettingsError::BadCommand)?,
                    arguments: words.collect(),
                })
            }
            (file, command, variable) => {
                let given = [
                    (file.is_some(), "`master-key-file`".to_owned()),
                    (command.is_some(), format!("`{MASTER_KEY_COMMAND}`")),
                    (variable.is_some(), format!("the variable `{MASTER_KEY_VARIABLE}`")),
                ];
                let given = given.into_iter().filter(|(is_given, _)| *is_given);
                let given: Vec<_> = given.map(|(_, name)| name).collect();
                Err(SettingsError::SeveralMasterKeys(given.join(" and ")))
            }
        }
    }

    /// The rules that may be set.
    pub fn rules(&self) -> Rules {
        let default = Rules::default();
        Rules {
            value_bytes: self.max_value_bytes.map_or(default.value_bytes, |bytes| bytes as usize),
            restore_window: self.restore_window.unwrap_or(default.restore_window),
            keep_versions: self.keep_versions.unwrap_or(default.keep_versions),
            session_lifetime: self.session_lifetime.unwrap_or(default.session_lifetime),
            session_idle: self.session_idle.unwrap_or(default.session_idle),
        }
    }
}

/// Refuses a variable that starts like ours and that nobody reads.
fn check_variable(name: &OsStr, value: &OsStr) -> Result<(), SettingsError> {
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
    if text.starts_with(PREFIX) && !is_known() && !is_of_kubernetes(&text, &value.to_string_lossy()) {
        return Err(SettingsError::UnknownVariable(text.into_owned()));
    }
    Ok(())
}

/// Whether Kubernetes sets this variable in every pod, for a Service whose name makes its variables look like ours.
fn is_of_kubernetes(name: &str, value: &str) -> bool {
    if name.ends_with("_SERVICE_HOST") || name.ends_with("_SERVICE_PORT") || name.contains("_SERVICE_PORT_") {
        return true;
    }
    // An operator who means `STRONGROOM_LISTEN` sets a number.
    let protocol = value.split_once("://").map(|(protocol, _)| protocol);
    if name.ends_with("_PORT") && matches!(protocol, Some("tcp" | "udp" | "sctp")) {
        return true;
    }
    // PORT_4300_TCP, PORT_4300_TCP_PROTO, PORT_4300_TCP_PORT, PORT_4300_TCP_ADDR.
    name.rsplit_once("_PORT_").is_some_and(|(_, rest)| {
        let mut words = rest.splitn(3, '_');
        words.next().is_some_and(|port| port.parse::<u16>().is_ok())
            && matches!(words.next(), Some("TCP" | "UDP" | "SCTP"))
            && matches!(words.next(), None | Some("PROTO" | "PORT" | "ADDR"))
    })
}

/// Parses a URL whose path, if any, needs no escaping in cookies and in the page.
fn parse_public_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "a URL is needed, such as https://secrets.example.com")?;
    let is_bare = url.query().is_none() && url.fragment().is_none() && !has_login(&url);
    if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !is_bare {
        return Err("must be an http or https URL without a user name, query or fragment");
    }
    let path = url.path().strip_prefix('/').unwrap_or_default();
    let path = path.strip_suffix('/').unwrap_or(path);
    let is_plain = |segment: &str| {
        !segment.is_empty() && segment.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b))
    };
    if !path.is_empty() && !path.split('/').all(is_plain) {
        return Err("the path may have letters, digits, `-`, `.`, `_` and `~` only, between single slashes");
    }
    if path.split('/').next().is_some_and(|first| OUR_PATHS.contains(&first)) {
        return Err("the path must not begin with one of the server's own, such as /graphql");
    }
    Ok(url)
}

/// Parses a URL without a path.
fn parse_bare_url(text: &str) -> Result<Url, &'static str> {
    let url = parse_public_url(text)?;
    if url.path() == "/" { Ok(url) } else { Err("must be an http or https URL without a path") }
}

/// Whether a URL holds a user name or a password, which would appear wherever the URL is shown.
fn has_login(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// A duration in which something can happen.
fn parse_period(text: &str) -> Result<Duration, String> {
    match humantime::parse_duration(text) {
        Ok(period) if period.is_zero() => Err("more than nothing is needed, such as 30m".to_owned()),
        Ok(period) => Ok(period),
        Err(error) => Err(error.to_string()),
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
        let settings = Settings { config: Some(path), ..Settings::default() };
        settings.merge(std::iter::empty()).map_err(|error| error.to_string())
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
        let command = |command: &str| Some(command.to_owned().into());
        let variable = || Some("7f".repeat(32).into());
        let given = |master_key_file, master_key_command, master_key| {
            key_source(&Settings { master_key_file, master_key_command, master_key, ..Settings::default() })
        };
        let none = || None;
        assert_eq!(given(None, None, none()).as_deref(), Ok("strongroom-data/master.key"));
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
    fn debug_shows_no_key_and_no_password() {
        let canaries = ["c0ffee", "hvs.canary", "canary-password", "canary-argument"];
        let text = |index: usize| Some(Sensitive::from(canaries[index].to_owned()));
        let url = format!("postgres://user:{}@localhost/db", canaries[2]);
        let settings = |master_key, master_key_command| Settings {
            database_url: Some(url.clone().into()),
            master_key,
            master_key_command,
            vault_token: text(1),
            vault: VaultSettings {
                address: Url::parse("http://localhost:8200").ok(),
                ..VaultSettings::default()
            },
            ..Settings::default()
        };
        for (key, command) in [(text(0), None), (None, text(3))] {
            let settings = settings(key, command);
            let location = settings.location().expect("right");
            let shown = format!("{settings:?} {location:#?} {}", location.master_key);
            for canary in canaries {
                assert!(!shown.contains(canary), "{canary} in {shown}");
            }
        }
    }

    #[cfg(unix)]
    #[test]
    fn configuration_file_with_a_password_must_be_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("strongroom.toml");
        for (url, mode, is_read) in [
            ("postgres://user:pw@localhost/db", 0o644, false),
            ("postgres://user@localhost/db?password=pw", 0o644, false),
            ("postgres://user:pw@localhost/db", 0o600, true),
            ("postgres://user@localhost/db", 0o644, true),
        ] {
            std::fs::write(&path, format!("database-url = \"{url}\"")).expect("written");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("ours");
            let settings = Settings { config: Some(path.clone()), ..Settings::default() };
            assert_eq!(settings.merge(std::iter::empty()).is_ok(), is_read, "{url} {mode:o}");
        }
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
        let settings = Settings { config: Some(path), log: Some("debug".to_owned()), ..Settings::default() };
        assert_eq!(settings.merge(std::iter::empty()).expect("right").log.as_deref(), Some("debug"));
    }

    #[test]
    fn an_unknown_name_and_a_bad_value_are_named() {
        assert!(merge("listne = 1").expect_err("unknown").contains("listne"));
        assert!(merge("public-url = \"ftp://x\"").expect_err("bad").contains("public-url"));
        assert!(merge("max-value-bytes = 0").expect_err("bad").contains("max-value-bytes"));
        assert!(merge("restore-window = \"soon\"").expect_err("bad").contains("restore-window"));
        let unknown = Settings::default().merge(variables(&["STRONGROOM_LISTNE", "HOME"]));
        assert!(unknown.expect_err("unknown").to_string().contains("STRONGROOM_LISTNE"));
        assert!(Settings::default().merge(variables(&["STRONGROOM_KEY"])).is_ok());
    }

    #[test]
    fn public_url_may_have_a_plain_path() {
        for (url, path) in [
            ("https://h", Some("/")),
            ("https://h/strongroom", Some("/strongroom")),
            ("http://h:8080/a/b-c_d.e~f/", Some("/a/b-c_d.e~f/")),
            ("https://h/a/../b", Some("/b")),
            ("https://h/graphqlx/graphql", Some("/graphqlx/graphql")),
            ("https://h/graphql", None),
            ("https://h/log-in/x/", None),
            ("https://h/a//b", None),
            ("https://h/a//", None),
            ("https://h//a", None),
            ("https://h/a;b", None),
            ("https://h/a b", None),
            ("https://h/é", None),
            ("https://h/a'b", None),
            ("https://h/a?b", None),
            ("https://h/a#b", None),
            ("https://u@h/a", None),
            ("ftp://h/a", None),
        ] {
            assert_eq!(parse_public_url(url).ok().as_ref().map(Url::path), path, "{url}");
        }
    }
}
