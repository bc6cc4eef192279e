//! What queries answer: thin wrappers over domain types, never rows.

/// An object as it stands in a file of this folder: what it wraps, its name in the schema, and its fields with their
/// values.
macro_rules! object {
    ($(#[$($doc:tt)*])* $name:ident($($part:ident: $type:ty),*) as $graphql:tt $fields:tt) => {
        pub struct $name($(pub $type),*);

        object! { @fields ($($part),*) $(#[$($doc)*])* $name as $graphql $fields }
    };
    (@fields $parts:tt $(#[$($doc:tt)*])* $name:ident as $graphql:tt {
        $($(#[$($field_doc:tt)*])* $field:ident: $output:ty = $value:expr,)*
    }) => {
        $(#[$($doc)*])*
        #[async_graphql::Object(name = $graphql, rename_fields = "snake_case")]
        impl $name {
            $(
                $(#[$($field_doc)*])*
                async fn $field(&self) -> $output {
                    #[allow(unused_variables, reason = "not every field is made of every part")]
                    let Self $parts = self;
                    $value
                }
            )*
        }
    };
}

mod api_key;
mod audit;
mod auth_info;
mod member;
mod role;
mod secret;
mod session;
mod tenant;

pub use api_key::AuthApiKeyObject;
pub use audit::{AuditCheckpointObject, AuditEntryObject};
pub use auth_info::{AuthInfoObject, CamelAuthInfoObject};
pub use member::{InvitationInfoObject, InvitationObject, MemberObject};
pub use role::RoleObject;
pub use secret::{
    DeletedSecretObject, SecretAggregateObject, SecretObject, SecretVersionObject, SecretWithValueObject,
};
pub use session::{SessionObject, SingleSignOnObject};
pub use tenant::TenantObject;

use crate::domain::Time;
use crate::domain::clock::format_time;
use strongroom_shared::DateTime;

pub fn date_time(time: Time) -> DateTime {
    DateTime(format_time(time))
}
