//! The store's history, oldest first. A released migration is never changed; a change is a new one.

mod m0001_initial;

use sea_orm_migration::prelude::*;

/// Brings a store up to date.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![Box::new(m0001_initial::Migration)]
    }
}
