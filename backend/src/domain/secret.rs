//! Secrets and their versions, without values.

use std::fmt;

use strongroom_shared::{SecretName, limit};

use super::clock::Time;
use super::id::{SecretId, TeamId};
use super::rule::Rule;

/// A secret, without its value, so that lists can't leak one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Secret {
    pub id: SecretId,
    pub team_id: TeamId,
    pub name: SecretName,
    pub description: Option<String>,
    /// 1 for a new secret.
    pub version: i64,
    pub created: Time,
    /// The time it was last set, renamed or described.
    pub updated: Time,
    pub updated_by: String,
    pub last_read: Option<Time>,
    pub last_read_by: Option<String>,
    /// Set for a tombstone, which can be restored for a while.
    pub deleted: Option<Time>,
}

/// The key of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct VersionKey {
    pub secret_id: SecretId,
    pub version: i64,
}

impl fmt::Display for VersionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "version {} of the secret {}", self.version, self.secret_id)
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretVersion {
    pub version: i64,
    pub created: Time,
    pub created_by: String,
    /// The version whose value it restored.
    pub restored_from: Option<i64>,
}

/// Checks a description; empty means none.
pub(crate) fn parse_description(text: String) -> Result<Option<String>, Rule> {
    let is_plain = !text.chars().any(|c| c.is_control() && c != '\n');
    Rule::require(is_plain, "A description can't contain control characters, except line breaks.")?;
    let is_short = text.chars().count() <= limit::DESCRIPTION_CHARS;
    Rule::require(is_short, "A description can have at most 1000 characters.")?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}
