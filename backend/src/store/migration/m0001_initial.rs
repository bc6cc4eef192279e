//! Teams, people, keys, secrets and the audit log.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary, string, string_null, timestamp_with_time_zone, timestamp_with_time_zone_null, uuid,
    uuid_null,
};

use super::{belongs_to, index};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in tables() {
            manager.create_table(table).await?;
        }
        for index in indexes() {
            manager.create_index(index).await?;
        }
        // One live secret per name; tombstones may share it. The builder has no partial indexes that both databases
        // take, and this text is the same in both.
        manager
            .get_connection()
            .execute_unprepared(
                "CREATE UNIQUE INDEX secrets_live_name ON secrets (team_id, name) WHERE deleted IS NULL",
            )
            .await?;
        Ok(())
    }
}

fn tables() -> Vec<TableCreateStatement> {
    let table = |name: &'static str| {
        let mut table = Table::create();
        table.table(name);
        table
    };
    vec![
        table("teams")
            .col(uuid("id").primary_key())
            .col(string("slug").unique_key())
            .col(string("name"))
            .col(timestamp_with_time_zone("created"))
            .take(),
        table("users")
            .col(uuid("id").primary_key())
            .col(string("email").unique_key())
            .col(string("password_hash"))
            .col(timestamp_with_time_zone("created"))
            .col(timestamp_with_time_zone_null("last_login"))
            .take(),
        table("memberships")
            .col(uuid("team_id"))
            .col(uuid("user_id"))
            .col(string("role"))
            .col(timestamp_with_time_zone("created"))
            .primary_key(Index::create().col("team_id").col("user_id"))
            .foreign_key(&mut belongs_to("memberships", "team_id", "teams"))
            .foreign_key(&mut belongs_to("memberships", "user_id", "users"))
            .take(),
        table("sessions")
            .col(uuid("id").primary_key())
            .col(binary("token_hash").unique_key())
            .col(uuid("user_id"))
            .col(uuid("team_id"))
            .col(timestamp_with_time_zone("created"))
            .col(timestamp_with_time_zone("expires"))
            .foreign_key(&mut belongs_to("sessions", "user_id", "users"))
            .foreign_key(&mut belongs_to("sessions", "team_id", "teams"))
            .take(),
        table("api_keys")
            .col(uuid("id").primary_key())
            .col(uuid("team_id"))
            .col(uuid_null("user_id"))
            .col(string("name"))
            .col(string("role"))
            .col(binary("token_hash").unique_key())
            .col(timestamp_with_time_zone("created"))
            .col(timestamp_with_time_zone_null("expires"))
            .col(timestamp_with_time_zone_null("last_used"))
            .foreign_key(&mut belongs_to("api_keys", "team_id", "teams"))
            .foreign_key(&mut belongs_to("api_keys", "user_id", "users"))
            .take(),
        table("data_keys")
            .col(uuid("id").primary_key())
            .col(uuid("team_id"))
            .col(binary("wrapped"))
            .col(string("master_key_fingerprint"))
            .col(timestamp_with_time_zone("created"))
            .foreign_key(&mut belongs_to("data_keys", "team_id", "teams"))
            .take(),
        table("secrets")
            .col(uuid("id").primary_key())
            .col(uuid("team_id"))
            .col(string("name"))
            .col(string_null("description"))
            .col(big_integer("version"))
            .col(uuid("data_key_id"))
            .col(binary("sealed"))
            .col(timestamp_with_time_zone("created"))
            .col(timestamp_with_time_zone("updated"))
            .col(string("updated_by"))
            .col(timestamp_with_time_zone_null("last_read"))
            .col(string_null("last_read_by"))
            .col(timestamp_with_time_zone_null("deleted"))
            .foreign_key(&mut belongs_to("secrets", "team_id", "teams"))
            .foreign_key(&mut belongs_to("secrets", "data_key_id", "data_keys"))
            .take(),
        table("audit_entries")
            .col(uuid("team_id"))
            .col(big_integer("sequence"))
            .col(timestamp_with_time_zone("time"))
            .col(string("action"))
            .col(string("actor_kind"))
            .col(uuid_null("actor_id"))
            .col(string("actor_name"))
            .col(string("address"))
            .col(uuid_null("object_id"))
            .col(string_null("object_name"))
            .col(string_null("detail"))
            .col(binary("previous_hash"))
            .col(binary("hash"))
            .primary_key(Index::create().col("team_id").col("sequence"))
            .foreign_key(&mut belongs_to("audit_entries", "team_id", "teams"))
            .take(),
        table("setup_tokens")
            .col(binary("token_hash").primary_key())
            .col(timestamp_with_time_zone("expires"))
            .take(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    vec![
        index("memberships_user", "memberships", "user_id"),
        index("api_keys_team", "api_keys", "team_id"),
        index("data_keys_team", "data_keys", "team_id"),
        index("secrets_deleted", "secrets", "deleted"),
        index("sessions_expires", "sessions", "expires"),
    ]
}
