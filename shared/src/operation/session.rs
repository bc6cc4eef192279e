//! Who asks, and browser sessions.

use uuid::Uuid;

use crate::input::{AcceptInvitationInput, ChangePasswordInput, EndSessionInput, LogInInput, SetUpInput};
use crate::payload::SuccessPayload;
use crate::scalar::{DateTime, RoleName};
use crate::schema;

/// Who am I, in which team, and what may I do there?
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", rename_all = "None")]
pub struct Session {
    pub auth_info: Option<AuthInfo>,
    /// The teams they can act in; one of them is `auth_info.tenant_id`.
    pub tenant: Vec<Tenant>,
}

/// The one who asks.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "auth_info", rename_all = "None")]
pub struct AuthInfo {
    pub tenant_id: Uuid,
    pub user_id: Uuid,
    /// Their address; a key has none.
    pub email: Option<String>,
    pub role: RoleName,
    /// What they may do, as [`crate::Permission`] writes it.
    pub permissions: Vec<String>,
}

/// Who am I, as whoever holds a key wants to know?
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", rename_all = "None")]
pub struct WhoAmI {
    pub auth_info: Option<Identity>,
    /// The teams they can act in; one of them is `auth_info.tenant_id`.
    pub tenant: Vec<Tenant>,
}

/// The one who asks, with what limits their key.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "auth_info", rename_all = "None")]
pub struct Identity {
    pub tenant_id: Uuid,
    pub name: String,
    pub role: RoleName,
    /// What they may do, as [`crate::Permission`] writes it.
    pub permissions: Vec<String>,
    /// The secrets a key is limited to; `None`: all of the team's.
    pub secrets: Option<Vec<String>>,
    /// When a key stops working; `None`: never.
    pub expires_at: Option<DateTime>,
}

/// A team.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "tenant")]
pub struct Tenant {
    pub id: Uuid,
    pub name: String,
    /// Its short name in commands.
    pub slug: String,
}

/// Does the store still wait for its first team, and how do people log in?
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", rename_all = "None")]
pub struct Entrance {
    pub set_up_required: bool,
    pub single_sign_on: Option<SingleSignOn>,
}

/// A provider through which people log in.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "single_sign_on")]
pub struct SingleSignOn {
    pub name: String,
    pub path: String,
}

/// One's own sessions, the one last used first.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query")]
pub struct Sessions {
    pub session: Vec<BrowserSession>,
}

/// A browser session.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "session", rename_all = "None")]
pub struct BrowserSession {
    pub id: Uuid,
    pub created: DateTime,
    /// When it was last used, to the minute.
    pub last_used: DateTime,
    pub expires_at: DateTime,
    pub address: String,
    pub user_agent: String,
    pub is_current: bool,
}

mutations! {
    /// Start a session.
    LogIn(LogInVariables: LogInInput) = "log_in";
    /// Make the first team and its administrator, and start their session.
    SetUp(SetUpVariables: SetUpInput) = "set_up";
    /// Join a team by an invitation's link, and start a session there.
    AcceptInvitation(AcceptInvitationVariables: AcceptInvitationInput) = "accept_invitation";
    /// Change one's own password.
    ChangePassword(ChangePasswordVariables: ChangePasswordInput) = "change_password";
    /// End one of one's own sessions.
    EndSession(EndSessionVariables: EndSessionInput) = "end_session";
}

/// End the session.
#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Mutation")]
pub struct LogOut {
    #[cynic(rename = "log_out")]
    pub payload: Option<SuccessPayload>,
}

/// End all of one's own sessions.
#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Mutation")]
pub struct LogOutEverywhere {
    #[cynic(rename = "log_out_everywhere")]
    pub payload: Option<SuccessPayload>,
}
