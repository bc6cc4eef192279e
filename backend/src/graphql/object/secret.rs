//! A secret, without its value: that is a field of its own, behind a permission of its own.

use async_graphql::{Object, SimpleObject};
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

/// A secret, without its value.
pub struct SecretObject(pub Secret);

/// A secret, without its value.
#[Object(name = "secret", rename_fields = "snake_case")]
impl SecretObject {
    /// Its id, through renames and versions.
    async fn id(&self) -> Uuid {
        self.0.id.0
    }

    /// Its name.
    async fn name(&self) -> &str {
        self.0.name.as_str()
    }

    /// What it is for.
    async fn description(&self) -> Option<&str> {
        self.0.description.as_deref()
    }

    /// How often its value was set.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// When it was made.
    async fn created(&self) -> DateTime {
        date_time(self.0.created)
    }

    /// When it was last set, renamed or described.
    async fn updated(&self) -> DateTime {
        date_time(self.0.updated)
    }

    /// Who did that.
    async fn updated_by(&self) -> &str {
        &self.0.updated_by
    }

    /// When its value was last read.
    async fn last_read(&self) -> Option<DateTime> {
        self.0.last_read.map(date_time)
    }

    /// Which key read it.
    async fn last_read_by(&self) -> Option<&str> {
        self.0.last_read_by.as_deref()
    }
}

/// A version of a secret, without its value.
pub struct SecretVersionObject(pub SecretVersion);

/// A version of a secret, without its value.
#[Object(name = "secret_version", rename_fields = "snake_case")]
impl SecretVersionObject {
    /// Its number, from 1. The largest is the current one.
    async fn version(&self) -> i64 {
        self.0.version
    }

    /// When its value was set.
    async fn created(&self) -> DateTime {
        date_time(self.0.created)
    }

    /// Who set it.
    async fn created_by(&self) -> &str {
        &self.0.created_by
    }
}

/// A secret that was deleted.
pub struct DeletedSecretObject {
    /// What is known of it.
    pub secret: Secret,
    /// Until when it can be restored.
    pub restorable_until: Time,
}

/// A secret that was deleted, and can still be restored.
#[Object(name = "deleted_secret", rename_fields = "snake_case")]
impl DeletedSecretObject {
    /// Its id.
    async fn id(&self) -> Uuid {
        self.secret.id.0
    }

    /// The name it had.
    async fn name(&self) -> &str {
        self.secret.name.as_str()
    }

    /// When it was deleted.
    async fn deleted(&self) -> Option<DateTime> {
        self.secret.deleted.map(date_time)
    }

    /// Who deleted it.
    async fn deleted_by(&self) -> &str {
        &self.secret.updated_by
    }

    /// Until when it can be restored.
    async fn restorable_until(&self) -> DateTime {
        date_time(self.restorable_until)
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
    /// That many.
    pub const fn of_count(count: u64) -> Self {
        Self { aggregate: SecretAggregateFields { count } }
    }
}
