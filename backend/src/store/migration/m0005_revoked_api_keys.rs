//! Remembers revoked keys for a while, so that their use can be recorded.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{binary, string, timestamp_with_time_zone as time, uuid};

use super::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let revoked = table!("revoked_api_keys" {
            token_hash: binary.primary_key(), key_id: uuid, team_id: uuid, name: string, revoked: time,
        }, team_id -> teams);
        manager.create_table(revoked).await?;
        manager.create_index(index("revoked_api_keys_revoked", "revoked_api_keys", "revoked")).await
    }
}
