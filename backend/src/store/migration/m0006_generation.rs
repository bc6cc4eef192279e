//! The store's generation, by which servers notice that their caches are outdated.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager.create_table(table!("generation" { id: integer.primary_key(), number: big_integer })).await?;
        let mut row = Query::insert();
        row.into_table("generation").columns(["id", "number"]).values_panic([1.into(), 0.into()]);
        manager.execute(row).await
    }
}
