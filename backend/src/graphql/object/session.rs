//! Browser sessions, and how one begins.

use async_graphql::{Object, SimpleObject};
use strongroom_shared::{DateTime, Uuid};

use super::date_time;
use crate::domain::Session;

/// A session, and whether the one who asks came with it.
pub struct SessionObject {
    /// The session.
    pub session: Session,
    /// Whether it is the asker's.
    pub is_current: bool,
}

/// A browser session.
#[Object(name = "session", rename_fields = "snake_case")]
impl SessionObject {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.session.id.0
    }

    /// When it began.
    async fn created(&self) -> DateTime {
        date_time(self.session.created)
    }

    /// When it was last used, to the minute.
    async fn last_used(&self) -> DateTime {
        date_time(self.session.last_used)
    }

    /// When it ends, used or not.
    async fn expires_at(&self) -> DateTime {
        date_time(self.session.expires)
    }

    /// The address it began at.
    async fn address(&self) -> &str {
        &self.session.device.address
    }

    /// What the browser says of itself.
    async fn user_agent(&self) -> &str {
        &self.session.device.user_agent
    }

    /// Whether the request came with it.
    async fn is_current(&self) -> bool {
        self.is_current
    }
}

/// A provider through which people log in.
#[derive(SimpleObject)]
#[graphql(name = "single_sign_on", rename_fields = "snake_case")]
pub struct SingleSignOnObject {
    /// What it is called on the button.
    pub name: String,
    /// The path that begins a log-in: for a browser to go to.
    pub path: &'static str,
}
