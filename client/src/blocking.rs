//! The same for programs that don't wait in an async runtime. Inside of one, these functions panic: use the async ones.

use std::sync::OnceLock;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::runtime::{Builder, Runtime};

use crate::error::{Error, Result};
use crate::secret::Context;
use crate::value::Value;
use crate::{Identity, Json};

/// A [`crate::Client`] whose functions return when they are done.
#[derive(Clone, Debug)]
pub struct Client(crate::Client);

impl Client {
    /// The blocking front of `client`.
    pub const fn new(client: crate::Client) -> Self {
        Self(client)
    }

    /// A client as this machine's settings say.
    ///
    /// # Errors
    /// As for [`crate::Client::from_env`].
    pub fn from_env() -> Result<Self> {
        crate::Client::from_env().map(Self)
    }

    /// Creates or overwrites a secret.
    ///
    /// # Errors
    /// As for [`crate::Client::set_secret`].
    pub fn set_secret(&self, name: &str, value: impl Serialize) -> Result<()> {
        runtime()?.block_on(self.0.set_secret(name, value))
    }

    /// Deletes a secret.
    ///
    /// # Errors
    /// As for [`crate::Client::delete_secret`].
    pub fn delete_secret(&self, name: &str) -> Result<()> {
        runtime()?.block_on(self.0.delete_secret(name))
    }

    /// The names of the secrets that the key may see, in order.
    ///
    /// # Errors
    /// As for [`crate::Client::secret_names`].
    pub fn secret_names(&self) -> Result<Vec<String>> {
        runtime()?.block_on(self.0.secret_names())
    }

    /// A secret's value.
    ///
    /// # Errors
    /// As for [`crate::Client::secret_value`].
    pub fn secret_value(&self, name: &str) -> Result<Json> {
        runtime()?.block_on(self.0.secret_value(name))
    }

    /// Whose key this is, in which team, and what it may do.
    ///
    /// # Errors
    /// As for [`crate::Client::who_am_i`].
    pub fn who_am_i(&self) -> Result<Identity> {
        runtime()?.block_on(self.0.who_am_i())
    }
}

/// A [`crate::Secret`] whose functions return when they are done.
#[derive(Clone, Debug)]
pub struct Secret(crate::Secret);

impl Secret {
    /// The secret of that name, on this machine.
    pub fn new(name: impl Into<String>) -> Self {
        Self(crate::Secret::new(name))
    }

    /// The same, but in another context than the process's.
    #[must_use]
    pub fn within(self, context: &Context) -> Self {
        Self(self.0.within(context))
    }

    /// Its value as a `T`.
    ///
    /// # Errors
    /// As for [`crate::Secret::get`].
    pub fn get<T: DeserializeOwned>(&self) -> Result<T> {
        runtime()?.block_on(self.0.get())
    }

    /// Its value, of whatever type it is.
    ///
    /// # Errors
    /// As for [`crate::Secret::value`].
    pub fn value(&self) -> Result<Value> {
        runtime()?.block_on(self.0.value())
    }

    /// Whether there is such a secret.
    ///
    /// # Errors
    /// As for [`crate::Secret::exists`].
    pub fn exists(&self) -> Result<bool> {
        runtime()?.block_on(self.0.exists())
    }
}

/// One for all of the process: connections live in it, and are used again.
fn runtime() -> Result<&'static Runtime> {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    if let Some(runtime) = RUNTIME.get() {
        return Ok(runtime);
    }
    let runtime =
        Builder::new_current_thread().enable_all().build().map_err(|error| Error::SetUp(Box::new(error)))?;
    Ok(RUNTIME.get_or_init(|| runtime))
}
