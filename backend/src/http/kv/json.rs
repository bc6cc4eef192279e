//! The JSON that several operations answer: times and the metadata of a version.

use serde::Serialize;

use crate::domain::{Secret, Time};
use crate::service::KvVersion;

/// RFC 3339 as Go writes it: without trailing zeros of the fraction.
pub fn time(time: Time) -> String {
    let text = time.format("%Y-%m-%dT%H:%M:%S%.6f").to_string();
    format!("{}Z", text.trim_end_matches('0').trim_end_matches('.'))
}

pub fn optional_time(given: Option<Time>) -> String {
    given.map(time).unwrap_or_default()
}

/// The description, which is the only custom metadata.
#[derive(Serialize)]
pub struct CustomMetadata<'a> {
    description: &'a str,
}

impl<'a> CustomMetadata<'a> {
    pub fn of(secret: &'a Secret) -> Option<Self> {
        secret.description.as_deref().map(|description| Self { description })
    }
}

#[derive(Serialize)]
pub struct VersionMetadata<'a> {
    created_time: String,
    custom_metadata: Option<CustomMetadata<'a>>,
    deletion_time: String,
    destroyed: bool,
    version: i64,
}

impl<'a> From<&'a KvVersion> for VersionMetadata<'a> {
    fn from(found: &'a KvVersion) -> Self {
        Self {
            created_time: time(found.created),
            custom_metadata: CustomMetadata::of(&found.secret),
            deletion_time: optional_time(found.secret.deleted),
            destroyed: false,
            version: found.version,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_have_no_trailing_zeros() {
        for (micros, text) in [
            (1_795_918_545_925_216, "2026-11-29T02:15:45.925216Z"),
            (1_795_918_545_925_000, "2026-11-29T02:15:45.925Z"),
            (1_795_918_540_000_000, "2026-11-29T02:15:40Z"),
        ] {
            assert_eq!(time(Time::from_timestamp_micros(micros).expect("a time")), text);
        }
    }
}
