//! An API key, without the key.

use strongroom_shared::Role;

use super::clock::Time;
use super::id::{ApiKeyId, TeamId, UserId};

/// What is known of an API key. The key itself is stored nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// The key's id.
    pub id: ApiKeyId,
    /// The one team it acts in.
    pub team_id: TeamId,
    /// Whose it is; `None` for a key that belongs to a program and was made on the command line.
    pub user_id: Option<UserId>,
    /// What it is for, in words.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// When it was made.
    pub created: Time,
    /// When it stops working.
    pub expires: Option<Time>,
    /// When it was last used, to the minute.
    pub last_used: Option<Time>,
}

impl ApiKey {
    /// Whether the key no longer works.
    pub fn has_expired(&self, now: Time) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Whether `last_used` is worth writing again: not more often than each minute, for reads should stay reads.
    pub fn use_is_news(&self, now: Time) -> bool {
        self.last_used
            .is_none_or(|last| now - last >= chrono::TimeDelta::minutes(1))
    }
}
