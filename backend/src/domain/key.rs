//! API keys and data keys.

use strongroom_shared::{SecretPattern, limit};

use super::clock::Time;
use super::filter::{Filter, Scalar, SecretColumn, Test};
use super::id::{ApiKeyId, DataKeyId, TeamId, UserId};
use super::role::Role;
use super::rule::Rule;

/// An API key, without the key, which is stored nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub team_id: TeamId,
    /// The owner; `None` for a key of the team.
    pub user_id: Option<UserId>,
    pub name: String,
    pub role: Role,
    /// The secrets it is limited to; `None`: all of the team's.
    pub secrets: Option<Vec<SecretPattern>>,
    pub created: Time,
    pub created_by: String,
    pub expires: Option<Time>,
    /// When it was last used, to the minute.
    pub last_used: Option<Time>,
}

/// An expired or revoked key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevokedKey {
    pub id: ApiKeyId,
    pub team_id: TeamId,
    pub name: String,
}

impl From<ApiKey> for RevokedKey {
    fn from(key: ApiKey) -> Self {
        Self { id: key.id, team_id: key.team_id, name: key.name }
    }
}

impl ApiKey {
    pub fn has_expired(&self, now: Time) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    pub fn sees(&self, name: &str) -> bool {
        self.secrets.as_ref().is_none_or(|patterns| patterns.iter().any(|pattern| pattern.matches(name)))
    }

    /// [`sees`](Self::sees) as a filter of lists.
    pub fn scope(&self) -> Filter<SecretColumn> {
        let Some(patterns) = &self.secrets else { return Filter::All(Vec::new()) };
        let test = |pattern: &SecretPattern| match pattern.prefix() {
            Some(prefix) => Test::StartsWith(prefix.to_owned()),
            None => Test::Equal(Scalar::Text(pattern.as_str().to_owned())),
        };
        let column = |pattern| Filter::Column(SecretColumn::Name, test(pattern));
        Filter::Any(patterns.iter().map(column).collect())
    }
}

/// How long a revoked key is remembered, so that its use is recorded.
pub const REVOKED_FOR: chrono::TimeDelta = chrono::TimeDelta::days(90);

/// Whether to update a last use: at most once a minute, so that not every read becomes a write.
pub fn is_outdated_use(last: Option<Time>, now: Time) -> bool {
    last.is_none_or(|last| now - last >= chrono::TimeDelta::minutes(1))
}

/// Parses a key's limits; an empty list means none.
pub fn parse_patterns(texts: Vec<String>) -> Result<Option<Vec<SecretPattern>>, Rule> {
    let are_few = texts.len() <= limit::SECRET_PATTERNS;
    Rule::require(are_few, "A key can be limited to at most 100 names and prefixes.")?;
    let patterns: Result<Vec<_>, _> = texts.into_iter().map(SecretPattern::parse).collect();
    Ok(Some(patterns.map_err(|error| Rule::new(error.to_string()))?).filter(|patterns| !patterns.is_empty()))
}

/// A team's data key, wrapped by a master key.
#[derive(Clone, Debug)]
pub struct WrappedDataKey {
    pub id: DataKeyId,
    pub team_id: TeamId,
    pub wrapped: Vec<u8>,
    pub master_key_fingerprint: String,
    pub created: Time,
}
