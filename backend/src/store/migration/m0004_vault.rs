//! Values may be in Vault: their ids there, the values to be removed from it, and this store's namespace in it.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{timestamp_with_time_zone as time, uuid, uuid_null};

use super::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(Table::alter().table("secret_versions").add_column(uuid_null("vault_id")).take())
            .await?;
        let unique = "CREATE UNIQUE INDEX secret_versions_vault ON secret_versions (vault_id) \
                      WHERE vault_id IS NOT NULL";
        manager.get_connection().execute_unprepared(unique).await?;
        let removed = table!("removed_vault_values" { id: uuid.primary_key(), removed: time });
        manager.create_table(removed).await?;
        let by_time = index("removed_vault_values_removed", "removed_vault_values", "removed");
        manager.create_index(by_time).await?;
        manager.create_table(table!("vault_stores" { id: uuid.primary_key() })).await
    }
}
