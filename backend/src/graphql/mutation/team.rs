//! Teams: made, renamed, switched to.

use strongroom_shared::input::{CreateTeamInput, SwitchTeamInput, UpdateTeamInput};
use strongroom_shared::payload::{CreateTeamPayload, SuccessPayload};

use super::payload;
use crate::graphql::caller::{actor, service};

mutations! { TeamMutation {
    /// Make a team, and be its administrator.
    create_team(ctx, input: CreateTeamInput) -> CreateTeamPayload {
        let team = service(ctx).create_own_team(actor(ctx)?, input).await?;
        Ok(CreateTeamPayload { id: team.id.0 })
    }

    /// Rename the team.
    update_team(ctx, input: UpdateTeamInput) -> SuccessPayload {
        Ok(payload::success(service(ctx).update_team(actor(ctx)?, input).await?))
    }

    /// Act in another team from now on, in this session and at the next log-in.
    switch_team(ctx, input: SwitchTeamInput) -> SuccessPayload {
        Ok(payload::success(service(ctx).switch_team(actor(ctx)?, input.team_id).await?))
    }
} }
