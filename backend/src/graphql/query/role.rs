//! Roles.

use async_graphql::{Context, Object, Result};

use crate::graphql::caller::{actor, service};
use crate::graphql::object::RoleObject;

#[derive(Default)]
pub struct RoleQuery;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl RoleQuery {
    /// The roles there are in the team: the built-in ones, then the team's own by name.
    async fn role(&self, ctx: &Context<'_>) -> Result<Vec<RoleObject>> {
        let roles = service(ctx).list_roles(actor(ctx)?).await?;
        Ok(roles.into_iter().map(RoleObject).collect())
    }
}
