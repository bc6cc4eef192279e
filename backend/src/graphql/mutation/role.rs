//! Roles of a team's own.

use strongroom_shared::input::{CreateRoleInput, DeleteRoleInput, UpdateRoleInput};
use strongroom_shared::payload::SuccessPayload;

use super::payload;
use crate::graphql::caller::{actor, service};

mutations! { RoleMutation {
    /// Make a role of the team's own.
    create_role(ctx, input: CreateRoleInput) -> SuccessPayload {
        Ok(payload::success(service(ctx).create_role(actor(ctx)?, input).await?))
    }

    /// Change a role of the team's own: it counts at the next request of whoever has it.
    update_role(ctx, input: UpdateRoleInput) -> SuccessPayload {
        Ok(payload::success(service(ctx).update_role(actor(ctx)?, input).await?))
    }

    /// Remove a role of the team's own that nobody has.
    delete_role(ctx, input: DeleteRoleInput) -> SuccessPayload {
        Ok(payload::success(service(ctx).delete_role(actor(ctx)?, input.id).await?))
    }
} }
