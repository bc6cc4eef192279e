//! The store's generation, by which servers notice that what they have cached is out of date.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, integer};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let table = Table::create()
            .table("generation")
            .col(integer("id").primary_key())
            .col(big_integer("number"))
            .take();
        manager.create_table(table).await?;
        let row = Query::insert()
            .into_table("generation")
            .columns(["id", "number"])
            .values_panic([1.into(), 0.into()])
            .take();
        manager.execute(row).await
    }
}
