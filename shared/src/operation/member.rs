//! Members, and those who are invited.

use uuid::Uuid;

use crate::input::{
    EndMemberSessionsInput, InviteMemberInput, RemoveMemberInput, UpdateMemberInput, WithdrawInvitationInput,
};
use crate::payload::{InviteMemberPayload, SuccessPayload};
use crate::scalar::{DateTime, RoleName};
use crate::schema;

/// The people in the team, by address.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query")]
pub struct Members {
    pub member: Vec<Member>,
}

/// A person in the team.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "member", rename_all = "None")]
pub struct Member {
    pub user_id: Uuid,
    pub email: String,
    pub role: RoleName,
    pub joined: DateTime,
    /// When they last logged in; `None`: never.
    pub last_login: Option<DateTime>,
}

/// The invitations whose links still work, by address.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query")]
pub struct Invitations {
    pub invitation: Vec<Invitation>,
}

/// An invitation.
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

/// The invitation of a link, for whoever has it; `None` when it does not work (any more).
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", rename_all = "None", variables = InvitationOfVariables)]
pub struct InvitationOf {
    #[arguments(token: $token)]
    pub invitation_info: Option<InvitationInfo>,
}

/// An invitation, as the one who has its link sees it.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "invitation_info", rename_all = "None")]
pub struct InvitationInfo {
    pub team_name: String,
    pub email: String,
    pub role: RoleName,
    /// Whether they have a password already, which they then join with.
    pub has_password: bool,
}

mutations! {
    /// Invite a person into the team.
    InviteMember(InviteMemberVariables: InviteMemberInput) = "invite_member" -> InviteMemberPayload;
    /// Withdraw an invitation.
    WithdrawInvitation(WithdrawInvitationVariables: WithdrawInvitationInput) = "withdraw_invitation";
    /// Change a member's role.
    UpdateMember(UpdateMemberVariables: UpdateMemberInput) = "update_member";
    /// End all of a member's sessions.
    EndMemberSessions(EndMemberSessionsVariables: EndMemberSessionsInput) = "end_member_sessions";
    /// Take a person out of the team, or leave it oneself.
    RemoveMember(RemoveMemberVariables: RemoveMemberInput) = "remove_member";
}
