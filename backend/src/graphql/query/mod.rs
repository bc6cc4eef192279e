//! Queries, by aggregate. Fields in camelCase are twins for clients up to 0.9.

mod api_key;
mod auth;
mod secret;
mod tenant;

/// Reads: nothing here changes anything but what the audit log records.
#[derive(async_graphql::MergedObject, Default)]
pub struct Query(
    auth::AuthQuery,
    tenant::TenantQuery,
    api_key::ApiKeyQuery,
    secret::SecretQuery,
);
