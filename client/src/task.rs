//! The counterparts of Prefect's secret tasks: what is needed is named when the task is made, or when it runs, and read
//! only then. A task that is printed, stored or sent shows names, never a value.

use std::env;
use std::fmt;

use serde::de::DeserializeOwned;
use serde::ser::{Serialize, SerializeStruct as _, Serializer};
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::secret::{Context, Secret};

/// Reads a secret, as Prefect's task of that name does.
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

    /// A task that is told the name when it runs.
    pub fn unnamed() -> Self {
        Self::default()
    }

    /// The same, but in another context than the process's.
    #[must_use]
    pub fn within(mut self, context: &Context) -> Self {
        self.context = Some(context.clone());
        self
    }

    /// Reads the secret that the task was made for.
    ///
    /// # Errors
    /// The task was made without a name, or as for [`Secret::get`].
    pub async fn run<T: DeserializeOwned>(&self) -> Result<T> {
        let name = self.name.as_ref().ok_or(Error::NoName)?;
        self.run_named(name).await
    }

    /// Reads the secret of that name, whatever the task was made for.
    ///
    /// # Errors
    /// As for [`Secret::get`].
    pub async fn run_named<T: DeserializeOwned>(&self, name: &str) -> Result<T> {
        let secret = Secret::new(name);
        match &self.context {
            Some(context) => secret.within(context).get().await,
            None => secret.get().await,
        }
    }
}

/// Reads a variable, as Prefect's task of that name does. Unlike a secret, its text is not read as JSON.
#[derive(Clone, Default)]
pub struct EnvVarSecret {
    name: Option<String>,
    raise_if_missing: bool,
}

impl fmt::Debug for EnvVarSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnvVarSecret").field("name", &self.name).finish_non_exhaustive()
    }
}

impl EnvVarSecret {
    /// A task for the variable of that name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), raise_if_missing: false }
    }

    /// A task that is told the name when it runs.
    pub fn unnamed() -> Self {
        Self::default()
    }

    /// The same, but a variable that is not set is an error.
    #[must_use]
    pub const fn raise_if_missing(mut self) -> Self {
        self.raise_if_missing = true;
        self
    }

    /// The text of the variable that the task was made for; `None` if it is not set.
    ///
    /// # Errors
    /// The task was made without a name, or the variable has to be set and is not.
    pub fn run(&self) -> Result<Option<Zeroizing<String>>> {
        let name = self.name.as_ref().ok_or(Error::NoName)?;
        self.run_named(name)
    }

    /// The same of the variable of that name, whatever the task was made for.
    ///
    /// # Errors
    /// The variable has to be set, and is not.
    pub fn run_named(&self, name: &str) -> Result<Option<Zeroizing<String>>> {
        match env::var_os(name) {
            Some(text) => {
                let text = text.into_string().map_err(|_| Error::NotCast { name: name.to_owned() })?;
                Ok(Some(Zeroizing::new(text)))
            }
            None if self.raise_if_missing => Err(Error::VariableNotSet { name: name.to_owned() }),
            None => Ok(None),
        }
    }

    /// What `cast` makes of the text, which it is given only if the variable is set.
    ///
    /// # Errors
    /// As for [`EnvVarSecret::run`], or `cast` fails; what it says is not repeated, for it may hold the text.
    pub fn run_cast<T, E>(&self, cast: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>> {
        let Some(text) = self.run()? else {
            return Ok(None);
        };
        cast(&text).map(Some).map_err(|_| Error::NotCast { name: self.name.clone().unwrap_or_default() })
    }
}

/// As Prefect writes the result of a secret task: its name, from which it can be read again.
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
