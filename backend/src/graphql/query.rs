//! Queries, by aggregate. Fields in camelCase are twins for clients up to 0.9.

use std::sync::Arc;

use async_graphql::{Context, Object, Result};
use strongroom_shared::Json;
use strongroom_shared::input::SecretPageInput;

use super::Nullable;
use super::access::SecretAccessObject;
use super::caller::{actor, service};
use super::input::{
    ApiKeyBoolExp, ApiKeyOrderBy, AuditBoolExp, AuditOrderBy, SecretBoolExp, SecretOrderBy, TenantBoolExp,
    TenantOrderBy, window,
};
use super::object::{
    AuditCheckpointObject, AuditEntryObject, AuthApiKeyObject, AuthInfoObject, CamelAuthInfoObject,
    DeletedSecretObject, InvitationInfoObject, InvitationObject, LimitsObject, MemberObject, RoleObject,
    SecretAggregateObject, SecretObject, SecretPageObject, SecretVersionObject, SecretWithValueObject,
    SessionObject, SingleSignOnObject, TenantObject, WebhookDeliveryObject, WebhookObject, wrapped,
};
use super::trust::TrustObject;
use crate::domain::filter::Filter;
use crate::service::KvMounts;

pub struct Query;

/// Queries change nothing; some are recorded in the audit log.
#[Object(rename_fields = "snake_case", rename_args = "snake_case")]
impl Query {
    /// The names of the team's secrets, sorted.
    async fn secret_names(&self, ctx: &Context<'_>) -> Nullable<Vec<String>> {
        Some(async { Ok(service(ctx).list_secret_names(actor(ctx)?).await?) }.await)
    }

    /// The names of the team's secrets, for clients up to 0.9.
    #[graphql(name = "secretNames")]
    async fn camel_secret_names(&self, ctx: &Context<'_>) -> Result<Nullable<Vec<String>>> {
        self.secret_names(ctx).await
    }

    /// The value of a secret. Only an API key with the role `runner` can read it, and the audit log records each read.
    async fn secret_value(&self, ctx: &Context<'_>, name: String) -> Nullable<Json> {
        Some(async { Ok(service(ctx).read_secret_value(actor(ctx)?, name).await?) }.await)
    }

    /// The value of a secret, for clients up to 0.9.
    #[graphql(name = "secretValue")]
    async fn camel_secret_value(&self, ctx: &Context<'_>, name: String) -> Result<Nullable<Json>> {
        self.secret_value(ctx, name).await
    }

    /// The values of up to 250 secrets, in the order requested, read like `secret_value`; missing secrets are left out.
    async fn secret_values(
        &self,
        ctx: &Context<'_>,
        names: Vec<String>,
    ) -> Result<Vec<SecretWithValueObject>> {
        let values = service(ctx).read_secret_values(actor(ctx)?, names).await?;
        Ok(values.into_iter().map(|(secret, value)| SecretWithValueObject(secret, value)).collect())
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
        Ok(wrapped(service(ctx).list_secrets(actor(ctx)?, listing).await?, SecretObject))
    }

    /// A page of the team's secrets, as people look through them: by words, filters and groups.
    async fn secret_page(&self, ctx: &Context<'_>, input: SecretPageInput) -> Result<SecretPageObject> {
        Ok(SecretPageObject(service(ctx).list_secret_page(actor(ctx)?, input).await?))
    }

    /// The secret with this name, if it exists, and then those whose names look like it but differ.
    async fn secret_lookalike(&self, ctx: &Context<'_>, name: String) -> Result<Vec<SecretObject>> {
        Ok(wrapped(service(ctx).list_lookalikes(actor(ctx)?, name).await?, SecretObject))
    }

    /// An aggregate over the team's secrets.
    async fn secret_aggregate(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where")] filter: Option<SecretBoolExp>,
    ) -> Result<SecretAggregateObject> {
        let filter = filter.map_or(Ok(Filter::All(Vec::new())), SecretBoolExp::into_filter)?;
        Ok(SecretAggregateObject(service(ctx).count_secrets(actor(ctx)?, filter).await?))
    }

    /// The versions of a secret that are kept, newest first.
    async fn secret_version(&self, ctx: &Context<'_>, name: String) -> Result<Vec<SecretVersionObject>> {
        Ok(wrapped(service(ctx).list_secret_versions(actor(ctx)?, name).await?, SecretVersionObject))
    }

    /// Who may read a secret, and who does; null if it does not exist. Requires the permission to read the audit log.
    async fn secret_access(&self, ctx: &Context<'_>, name: String) -> Nullable<SecretAccessObject> {
        let found: Result<_> = async { Ok(service(ctx).find_secret_access(actor(ctx)?, name).await?) }.await;
        found.transpose().map(|found| found.map(SecretAccessObject))
    }

    /// The team's deleted secrets that can still be restored, the last deleted first.
    async fn deleted_secret(
        &self,
        ctx: &Context<'_>,
        limit: Option<i64>,
        offset: Option<i64>,
    ) -> Result<Vec<DeletedSecretObject>> {
        let deleted = service(ctx).list_deleted_secrets(actor(ctx)?, window(limit, offset)?).await?;
        Ok(deleted.into_iter().map(|(secret, until)| DeletedSecretObject(secret, until)).collect())
    }

    /// The team's API keys, without tokens.
    async fn auth_api_key(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where")] filter: Option<ApiKeyBoolExp>,
        order_by: Option<Vec<ApiKeyOrderBy>>,
        limit: Option<i64>,
        offset: Option<i64>,
    ) -> Result<Vec<AuthApiKeyObject>> {
        let listing = ApiKeyBoolExp::listing(filter, order_by, limit, offset)?;
        Ok(wrapped(service(ctx).list_api_keys(actor(ctx)?, listing).await?, AuthApiKeyObject))
    }

    /// The outside identities that may log in, by name.
    async fn trust(&self, ctx: &Context<'_>) -> Result<Vec<TrustObject>> {
        Ok(wrapped(service(ctx).list_trusts(actor(ctx)?).await?, TrustObject))
    }

    /// The caller.
    async fn auth_info(&self, ctx: &Context<'_>) -> Nullable<AuthInfoObject> {
        Some(actor(ctx).map(Into::into))
    }

    /// The caller, for clients up to 0.9.
    #[graphql(name = "authInfo")]
    async fn camel_auth_info(&self, ctx: &Context<'_>) -> Nullable<CamelAuthInfoObject> {
        Some(actor(ctx).map(Into::into))
    }

    /// Whether the store has no team yet. Needs no authentication.
    async fn set_up_required(&self, ctx: &Context<'_>) -> Result<bool> {
        Ok(service(ctx).set_up_required().await?)
    }

    /// The limits that the operator of the server can set.
    #[expect(clippy::unused_async, reason = "async-graphql's fields are asynchronous")]
    async fn limits(&self, ctx: &Context<'_>) -> Result<LimitsObject> {
        actor(ctx)?;
        let kv_mounts = ctx.data_unchecked::<Arc<KvMounts>>();
        Ok(LimitsObject(service(ctx).rules(), kv_mounts.first_versioned().map(str::to_owned)))
    }

    /// The teams that the caller can act in.
    async fn tenant(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where")] filter: Option<TenantBoolExp>,
        order_by: Option<Vec<TenantOrderBy>>,
        limit: Option<i64>,
        offset: Option<i64>,
    ) -> Result<Vec<TenantObject>> {
        let listing = TenantBoolExp::listing(filter, order_by, limit, offset)?;
        Ok(wrapped(service(ctx).list_teams(actor(ctx)?, listing).await?, TenantObject))
    }

    /// The team's webhook; null if it has none.
    async fn webhook(&self, ctx: &Context<'_>) -> Nullable<WebhookObject> {
        let found = async { Ok(service(ctx).find_webhook(actor(ctx)?).await?) }.await;
        found.map(|found: Option<_>| found.map(WebhookObject)).transpose()
    }

    /// The last 20 deliveries to the team's webhook, newest first: those that are pending by the time of their event, others by
    /// when they ended.
    async fn webhook_delivery(&self, ctx: &Context<'_>) -> Result<Vec<WebhookDeliveryObject>> {
        Ok(wrapped(service(ctx).list_webhook_deliveries(actor(ctx)?).await?, WebhookDeliveryObject))
    }

    /// The built-in roles, then the team's own by name.
    async fn role(&self, ctx: &Context<'_>) -> Result<Vec<RoleObject>> {
        Ok(wrapped(service(ctx).list_roles(actor(ctx)?).await?, RoleObject))
    }

    /// The team's members, by email address.
    async fn member(
        &self,
        ctx: &Context<'_>,
        limit: Option<i64>,
        offset: Option<i64>,
    ) -> Result<Vec<MemberObject>> {
        Ok(wrapped(service(ctx).list_members(actor(ctx)?, window(limit, offset)?).await?, MemberObject))
    }

    /// The pending invitations, by email address.
    async fn invitation(
        &self,
        ctx: &Context<'_>,
        limit: Option<i64>,
        offset: Option<i64>,
    ) -> Result<Vec<InvitationObject>> {
        Ok(wrapped(
            service(ctx).list_invitations(actor(ctx)?, window(limit, offset)?).await?,
            InvitationObject,
        ))
    }

    /// The invitation with this token; null if its link does not work. Needs no authentication.
    async fn invitation_info(&self, ctx: &Context<'_>, token: String) -> Nullable<InvitationInfoObject> {
        match service(ctx).find_invitation(&token).await {
            Ok(found) => found.map(|found| Ok(InvitationInfoObject(found))),
            Err(error) => Some(Err(error.into())),
        }
    }

    /// The caller's own sessions, the last used first.
    async fn session(&self, ctx: &Context<'_>) -> Result<Vec<SessionObject>> {
        let actor = actor(ctx)?;
        let sessions = service(ctx).list_sessions(actor).await?;
        let (_, current) = actor.require_person().map_err(crate::service::Error::from)?;
        let sessions = sessions.into_iter().map(|session| (session.id == current, session));
        Ok(sessions.map(|(is_current, session)| SessionObject(session, is_current)).collect())
    }

    /// The single sign-on provider; null if there is none. Needs no authentication.
    async fn single_sign_on(&self, ctx: &Context<'_>) -> Option<SingleSignOnObject> {
        Some(SingleSignOnObject(service(ctx).single_sign_on_name()?.to_owned()))
    }

    /// The team's audit log, newest entry first by default; at most 1,000 entries per query.
    async fn audit_log(
        &self,
        ctx: &Context<'_>,
        #[graphql(name = "where")] filter: Option<AuditBoolExp>,
        order_by: Option<Vec<AuditOrderBy>>,
        limit: Option<i64>,
        offset: Option<i64>,
    ) -> Result<Vec<AuditEntryObject>> {
        let listing = AuditBoolExp::listing(filter, order_by, limit, offset)?;
        Ok(wrapped(service(ctx).list_audit_entries(actor(ctx)?, listing).await?, AuditEntryObject))
    }

    /// The end of the team's audit log.
    async fn audit_checkpoint(&self, ctx: &Context<'_>) -> Result<AuditCheckpointObject> {
        Ok(AuditCheckpointObject(service(ctx).find_audit_checkpoint(actor(ctx)?).await?))
    }
}
