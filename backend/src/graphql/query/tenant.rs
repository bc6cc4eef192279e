//! Teams, which Prefect calls tenants.

use async_graphql::{Context, Object, Result};

use crate::graphql::caller::{actor, service};
use crate::graphql::input::list::{TenantBoolExp, TenantOrderBy};
use crate::graphql::object::TenantObject;

#[derive(Default)]
pub struct TenantQuery;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl TenantQuery {
    /// The teams that the one who asks can act in.
    async fn tenant(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where")] filter: Option<TenantBoolExp>,
        order_by: Option<Vec<TenantOrderBy>>,
        limit: Option<i64>,
        offset: Option<i64>,
    ) -> Result<Vec<TenantObject>> {
        let listing = TenantBoolExp::listing(filter, order_by, limit, offset)?;
        let teams = service(ctx).list_teams(actor(ctx)?, listing).await?;
        Ok(teams.into_iter().map(TenantObject).collect())
    }
}
