//! The number of reads of each secret by key and day, because counting the audit log's entries takes longer with each.
//! A server that finds uncounted reads counts them at its startup.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{big_integer, string, timestamp_with_time_zone as time, uuid};

use super::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // Without a foreign key: a secret may be purged while one of its reads waits to be recorded.
        let reads = table!("secret_reads" {
            secret_id: uuid, day: big_integer, key_id: uuid, key_name: string, reads: big_integer, last: time,
            entries: string,
        } key(secret_id, day, key_id));
        manager.create_table(reads).await?;
        manager.create_index(index("secret_reads_day", "secret_reads", "day")).await
    }
}
