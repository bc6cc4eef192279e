//! Members and invitations.

use uuid::Uuid;

use crate::input::{
    EndMemberSessionsInput, InviteMemberInput, RemoveMemberInput, UpdateMemberInput, WithdrawInvitationInput,
};
use crate::payload::{InviteMemberPayload, SuccessPayload};
use crate::scalar::{DateTime, RoleName};
use crate::schema;

/// The members of the team, by address.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query")]
pub struct Members {
    pub member: Vec<Member>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "member", rename_all = "None")]
pub struct Member {
    pub user_id: Uuid,
    pub email: String,
    pub role: RoleName,
    pub joined: DateTime,
    /// `None`: never.
    pub last_login: Option<DateTime>,
}

/// The invitations whose links still work, by address.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query")]
pub struct Invitations {
    pub invitation: Vec<Invitation>,
}

#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "invitation", rename_all = "None")]
pub struct Invitation {
    pub id: Uuid,
    pub email: String,
    pub role: RoleName,
    pub created: DateTime,
    pub created_by: String,
    pub expires_at: DateTime,
}

#[derive(cynic::QueryVariables)]
pub struct InvitationOfVariables {
    pub token: String,
}

/// The invitation of a link; `None` if the link does not work (any more).
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", rename_all = "None", variables = InvitationOfVariables)]
pub struct InvitationOf {
    #[arguments(token: $token)]
    pub invitation_info: Option<InvitationInfo>,
}

/// An invitation, as the holder of its link sees it.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "invitation_info", rename_all = "None")]
pub struct InvitationInfo {
    pub team_name: String,
    pub email: String,
    pub role: RoleName,
    /// Whether they already have a password, which joining then takes.
    pub has_password: bool,
}

mutations! {
    InviteMember(InviteMemberVariables: InviteMemberInput) = "invite_member" -> InviteMemberPayload;
    WithdrawInvitation(WithdrawInvitationVariables: WithdrawInvitationInput) = "withdraw_invitation";
    UpdateMember(UpdateMemberVariables: UpdateMemberInput) = "update_member";
    EndMemberSessions(EndMemberSessionsVariables: EndMemberSessionsInput) = "end_member_sessions";
    RemoveMember(RemoveMemberVariables: RemoveMemberInput) = "remove_member";
}
