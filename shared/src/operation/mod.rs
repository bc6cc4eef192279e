//! The documents that our clients send, by aggregate. cynic checks each against `schema.graphql` as it compiles.
//!
//! To add an operation: a struct in its aggregate's file, and a function in the page's `api`.

/// Declares mutations of one field that take `$input` and answer a [`SuccessPayload`], or the payload named.
macro_rules! mutations {
    ($($name:ident($variables:ident: $argument:ty) = $field:literal $(-> $payload:ty)?;)*) => {
        $(mutations! { @one $name($variables: $argument) = $field $(-> $payload)? })*
    };
    (@one $name:ident($variables:ident: $argument:ty) = $field:literal) => {
        mutations! { @one $name($variables: $argument) = $field -> SuccessPayload }
    };
    (@one $name:ident($variables:ident: $argument:ty) = $field:literal -> $payload:ty) => {
        #[derive(cynic::QueryVariables)]
        pub struct $variables {
            pub input: $argument,
        }

        #[derive(cynic::QueryFragment)]
        #[cynic(graphql_type = "Mutation", variables = $variables)]
        pub struct $name {
            #[arguments(input: $input)]
            #[cynic(rename = $field)]
            pub payload: Option<$payload>,
        }
    };
}

mod api_key;
mod audit;
mod member;
mod role;
mod secret;
mod session;
mod team;

pub use api_key::*;
pub use audit::*;
pub use member::*;
pub use role::*;
pub use secret::*;
pub use session::*;
pub use team::*;
