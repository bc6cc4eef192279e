//! Queries, by aggregate. Fields in camelCase are twins for clients up to 0.9.

mod api_key;
mod audit;
mod auth;
mod member;
mod role;
mod secret;
mod session;
mod tenant;

/// Reads: nothing here changes anything but what the audit log records.
#[derive(async_graphql::MergedObject, Default)]
pub struct Query(
    auth::AuthQuery,
    tenant::TenantQuery,
    role::RoleQuery,
    member::MemberQuery,
    session::SessionQuery,
    api_key::ApiKeyQuery,
    secret::SecretQuery,
    audit::AuditQuery,
);
