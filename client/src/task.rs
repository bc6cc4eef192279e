//! The counterparts of Prefect's secret tasks. A task holds a name and reads the value when it runs, so printing, storing
//! or sending a task shows no value.

use std::env;
use std::ffi::OsString;

use serde::de::DeserializeOwned;
use serde::ser::{Serialize, SerializeStruct as _, Serializer};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::secret::{Context, Secret};

/// Reads a secret, like Prefect's task of that name.
#[derive(Clone, Debug, Default)]
pub struct PrefectSecret {
    name: Option<String>,
    context: Option<Context>,
}

impl PrefectSecret {
    /// A task for the secret of that name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), context: None }
    }

    /// A task that takes the name when it runs.
    pub fn unnamed() -> Self {
        Self::default()
    }

    /// The same task in another context than the process's.
    #[must_use]
    pub fn within(mut self, context: &Context) -> Self {
        self.context = Some(context.clone());
        self
    }

    /// Reads the task's secret.
    pub async fn run<T: DeserializeOwned>(&self) -> Result<T> {
        self.run_named(self.name.as_ref().ok_or(Error::NoName)?).await
    }

    /// Reads the secret `name` instead of the task's.
    pub async fn run_named<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        Secret { name: name.to_owned(), context: self.context.clone() }.get().await
    }
}

/// Reads a variable, like Prefect's task of that name. Unlike a secret, it is not parsed as JSON.
#[derive(Clone, Debug, Default)]
pub struct EnvVarSecret {
    name: Option<String>,
    raise_if_missing: bool,
}

impl EnvVarSecret {
    /// A task for the variable of that name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), raise_if_missing: false }
    }

    /// A task that takes the name when it runs.
    pub fn unnamed() -> Self {
        Self::default()
    }

    /// The same task, but an unset variable is an error.
    #[must_use]
    pub const fn raise_if_missing(mut self) -> Self {
        self.raise_if_missing = true;
        self
    }

    /// The text of the task's variable; `None` if it is unset.
    pub fn run(&self) -> Result<Option<Zeroizing<String>>> {
        self.run_named(self.name.as_ref().ok_or(Error::NoName)?)
    }

    /// The text of the variable `name` instead of the task's.
    pub fn run_named(&self, name: &str) -> Result<Option<Zeroizing<String>>> {
        match env::var_os(name).map(OsString::into_string) {
            Some(Ok(text)) => Ok(Some(Zeroizing::new(text))),
            Some(Err(_)) => Err(Error::NotCast { name: name.to_owned() }),
            None if self.raise_if_missing => Err(Error::VariableNotSet { name: name.to_owned() }),
            None => Ok(None),
        }
    }

    /// The text of the task's variable, cast by `cast`; `None` if it is unset. An error of `cast` is not repeated, because it
    /// may contain the text.
    pub fn run_cast<T, E>(&self, cast: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>> {
        let Some(text) = self.run()? else { return Ok(None) };
        cast(&text).map(Some).map_err(|_| Error::NotCast { name: self.name.clone().unwrap_or_default() })
    }
}

/// As Prefect serialises the result of a secret task: its name, from which it can be read again.
fn serialize<S: Serializer>(name: Option<&str>, class: &str, serializer: S) -> Result<S::Ok, S::Error> {
    let mut result = serializer.serialize_struct("SecretResult", 3)?;
    result.serialize_field("type", "SecretResult")?;
    result.serialize_field("location", &name)?;
    result.serialize_field("secret_type", class)?;
    result.end()
}

impl Serialize for PrefectSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self.name.as_deref(), "PrefectSecret", serializer)
    }
}

impl Serialize for EnvVarSecret {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize(self.name.as_deref(), "EnvVarSecret", serializer)
    }
}
