//! Which tombstones Vault's API shows.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::big_integer;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let column = big_integer("shown").default(0).take();
        manager.alter_table(Table::alter().table("secrets").add_column(column).take()).await?;
        let by_name = "CREATE INDEX secrets_shown_name ON secrets (team_id, name) WHERE shown = 1";
        manager.get_connection().execute_unprepared(by_name).await.map(drop)
    }
}
