//! Roles of a team's own.

use async_graphql::{Context, Object, Result};
use strongroom_shared::input::{CreateRoleInput, DeleteRoleInput, UpdateRoleInput};
use strongroom_shared::payload::SuccessPayload;

use crate::graphql::Nullable;
use crate::graphql::caller::{actor, service};

async fn create_role(ctx: &Context<'_>, input: CreateRoleInput) -> Result<SuccessPayload> {
    Ok(service(ctx).create_role(actor(ctx)?, input).await?)
}

async fn update_role(ctx: &Context<'_>, input: UpdateRoleInput) -> Result<SuccessPayload> {
    Ok(service(ctx).update_role(actor(ctx)?, input).await?)
}

async fn delete_role(ctx: &Context<'_>, input: DeleteRoleInput) -> Result<SuccessPayload> {
    Ok(service(ctx).delete_role(actor(ctx)?, input.id).await?)
}

#[derive(Default)]
pub struct RoleMutation;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl RoleMutation {
    /// Make a role of the team's own.
    async fn create_role(&self, ctx: &Context<'_>, input: CreateRoleInput) -> Nullable<SuccessPayload> {
        Some(create_role(ctx, input).await)
    }

    /// Change a role of the team's own: it counts at the next request of whoever has it.
    async fn update_role(&self, ctx: &Context<'_>, input: UpdateRoleInput) -> Nullable<SuccessPayload> {
        Some(update_role(ctx, input).await)
    }

    /// Remove a role of the team's own that nobody has.
    async fn delete_role(&self, ctx: &Context<'_>, input: DeleteRoleInput) -> Nullable<SuccessPayload> {
        Some(delete_role(ctx, input).await)
    }
}
