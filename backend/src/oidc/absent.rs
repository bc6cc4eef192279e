//! No provider: what is compiled without the feature `oidc`.

use url::Url;

use super::{Error, Identity, Pending, Registration};
use crate::crypto::Entropy;
use crate::domain::Time;

/// A provider that can't be.
pub enum Provider {}

impl Provider {
    /// Says that there is none.
    ///
    /// # Errors
    /// Always.
    pub fn new(_: Registration, _: Url) -> Result<Self, Error> {
        Err(Error::Absent)
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        match *self {}
    }

    /// Begins a log-in.
    ///
    /// # Errors
    /// None: it can't be called.
    #[expect(clippy::unused_async, reason = "the real one waits")]
    pub async fn begin(&self, _: &dyn Entropy, _: Time) -> Result<(Url, Pending), Error> {
        match *self {}
    }

    /// Ends a log-in.
    ///
    /// # Errors
    /// None: it can't be called.
    #[expect(clippy::unused_async, reason = "the real one waits")]
    pub async fn finish(&self, _: String, _: Pending, _: Time) -> Result<Identity, Error> {
        match *self {}
    }
}
