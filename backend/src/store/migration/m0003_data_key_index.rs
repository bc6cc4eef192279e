//! An index of the values that each data key encrypts: to re-encrypt them, and to remove the key.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let index = Index::create()
            .name("secret_versions_data_key")
            .table("secret_versions")
            .col("data_key_id")
            .col("secret_id")
            .col("version")
            .take();
        manager.create_index(index).await
    }
}
