//! A browser session.

use super::clock::Time;
use super::id::{SessionId, TeamId};
use super::person::User;

/// A browser session, without its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub user: User,
    /// The team it acts in, unless a request names another.
    pub team_id: TeamId,
    pub created: Time,
    /// When it was last used, to the minute.
    pub last_used: Time,
    /// When it ends, used or not.
    pub expires: Time,
    pub device: Device,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The peer's address.
    pub address: String,
    /// What the browser says of itself: for its owner to recognise it, and for nothing else.
    pub user_agent: String,
}

impl Device {
    /// A device, of which the browser may say what it likes: only so much is kept.
    pub fn new(address: String, user_agent: &str) -> Self {
        let user_agent = user_agent.chars().filter(|c| !c.is_control()).take(200).collect();
        Self { address, user_agent }
    }
}
