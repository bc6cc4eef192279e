//! `secret_access`: an object whose fields are queries of their own, so that a request pays only for what it selects.

use async_graphql::{Context, Object, Result};

use super::caller::{actor, service};
use super::object::{AuditEntryObject, AuthApiKeyObject, RoleObject, SecretReaderObject};
use crate::service::SecretAccess;

pub struct SecretAccessObject(pub SecretAccess);

/// Who may read a secret, and who does.
#[Object(name = "secret_access", rename_fields = "snake_case")]
impl SecretAccessObject {
    /// The keys that can read it now, by name.
    async fn keys(&self, ctx: &Context<'_>) -> Result<Vec<AuthApiKeyObject>> {
        let keys = service(ctx).list_keys_with_access(actor(ctx)?, &self.0).await?;
        Ok(keys.into_iter().map(AuthApiKeyObject).collect())
    }

    /// The roles whose keys can read values.
    async fn roles(&self, ctx: &Context<'_>) -> Result<Vec<RoleObject>> {
        let roles = service(ctx).list_roles_with_access(actor(ctx)?).await?;
        Ok(roles.into_iter().map(RoleObject).collect())
    }

    /// The keys that have read it within the last 30 days, the last one first.
    async fn readers(&self, ctx: &Context<'_>) -> Result<Vec<SecretReaderObject>> {
        let readers = service(ctx).list_secret_readers(actor(ctx)?, &self.0).await?;
        Ok(readers.into_iter().map(SecretReaderObject).collect())
    }

    /// The last ten reads within the last 30 days, newest first, without archived ones.
    async fn last_reads(&self, ctx: &Context<'_>) -> Result<Vec<AuditEntryObject>> {
        let entries = service(ctx).list_last_reads(actor(ctx)?, &self.0).await?;
        Ok(entries.into_iter().map(AuditEntryObject).collect())
    }
}
