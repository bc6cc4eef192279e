//! `secret_access`: an object whose fields are queries of their own, so that a request pays only for what it selects.

use async_graphql::Result;

use super::caller::{actor, service};
use super::object::{AuditEntryObject, AuthApiKeyObject, RoleObject, SecretReaderObject, objects, wrapped};
use crate::service::SecretAccess;

objects! {
    /// Who may read a secret, and who does.
    SecretAccessObject(secret: SecretAccess) as "secret_access" {
        /// The keys that can read it now, by name.
        keys(ctx): Result<Vec<AuthApiKeyObject>> = {
            let keys = service(ctx).list_keys_with_access(actor(ctx)?, secret).await?;
            Ok(wrapped(keys, AuthApiKeyObject))
        },
        /// The roles whose keys can read values.
        roles(ctx): Result<Vec<RoleObject>> = {
            let roles = service(ctx).list_roles_with_access(actor(ctx)?).await?;
            Ok(wrapped(roles, RoleObject))
        },
        /// The keys that have read it within the last 30 days, the last one first.
        readers(ctx): Result<Vec<SecretReaderObject>> = {
            let readers = service(ctx).list_secret_readers(actor(ctx)?, secret).await?;
            Ok(wrapped(readers, SecretReaderObject))
        },
        /// The last ten reads within the last 30 days, newest first, without archived ones.
        last_reads(ctx): Result<Vec<AuditEntryObject>> = {
            let entries = service(ctx).list_last_reads(actor(ctx)?, secret).await?;
            Ok(wrapped(entries, AuditEntryObject))
        },
    }
}
