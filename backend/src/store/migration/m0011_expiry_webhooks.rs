//! When secrets expire, teams' webhooks with the deliveries they owe, and which key has read which secret.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, string, string_null, timestamp_with_time_zone as time,
    timestamp_with_time_zone_null as time_null, uuid,
};

use super::index;

/// Derives which key has read which secret from the audit log, whose archived entries are lost to it.
pub const FILL_FIRST_READS: &str = "\
    INSERT INTO first_reads (api_key_id, secret_id) \
    SELECT DISTINCT e.actor_id, e.object_id FROM audit_entries e \
    JOIN api_keys k ON k.id = e.actor_id JOIN secrets s ON s.id = e.object_id \
    WHERE e.action = 'read:secret-value' ON CONFLICT DO NOTHING";

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut column in [time_null("expires_at"), big_integer("expiry_notice").default(0).take()] {
            manager.alter_table(Table::alter().table("secrets").add_column(&mut column).take()).await?;
        }
        for table in tables() {
            manager.create_table(table).await?;
        }
        let of_team = Index::create()
            .name("webhook_deliveries_team")
            .table("webhook_deliveries")
            .col("team_id")
            .col("id")
            .take();
        manager.create_index(of_team).await?;
        manager.create_index(index("first_reads_secret", "first_reads", "secret_id")).await?;
        let database = manager.get_connection();
        for statement in [
            // For reminders, and for lists of a team's secrets.
            "CREATE INDEX secrets_expires_at ON secrets (expires_at) WHERE expires_at IS NOT NULL",
            "CREATE INDEX secrets_live_expires_at ON secrets (team_id, expires_at) \
             WHERE deleted IS NULL AND expires_at IS NOT NULL",
            "CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (team_id, due) WHERE state = 'pending'",
            "CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (team_id, due) WHERE state <> 'pending'",
            FILL_FIRST_READS,
        ] {
            database.execute_unprepared(statement).await?;
        }
        Ok(())
    }
}

fn tables() -> [TableCreateStatement; 3] {
    [
        table!("webhooks" {
            team_id: uuid.primary_key(), id: uuid, url: string, data_key_id: uuid, sealed: binary, created: time,
            created_by: string, paused: big_integer,
        }, team_id -> teams, data_key_id -> data_keys),
        table!("webhook_deliveries" {
            id: uuid.primary_key(), team_id: uuid, event: string, body: string, created: time, state: string,
            attempts: big_integer, due: time, status: big_integer_null, error: string_null,
        }, team_id -> teams),
        // Without foreign keys: a read may be recorded just after its key was revoked.
        table!("first_reads" { api_key_id: uuid, secret_id: uuid } key(api_key_id, secret_id)),
    ]
}
