//! API keys.

use async_graphql::{Context, Object, Result};

use crate::graphql::caller::{actor, service};
use crate::graphql::input::list::{ApiKeyBoolExp, ApiKeyOrderBy};
use crate::graphql::object::AuthApiKeyObject;

#[derive(Default)]
pub struct ApiKeyQuery;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl ApiKeyQuery {
    /// The team's API keys, without the keys.
    async fn auth_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where")] filter: Option<ApiKeyBoolExp>,
        order_by: Option<Vec<ApiKeyOrderBy>>,
        limit: Option<i64>,
        offset: Option<i64>,
    ) -> Result<Vec<AuthApiKeyObject>> {
        let listing = ApiKeyBoolExp::listing(filter, order_by, limit, offset)?;
        let keys = service(ctx).list_api_keys(actor(ctx)?, listing).await?;
        Ok(keys.into_iter().map(AuthApiKeyObject).collect())
    }
}
