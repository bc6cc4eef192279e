//! Teams, people, keys, secrets and the audit log.

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
        for index in indexes() {
            manager.create_index(index).await?;
        }
        // One live secret per name; tombstones may share it. The builder can't express partial indexes for both databases.
        let live = "CREATE UNIQUE INDEX secrets_live_name ON secrets (team_id, name) WHERE deleted IS NULL";
        manager.get_connection().execute_unprepared(live).await?;
        Ok(())
    }
}

fn tables() -> [TableCreateStatement; 9] {
    [
        table!("teams" { id: uuid.primary_key(), slug: string.unique_key(), name: string, created: time }),
        table!("users" {
            id: uuid.primary_key(), email: string.unique_key(), password_hash: string,
            created: time, last_login: time_null,
        }),
        table!("memberships" { team_id: uuid, user_id: uuid, role: string, created: time }
            key(team_id, user_id), team_id -> teams, user_id -> users),
        table!("sessions" {
            id: uuid.primary_key(), token_hash: binary.unique_key(), user_id: uuid, team_id: uuid,
            created: time, expires: time,
        }, user_id -> users, team_id -> teams),
        table!("api_keys" {
            id: uuid.primary_key(), team_id: uuid, user_id: uuid_null, name: string, role: string,
            token_hash: binary.unique_key(), created: time, expires: time_null, last_used: time_null,
        }, team_id -> teams, user_id -> users),
        table!("data_keys" {
            id: uuid.primary_key(), team_id: uuid, wrapped: binary, master_key_fingerprint: string, created: time,
        }, team_id -> teams),
        table!("secrets" {
            id: uuid.primary_key(), team_id: uuid, name: string, description: string_null, version: big_integer,
            data_key_id: uuid, sealed: binary, created: time, updated: time, updated_by: string,
            last_read: time_null, last_read_by: string_null, deleted: time_null,
        }, team_id -> teams, data_key_id -> data_keys),
        table!("audit_entries" {
            team_id: uuid, sequence: big_integer, time: time, action: string, actor_kind: string,
            actor_id: uuid_null, actor_name: string, address: string, object_id: uuid_null,
            object_name: string_null, detail: string_null, previous_hash: binary, hash: binary,
        } key(team_id, sequence), team_id -> teams),
        table!("setup_tokens" { token_hash: binary.primary_key(), expires: time }),
    ]
}

fn indexes() -> [IndexCreateStatement; 5] {
    [
        index("memberships_user", "memberships", "user_id"),
        index("api_keys_team", "api_keys", "team_id"),
        index("data_keys_team", "data_keys", "team_id"),
        index("secrets_deleted", "secrets", "deleted"),
        index("sessions_expires", "sessions", "expires"),
    ]
}
