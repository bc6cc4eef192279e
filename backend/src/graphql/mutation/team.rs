//! Teams: made, renamed, switched to.

use async_graphql::{Context, Object, Result};
use strongroom_shared::input::{CreateTeamInput, SwitchTeamInput, UpdateTeamInput};
use strongroom_shared::payload::{CreateTeamPayload, SuccessPayload};

use crate::graphql::Nullable;
use crate::graphql::caller::{actor, service};

async fn create_team(ctx: &Context<'_>, input: CreateTeamInput) -> Result<CreateTeamPayload> {
    let team = service(ctx).create_own_team(actor(ctx)?, input).await?;
    Ok(CreateTeamPayload { id: team.id.0 })
}

async fn update_team(ctx: &Context<'_>, input: UpdateTeamInput) -> Result<SuccessPayload> {
    Ok(service(ctx).update_team(actor(ctx)?, input).await?)
}

async fn switch_team(ctx: &Context<'_>, input: SwitchTeamInput) -> Result<SuccessPayload> {
    Ok(service(ctx).switch_team(actor(ctx)?, input.team_id).await?)
}

#[derive(Default)]
pub struct TeamMutation;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl TeamMutation {
    /// Make a team, and be its administrator.
    async fn create_team(&self, ctx: &Context<'_>, input: CreateTeamInput) -> Nullable<CreateTeamPayload> {
        Some(create_team(ctx, input).await)
    }

    /// Rename the team.
    async fn update_team(&self, ctx: &Context<'_>, input: UpdateTeamInput) -> Nullable<SuccessPayload> {
        Some(update_team(ctx, input).await)
    }

    /// Act in another team from now on, in this session and at the next log-in.
    async fn switch_team(&self, ctx: &Context<'_>, input: SwitchTeamInput) -> Nullable<SuccessPayload> {
        Some(switch_team(ctx, input).await)
    }
}
