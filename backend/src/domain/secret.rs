//! A secret, without its value.

use std::fmt;

use strongroom_shared::{SecretName, limit};

use super::clock::Time;
use super::id::{SecretId, TeamId};
use super::rule::Rule;

/// What is known of a secret. A value never stands beside it: values exist sealed in the store and, for a moment,
/// on their way to a program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    pub id: SecretId,
    pub team_id: TeamId,
    /// Its name, exactly as given.
    pub name: SecretName,
    pub description: Option<String>,
    /// How often its value was set; 1 for a new secret.
    pub version: i64,
    pub created: Time,
    /// When it was last set, renamed or described.
    pub updated: Time,
    pub updated_by: String,
    pub last_read: Option<Time>,
    pub last_read_by: Option<String>,
    /// When it was deleted: it then is a tombstone, which can be restored for a while.
    pub deleted: Option<Time>,
}

/// Which version of which secret: the key of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VersionKey {
    pub secret_id: SecretId,
    /// The version's number, from 1.
    pub version: i64,
}

impl fmt::Display for VersionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "version {} of the secret {}", self.version, self.secret_id)
    }
}

/// A version of a secret, without its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretVersion {
    /// Its number, from 1.
    pub version: i64,
    pub created: Time,
    pub created_by: String,
}

/// Checks a description; empty means none.
pub(crate) fn parse_description(text: String) -> Result<Option<String>, Rule> {
    if text.chars().any(|c| c.is_control() && c != '\n') {
        Err(Rule::new("A description has no control characters but line breaks."))
    } else if text.chars().count() > limit::DESCRIPTION_CHARS {
        Err(Rule::new("A description has at most 1000 characters."))
    } else {
        Ok(Some(text).filter(|text| !text.is_empty()))
    }
}
