//! Prefect 1.4.1's configuration with the local secrets, read as Prefect reads it.
//!
//! `docs/local-secrets.md` has the rules and the differences from Prefect. The steps are Prefect's: merge the files
//! (`file`) and variables, expand variables and home directories (`expand`), cast text to literals (`literal`), expand
//! references to other settings and refuse some names (`flat`). `variable` goes the other way, from a value to a variable.
//!
//! To follow another version of Prefect, update `defaults.toml` and the refused names in `strongroom_formats::prefect`; the test against the real
//! Prefect finds the rest.

mod auth;
mod equality;
mod error;
mod expand;
mod file;
mod flat;
pub(crate) mod json;
pub(crate) mod literal;
mod names;
mod surroundings;
mod variable;

use std::path::{Path, PathBuf};
use std::time::Duration;

use self::auth::Auth;
pub use self::error::{Error, Problem};
use self::flat::Flat;
use self::names::{PREFIX, setting};
pub use self::surroundings::Surroundings;
pub use self::variable::{Unmappable, to_variable, variable_name};
use crate::value::{Value, text};

const DEFAULTS: &str = include_str!("defaults.toml");

/// Prefect's configuration, with all references expanded.
#[derive(Clone)]
pub struct Configuration {
    settings: Value,
    auth: Auth,
}

impl Configuration {
    /// The configuration that a Prefect program would have here, in ascending precedence: the defaults, the user's file
    /// (`PREFECT__USER_CONFIG_PATH` or `~/.prefect/config.toml`), the backend file (`PREFECT__BACKEND_CONFIG_PATH` or
    /// `~/.prefect/backend.toml`) and the variables that begin with `PREFECT__`.
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

    /// One file over the defaults, without the variables that begin with `PREFECT__`, the backend file and `auth.toml`.
    /// References to other variables are expanded.
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
        check_context(&settings)?;
        Ok(Self { settings, auth: Auth::default() })
    }

    /// The value of a local secret, before [`Value::loads`].
    pub fn secret(&self, name: &str) -> Option<&Value> {
        self.settings.get("context")?.get("secrets")?.get(name)
    }

    /// All local secrets, in order.
    pub fn secrets(&self) -> impl Iterator<Item = (&str, &Value)> {
        let secrets = self.settings.get("context").and_then(|context| context.get("secrets"));
        let entries = if let Some(Value::Dict(entries)) = secrets { entries.as_slice() } else { &[] };
        entries.iter().filter_map(|(name, value)| Some((name.as_text()?, value)))
    }

    /// Prefect's `backend`, by default `cloud`. With any other, secrets are only local.
    pub fn backend(&self) -> Option<&str> {
        self.settings.get("backend")?.as_text()
    }

    /// Whether secrets are only local, as they are unless `cloud.use_local_secrets` is `false`. 0 or an empty string is not
    /// `false`.
    pub fn uses_local_secrets(&self) -> bool {
        self.cloud("use_local_secrets") != Some(&Value::Bool(false))
    }

    /// Whether Prefect requests secrets that are not local from the API.
    pub fn asks_api(&self) -> bool {
        self.backend() == Some("cloud") && !self.uses_local_secrets()
    }

    /// The API's address, `cloud.api`.
    pub fn api(&self) -> Option<&str> {
        self.cloud("api")?.as_text()
    }

    /// The API's key: `cloud.api_key`, or the one that `prefect auth login` stored for this API's host. A key that looks
    /// like a number was cast to one, and is sent as Python writes it.
    pub fn api_key(&self) -> Option<String> {
        let key = self.cloud("api_key").filter(|key| key.is_true()).or(self.auth.api_key.as_ref())?;
        text::str(key).ok().map(|key| key.as_str().to_owned())
    }

    /// The team: `cloud.tenant_id`, or the one that `prefect auth` stored for this API's host.
    pub fn tenant_id(&self) -> Option<&str> {
        self.cloud("tenant_id").filter(|id| id.is_true()).or(self.auth.tenant_id.as_ref())?.as_text()
    }

    /// The timeout of requests, `cloud.request_timeout`, if it is a positive number.
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

opaque_debug!(Configuration);

fn defaults() -> Result<Vec<(Value, Value)>, Error> {
    file::parse(DEFAULTS, Path::new("defaults.toml"))
}

/// A file's path, with variables and home directories expanded.
fn path(variable: &str, written: &str, surroundings: &Surroundings) -> Result<Option<PathBuf>, Error> {
    if written.is_empty() {
        return Ok(None);
    }
    let unusable = |problem| Error::Unusable { key: variable.to_owned(), problem };
    match expand::interpolate(written, surroundings).map_err(unusable)? {
        Value::Text(path) => Ok(Some(PathBuf::from(path.as_str()))),
        // Prefect looks for a file named like the cast value, and then fails to open it.
        other => match text::str(&other) {
            Ok(path) if Path::new(path.as_str()).is_file() => Err(unusable(Problem::NoText)),
            _ => Ok(None),
        },
    }
}

/// Checks that `prefect.context` and `prefect.context.secrets` are tables, if they exist.
fn check_context(settings: &Value) -> Result<(), Error> {
    let context = settings.get("context");
    match context {
        None | Some(Value::Dict(_)) => {}
        // To Python, an empty string or list is an empty table.
        Some(
            empty @ (Value::List(_) | Value::Tuple(_) | Value::Set(_) | Value::Text(_) | Value::Bytes(_)),
        ) if !empty.is_true() => {}
        Some(_) => return Err(Error::NotTable("context".to_owned())),
    }
    match context.and_then(|context| context.get("secrets")) {
        None | Some(Value::Dict(_)) => Ok(()),
        Some(_) => Err(Error::NotTable("context.secrets".to_owned())),
    }
}
