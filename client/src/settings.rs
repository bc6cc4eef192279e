//! Where the server is and which key to use: as an argument, in a variable, or in a configuration file, in this order.
//!
//! Not here: Prefect's configuration, which is [`local`](crate::local).
//!
//! To add a setting: a field of [`Settings`], its variable and its name in the file, and a line in the documentation of
//! the command line.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use etcetera::base_strategy::Xdg;
use strongroom_shared::place;
use thiserror::Error;
use zeroize::Zeroizing;

/// Where a server listens that was told nothing.
pub const DEFAULT_SERVER: &str = "http://127.0.0.1:4300";
/// The variable with the server's address.
pub const SERVER_VARIABLE: &str = "STRONGROOM_SERVER";
/// The variable with the key.
pub const KEY_VARIABLE: &str = "STRONGROOM_KEY";
/// The variable with the path of a file with the key.
pub const KEY_FILE_VARIABLE: &str = "STRONGROOM_KEY_FILE";
/// The variable with the path of the configuration file.
pub const CONFIG_VARIABLE: &str = "STRONGROOM_CLIENT_CONFIG";

/// Why the settings can't be used. Nothing of a file's content is repeated.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// The file can't be read.
    #[error("{} can't be read: {reason}", .path.display())]
    Unreadable {
        /// Which file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file is not TOML.
    #[error("{}, line {line}, column {column}: {reason}", .path.display())]
    NotToml {
        /// Which file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column, from 1.
        column: usize,
        /// What is wrong.
        reason: String,
    },
    /// The file has a name that means nothing.
    #[error("{}: `{name}` is none of server, key and key-file", .path.display())]
    UnknownName {
        /// Which file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// What should be text is not.
    #[error("{}: `{name}` has to be text in quotes", .path.display())]
    NotText {
        /// Which file.
        path: PathBuf,
        /// The name.
        name: String,
    },
    /// The key's file holds nothing.
    #[error("{} holds no key", .path.display())]
    NoKey {
        /// Which file.
        path: PathBuf,
    },
}

/// What was given as arguments, before anything else counts.
#[derive(Default)]
pub struct Given {
    /// The server's address.
    pub server: Option<String>,
    /// The key.
    pub key: Option<Zeroizing<String>>,
    /// A file with the key.
    pub key_file: Option<PathBuf>,
    /// The configuration file.
    pub config: Option<PathBuf>,
}

/// Where the server is, and which key to use.
#[derive(Clone)]
pub struct Settings {
    /// The server's address.
    pub server: Setting<String>,
    /// The key; `None`: there is none.
    pub key: Option<Setting<Zeroizing<String>>>,
    /// The configuration file, where there is one.
    pub file: Option<PathBuf>,
}

/// A setting, and where it was found.
#[derive(Clone)]
pub struct Setting<T> {
    /// The setting.
    pub value: T,
    /// Where it was found.
    pub source: Source,
}

/// Where a setting was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// It was given as an argument.
    Argument,
    /// In that variable.
    Variable(&'static str),
    /// In that file.
    File(PathBuf),
    /// Nowhere: it is the usual one.
    Default,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Argument => f.write_str("an argument"),
            Self::Variable(name) => f.write_str(name),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Default => f.write_str("the default"),
        }
    }
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Contents {
    server: Option<String>,
    key: Option<Zeroizing<String>>,
    key_file: Option<PathBuf>,
}

impl Settings {
    /// The settings of this machine.
    ///
    /// # Errors
    /// A file can't be used.
    pub fn find() -> Result<Self, Error> {
        Self::with(Given::default())
    }

    /// The settings of this machine, but for what is given.
    ///
    /// # Errors
    /// A file can't be used.
    pub fn with(given: Given) -> Result<Self, Error> {
        let named = given.config.or_else(|| path_variable(CONFIG_VARIABLE));
        let path = named.clone().or_else(usual_file);
        let (path, file) = match path {
            // Who names a file means it; the usual one need not be there.
            Some(path) if named.is_some() || path.exists() => {
                let file = Contents::read(&path)?;
                (Some(path), file)
            }
            _ => (None, Contents::default()),
        };
        let from_file = || Source::File(path.clone().unwrap_or_default());

        let server = if let Some(server) = given.server {
            Setting::new(server, Source::Argument)
        } else if let Some(server) = text_variable(SERVER_VARIABLE) {
            Setting::new(server, Source::Variable(SERVER_VARIABLE))
        } else if let Some(server) = file.server {
            Setting::new(server, from_file())
        } else {
            Setting::new(DEFAULT_SERVER.to_owned(), Source::Default)
        };
        let key = if let Some(key) = given.key {
            Some(Setting::new(key, Source::Argument))
        } else if let Some(path) = given.key_file {
            Some(Setting::new(read_key(&path)?, Source::File(path)))
        } else if let Some(key) = text_variable(KEY_VARIABLE) {
            Some(Setting::new(Zeroizing::new(key), Source::Variable(KEY_VARIABLE)))
        } else if let Some(path) = path_variable(KEY_FILE_VARIABLE) {
            Some(Setting::new(read_key(&path)?, Source::File(path)))
        } else if let Some(key) = file.key {
            Some(Setting::new(key, from_file()))
        } else if let Some(path) = file.key_file {
            Some(Setting::new(read_key(&path)?, Source::File(path)))
        } else {
            None
        };
        Ok(Self { server, key, file: path })
    }
}

impl<T> Setting<T> {
    const fn new(value: T, source: Source) -> Self {
        Self { value, source }
    }
}

impl Contents {
    fn read(path: &Path) -> Result<Self, Error> {
        let text = read(path)?;
        let table: toml::Table =
            text.parse().map_err(|error: toml::de::Error| not_toml(path, &text, &error))?;
        let mut file = Self::default();
        for (name, value) in table {
            let text = match (name.as_str(), value) {
                ("server" | "key" | "key-file", toml::Value::String(text)) => text,
                ("server" | "key" | "key-file", _) => {
                    return Err(Error::NotText { path: path.to_owned(), name });
                }
                _ => return Err(Error::UnknownName { path: path.to_owned(), name }),
            };
            match name.as_str() {
                "server" => file.server = Some(text),
                "key" => file.key = Some(Zeroizing::new(text)),
                // Beside the configuration, unless it says where.
                _ => file.key_file = Some(path.parent().unwrap_or(Path::new("")).join(text)),
            }
        }
        Ok(file)
    }
}

fn not_toml(path: &Path, text: &str, error: &toml::de::Error) -> Error {
    let (line, column) = place::of_offset(text, error.span().map_or(0, |span| span.start));
    let reason = "this is not TOML, such as `server = \"https://secrets.example.com\"`".to_owned();
    Error::NotToml { path: path.to_owned(), line, column, reason }
}

fn read(path: &Path) -> Result<Zeroizing<String>, Error> {
    fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| Error::Unreadable { path: path.to_owned(), reason: error.to_string() })
}

fn read_key(path: &Path) -> Result<Zeroizing<String>, Error> {
    let text = read(path)?;
    // Some editors start a file with a byte order mark.
    let key = text.trim_start_matches('\u{feff}').trim();
    if key.is_empty() {
        return Err(Error::NoKey { path: path.to_owned() });
    }
    Ok(Zeroizing::new(key.to_owned()))
}

/// `strongroom/config.toml` where programs keep their configuration: usually `~/.config`.
pub fn usual_file() -> Option<PathBuf> {
    let folders = Xdg::new().ok()?;
    Some(folders.config_dir().join("strongroom").join("config.toml"))
}

/// A variable's text. One that is empty is as good as none.
fn text_variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|text| !text.trim().is_empty())
}

fn path_variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from)
}
