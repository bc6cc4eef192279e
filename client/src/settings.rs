//! The server's address, and the API key or the role to log in with: from arguments, variables or a configuration file, in
//! this order.
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
pub use strongroom_shared::client_variable::{
    CONFIG as CONFIG_VARIABLE, ID_TOKEN as ID_TOKEN_VARIABLE, JWT_FILE as JWT_FILE_VARIABLE,
    KEY as KEY_VARIABLE, KEY_FILE as KEY_FILE_VARIABLE, ROLE as ROLE_VARIABLE, SERVER as SERVER_VARIABLE,
};

/// Why the settings are unusable. No message repeats a file's content.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages and the fields' names say it")]
#[non_exhaustive]
pub enum Error {
    #[error("{} can't be read: {reason}", .path.display())]
    Unreadable { path: PathBuf, reason: String },
    #[error("{}, line {line}, column {column}: this is not TOML, such as `server = \"https://secrets.example.com\"`", .path.display())]
    NotToml { path: PathBuf, line: usize, column: usize },
    #[error("{}: unknown name `{name}`; use server, key, key-file, role or jwt-file", .path.display())]
    UnknownName { path: PathBuf, name: String },
    #[error("{}: `{name}` must be a string in quotes", .path.display())]
    NotText { path: PathBuf, name: String },
    #[error("{} holds no key", .path.display())]
    NoKey { path: PathBuf },
    #[error("{key} and a role in {place} are both set. Unset the one that should not be used.")]
    KeyAndRole { key: &'static str, place: Source },
    #[error("There is no role to log in with. Name it with --role or STRONGROOM_ROLE, such as acme/deploy.")]
    NoRole,
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
    /// The role to log in with.
    pub role: Option<String>,
    /// A file that holds the token to log in with. As with a role, a key from a variable or the file is then not used.
    pub jwt_file: Option<PathBuf>,
    /// Whether to log in whatever key there is.
    pub log_in: bool,
    /// The configuration file.
    pub config: Option<PathBuf>,
}

/// The server's address, and the key or the role to log in with.
#[derive(Clone)]
pub struct Settings {
    /// The server's address.
    pub server: Setting<String>,
    /// The key, unless logging in takes precedence.
    pub key: Option<Setting<Zeroizing<String>>>,
    /// The role to log in with. A key takes precedence.
    pub role: Option<Setting<String>>,
    /// A file that holds the token to log in with, instead of the one that the platform provides.
    pub jwt_file: Option<PathBuf>,
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
        // Relative to the configuration file.
        let beside = |name: &str| path.as_deref().and_then(Path::parent).unwrap_or(Path::new("")).join(name);
        let key_in = |path: PathBuf| read_key(&path).map(|key| Setting::new(key, Source::File(path)));

        let find = |argument, variable, in_file: Option<Zeroizing<String>>| match (
            argument,
            text_variable(variable),
        ) {
            (Some(text), _) => Some(Setting::new(text, Source::Argument)),
            (None, Some(text)) => Some(Setting::new(text, Source::Variable(variable))),
            (None, None) => in_file.map(|text| Setting::new(text.as_str().to_owned(), from_file())),
        };
        let server = find(overrides.server, SERVER_VARIABLE, file.server);
        let server = server.unwrap_or_else(|| Setting::new(DEFAULT_SERVER.to_owned(), Source::Default));
        let role = find(overrides.role, ROLE_VARIABLE, file.role);
        let role_from = role.as_ref().map(|role| &role.source);
        let logs_in =
            overrides.log_in || overrides.jwt_file.is_some() || role_from == Some(&Source::Argument);
        // Of two settings from the same place, one may be forgotten: neither must win silently.
        let alone = |key, place| match role_from {
            Some(role) if *role == place => Err(Error::KeyAndRole { key, place }),
            _ => Ok(()),
        };
        let key = if overrides.log_in {
            None
        } else if let Some(key) = overrides.key {
            Some(Setting::new(key, Source::Argument))
        } else if let Some(path) = overrides.key_file {
            Some(key_in(path)?)
        } else if logs_in {
            None
        } else if let Some(key) = text_variable(KEY_VARIABLE) {
            alone(KEY_VARIABLE, Source::Variable(ROLE_VARIABLE))?;
            Some(Setting::new(Zeroizing::new(key), Source::Variable(KEY_VARIABLE)))
        } else if let Some(path) = path_variable(KEY_FILE_VARIABLE) {
            alone(KEY_FILE_VARIABLE, Source::Variable(ROLE_VARIABLE))?;
            Some(key_in(path)?)
        } else if role_from == Some(&Source::Variable(ROLE_VARIABLE)) {
            None
        } else if let Some(key) = file.key {
            alone("`key`", from_file())?;
            Some(Setting::new(key, from_file()))
        } else if let Some(key_file) = file.key_file {
            alone("`key-file`", from_file())?;
            Some(key_in(beside(&key_file))?)
        } else {
            None
        };
        if logs_in && key.is_none() && role.is_none() {
            return Err(Error::NoRole);
        }
        let jwt_file = overrides.jwt_file.or_else(|| path_variable(JWT_FILE_VARIABLE));
        let jwt_file = jwt_file.or_else(|| file.jwt_file.map(|name| beside(&name)));
        Ok(Self { server, key, role, jwt_file, file: path })
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
    role: Option<Zeroizing<String>>,
    jwt_file: Option<Zeroizing<String>>,
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
                "role" => &mut contents.role,
                "jwt-file" => &mut contents.jwt_file,
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
    read_credential(path)?.ok_or_else(|| Error::NoKey { path: path.to_owned() })
}

/// The key or token in a file; `None` if the file is empty.
pub(crate) fn read_credential(path: &Path) -> Result<Option<Zeroizing<String>>, Error> {
    let text = read(path)?;
    // Some editors start a file with a byte order mark.
    let text = text.trim_start_matches('\u{feff}').trim();
    Ok((!text.is_empty()).then(|| Zeroizing::new(text.to_owned())))
}

/// The default configuration file, usually `~/.config/strongroom/config.toml`.
pub fn default_file() -> Option<PathBuf> {
    Some(Xdg::new().ok()?.config_dir().join("strongroom/config.toml"))
}

/// A variable's text. An empty variable counts as unset.
pub(crate) fn text_variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|text| !text.trim().is_empty())
}

/// Whether the variable of the key is set, but empty.
pub(crate) fn is_key_variable_empty() -> bool {
    env::var(KEY_VARIABLE).is_ok_and(|text| text.trim().is_empty())
}

fn path_variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|path| !path.is_empty()).map(PathBuf::from)
}
