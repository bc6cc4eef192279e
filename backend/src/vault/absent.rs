//! No Vault: what is compiled without the feature `vault`.

use strongroom_shared::Uuid;

use super::{Error, Settings};

/// A Vault that can't be.
pub enum Vault {}

impl Vault {
    /// Says that there is none.
    ///
    /// # Errors
    /// Always.
    pub fn new(_: &Settings) -> Result<Self, Error> {
        Err(Error::Absent)
    }

    /// Puts a value.
    ///
    /// # Errors
    /// None: it can't be called.
    #[expect(clippy::unused_async, reason = "the real one waits")]
    pub async fn put(&self, _: Uuid, _: Uuid, _: &[u8]) -> Result<(), Error> {
        match *self {}
    }

    /// Finds a value.
    ///
    /// # Errors
    /// None: it can't be called.
    #[expect(clippy::unused_async, reason = "the real one waits")]
    pub async fn find(&self, _: Uuid, _: Uuid) -> Result<Option<Vec<u8>>, Error> {
        match *self {}
    }

    /// Removes a value.
    ///
    /// # Errors
    /// None: it can't be called.
    #[expect(clippy::unused_async, reason = "the real one waits")]
    pub async fn remove(&self, _: Uuid, _: Uuid) -> Result<(), Error> {
        match *self {}
    }

    /// Lists values.
    ///
    /// # Errors
    /// None: it can't be called.
    #[expect(clippy::unused_async, reason = "the real one waits")]
    pub async fn list(&self, _: Uuid) -> Result<Vec<Uuid>, Error> {
        match *self {}
    }
}
