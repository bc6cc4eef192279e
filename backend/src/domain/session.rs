//! Browser sessions.

use super::clock::Time;
use super::id::{SessionId, TeamId};
use super::person::User;

/// A browser session, without its token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub id: SessionId,
    pub user: User,
    /// Requests can name another team.
    pub team_id: TeamId,
    pub created: Time,
    /// To the minute.
    pub last_used: Time,
    pub expires: Time,
    pub device: Device,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Device {
    /// The peer's address.
    pub address: String,
    /// For the user to recognise the browser, and for nothing else.
    pub user_agent: String,
}

impl Device {
    pub fn new(address: String, user_agent: &str) -> Self {
        let user_agent = user_agent.chars().filter(|c| !c.is_control()).take(200).collect();
        Self { address, user_agent }
    }
}
