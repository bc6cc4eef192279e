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
    /// The members.
    pub member: Vec<Member>,
}

/// A person in the team.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "member")]
pub struct Member {
    /// The person's id.
    #[cynic(rename = "user_id")]
    pub user_id: Uuid,
    /// Their address.
    pub email: String,
    /// What they are in the team.
    pub role: RoleName,
    /// When they joined.
    pub joined: DateTime,
    /// When they last logged in; `None`: never.
    #[cynic(rename = "last_login")]
    pub last_login: Option<DateTime>,
}

/// The invitations whose links still work, by address.
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query")]
pub struct Invitations {
    /// The invitations.
    pub invitation: Vec<Invitation>,
}

/// An invitation.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "invitation")]
pub struct Invitation {
    /// Its id.
    pub id: Uuid,
    /// Who is invited.
    pub email: String,
    /// What they will be.
    pub role: RoleName,
    /// When it was made.
    pub created: DateTime,
    /// Who made it.
    #[cynic(rename = "created_by")]
    pub created_by: String,
    /// When its link stops working.
    #[cynic(rename = "expires_at")]
    pub expires_at: DateTime,
}

/// The variables of [`InvitationOf`].
#[derive(cynic::QueryVariables)]
pub struct InvitationOfVariables {
    /// The token that the link carries.
    pub token: String,
}

/// The invitation of a link, for whoever has it; `None` when it does not work (any more).
#[derive(cynic::QueryFragment, Clone, Debug)]
#[cynic(graphql_type = "Query", variables = InvitationOfVariables)]
pub struct InvitationOf {
    /// The invitation.
    #[arguments(token: $token)]
    #[cynic(rename = "invitation_info")]
    pub invitation_info: Option<InvitationInfo>,
}

/// An invitation, as the one who has its link sees it.
#[derive(cynic::QueryFragment, Clone, Debug, PartialEq, Eq)]
#[cynic(graphql_type = "invitation_info")]
pub struct InvitationInfo {
    /// The team's name.
    #[cynic(rename = "team_name")]
    pub team_name: String,
    /// Who is invited.
    pub email: String,
    /// What they will be.
    pub role: RoleName,
    /// Whether they have a password already, which they then join with.
    #[cynic(rename = "has_password")]
    pub has_password: bool,
}

mutation! {
    /// Invite a person into the team.
    InviteMember(InviteMemberVariables: InviteMemberInput) = "invite_member" -> InviteMemberPayload
}

mutation! {
    /// Withdraw an invitation.
    WithdrawInvitation(WithdrawInvitationVariables: WithdrawInvitationInput) = "withdraw_invitation"
}

mutation! {
    /// Change a member's role.
    UpdateMember(UpdateMemberVariables: UpdateMemberInput) = "update_member"
}

mutation! {
    /// End all of a member's sessions.
    EndMemberSessions(EndMemberSessionsVariables: EndMemberSessionsInput) = "end_member_sessions"
}

mutation! {
    /// Take a person out of the team, or leave it oneself.
    RemoveMember(RemoveMemberVariables: RemoveMemberInput) = "remove_member"
}
