//! Members, and those who are invited.

use cynic::{MutationBuilder, QueryBuilder};
use strongroom_shared::Uuid;
use strongroom_shared::input::{
    EndMemberSessionsInput, InviteMemberInput, RemoveMemberInput, UpdateMemberInput, WithdrawInvitationInput,
};
use strongroom_shared::operation::{self, Invitation, InvitationInfo, Member};
use strongroom_shared::payload::InviteMemberPayload;

use super::{Reply, change, send, send_as};

/// The people in the team, by address.
pub fn list() -> Reply<Vec<Member>> {
    send(operation::Members::build(()), |answer| Some(answer.member))
}

/// The invitations whose links still work, by address.
pub fn invitations() -> Reply<Vec<Invitation>> {
    send(operation::Invitations::build(()), |answer| Some(answer.invitation))
}

/// The invitation of a link, for whoever has it; `None` when it does not work (any more).
pub fn invitation_of(token: String) -> Reply<Option<InvitationInfo>> {
    let operation = operation::InvitationOf::build(operation::InvitationOfVariables { token });
    send_as(None, operation, |answer| Some(answer.invitation_info))
}

/// Invites a person. The answer is the only place where the link's token ever stands.
pub fn invite(input: InviteMemberInput) -> Reply<InviteMemberPayload> {
    send(operation::InviteMember::build(operation::InviteMemberVariables { input }), |answer| answer.payload)
}

pub fn withdraw_invitation(id: Uuid) -> Reply<()> {
    let input = WithdrawInvitationInput { id };
    change(operation::WithdrawInvitation::build(operation::WithdrawInvitationVariables { input }))
}

pub fn update(input: UpdateMemberInput) -> Reply<()> {
    change(operation::UpdateMember::build(operation::UpdateMemberVariables { input }))
}

pub fn end_sessions(user_id: Uuid) -> Reply<()> {
    let input = EndMemberSessionsInput { user_id };
    change(operation::EndMemberSessions::build(operation::EndMemberSessionsVariables { input }))
}

pub fn remove(input: RemoveMemberInput) -> Reply<()> {
    change(operation::RemoveMember::build(operation::RemoveMemberVariables { input }))
}
