//! A secret, without its value: that is a field of its own, behind a permission of its own.

use async_graphql::{Object, SimpleObject};
use strongroom_shared::{DateTime, Uuid};

use super::date_time;
use crate::domain::Secret;

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
        Self {
            aggregate: SecretAggregateFields { count },
        }
    }
}
