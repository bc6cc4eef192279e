//! An index of the audit log's entries about changes, by which servers notice that a team has changed.

use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // All actions but `read:…` and `refused:…`. Databases use the index for queries with exactly this condition.
        let index = "CREATE INDEX audit_entries_changes ON audit_entries (team_id, sequence) \
                     WHERE action NOT BETWEEN 'read:' AND 'refused:~'";
        manager.get_connection().execute_unprepared(index).await.map(drop)
    }
}
