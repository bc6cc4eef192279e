//! Remembers revoked keys for a while, so that their use can be recorded.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{binary, string, timestamp_with_time_zone, uuid};

use super::{belongs_to, index};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("revoked_api_keys")
                    .col(binary("token_hash").primary_key())
                    .col(uuid("key_id"))
                    .col(uuid("team_id"))
                    .col(string("name"))
                    .col(timestamp_with_time_zone("revoked"))
                    .foreign_key(&mut belongs_to("revoked_api_keys", "team_id", "teams"))
                    .take(),
            )
            .await?;
        manager.create_index(index("revoked_api_keys_revoked", "revoked_api_keys", "revoked")).await
    }
}
