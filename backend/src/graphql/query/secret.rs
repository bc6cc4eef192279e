//! Secrets: their names, what is known of them, and, for programs, their values.

use async_graphql::{Context, Object, Result};
use strongroom_shared::Json;

use crate::domain::filter::Filter;
use crate::graphql::Nullable;
use crate::graphql::caller::{actor, service};
use crate::graphql::input::list::{SecretBoolExp, SecretOrderBy, window};
use crate::graphql::object::{
    DeletedSecretObject, SecretAggregateObject, SecretObject, SecretVersionObject, SecretWithValueObject,
};

#[derive(Default)]
pub struct SecretQuery;

#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl SecretQuery {
    /// The names of the team's secrets, in order.
    async fn secret_names(&self, ctx: &Context<'_>) -> Nullable<Vec<String>> {
        Some(async { Ok(service(ctx).list_secret_names(actor(ctx)?).await?) }.await)
    }

    /// The names of the team's secrets, for clients up to 0.9.
    #[graphql(name = "secretNames")]
    async fn camel_secret_names(&self, ctx: &Context<'_>) -> Result<Nullable<Vec<String>>> {
        self.secret_names(ctx).await
    }

    /// A value. Only an API key with the role runner reads one, and each read is in the audit log.
    async fn secret_value(&self, ctx: &Context<'_>, name: String) -> Nullable<Json> {
        Some(async { Ok(service(ctx).read_secret_value(actor(ctx)?, name).await?) }.await)
    }

    /// A value, for clients up to 0.9.
    #[graphql(name = "secretValue")]
    async fn camel_secret_value(&self, ctx: &Context<'_>, name: String) -> Result<Nullable<Json>> {
        self.secret_value(ctx, name).await
    }

    /// The values of several secrets, at most 250 a request, in the order they are asked for. Those that are not there are left
    /// out. Only an API key with the role runner reads them, and each is in the audit log.
    async fn secret_values(
        &self,
        ctx: &Context<'_>,
        names: Vec<String>,
    ) -> Result<Vec<SecretWithValueObject>> {
        let values = service(ctx).read_secret_values(actor(ctx)?, names).await?;
        Ok(values.into_iter().map(SecretWithValueObject::from).collect())
    }

    /// The team's secrets, without values.
    async fn secret(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where")] filter: Option<SecretBoolExp>,
        order_by: Option<Vec<SecretOrderBy>>,
        limit: Option<i64>,
        offset: Option<i64>,
    ) -> Result<Vec<SecretObject>> {
        let listing = SecretBoolExp::listing(filter, order_by, limit, offset)?;
        let secrets = service(ctx).list_secrets(actor(ctx)?, listing).await?;
        Ok(secrets.into_iter().map(SecretObject).collect())
    }

    /// The versions of a secret that are kept, the current one first.
    async fn secret_version(&self, ctx: &Context<'_>, name: String) -> Result<Vec<SecretVersionObject>> {
        let versions = service(ctx).list_secret_versions(actor(ctx)?, name).await?;
        Ok(versions.into_iter().map(SecretVersionObject).collect())
    }

    /// The team's secrets that were deleted and can still be restored, the last one first.
    async fn deleted_secret(
        &self,
        ctx: &Context<'_>,
        limit: Option<i64>,
        offset: Option<i64>,
    ) -> Result<Vec<DeletedSecretObject>> {
        let window = window(limit, offset)?;
        let deleted = service(ctx).list_deleted_secrets(actor(ctx)?, window).await?;
        Ok(deleted.into_iter().map(|(secret, until)| DeletedSecretObject(secret, until)).collect())
    }

    /// Figures of the team's secrets.
    async fn secret_aggregate(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where")] filter: Option<SecretBoolExp>,
    ) -> Result<SecretAggregateObject> {
        let filter = filter.map_or(Ok(Filter::All(Vec::new())), SecretBoolExp::into_filter)?;
        let count = service(ctx).count_secrets(actor(ctx)?, filter).await?;
        Ok(SecretAggregateObject::of_count(count))
    }
}
