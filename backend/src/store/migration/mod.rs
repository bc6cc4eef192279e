//! The migrations, oldest first. A released one never changes.

/// The statement that creates a table: its columns, each with its type; its key, if that has several columns; and its
/// foreign keys. Nothing cascades: rows are removed explicitly.
macro_rules! table {
    (
        $name:literal { $($column:ident: $type:ident$(.$option:ident())?),+ $(,)? }
        $(key($($key:ident),+))? $(, $foreign_key:ident -> $parent:ident)*
    ) => {
        Table::create()
            .table($name)
            $(.col($type(stringify!($column))$(.$option())?))+
            $(.primary_key(Index::create()$(.col(stringify!($key)))+))?
            $(.foreign_key(
                ForeignKey::create().from($name, stringify!($foreign_key)).to(stringify!($parent), "id"),
            ))*
            .take()
    };
}

mod m0001_initial;
mod m0002_team;
mod m0003_data_key_index;
mod m0004_vault;
mod m0005_revoked_api_keys;
mod m0006_generation;
mod m0007_changes;
mod m0008_secret_listing;
mod m0009_secret_reads;
mod m0010_restored_versions;
mod m0011_expiry_webhooks;
mod m0012_shown_tombstones;
mod m0013_trusts;

pub use self::m0011_expiry_webhooks::FILL_FIRST_READS;

use sea_orm::{ConnectionTrait as _, DatabaseTransaction, DbBackend, Statement};
use sea_orm_migration::prelude::*;

pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_initial::Migration),
            Box::new(m0002_team::Migration),
            Box::new(m0003_data_key_index::Migration),
            Box::new(m0004_vault::Migration),
            Box::new(m0005_revoked_api_keys::Migration),
            Box::new(m0006_generation::Migration),
            Box::new(m0007_changes::Migration),
            Box::new(m0008_secret_listing::Migration),
            Box::new(m0009_secret_reads::Migration),
            Box::new(m0010_restored_versions::Migration),
            Box::new(m0011_expiry_webhooks::Migration),
            Box::new(m0012_shown_tombstones::Migration),
            Box::new(m0013_trusts::Migration),
        ]
    }
}

/// Applies the next `count` migrations, or all missing ones, in one transaction, and makes all databases sort texts
/// alike.
pub async fn up(on: &DatabaseTransaction, tables: &[&str], count: Option<u32>) -> Result<(), DbErr> {
    Migrator::up(on, count).await?;
    if on.get_database_backend() == DbBackend::Postgres {
        order_by_bytes(on, tables).await?;
    }
    Ok(())
}

/// Makes `PostgreSQL` sort the texts of `tables` by bytes, and lower ASCII only, as SQLite does, whatever its locale.
async fn order_by_bytes(on: &DatabaseTransaction, tables: &[&str]) -> Result<(), DbErr> {
    const OTHERWISE: &str = "SELECT table_name::text, column_name::text FROM information_schema.columns \
                             WHERE table_schema = current_schema() AND data_type = 'character varying' \
                             AND collation_name IS DISTINCT FROM 'C'";
    for row in on.query_all_raw(Statement::from_string(DbBackend::Postgres, OTHERWISE)).await? {
        let (table, column): (String, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        if tables.contains(&table.as_str()) {
            let alter =
                format!("ALTER TABLE {table} ALTER COLUMN \"{column}\" TYPE character varying COLLATE \"C\"");
            on.execute_unprepared(&alter).await?;
        }
    }
    Ok(())
}

fn index(name: &'static str, table: &'static str, column: &'static str) -> IndexCreateStatement {
    Index::create().name(name).table(table).col(column).take()
}
