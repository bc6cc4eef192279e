//! What an operator may set: on the command line, in variables, or in a configuration file, in this order.
//!
//! To add a setting: a field of [`Settings`] with its flag and variable, a field of [`File`], and a line in [`merge`]
//! and in the README's table.

use std::ffi::OsStr;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde::Deserialize;
use thiserror::Error;
use url::Url;

use crate::service::{Location, Rules};

/// Variables that start like ours and are the client's.
const CLIENT_VARIABLES: [&str; 2] = ["STRONGROOM_SERVER", "STRONGROOM_KEY"];
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
    /// The database, if it is not strongroom.db in the data folder: sqlite:PATH
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
    public_url: Option<String>,
    log: Option<String>,
    log_format: Option<LogFormat>,
    max_value_bytes: Option<u32>,
    restore_window: Option<String>,
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
    /// The log's filter is none.
    #[error("the value of `log` is not a filter: {0}")]
    BadFilter(String),
}

impl Settings {
    /// Fills what is not set from the configuration file, if one is named.
    ///
    /// # Errors
    /// An unknown name or a bad value.
    pub fn merge(self, variables: impl Iterator<Item = std::ffi::OsString>) -> Result<Self, SettingsError> {
        check_variables(variables)?;
        let Some(path) = &self.config else { return Ok(self) };
        let text = std::fs::read_to_string(path).map_err(|source| SettingsError::Unreadable {
            path: path.clone(),
            source,
        })?;
        let bad = |message: String| SettingsError::BadFile {
            path: path.clone(),
            message,
        };
        let file: File = toml::from_str(&text).map_err(|error| bad(describe(&error, &text)))?;
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
        let restore_window = file
            .restore_window
            .map(|text| {
                humantime::parse_duration(&text).map_err(|error| bad(format!("`restore-window`: {error}")))
            })
            .transpose()?;
        Ok(Self {
            listen: self.listen.or(file.listen),
            data_dir: self.data_dir.or(file.data_dir),
            database_url: self.database_url.or(file.database_url),
            master_key_file: self.master_key_file.or(file.master_key_file),
            public_url: self.public_url.or(public_url),
            log: self.log.or(file.log),
            log_format: self.log_format.or(file.log_format),
            max_value_bytes: self.max_value_bytes.or(max_value_bytes),
            restore_window: self.restore_window.or(restore_window),
            config: self.config,
        })
    }

    /// Where to listen.
    pub fn listen(&self) -> SocketAddr {
        self.listen
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 4300)))
    }

    /// Where everything is.
    pub fn location(&self) -> Location {
        Location {
            data_dir: self
                .data_dir
                .clone()
                .unwrap_or_else(|| PathBuf::from("strongroom-data")),
            database_url: self.database_url.clone(),
            master_key_file: self.master_key_file.clone(),
        }
    }

    /// The rules that may be set.
    pub fn rules(&self) -> Rules {
        let default = Rules::default();
        Rules {
            value_bytes: self
                .max_value_bytes
                .map_or(default.value_bytes, |bytes| bytes as usize),
            restore_window: self.restore_window.unwrap_or(default.restore_window),
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

/// Refuses variables that start like ours and that nobody reads.
fn check_variables(names: impl Iterator<Item = std::ffi::OsString>) -> Result<(), SettingsError> {
    use clap::CommandFactory;
    #[derive(clap::Parser)]
    struct All {
        #[command(flatten)]
        _settings: Settings,
    }
    let command = All::command();
    let known = |name: &str| {
        CLIENT_VARIABLES.contains(&name)
            || command
                .get_arguments()
                .any(|argument| argument.get_env() == Some(OsStr::new(name)))
    };
    for name in names {
        let name = name.to_string_lossy();
        if name.starts_with(PREFIX) && !known(&name) {
            return Err(SettingsError::UnknownVariable(name.into_owned()));
        }
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
        let unknown = Settings::default().merge(["STRONGROOM_LISTNE".into(), "HOME".into()].into_iter());
        assert!(
            unknown
                .expect_err("unknown")
                .to_string()
                .contains("STRONGROOM_LISTNE")
        );
        assert!(
            Settings::default()
                .merge(["STRONGROOM_KEY".into()].into_iter())
                .is_ok()
        );
    }
}
