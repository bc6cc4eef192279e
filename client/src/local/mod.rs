//! Prefect 1.4.1's configuration, read as Prefect reads it, for the secrets in it.
//!
//! `docs/local-secrets.md` says what is read, in which order, what happens to it, and where this differs from Prefect and
//! why. The order here is Prefect's own: files over files (`file`), variables over them, references to variables and homes
//! (`expand`) and the cast to what a text looks like (`literal`), references to other settings and the refused names
//! (`flat`). The other way, from a value to a variable that means it, is `variable`.
//!
//! What is not here: asking the API, and what a program does with a value. Nothing is read from the process but by
//! [`Surroundings::of_process`], and nothing is kept: each load reads anew.
//!
//! To follow another version of Prefect: its defaults (`defaults.toml`), its refused names (`names`), and the test against
//! the real one, which finds the rest.

mod auth;
mod equality;
mod error;
mod expand;
mod file;
mod flat;
pub(crate) mod json;
pub(crate) mod literal;
mod names;
mod printable;
mod surroundings;
pub(crate) mod text;
mod variable;

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use self::auth::Auth;
pub use self::error::{Error, Problem};
use self::flat::Flat;
use self::names::{PREFIX, setting};
pub use self::surroundings::Surroundings;
pub use self::variable::{Unfit, to_variable, variable_name};
use crate::value::Value;

/// What Prefect is set to when nobody says otherwise.
const DEFAULTS: &str = include_str!("defaults.toml");

/// Prefect's configuration, with everything that refers to something else written out.
#[derive(Clone)]
pub struct Configuration {
    settings: Value,
    secrets: Vec<(String, Value)>,
    auth: Auth,
}

impl Configuration {
    /// The configuration that a Prefect program would have here: the defaults, over them the user's file
    /// (`PREFECT__USER_CONFIG_PATH`, else `~/.prefect/config.toml`), the backend file (`PREFECT__BACKEND_CONFIG_PATH`,
    /// else `~/.prefect/backend.toml`) and the variables that begin with `PREFECT__`.
    ///
    /// # Errors
    /// When Prefect could not be imported here either; see [`Error`] for the reasons. And when the key for the API is set
    /// nowhere but may be in `auth.toml`, which is there and can't be read.
    pub fn load(surroundings: &Surroundings) -> Result<Self, Error> {
        let mut settings = defaults()?;
        for (variable, default) in [
            ("PREFECT__USER_CONFIG_PATH", "~/.prefect/config.toml"),
            ("PREFECT__BACKEND_CONFIG_PATH", "~/.prefect/backend.toml"),
        ] {
            let path = path(variable, surroundings.variable(variable).unwrap_or(default), surroundings)?;
            if let Some(path) = path.filter(|path| path.is_file()) {
                flat::merge(&mut settings, file::read(&path)?);
            }
        }
        let mut configuration = Self::resolve(settings, surroundings, true)?;
        configuration.auth = Auth::read(&configuration.settings)?;
        Ok(configuration)
    }

    /// One file over the defaults, without the variables that begin with `PREFECT__`, the backend file and `auth.toml`:
    /// what the file itself says. References to other variables are written out.
    ///
    /// # Errors
    /// When the file can't be read, or for one of the reasons that [`Error`] lists.
    pub fn of_file(path: &Path, surroundings: &Surroundings) -> Result<Self, Error> {
        let mut settings = defaults()?;
        flat::merge(&mut settings, file::read(path)?);
        Self::resolve(settings, surroundings, false)
    }

    /// Prefect's `interpolate_config` and `validate_config`.
    fn resolve(
        settings: Vec<(Value, Value)>,
        surroundings: &Surroundings,
        with_variables: bool,
    ) -> Result<Self, Error> {
        let mut flat = Flat::new(settings);
        if with_variables {
            if let Some(name) = surroundings.not_unicode.iter().find(|name| name.starts_with(PREFIX)) {
                return Err(Error::NotUnicode(name.clone()));
            }
            for (name, value) in &surroundings.variables {
                let Some(path) = setting(name) else { continue };
                let unusable = |problem| Error::Unusable { key: name.clone(), problem };
                match expand::interpolate(value, surroundings).map_err(unusable)? {
                    Value::Text(text) => flat.set(path, expand::cast(text)),
                    _ => return Err(unusable(Problem::NoText)),
                }
            }
        }
        flat.interpolate(surroundings)?;
        flat.refer()?;
        let settings = flat.into_table()?;
        flat::validate(&settings, &mut Vec::new())?;
        let settings = Value::Dict(settings);
        let secrets = secrets(&settings)?;
        Ok(Self { settings, secrets, auth: Auth::default() })
    }

    /// The value of a local secret, before [`Value::loads`].
    pub fn secret(&self, name: &str) -> Option<&Value> {
        self.secrets.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// All local secrets, in the order in which they came.
    pub fn secrets(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.secrets.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Prefect's `backend`, `cloud` unless it is set: with any other, nobody asks an API for secrets.
    pub fn backend(&self) -> Option<&str> {
        self.settings.get("backend")?.as_text()
    }

    /// Whether secrets are local only, which they are unless `cloud.use_local_secrets` is `false`. What is only like
    /// `false`, as 0 or empty text, counts as `true`.
    pub fn uses_local_secrets(&self) -> bool {
        self.cloud("use_local_secrets") != Some(&Value::Bool(false))
    }

    /// The API's address, `cloud.api`.
    pub fn api(&self) -> Option<&str> {
        self.cloud("api")?.as_text()
    }

    /// The key for the API: `cloud.api_key`, else what `prefect auth login` has left for this API's host. One that looks
    /// like a number was cast to it, and is sent as Python writes it.
    pub fn api_key(&self) -> Option<String> {
        let key = self.cloud("api_key").filter(|key| key.is_true()).or(self.auth.api_key.as_ref())?;
        text::str(key).ok().map(|key| key.as_str().to_owned())
    }

    /// The team: `cloud.tenant_id`, else what `prefect auth` has left for this API's host.
    pub fn tenant_id(&self) -> Option<&str> {
        self.cloud("tenant_id").filter(|id| id.is_true()).or(self.auth.tenant_id.as_ref())?.as_text()
    }

    /// How long to wait for an answer, `cloud.request_timeout`; none when it is no positive number.
    pub fn request_timeout(&self) -> Option<Duration> {
        let seconds = match self.cloud("request_timeout")? {
            Value::Integer(seconds) => seconds.to_string().parse().ok()?,
            Value::Float(seconds) => *seconds,
            _ => return None,
        };
        Duration::try_from_secs_f64(seconds).ok().filter(|timeout| !timeout.is_zero())
    }

    fn cloud(&self, name: &str) -> Option<&Value> {
        self.settings.get("cloud")?.get(name)
    }
}

impl fmt::Debug for Configuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Configuration(..)")
    }
}

fn defaults() -> Result<Vec<(Value, Value)>, Error> {
    file::parse(DEFAULTS, Path::new("defaults.toml"))
}

/// A file's path, with variables and homes written out. An empty one is none.
fn path(variable: &str, written: &str, surroundings: &Surroundings) -> Result<Option<PathBuf>, Error> {
    if written.is_empty() {
        return Ok(None);
    }
    let unusable = |problem| Error::Unusable { key: variable.to_owned(), problem };
    match expand::interpolate(written, surroundings).map_err(unusable)? {
        Value::Text(path) => Ok(Some(PathBuf::from(path.as_str()))),
        // Prefect looks for a file that is called like what the path was cast to, and then fails to open it.
        other => match text::str(&other) {
            Ok(path) if Path::new(path.as_str()).is_file() => Err(unusable(Problem::NoText)),
            _ => Ok(None),
        },
    }
}

/// What `prefect.context.secrets` would be.
fn secrets(settings: &Value) -> Result<Vec<(String, Value)>, Error> {
    let context = match settings.get("context") {
        None => return Ok(Vec::new()),
        Some(context @ Value::Dict(_)) => context,
        // Python takes what is empty for an empty table.
        Some(Value::List(items) | Value::Tuple(items) | Value::Set(items)) if items.is_empty() => {
            return Ok(Vec::new());
        }
        Some(Value::Text(text)) if text.is_empty() => return Ok(Vec::new()),
        Some(Value::Bytes(bytes)) if bytes.is_empty() => return Ok(Vec::new()),
        Some(_) => {
            return Err(Error::NotTable("context".to_owned()));
        }
    };
    match context.get("secrets") {
        None => Ok(Vec::new()),
        Some(Value::Dict(secrets)) => Ok(secrets
            .iter()
            .filter_map(|(name, value)| Some((name.as_text()?.to_owned(), value.clone())))
            .collect()),
        Some(_) => Err(Error::NotTable("context.secrets".to_owned())),
    }
}
