//! What queries answer: thin wrappers over domain types, never rows.

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

/// A time as clients have it.
pub fn date_time(time: Time) -> DateTime {
    DateTime(format_time(time))
}
