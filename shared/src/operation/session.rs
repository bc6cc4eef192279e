//! The current user or key, and browser sessions.

use uuid::Uuid;

use crate::input::{AcceptInvitationInput, ChangePasswordInput, EndSessionInput, LogInInput, SetUpInput};
use crate::payload::SuccessPayload;
use crate::scalar::{DateTime, RoleName};
use crate::schema;

#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", rename_all = "None")]
pub struct Session {
    pub auth_info: Option<AuthInfo>,
    /// All of their teams, that of `auth_info.tenant_id` included.
    pub tenant: Vec<Tenant>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "auth_info", rename_all = "None")]
pub struct AuthInfo {
    pub tenant_id: Uuid,
    pub user_id: Uuid,
    /// A key has none.
    pub email: Option<String>,
    pub role: RoleName,
    /// As [`crate::Permission`] writes them.
    pub permissions: Vec<String>,
}

/// The same for the holder of a key.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", rename_all = "None")]
pub struct WhoAmI {
    pub auth_info: Option<Identity>,
    /// All of their teams, that of `auth_info.tenant_id` included.
    pub tenant: Vec<Tenant>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "auth_info", rename_all = "None")]
pub struct Identity {
    pub tenant_id: Uuid,
    pub name: String,
    pub role: RoleName,
    /// As [`crate::Permission`] writes them.
    pub permissions: Vec<String>,
    /// The secrets a key is limited to; `None`: all of the team's.
    pub secrets: Option<Vec<String>>,
    /// `None`: never.
    pub expires_at: Option<DateTime>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "tenant")]
pub struct Tenant {
    pub id: Uuid,
    pub name: String,
    pub slug: String,
}

/// Whether the first team is still to be set up, and how to log in.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", rename_all = "None")]
pub struct Entrance {
    pub set_up_required: bool,
    pub single_sign_on: Option<SingleSignOn>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "single_sign_on")]
pub struct SingleSignOn {
    pub name: String,
    pub path: String,
}

/// The user's own sessions, the one last used first.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query")]
pub struct Sessions {
    pub session: Vec<BrowserSession>,
}

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
    LogIn(LogInVariables: LogInInput) = "log_in";
    SetUp(SetUpVariables: SetUpInput) = "set_up";
    AcceptInvitation(AcceptInvitationVariables: AcceptInvitationInput) = "accept_invitation";
    ChangePassword(ChangePasswordVariables: ChangePasswordInput) = "change_password";
    EndSession(EndSessionVariables: EndSessionInput) = "end_session";
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Mutation")]
pub struct LogOut {
    #[cynic(rename = "log_out")]
    pub payload: Option<SuccessPayload>,
}

#[derive(cynic::QueryFragment)]
#[cynic(graphql_type = "Mutation")]
pub struct LogOutEverywhere {
    #[cynic(rename = "log_out_everywhere")]
    pub payload: Option<SuccessPayload>,
}
