//! Browser sessions, and how one begins.

use async_graphql::SimpleObject;
use strongroom_shared::{DateTime, Uuid};

use super::date_time;
use crate::domain::Session;

object! {
    /// A browser session.
    SessionObject(session: Session, is_current: bool) as "session" {
        /// Its id.
        id: Uuid = session.id.0,
        /// When it began.
        created: DateTime = date_time(session.created),
        /// When it was last used, to the minute.
        last_used: DateTime = date_time(session.last_used),
        /// When it ends, used or not.
        expires_at: DateTime = date_time(session.expires),
        /// The address it began at.
        address: &str = &session.device.address,
        /// What the browser says of itself.
        user_agent: &str = &session.device.user_agent,
        /// Whether the request came with it.
        is_current: bool = *is_current,
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
