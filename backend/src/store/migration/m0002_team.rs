//! Custom roles, invitations, keys' limits, versions of secrets, single sign-on, and login attempts.

use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{
    big_integer, binary, integer, string, string_null, timestamp_with_time_zone as time,
    timestamp_with_time_zone_null as time_null, uuid, uuid_null,
};

use super::index;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in added_columns() {
            manager.alter_table(column).await?;
        }
        // The creator of a key was not recorded: its owner, or else the operator.
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

/// Moves values from `secrets` into `secret_versions`. SQLite can't drop a column with a foreign key, so the table is
/// recreated.
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
    let secrets = table!("secrets" {
        id: uuid.primary_key(), team_id: uuid, name: string, description: string_null, version: big_integer,
        created: time, updated: time, updated_by: string, last_read: time_null, last_read_by: string_null,
        deleted: time_null,
    }, team_id -> teams);
    manager.create_table(secrets).await?;
    let versions = table!("secret_versions" {
        secret_id: uuid, version: big_integer, data_key_id: uuid, sealed: binary, created: time, created_by: string,
    } key(secret_id, version), secret_id -> secrets, data_key_id -> data_keys);
    manager.create_table(versions).await?;
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

fn added_columns() -> [TableAlterStatement; 6] {
    let add =
        |table: &'static str, column: &mut ColumnDef| Table::alter().table(table).add_column(column).take();
    [
        add("api_keys", &mut string_null("secrets")),
        add("api_keys", string("created_by").default("")),
        add("sessions", &mut time_null("last_used")),
        add("sessions", string("address").default("")),
        add("sessions", string("user_agent").default("")),
        add("users", &mut uuid_null("last_team_id")),
    ]
}

fn tables() -> [TableCreateStatement; 4] {
    [
        table!("roles" {
            id: uuid.primary_key(), team_id: uuid, name: string, description: string_null, permissions: string,
            created: time,
        }, team_id -> teams),
        table!("invitations" {
            id: uuid.primary_key(), team_id: uuid, email: string, role: string, token_hash: binary.unique_key(),
            created: time, created_by: string, inviter_user_id: uuid_null, inviter_key_id: uuid_null, expires: time,
        }, team_id -> teams),
        table!("identities" { issuer: string, subject: string, user_id: uuid, created: time }
            key(issuer, subject), user_id -> users),
        table!("log_in_attempts" { subject: string.primary_key(), failures: integer, last: time }),
    ]
}

fn indexes() -> [IndexCreateStatement; 6] {
    let unique = |name: &'static str, table: &'static str, column: &'static str| {
        Index::create().name(name).table(table).col("team_id").col(column).unique().take()
    };
    [
        unique("roles_name", "roles", "name"),
        unique("invitations_email", "invitations", "email"),
        index("identities_user", "identities", "user_id"),
        index("sessions_user", "sessions", "user_id"),
        index("log_in_attempts_last", "log_in_attempts", "last"),
        index("secrets_deleted", "secrets", "deleted"),
    ]
}
