//! Mutations, by aggregate. Fields in camelCase are twins for clients up to 0.9.

/// Mutations as they stand in a file of this folder: name, input and payload, and a body in which `?` works.
macro_rules! mutations {
    ($name:ident {
        $($(#[$($attribute:tt)*])* $field:ident($ctx:ident $(, $input:ident: $type:ty)?) -> $payload:ty { $($body:tt)* })*
    }) => {
        #[derive(Default)]
        pub struct $name;

        #[async_graphql::Object(rename_fields = "snake_case", rename_args = "snake_case")]
        impl $name {
            $(
                $(#[$($attribute)*])*
                async fn $field(
                    &self,
                    $ctx: &async_graphql::Context<'_>,
                    $($input: $type,)?
                ) -> crate::graphql::Nullable<$payload> {
                    Some(async { $($body)* }.await)
                }
            )*
        }
    };
}

mod api_key;
mod member;
mod payload;
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
