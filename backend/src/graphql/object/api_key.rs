//! An API key, without the key.

use strongroom_shared::{DateTime, RoleName, SecretPattern, Uuid};

use super::date_time;
use crate::domain::ApiKey;

object! {
    /// An API key, without the key.
    AuthApiKeyObject(key: ApiKey) as "auth_api_key" {
        /// Its id.
        id: Uuid = key.id.0,
        /// What it is for.
        name: &str = &key.name,
        /// What it may do.
        role: RoleName = key.role.name.clone(),
        /// The secrets it is limited to: names, and prefixes such as `DB_*`; null: all of the team's.
        secrets: Option<Vec<&str>> = {
            let patterns = key.secrets.as_ref()?;
            Some(patterns.iter().map(SecretPattern::as_str).collect())
        },
        /// Whose it is; a program's is its own.
        user_id: Uuid = key.user_id.map_or(key.id.0, |user| user.0),
        /// Whether it is the team's own: it then goes on working, whoever leaves.
        is_team_owned: bool = key.user_id.is_none(),
        /// Who made it.
        created_by: &str = &key.created_by,
        /// When it was made.
        created: DateTime = date_time(key.created),
        /// When it stops working; null: never.
        expires_at: Option<DateTime> = key.expires.map(date_time),
        /// When it was last used, to the minute.
        last_used: Option<DateTime> = key.last_used.map(date_time),
    }
}
