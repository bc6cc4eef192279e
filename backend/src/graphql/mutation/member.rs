//! Members: invited, changed, removed.

use async_graphql::{Context, Object, Result};
use strongroom_shared::input::{
    EndMemberSessionsInput, InviteMemberInput, RemoveMemberInput, UpdateMemberInput, WithdrawInvitationInput,
};
use strongroom_shared::payload::{InviteMemberPayload, SuccessPayload};

use crate::graphql::Nullable;
use crate::graphql::caller::{actor, service};
use crate::graphql::object::date_time;

async fn invite_member(ctx: &Context<'_>, input: InviteMemberInput) -> Result<InviteMemberPayload> {
    let (invitation, token) = service(ctx).invite_member(actor(ctx)?, input).await?;
    Ok(InviteMemberPayload {
        id: invitation.id.0,
        token: token.expose().to_owned(),
        expires_at: date_time(invitation.expires),
    })
}

async fn withdraw_invitation(ctx: &Context<'_>, input: WithdrawInvitationInput) -> Result<SuccessPayload> {
    Ok(service(ctx).withdraw_invitation(actor(ctx)?, input.id).await?)
}

async fn update_member(ctx: &Context<'_>, input: UpdateMemberInput) -> Result<SuccessPayload> {
    Ok(service(ctx).update_member(actor(ctx)?, input).await?)
}

async fn end_member_sessions(ctx: &Context<'_>, input: EndMemberSessionsInput) -> Result<SuccessPayload> {
    Ok(service(ctx).end_member_sessions(actor(ctx)?, input).await?)
}

async fn remove_member(ctx: &Context<'_>, input: RemoveMemberInput) -> Result<SuccessPayload> {
    Ok(service(ctx).remove_member(actor(ctx)?, input).await?)
}

#[derive(Default)]
pub struct MemberMutation;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl MemberMutation {
    /// Invite a person into the team. The link's token is shown this once.
    async fn invite_member(
        &self,
        ctx: &Context<'_>,
        input: InviteMemberInput,
    ) -> Nullable<InviteMemberPayload> {
        Some(invite_member(ctx, input).await)
    }

    /// Withdraw an invitation: its link stops working.
    async fn withdraw_invitation(
        &self,
        ctx: &Context<'_>,
        input: WithdrawInvitationInput,
    ) -> Nullable<SuccessPayload> {
        Some(withdraw_invitation(ctx, input).await)
    }

    /// Change a member's role: it counts at their next request.
    async fn update_member(&self, ctx: &Context<'_>, input: UpdateMemberInput) -> Nullable<SuccessPayload> {
        Some(update_member(ctx, input).await)
    }

    /// End all of a member's sessions, whichever team they act in. API keys keep working.
    async fn end_member_sessions(
        &self,
        ctx: &Context<'_>,
        input: EndMemberSessionsInput,
    ) -> Nullable<SuccessPayload> {
        Some(end_member_sessions(ctx, input).await)
    }

    /// Take a person out of the team, or leave it oneself. They are out at their next request.
    async fn remove_member(&self, ctx: &Context<'_>, input: RemoveMemberInput) -> Nullable<SuccessPayload> {
        Some(remove_member(ctx, input).await)
    }
}
