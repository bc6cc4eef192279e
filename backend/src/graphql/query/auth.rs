//! Who asks, and whether there is anybody yet.

use async_graphql::{Context, Object, Result};

use crate::graphql::Nullable;
use crate::graphql::caller::{actor, service};
use crate::graphql::object::{AuthInfoObject, CamelAuthInfoObject};

#[derive(Default)]
pub struct AuthQuery;

#[Object(rename_fields = "snake_case")]
impl AuthQuery {
    /// The one who asks.
    async fn auth_info(&self, ctx: &Context<'_>) -> Nullable<AuthInfoObject> {
        Some(actor(ctx).map(Into::into))
    }

    /// The one who asks, for clients up to 0.9.
    #[graphql(name = "authInfo")]
    async fn camel_auth_info(&self, ctx: &Context<'_>) -> Nullable<CamelAuthInfoObject> {
        Some(actor(ctx).map(Into::into))
    }

    /// Whether the store still waits for its first team. Anybody may know.
    async fn set_up_required(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(service(ctx).set_up_required().await?)
    }
}
