//! Members: invited, changed, removed.

use strongroom_shared::input::{
    EndMemberSessionsInput, InviteMemberInput, RemoveMemberInput, UpdateMemberInput, WithdrawInvitationInput,
};
use strongroom_shared::payload::{InviteMemberPayload, SuccessPayload};

use super::payload;
use crate::graphql::caller::{actor, service};
use crate::graphql::object::date_time;

mutations! { MemberMutation {
    /// Invite a person into the team. The link's token is shown this once.
    invite_member(ctx, input: InviteMemberInput) -> InviteMemberPayload {
        let (invitation, token) = service(ctx).invite_member(actor(ctx)?, input).await?;
        Ok(InviteMemberPayload {
            id: invitation.id.0,
            token: token.expose().to_owned(),
            expires_at: date_time(invitation.expires),
        })
    }

    /// Withdraw an invitation: its link stops working.
    withdraw_invitation(ctx, input: WithdrawInvitationInput) -> SuccessPayload {
        Ok(payload::success(service(ctx).withdraw_invitation(actor(ctx)?, input.id).await?))
    }

    /// Change a member's role: it counts at their next request.
    update_member(ctx, input: UpdateMemberInput) -> SuccessPayload {
        Ok(payload::success(service(ctx).update_member(actor(ctx)?, input).await?))
    }

    /// End all of a member's sessions, whichever team they act in. API keys keep working.
    end_member_sessions(ctx, input: EndMemberSessionsInput) -> SuccessPayload {
        Ok(payload::success(service(ctx).end_member_sessions(actor(ctx)?, input).await?))
    }

    /// Take a person out of the team, or leave it oneself. They are out at their next request.
    remove_member(ctx, input: RemoveMemberInput) -> SuccessPayload {
        Ok(payload::success(service(ctx).remove_member(actor(ctx)?, input).await?))
    }
} }
