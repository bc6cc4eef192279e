//! The server's address and the API key: from arguments, variables or a configuration file, in this order.
//!
//! To add a setting: a field of [`Settings`], its variable, its name in the file, and a line in
//! `docs/command-line.md`.

use std::env;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use etcetera::BaseStrategy as _;
use etcetera::base_strategy::Xdg;
use strongroom_shared::place;
use thiserror::Error;
use zeroize::Zeroizing;

/// The address of a server with default settings.
pub const DEFAULT_SERVER: &str = "http://127.0.0.1:4300";
/// The variable for the server's address.
pub const SERVER_VARIABLE: &str = "STRONGROOM_SERVER";
/// The variable for the key.
pub const KEY_VARIABLE: &str = "STRONGROOM_KEY";
/// The variable for the path of a file that holds the key.
pub const KEY_FILE_VARIABLE: &str = "STRONGROOM_KEY_FILE";
/// The variable for the path of the configuration file.
pub const CONFIG_VARIABLE: &str = "STRONGROOM_CLIENT_CONFIG";

/// Why the settings are unusable. No message repeats a file's content.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages and the fields' names say it")]
#[non_exhaustive]
pub enum Error {
    #[error("{} can't be read: {reason}", .path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("{}, line {line}, column {column}: this is not TOML, such as `server = \"https://secrets.example.com\"`", .path.display())]
    NotToml { path: PathBuf, line: usize, column: usize },
    #[error("{}: unknown name `{name}`; use server, key or key-file", .path.display())]
    UnknownName { path: PathBuf, name: String },
    #[error("{}: `{name}` must be a string in quotes", .path.display())]
    NotText { path: PathBuf, name: String },
    #[error("{} holds no key", .path.display())]
    NoKey { path: PathBuf },
}

/// Settings from arguments. They take precedence over all others.
#[derive(Default)]
pub struct Overrides {
    /// The server's address.
    pub server: Option<String>,
    /// The key.
    pub key: Option<Zeroizing<String>>,
    /// A file that holds the key.
    pub key_file: Option<PathBuf>,
    /// The configuration file.
    pub config: Option<PathBuf>,
}

/// The server's address and the key.
#[derive(Clone)]
pub struct Settings {
    /// The server's address.
    pub server: Setting<String>,
    /// The key, if there is one.
    pub key: Option<Setting<Zeroizing<String>>>,
    /// The configuration file, if there is one.
    pub file: Option<PathBuf>,
}

/// A setting and its source.
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
    /// An argument.
    Argument,
    /// The variable of that name.
    Variable(&'static str),
    /// That file.
    File(PathBuf),
    /// The default.
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

opaque_debug!(Settings);

impl Settings {
    /// The settings of this machine.
    pub fn find() -> Result<Self, Error> {
        Self::with(Overrides::default())
    }

    /// The settings of this machine, with overrides.
    pub fn with(overrides: Overrides) -> Result<Self, Error> {
        let named = overrides.config.or_else(|| path_variable(CONFIG_VARIABLE));
        // A named file must exist; the default one need not.
        let path = named.or_else(|| default_file().filter(|path| path.exists()));
        let file = path.as_deref().map(Contents::read).transpose()?.unwrap_or_default();
        let from_file = || Source::File(path.clone().unwrap_or_default());
        let key_in = |path: PathBuf| read_key(&path).map(|key| Setting::new(key, Source::File(path)));

        let server = match (overrides.server, text_variable(SERVER_VARIABLE), file.server) {
            (Some(server), ..) => Setting::new(server, Source::Argument),
            (_, Some(server), _) => Setting::new(server, Source::Variable(SERVER_VARIABLE)),
            (.., Some(server)) => Setting::new(server.as_str().to_owned(), from_file()),
            _ => Setting::new(DEFAULT_SERVER.to_owned(), Source::Default),
        };
        let key = if let Some(key) = overrides.key {
            Some(Setting::new(key, Source::Argument))
        } else if let Some(path) = overrides.key_file {
            Some(key_in(path)?)
        } else if let Some(key) = text_variable(KEY_VARIABLE) {
            Some(Setting::new(Zeroizing::new(key), Source::Variable(KEY_VARIABLE)))
        } else if let Some(path) = path_variable(KEY_FILE_VARIABLE) {
            Some(key_in(path)?)
        } else if let Some(key) = file.key {
            Some(Setting::new(key, from_file()))
        } else if let Some(key_file) = file.key_file {
            // Relative to the configuration file.
            let folder = path.as_deref().and_then(Path::parent).unwrap_or(Path::new(""));
            Some(key_in(folder.join(key_file.as_str()))?)
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

#[derive(Default)]
struct Contents {
    server: Option<Zeroizing<String>>,
    key: Option<Zeroizing<String>>,
    key_file: Option<Zeroizing<String>>,
}

impl Contents {
    fn read(path: &Path) -> Result<Self, Error> {
        let text = read(path)?;
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            let (line, column) = place::of_offset(&text, error.span().map_or(0, |span| span.start));
            Error::NotToml { path: path.to_owned(), line, column }
        })?;
        let mut contents = Self::default();
        for (name, value) in table {
            let field = match name.as_str() {
                "server" => &mut contents.server,
                "key" => &mut contents.key,
                "key-file" => &mut contents.key_file,
                _ => return Err(Error::UnknownName { path: path.to_owned(), name }),
            };
            let toml::Value::String(text) = value else {
                return Err(Error::NotText { path: path.to_owned(), name });
            };
            *field = Some(Zeroizing::new(text));
        }
        Ok(contents)
    }
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

/// The default configuration file, usually `~/.config/strongroom/config.toml`.
pub fn default_file() -> Option<PathBuf> {
    Some(Xdg::new().ok()?.config_dir().join("strongroom/config.toml"))
}

/// A variable's text. An empty variable counts as unset.
fn text_variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|text| !text.trim().is_empty())
}

fn path_variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from)
}
