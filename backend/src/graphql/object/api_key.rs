//! An API key, without the key.

use async_graphql::Object;
use strongroom_shared::{DateTime, RoleName, SecretPattern, Uuid};

use super::date_time;
use crate::domain::ApiKey;

/// An API key, without the key.
pub struct AuthApiKeyObject(pub ApiKey);

/// An API key, without the key.
#[Object(name = "auth_api_key", rename_fields = "snake_case")]
impl AuthApiKeyObject {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.0.id.0
    }

    /// What it is for.
    async fn name(&self) -> &str {
        &self.0.name
    }

    /// What it may do.
    async fn role(&self) -> RoleName {
        self.0.role.name.clone()
    }

    /// The secrets it is limited to: names, and prefixes such as `DB_*`; null: all of the team's.
    async fn secrets(&self) -> Option<Vec<&str>> {
        let patterns = self.0.secrets.as_ref()?;
        Some(patterns.iter().map(SecretPattern::as_str).collect())
    }

    /// Whose it is; a program's is its own.
    async fn user_id(&self) -> Uuid {
        self.0.user_id.map_or(self.0.id.0, |user| user.0)
    }

    /// Whether it is the team's own: it then goes on working, whoever leaves.
    async fn is_team_owned(&self) -> bool {
        self.0.user_id.is_none()
    }

    /// Who made it.
    async fn created_by(&self) -> &str {
        &self.0.created_by
    }

    /// When it was made.
    async fn created(&self) -> DateTime {
        date_time(self.0.created)
    }

    /// When it stops working; null: never.
    async fn expires_at(&self) -> Option<DateTime> {
        self.0.expires.map(date_time)
    }

    /// When it was last used, to the minute.
    async fn last_used(&self) -> Option<DateTime> {
        self.0.last_used.map(date_time)
    }
}
