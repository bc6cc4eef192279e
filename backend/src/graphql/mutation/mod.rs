//! Mutations, by aggregate. Fields in camelCase are twins for clients up to 0.9.

mod api_key;
mod member;
mod role;
mod secret;
mod session;
mod team;

/// Changes: each happens whole or not at all, and is on the disk when it is answered.
#[derive(async_graphql::MergedObject, Default)]
pub struct Mutation(
    secret::SecretMutation,
    api_key::ApiKeyMutation,
    session::SessionMutation,
    team::TeamMutation,
    role::RoleMutation,
    member::MemberMutation,
);
