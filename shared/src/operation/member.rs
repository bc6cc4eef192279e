//! Members and invitations.

use uuid::Uuid;

use crate::input::{
    EndMemberSessionsInput, InviteMemberInput, RemoveMemberInput, UpdateMemberInput, WithdrawInvitationInput,
};
use crate::payload::{InviteMemberPayload, SuccessPayload};
use crate::scalar::{DateTime, RoleName};
use crate::schema;

#[derive(cynic::QueryVariables)]
pub struct InvitationOfVariables {
    pub token: String,
}

fragments! {
    (cynic::QueryFragment)

    /// The members of the team, by address.
    Members("Query"): Clone, Debug {
        pub member: Vec<Member>,
    }

    Member("member"): Clone, Debug, PartialEq, Eq {
        pub user_id: Uuid,
        pub email: String,
        pub role: RoleName,
        pub joined: DateTime,
        /// `None`: never.
        pub last_login: Option<DateTime>,
    }

    /// The invitations whose links still work, by address.
    Invitations("Query"): Clone, Debug {
        pub invitation: Vec<Invitation>,
    }

    Invitation("invitation"): Clone, Debug, PartialEq, Eq {
        pub id: Uuid,
        pub email: String,
        pub role: RoleName,
        pub created: DateTime,
        pub created_by: String,
        pub expires_at: DateTime,
    }

    /// The invitation of a link; `None` if the link is invalid, expired or used.
    InvitationOf("Query", InvitationOfVariables): Clone, Debug {
        #[arguments(token: $token)]
        pub invitation_info: Option<InvitationInfo>,
    }

    /// An invitation, as the holder of its link sees it.
    InvitationInfo("invitation_info"): Clone, Debug, PartialEq, Eq {
        pub team_name: String,
        pub email: String,
        pub role: RoleName,
        /// Whether they already have a password, which they then have to enter.
        pub has_password: bool,
    }
}

mutations! {
    InviteMember(InviteMemberInput) = "invite_member" -> InviteMemberPayload;
    WithdrawInvitation(WithdrawInvitationInput) = "withdraw_invitation";
    UpdateMember(UpdateMemberInput) = "update_member";
    EndMemberSessions(EndMemberSessionsInput) = "end_member_sessions";
    RemoveMember(RemoveMemberInput) = "remove_member";
}
