//! The settings: flags, environment variables, and a configuration file. Flags take precedence over variables, variables
//! over the file.
//!
//! To add a setting: a field of [`Settings`], and a row in `docs/server.md`. The field's name is that of the flag, of
//! the variable and in the file.

mod file;
mod oidc;
mod vault;

use std::ffi::{OsStr, OsString};
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::{ArgMatches, Args, Command, FromArgMatches as _};
use ipnet::IpNet;
use strongroom_shared::client_variable;
use url::Url;

use self::oidc::OidcSettings;
use self::vault::{VAULT_TOKEN_VARIABLE, ValuesIn, VaultSettings};
use crate::service::{
    KeySource, KvMounts, Location, MASTER_KEY_COMMAND, MASTER_KEY_VARIABLE, Rules, Sensitive,
};

const PREFIX: &str = "STRONGROOM_";
/// The prefixes of the server's own paths at the root, except for the page's: see `http`.
const OUR_PATHS: [&str; 9] =
    ["healthz", "readyz", "metrics", "audit-log.jsonl", "audit-log.csv", "events", "log-in", "graphql", "v1"];

#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Settings")]
pub struct Settings {
    /// A configuration file: TOML, with the names of the flags
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The address to listen on [default: 127.0.0.1:4300]
    #[arg(long, value_name = "ADDRESS:PORT", value_parser = parse_listen)]
    listen: Option<SocketAddr>,
    /// The directory of the store and the master key [default: strongroom-data]
    #[arg(long, value_name = "DIRECTORY")]
    data_dir: Option<PathBuf>,
    /// The database, if it is not strongroom.db in the data directory: `sqlite:PATH` or `postgres://USER@HOST/NAME`. Put a
    /// password into the variable: all users of the machine see arguments
    #[arg(long, value_name = "URL", hide_env_values = true)]
    database_url: Option<Sensitive>,
    /// The master key's file, if it is not master.key in the data directory
    #[arg(long, value_name = "FILE")]
    master_key_file: Option<PathBuf>,
    /// A command that prints the master key, in place of a file: a program and its arguments, without a shell
    #[arg(long, value_name = "COMMAND", hide_env_values = true)]
    master_key_command: Option<Sensitive>,
    /// The master key itself. A variable only: all users of the machine see command lines.
    #[arg(skip)]
    master_key: Option<Sensitive>,
    /// The server's public URL, if it is not the address it listens on: `https://secrets.example.com`, or below a path:
    /// `https://example.com/strongroom`
    #[arg(long, value_name = "URL", value_parser = parse_public_url)]
    pub public_url: Option<Url>,
    /// What to log: error, warn, info, debug, trace, or a tracing filter [default: info]
    #[arg(long, value_name = "FILTER")]
    pub log: Option<String>,
    /// The format of the log [default: text]
    #[arg(long, value_name = "FORMAT")]
    pub log_format: Option<LogFormat>,
    /// The largest value, in bytes of encoded JSON [default: 65536]
    #[arg(long, value_name = "BYTES", value_parser = clap::value_parser!(u32).range(1..=4_194_304))]
    max_value_bytes: Option<u32>,
    /// How long a deleted secret can be restored [default: 7d]
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    restore_window: Option<Duration>,
    /// How many older versions of a secret are kept [default: 10]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(0..=1000))]
    keep_versions: Option<u32>,
    /// How long a browser session lasts [default: 12h]
    #[arg(long, value_name = "DURATION", value_parser = parse_period)]
    session_lifetime: Option<Duration>,
    /// The idle timeout of a browser session [default: 1h]
    #[arg(long, value_name = "DURATION", value_parser = parse_period)]
    session_idle: Option<Duration>,
    /// The proxies whose `X-Forwarded-For` is trusted: addresses or networks, separated by commas
    #[arg(long, value_name = "NETWORKS", value_delimiter = ',', value_parser = parse_network)]
    pub trusted_proxies: Option<Vec<IpNet>>,
    /// The networks that webhooks may reach, also without TLS, besides public addresses: addresses or networks, separated by
    /// commas
    #[arg(long, value_name = "NETWORKS", value_delimiter = ',', value_parser = parse_network)]
    pub webhook_networks: Option<Vec<IpNet>>,
    /// The networks where issuers of workloads' tokens may be, also without TLS, besides public addresses: addresses or
    /// networks, separated by commas
    #[arg(long, value_name = "NETWORKS", value_delimiter = ',', value_parser = parse_network)]
    pub issuer_networks: Option<Vec<IpNet>>,
    /// The mounts of Vault's KV API, each with the version of its engine; none disable it [default: secret=2,kv=1]
    #[arg(long, value_name = "MOUNTS", value_parser = KvMounts::parse)]
    pub kv_mounts: Option<KvMounts>,
    /// The provider through which people log in.
    #[command(flatten)]
    oidc: OidcSettings,
    /// The location of new values [default: database]
    #[arg(long, value_name = "PLACE")]
    values: Option<ValuesIn>,
    /// Vault, where values may be.
    #[command(flatten)]
    vault: VaultSettings,
    /// Vault's token. A variable only, like the master key.
    #[arg(skip)]
    vault_token: Option<Sensitive>,
}

#[derive(clap::ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    #[default]
    Text,
    /// One JSON object per line, for machines.
    Json,
}

/// Adds a variable to each setting of a command, and lets settings also follow a subcommand.
pub fn with_variables(command: Command) -> Command {
    command.mut_args(|arg| {
        let variable = format!("{PREFIX}{}", arg.get_id().as_str().to_uppercase());
        arg.global(true).env(variable)
    })
}

impl Settings {
    /// Adds the configuration file, if there is one, and the variables without a flag to the parsed flags and variables.
    pub fn merge(
        self,
        matches: &ArgMatches,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> anyhow::Result<Self> {
        let mut settings = match &self.config {
            None => self,
            Some(path) => {
                let mut settings = file::read(path)?;
                settings.update_from_arg_matches(matches)?;
                settings
            }
        };
        for (name, value) in variables {
            let secret = if name == MASTER_KEY_VARIABLE {
                &mut settings.master_key
            } else if name == VAULT_TOKEN_VARIABLE {
                &mut settings.vault_token
            } else {
                check_variable(&name, &value)?;
                continue;
            };
            // A key or a token is UTF-8.
            *secret = Some(value.into_string().unwrap_or_default().into());
        }
        Ok(settings)
    }

    pub fn listen(&self) -> SocketAddr {
        self.listen.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 4300)))
    }

    pub fn location(&self) -> anyhow::Result<Location> {
        let data_dir = self.data_dir.clone().unwrap_or_else(|| PathBuf::from("strongroom-data"));
        Ok(Location {
            master_key: self.key_source(&data_dir)?,
            values: self.value_settings()?,
            database_url: self.database_url.clone(),
            data_dir,
        })
    }

    fn key_source(&self, data_dir: &Path) -> anyhow::Result<KeySource> {
        match (&self.master_key_file, &self.master_key_command, &self.master_key) {
            (None, None, None) => Ok(KeySource::File(data_dir.join("master.key"))),
            (Some(file), None, None) => Ok(KeySource::File(file.clone())),
            (None, None, Some(text)) => Ok(KeySource::Variable(text.expose().clone())),
            (None, Some(command), None) => {
                let mut words = shlex::split(command.expose()).unwrap_or_default().into_iter();
                let program = words.next().with_context(|| {
                    format!(
                        "the value of `{MASTER_KEY_COMMAND}` is not a command: it is empty, or a quote in it is not \
                         closed"
                    )
                })?;
                Ok(KeySource::Command { program, arguments: words.collect() })
            }
            (file, command, variable) => {
                let given = [
                    (file.is_some(), "`master-key-file`".to_owned()),
                    (command.is_some(), format!("`{MASTER_KEY_COMMAND}`")),
                    (variable.is_some(), format!("the variable `{MASTER_KEY_VARIABLE}`")),
                ];
                let given = given.into_iter().filter(|(is_given, _)| *is_given).map(|(_, name)| name);
                let given = given.collect::<Vec<_>>().join(" and ");
                bail!("the master key is given more than once, by {given}: remove all but one of them")
            }
        }
    }

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

/// Refuses an unknown variable with our prefix.
fn check_variable(name: &OsStr, value: &OsStr) -> anyhow::Result<()> {
    let text = name.to_string_lossy();
    let is_known = || {
        let command = with_variables(Settings::augment_args(Command::new("")));
        let mut settings = command.get_arguments();
        client_variable::ALL.contains(&&*text) || settings.any(|setting| setting.get_env() == Some(name))
    };
    if text.starts_with(PREFIX) && !is_known() && !is_of_kubernetes(&text, &value.to_string_lossy()) {
        bail!("there is no setting {text}; `strongroom-server --help` lists them");
    }
    Ok(())
}

/// Whether Kubernetes sets this variable in every pod, for a Service whose variables have our prefix.
fn is_of_kubernetes(name: &str, value: &str) -> bool {
    let is_service = ["_SERVICE_HOST", "_SERVICE_PORT"].iter().any(|end| name.ends_with(end));
    // `tcp://10.0.0.1:4300`, where an operator's typing error would have a number.
    let protocol = value.split_once("://").map(|(protocol, _)| protocol);
    let is_port = name.ends_with("_PORT") && matches!(protocol, Some("tcp" | "udp" | "sctp"));
    // PORT_4300_TCP, PORT_4300_TCP_PROTO, PORT_4300_TCP_PORT, PORT_4300_TCP_ADDR.
    let is_numbered = name.rsplit_once("_PORT_").is_some_and(|(_, rest)| {
        let mut words = rest.splitn(3, '_');
        words.next().is_some_and(|port| port.parse::<u16>().is_ok())
            && matches!(words.next(), Some("TCP" | "UDP" | "SCTP"))
            && matches!(words.next(), None | Some("PROTO" | "PORT" | "ADDR"))
    });
    is_service || name.contains("_SERVICE_PORT_") || is_port || is_numbered
}

fn parse_listen(text: &str) -> Result<SocketAddr, &'static str> {
    text.parse().map_err(|_| "must be an IP address and a port, such as 127.0.0.1:4300")
}

/// Parses a URL whose path, if any, needs no escaping in cookies and in the page.
fn parse_public_url(text: &str) -> Result<Url, &'static str> {
    let url = Url::parse(text).map_err(|_| "must be a URL, such as https://secrets.example.com")?;
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

/// Whether a URL has a user name or a password, which logs and pages would show.
fn has_login(url: &Url) -> bool {
    !url.username().is_empty() || url.password().is_some()
}

/// Parses a duration greater than zero.
fn parse_period(text: &str) -> Result<Duration, String> {
    let period = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if period.is_zero() { Err("must be greater than zero, e.g. 30m".to_owned()) } else { Ok(period) }
}

fn parse_network(text: &str) -> Result<IpNet, &'static str> {
    let text = text.trim();
    text.parse()
        .or_else(|_| text.parse::<IpAddr>().map(IpNet::from))
        .map_err(|_| "must be an address or a network, such as 10.0.0.0/8")
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[derive(clap::Parser)]
    struct Program {
        #[command(flatten)]
        settings: Settings,
    }

    fn load(arguments: &[&str], variables: &[&str]) -> Result<Settings, String> {
        let matches = Program::command().no_binary_name(true).get_matches_from(arguments);
        let program = Program::from_arg_matches(&matches).expect("the flags are right");
        let variables = variables.iter().map(|name| (name.into(), "1".into()));
        program.settings.merge(&matches, variables).map_err(|error| format!("{error:#}"))
    }

    fn load_file(file: &str, arguments: &[&str]) -> Result<Settings, String> {
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("strongroom.toml");
        std::fs::write(&path, file).expect("written");
        load(&[&["--config", path.to_str().expect("UTF-8")], arguments].concat(), &[])
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
            ..load(&["--vault-address", "http://localhost:8200"], &[]).expect("right")
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

    #[test]
    fn configuration_file_with_a_password_must_be_private() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a directory");
        let path = folder.path().join("strongroom.toml");
        for (url, mode, is_read) in [
            ("postgres://user:pw@localhost/db", 0o644, false),
            ("postgres://user@localhost/db?password=pw", 0o644, false),
            ("postgres://user:pw@localhost/db", 0o600, true),
            ("postgres://user@localhost/db", 0o644, true),
        ] {
            std::fs::write(&path, format!("database-url = \"{url}\"")).expect("written");
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("ours");
            let settings = load(&["--config", path.to_str().expect("UTF-8")], &[]);
            assert_eq!(settings.is_ok(), is_read, "{url} {mode:o}");
        }
    }

    #[test]
    fn file_has_the_names_of_the_flags_which_take_precedence() {
        let file = "listen = \"127.0.0.1:1\"\nrestore-window = \"1d\"\nlog-format = \"json\"\nkeep-versions = 3\n\
                    oidc-trust-unverified-email = true\ntrusted-proxies = [\"10.0.0.0/8\", \"10.0.0.7\"]\n";
        let settings = load_file(file, &[]).expect("right");
        assert_eq!(settings.listen().port(), 1);
        assert_eq!(settings.rules().restore_window, Duration::from_hours(24));
        assert_eq!(settings.log_format, Some(LogFormat::Json));
        assert_ne!(settings.oidc, OidcSettings::default());
        let location = settings.location().expect("right");
        assert_eq!(location.master_key.to_string(), "strongroom-data/master.key");
        assert_eq!(settings.trusted_proxies.map(|networks| networks.len()), Some(2));

        let flags = ["--log-format", "text", "--trusted-proxies", "10.0.0.9"];
        let settings = load_file(file, &flags).expect("right");
        assert_eq!(settings.rules().keep_versions, 3);
        assert_eq!(settings.log_format, Some(LogFormat::Text));
        assert_eq!(settings.trusted_proxies, Some(vec![parse_network("10.0.0.9").expect("an address")]));
    }

    #[test]
    fn every_setting_has_a_variable() {
        let command = with_variables(Program::command());
        for setting in command.get_arguments() {
            let name = setting.get_long().expect("a flag").to_uppercase().replace('-', "_");
            let variable = setting.get_env().and_then(OsStr::to_str);
            assert_eq!(variable, Some(&*format!("STRONGROOM_{name}")));
            assert!(setting.is_global_set());
        }
    }

    #[test]
    fn unknown_names_and_bad_values_are_reported() {
        for (file, parts) in [
            ("listne = 1", ["listne", "no setting"]),
            ("config = \"a.toml\"", ["config", "no setting"]),
            ("[vault]\naddress = \"http://h\"", ["vault", "no setting"]),
            ("public-url = \"ftp://x\"", ["`public-url`", "http or https"]),
            ("max-value-bytes = 0", ["`max-value-bytes`", "4194304"]),
            ("keep-versions = -1", ["`keep-versions`", "1000"]),
            ("restore-window = \"soon\"", ["`restore-window`", "number"]),
            ("log-format = \"xml\"", ["`log-format`", "text, json"]),
            ("data-dir = \"\"", ["`data-dir`", "one value"]),
            ("listen = [\"127.0.0.1:1\", \"127.0.0.1:2\"]", ["`listen`", "one value"]),
            ("listen = 1.5", ["`listen`", "a string"]),
            ("oidc-trust-unverified-email = \"maybe\"", ["`oidc-trust-unverified-email`", "boolean"]),
            ("\nlisten = nowhere", ["line 2, `listen`", ""]),
        ] {
            // Also if a flag takes precedence.
            let error = load_file(file, &["--listen", "127.0.0.1:1"]).expect_err(file);
            for part in parts.into_iter().chain(["strongroom.toml"]) {
                assert!(error.contains(part), "{file} should name {part}: {error}");
            }
        }
        let unknown = load(&[], &["STRONGROOM_LISTNE", "HOME"]).expect_err("unknown");
        assert!(unknown.contains("STRONGROOM_LISTNE"), "{unknown}");
        assert!(load(&[], &["STRONGROOM_KEY", "STRONGROOM_ROLE", "STRONGROOM_LISTEN"]).is_ok());
    }

    #[test]
    fn errors_of_a_file_show_no_password() {
        for file in [
            "oidc-issuer = \"https://user:canary@h\"",
            "public-url = \"https://user:canary@h\"",
            "database-url = \"postgres://user:canary@h/db",
            "database-url = \"\"\"\npostgres://user:canary@h/db?a=\\p\"\"\"",
            "database-url = [\"postgres://user:canary@h/db\", \"postgres://user:canary@h/db\"]",
        ] {
            let error = load_file(file, &[]).expect_err(file);
            assert!(!error.contains("canary"), "{error}");
        }
    }

    #[test]
    fn public_url_may_have_a_plain_path() {
        for (url, path) in [
            ("https://h", "/"),
            ("https://h/strongroom", "/strongroom"),
            ("http://h:8080/a/b-c_d.e~f/", "/a/b-c_d.e~f/"),
            ("https://h/a/../b", "/b"),
            ("https://h/graphqlx/graphql", "/graphqlx/graphql"),
        ] {
            assert_eq!(parse_public_url(url).expect("right").path(), path, "{url}");
        }
        for url in [
            "https://h/graphql", "https://h/v1/x", "https://h/log-in/x/", "https://h/a//b", "https://h/a//",
            "https://h//a", "https://h/a;b", "https://h/a b", "https://h/é", "https://h/a'b",
            "https://h/a?b", "https://h/a#b", "https://u@h/a", "ftp://h/a",
        ] {
            assert!(parse_public_url(url).is_err(), "{url}");
        }
    }
}
