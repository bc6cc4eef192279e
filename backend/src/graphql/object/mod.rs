//! What queries answer: thin wrappers over domain types, never rows.

mod api_key;
mod auth_info;
mod secret;
mod tenant;

pub use api_key::AuthApiKeyObject;
pub use auth_info::{AuthInfoObject, CamelAuthInfoObject};
pub use secret::{SecretAggregateObject, SecretObject};
pub use tenant::TenantObject;

use crate::domain::Time;
use crate::domain::clock::format_time;
use strongroom_shared::DateTime;

fn date_time(time: Time) -> DateTime {
    DateTime(format_time(time))
}
