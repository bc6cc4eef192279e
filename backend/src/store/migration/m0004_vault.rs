//! Values may be in Vault: where there, what is to be removed from it, and which part of it is this store's.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{timestamp_with_time_zone, uuid, uuid_null};

use super::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .alter_table(Table::alter().table("secret_versions").add_column(uuid_null("vault_id")).take())
            .await?;
        // Few rows or all of them have one, and none of them shares it.
        let unique = "CREATE UNIQUE INDEX secret_versions_vault ON secret_versions (vault_id) \
                      WHERE vault_id IS NOT NULL";
        manager.get_connection().execute_unprepared(unique).await?;
        manager
            .create_table(
                Table::create()
                    .table("removed_vault_values")
                    .col(uuid("id").primary_key())
                    .col(timestamp_with_time_zone("removed"))
                    .take(),
            )
            .await?;
        manager
            .create_index(index("removed_vault_values_removed", "removed_vault_values", "removed"))
            .await?;
        manager.create_table(Table::create().table("vault_stores").col(uuid("id").primary_key()).take()).await
    }
}
