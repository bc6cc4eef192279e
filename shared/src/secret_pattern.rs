//! The limits of keys: names of secrets, and prefixes with a star at the end.

use std::fmt;

use crate::secret_name::{SecretName, SecretNameError};

/// A name, or a prefix and `*`: `DB_URL`, `DB_*`.
///
/// A name that ends with a star counts as a prefix, which matches it, too.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretPattern(SecretName);

impl SecretPattern {
    /// Reads a pattern: it follows the rules of names.
    ///
    /// # Errors
    /// The rule that `text` breaks.
    pub fn parse(text: String) -> Result<Self, SecretNameError> {
        SecretName::parse(text).map(Self)
    }

    /// The pattern's text.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    /// The prefix; `None` when the pattern is a name.
    pub fn prefix(&self) -> Option<&str> {
        self.as_str().strip_suffix('*')
    }

    /// Whether a name fits the pattern.
    pub fn matches(&self, name: &str) -> bool {
        match self.prefix() {
            Some(prefix) => name.starts_with(prefix),
            None => name == self.as_str(),
        }
    }
}

impl fmt::Display for SecretPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
