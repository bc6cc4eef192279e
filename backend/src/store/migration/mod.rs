//! The store's history, oldest first. A released migration is never changed; a change is a new one.

mod m0001_initial;
mod m0002_team;
mod m0003_data_key_index;

use sea_orm_migration::prelude::*;

/// Brings a store up to date.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_initial::Migration),
            Box::new(m0002_team::Migration),
            Box::new(m0003_data_key_index::Migration),
        ]
    }
}

/// A foreign key. Nothing cascades: what disappears is removed by name.
fn belongs_to(table: &'static str, column: &'static str, parent: &'static str) -> ForeignKeyCreateStatement {
    ForeignKey::create().from(table, column).to(parent, "id").take()
}

/// An index of one column.
fn index(name: &'static str, table: &'static str, column: &'static str) -> IndexCreateStatement {
    Index::create().name(name).table(table).col(column).take()
}
