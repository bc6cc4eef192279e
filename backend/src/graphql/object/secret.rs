//! A secret, without its value: that is a field of its own, behind a permission of its own.

use async_graphql::SimpleObject;
use strongroom_shared::{DateTime, Json, Uuid};

use super::date_time;
use crate::domain::{Secret, SecretVersion, Time};

/// A secret with its value. Not a field of `secret`, which is listed by many who may not read it.
#[derive(SimpleObject)]
#[graphql(name = "secret_with_value", rename_fields = "snake_case")]
pub struct SecretWithValueObject {
    /// Its id, through renames and versions.
    id: Uuid,
    /// Its name.
    name: String,
    /// Which version of it this is.
    version: i64,
    /// Its value. Null is a value, too.
    value: Option<Json>,
}

impl From<(Secret, Json)> for SecretWithValueObject {
    fn from((secret, value): (Secret, Json)) -> Self {
        Self { id: secret.id.0, name: secret.name.into_string(), version: secret.version, value: Some(value) }
    }
}

object! {
    /// A secret, without its value.
    SecretObject(secret: Secret) as "secret" {
        /// Its id, through renames and versions.
        id: Uuid = secret.id.0,
        /// Its name.
        name: &str = secret.name.as_str(),
        /// What it is for.
        description: Option<&str> = secret.description.as_deref(),
        /// How often its value was set.
        version: i64 = secret.version,
        /// When it was made.
        created: DateTime = date_time(secret.created),
        /// When it was last set, renamed or described.
        updated: DateTime = date_time(secret.updated),
        /// Who did that.
        updated_by: &str = &secret.updated_by,
        /// When its value was last read.
        last_read: Option<DateTime> = secret.last_read.map(date_time),
        /// Which key read it.
        last_read_by: Option<&str> = secret.last_read_by.as_deref(),
    }
}

object! {
    /// A version of a secret, without its value.
    SecretVersionObject(version: SecretVersion) as "secret_version" {
        /// Its number, from 1. The largest is the current one.
        version: i64 = version.version,
        /// When its value was set.
        created: DateTime = date_time(version.created),
        /// Who set it.
        created_by: &str = &version.created_by,
    }
}

object! {
    /// A secret that was deleted, and can still be restored.
    DeletedSecretObject(secret: Secret, restorable_until: Time) as "deleted_secret" {
        /// Its id.
        id: Uuid = secret.id.0,
        /// The name it had.
        name: &str = secret.name.as_str(),
        /// When it was deleted.
        deleted: Option<DateTime> = secret.deleted.map(date_time),
        /// Who deleted it.
        deleted_by: &str = &secret.updated_by,
        /// Until when it can be restored.
        restorable_until: DateTime = date_time(*restorable_until),
    }
}

/// What can be said of many secrets.
#[derive(SimpleObject)]
#[graphql(name = "secret_aggregate")]
pub struct SecretAggregateObject {
    /// The figures.
    aggregate: SecretAggregateFields,
}

/// Figures of many secrets.
#[derive(SimpleObject)]
#[graphql(name = "secret_aggregate_fields")]
struct SecretAggregateFields {
    /// How many.
    count: u64,
}

impl SecretAggregateObject {
    pub const fn of_count(count: u64) -> Self {
        Self { aggregate: SecretAggregateFields { count } }
    }
}
