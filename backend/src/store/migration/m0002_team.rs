//! What a team needs to be run: roles of its own, invitations, keys' limits, versions of secrets, and what guards log-ins.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary, integer, string, string_null, timestamp_with_time_zone,
    timestamp_with_time_zone_null, uuid, uuid_null,
};

use super::{belongs_to, index};

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    /// All of it or nothing, on SQLite as well: a store that is half moved would be a store that is lost.
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in added_columns() {
            manager.alter_table(column).await?;
        }
        // Who made a key was not kept: its owner did, or else the operator.
        let makers = "UPDATE api_keys SET created_by = \
                      COALESCE((SELECT email FROM users WHERE users.id = api_keys.user_id), 'command line')";
        manager.get_connection().execute_unprepared(makers).await?;
        for table in tables() {
            manager.create_table(table).await?;
        }
        move_values(manager).await?;
        for index in indexes() {
            manager.create_index(index).await?;
        }
        Ok(())
    }
}

/// Moves values out of the secrets' rows, into rows of versions. SQLite drops no column that a foreign key has, so the
/// table is made anew.
async fn move_values(manager: &SchemaManager<'_>) -> Result<(), DbErr> {
    const KEPT: &str = "id, team_id, name, description, version, created, updated, updated_by, last_read, \
                        last_read_by, deleted";
    let database = manager.get_connection();
    for statement in [
        "DROP INDEX secrets_live_name",
        "DROP INDEX secrets_deleted",
        "ALTER TABLE secrets RENAME TO secrets_before",
    ] {
        database.execute_unprepared(statement).await?;
    }
    manager
        .create_table(
            Table::create()
                .table("secrets")
                .col(uuid("id").primary_key())
                .col(uuid("team_id"))
                .col(string("name"))
                .col(string_null("description"))
                .col(big_integer("version"))
                .col(timestamp_with_time_zone("created"))
                .col(timestamp_with_time_zone("updated"))
                .col(string("updated_by"))
                .col(timestamp_with_time_zone_null("last_read"))
                .col(string_null("last_read_by"))
                .col(timestamp_with_time_zone_null("deleted"))
                .foreign_key(&mut belongs_to("secrets", "team_id", "teams"))
                .take(),
        )
        .await?;
    manager
        .create_table(
            Table::create()
                .table("secret_versions")
                .col(uuid("secret_id"))
                .col(big_integer("version"))
                .col(uuid("data_key_id"))
                .col(binary("sealed"))
                .col(timestamp_with_time_zone("created"))
                .col(string("created_by"))
                .primary_key(Index::create().col("secret_id").col("version"))
                .foreign_key(&mut belongs_to("secret_versions", "secret_id", "secrets"))
                .foreign_key(&mut belongs_to("secret_versions", "data_key_id", "data_keys"))
                .take(),
        )
        .await?;
    for statement in [
        &format!("INSERT INTO secrets ({KEPT}) SELECT {KEPT} FROM secrets_before"),
        "INSERT INTO secret_versions (secret_id, version, data_key_id, sealed, created, created_by) \
         SELECT id, version, data_key_id, sealed, updated, updated_by FROM secrets_before",
        "DROP TABLE secrets_before",
        "CREATE UNIQUE INDEX secrets_live_name ON secrets (team_id, name) WHERE deleted IS NULL",
    ] {
        database.execute_unprepared(statement).await?;
    }
    Ok(())
}

fn added_columns() -> Vec<TableAlterStatement> {
    let add =
        |table: &'static str, column: &mut ColumnDef| Table::alter().table(table).add_column(column).take();
    vec![
        add("api_keys", &mut string_null("secrets")),
        add("api_keys", string("created_by").default("")),
        add("sessions", &mut timestamp_with_time_zone_null("last_used")),
        add("sessions", string("address").default("")),
        add("sessions", string("user_agent").default("")),
        add("users", &mut uuid_null("last_team_id")),
    ]
}

fn tables() -> Vec<TableCreateStatement> {
    vec![
        Table::create()
            .table("roles")
            .col(uuid("id").primary_key())
            .col(uuid("team_id"))
            .col(string("name"))
            .col(string_null("description"))
            .col(string("permissions"))
            .col(timestamp_with_time_zone("created"))
            .foreign_key(&mut belongs_to("roles", "team_id", "teams"))
            .take(),
        Table::create()
            .table("invitations")
            .col(uuid("id").primary_key())
            .col(uuid("team_id"))
            .col(string("email"))
            .col(string("role"))
            .col(binary("token_hash").unique_key())
            .col(timestamp_with_time_zone("created"))
            .col(string("created_by"))
            .col(uuid_null("inviter_user_id"))
            .col(uuid_null("inviter_key_id"))
            .col(timestamp_with_time_zone("expires"))
            .foreign_key(&mut belongs_to("invitations", "team_id", "teams"))
            .take(),
        Table::create()
            .table("identities")
            .col(string("issuer"))
            .col(string("subject"))
            .col(uuid("user_id"))
            .col(timestamp_with_time_zone("created"))
            .primary_key(Index::create().col("issuer").col("subject"))
            .foreign_key(&mut belongs_to("identities", "user_id", "users"))
            .take(),
        Table::create()
            .table("log_in_attempts")
            .col(string("subject").primary_key())
            .col(integer("failures"))
            .col(timestamp_with_time_zone("last"))
            .take(),
    ]
}

fn indexes() -> Vec<IndexCreateStatement> {
    let unique = |name: &'static str, table: &'static str, column: &'static str| {
        Index::create().name(name).table(table).col("team_id").col(column).unique().take()
    };
    vec![
        unique("roles_name", "roles", "name"),
        unique("invitations_email", "invitations", "email"),
        index("identities_user", "identities", "user_id"),
        index("sessions_user", "sessions", "user_id"),
        index("log_in_attempts_last", "log_in_attempts", "last"),
        index("secrets_deleted", "secrets", "deleted"),
    ]
}
