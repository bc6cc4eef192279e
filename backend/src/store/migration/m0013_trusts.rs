//! Trusts in outside identities, and the logins of programs.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary, string, string_null, timestamp_with_time_zone as time,
    timestamp_with_time_zone_null as time_null, uuid, uuid_null,
};

use super::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        let of_token =
            Index::create().name("logins_token_hash").table("logins").col("token_hash").unique().take();
        let of_key =
            Index::create().name("logins_api_key").table("logins").col("api_key_id").col("created").take();
        for index in [
            of_token,
            of_key,
            index("logins_parent", "logins", "parent_id"),
            index("logins_expires", "logins", "expires"),
            // Programs name a trust before it is known which team's.
            index("api_keys_name", "api_keys", "name"),
        ] {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

fn tables() -> [TableCreateStatement; 2] {
    [
        table!("trusts" {
            api_key_id: uuid.primary_key(), issuer: string, keys_url: string_null, keys: string_null, audiences: string,
            claims: string, lifetime: big_integer, updated: time,
        }, api_key_id -> api_keys),
        table!("logins" {
            id: uuid.primary_key(), api_key_id: uuid, parent_id: uuid_null, token_hash: binary, path: string, subject: string,
            address: string, created: time, expires: time, lifetime: big_integer, latest: time, ended: time_null,
        }, api_key_id -> api_keys),
    ]
}
