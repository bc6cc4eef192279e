//! Members, and those who are invited.

use cynic::{MutationBuilder, QueryBuilder};
use strongroom_shared::Uuid;
use strongroom_shared::input::{
    InviteMemberInput, RemoveMemberInput, UpdateMemberInput, WithdrawInvitationInput,
};
use strongroom_shared::operation::{self, Invitation, InvitationInfo, Member};
use strongroom_shared::payload::InviteMemberPayload;

use super::{ApiError, done, nonsense, send, send_as};

/// The people in the team, by address.
pub async fn list() -> Result<Vec<Member>, ApiError> {
    send(operation::Members::build(()))
        .await
        .map(|answer| answer.member)
}

/// The invitations whose links still work, by address.
pub async fn invitations() -> Result<Vec<Invitation>, ApiError> {
    send(operation::Invitations::build(()))
        .await
        .map(|answer| answer.invitation)
}

/// The invitation of a link, for whoever has it; `None` when it does not work (any more).
pub async fn invitation_of(token: String) -> Result<Option<InvitationInfo>, ApiError> {
    let operation = operation::InvitationOf::build(operation::InvitationOfVariables { token });
    send_as(None, operation)
        .await
        .map(|answer| answer.invitation_info)
}

/// Invites a person. The answer is the only place where the link's token ever stands.
pub async fn invite(input: InviteMemberInput) -> Result<InviteMemberPayload, ApiError> {
    let operation = operation::InviteMember::build(operation::InviteMemberVariables { input });
    send(operation).await?.payload.ok_or_else(nonsense)
}

/// Withdraws an invitation.
pub async fn withdraw_invitation(id: Uuid) -> Result<(), ApiError> {
    let input = WithdrawInvitationInput { id };
    let operation = operation::WithdrawInvitation::build(operation::WithdrawInvitationVariables { input });
    done(send(operation).await?.payload)
}

/// Changes a member's role.
pub async fn update(input: UpdateMemberInput) -> Result<(), ApiError> {
    let operation = operation::UpdateMember::build(operation::UpdateMemberVariables { input });
    done(send(operation).await?.payload)
}

/// Takes a person out of the team, or leaves it oneself.
pub async fn remove(input: RemoveMemberInput) -> Result<(), ApiError> {
    let operation = operation::RemoveMember::build(operation::RemoveMemberVariables { input });
    done(send(operation).await?.payload)
}
