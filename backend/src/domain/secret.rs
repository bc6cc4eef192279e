//! Secrets and their versions, without values.

use std::fmt;

use chrono::TimeDelta;
use strongroom_shared::{DateTime, SecretName, limit};

use super::clock::{Time, format_time, parse_time};
use super::id::{SecretId, TeamId};
use super::rule::Rule;

/// How long before its expiry a secret has a reminder.
pub const EXPIRY_NOTICE: TimeDelta = TimeDelta::days(limit::EXPIRY_NOTICE_DAYS as i64);

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
    /// A reminder: an expired secret stays readable.
    pub expires_at: Option<Time>,
    pub expiry_notice: ExpiryNotice,
    /// Set for a tombstone, which can be restored for a while.
    pub deleted: Option<Time>,
    /// Whether Vault's API shows the tombstone, as it shows secrets that were deleted through it.
    pub is_shown: bool,
}

/// The last notice of a secret's expiry in the audit log.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ExpiryNotice {
    #[default]
    None,
    Soon,
    Expired,
}

impl ExpiryNotice {
    /// The notice that is due for a secret that expires then.
    pub fn due(expires_at: Time, now: Time) -> Self {
        if expires_at <= now {
            Self::Expired
        } else if expires_at <= now + EXPIRY_NOTICE {
            Self::Soon
        } else {
            Self::None
        }
    }
}

impl Secret {
    /// Sets the expiry, and clears earlier notices. Returns a description of the change; `None` without a change.
    pub(crate) fn expire(&mut self, at: Option<Time>, now: Time) -> Result<Option<String>, Rule> {
        if at == self.expires_at {
            return Ok(None);
        }
        Rule::require(at.is_none_or(|at| at > now), "A secret can only expire in the future.")?;
        (self.expires_at, self.expiry_notice) = (at, ExpiryNotice::None);
        Ok(Some(
            at.map_or_else(|| "never expires".to_owned(), |at| format!("expires at {}", format_time(at))),
        ))
    }
}

/// Parses when a secret expires; empty means never.
pub(crate) fn parse_expiry(text: &DateTime) -> Result<Option<Time>, Rule> {
    if text.0.is_empty() {
        return Ok(None);
    }
    let time = parse_time(&text.0).filter(|time| *time > Time::UNIX_EPOCH);
    time.map(Some).ok_or_else(|| Rule::new("`expires_at` is a time in the form of RFC 3339, or empty."))
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
