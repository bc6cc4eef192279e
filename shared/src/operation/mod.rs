//! The documents that our clients send, by aggregate. cynic checks each against `schema.graphql` as it compiles.
//!
//! To add a query: a struct in its aggregate's file, and a function in the page's `api`. To add a mutation: a line there.

/// The input of a mutation. Its type identifies the mutation.
pub trait MutationInput {
    /// The payload of the mutation.
    type Payload: serde::de::DeserializeOwned + 'static;

    /// The mutation with this input, ready to be sent.
    fn operation(self) -> impl serde::Serialize;
}

/// Declares fragments, each with its type in the schema and the variables of its arguments. The caller names the derive,
/// because its code must have the hygiene of the fields.
macro_rules! fragments {
    (($fragment:path) $(
        $(#[$doc:meta])*
        $name:ident($graphql:tt $(, $variables:ident)?) $(: $($derive:ident),+)? { $($fields:tt)* }
    )*) => {$(
        $(#[$doc])*
        #[derive($fragment $($(, $derive)+)?)]
        #[cynic(graphql_type = $graphql, rename_all = "None" $(, variables = $variables)?)]
        pub struct $name {
            $($fields)*
        }
    )*};
}

/// Declares mutations of one field that takes an input and returns a [`SuccessPayload`], or the payload named.
macro_rules! mutations {
    ($($name:ident($argument:ty) = $field:literal $(-> $payload:ty)?;)*) => {
        $(mutations! { @one $name($argument) = $field $(-> $payload)? })*
    };
    (@one $name:ident($argument:ty) = $field:literal) => {
        mutations! { @one $name($argument) = $field -> SuccessPayload }
    };
    (@one $name:ident($argument:ty) = $field:literal -> $payload:ty) => {
        const _: () = {
            #[derive(cynic::QueryVariables)]
            struct Variables {
                input: $argument,
            }

            #[derive(cynic::QueryFragment)]
            #[cynic(graphql_type = "Mutation", variables = Variables)]
            struct $name {
                #[arguments(input: $input)]
                #[cynic(rename = $field)]
                #[expect(dead_code, reason = "callers read the only field, whatever its name")]
                payload: Option<$payload>,
            }

            impl super::MutationInput for $argument {
                type Payload = $payload;

                fn operation(self) -> impl serde::Serialize {
                    <$name as cynic::MutationBuilder<_>>::build(Variables { input: self })
                }
            }
        };
    };
}

mod api_key;
mod audit;
mod member;
mod role;
mod secret;
mod session;
mod team;
mod trust;

pub use api_key::*;
pub use audit::*;
pub use member::*;
pub use role::*;
pub use secret::*;
pub use session::*;
pub use team::*;
pub use trust::*;
