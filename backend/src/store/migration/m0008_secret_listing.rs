//! Columns that lists of secrets are sorted, grouped and searched by, and their indexes.

use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait as _};
use sea_orm::{ConnectionTrait as _, DbBackend};
use sea_orm_migration::prelude::*;
use sea_orm_migration::schema::{binary, string};
use strongroom_shared::Uuid;

use crate::domain::secret_listing::{Keys, search_text};

/// Secrets whose columns are filled at a time.
const BATCH: u64 = 200;
const TABLE: &str = "secrets";
const COLUMNS: [&str; 4] = ["sort_key", "group_key", "look", "search"];

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for mut column in [binary("sort_key"), binary("group_key"), binary("look"), string("search")] {
            manager.alter_table(Table::alter().table(TABLE).add_column(column.default("")).take()).await?;
        }
        let mut last = Uuid::nil();
        while let Some(next) = fill(manager, last).await? {
            last = next;
        }
        for (name, key, can_be_null) in [
            ("sort_key", "sort_key", false),
            ("group_key", "group_key", false),
            ("look", "look", false),
            ("updated", "updated", false),
            ("updated_by", "lower(updated_by)", false),
            ("version", "version", false),
            ("last_read", "last_read", true),
            ("last_read_by", "lower(last_read_by)", true),
        ] {
            // SQLite's only order.
            let is_postgres = manager.get_database_backend() == DbBackend::Postgres;
            let nulls = if can_be_null && is_postgres { " NULLS FIRST" } else { "" };
            let index = format!(
                "CREATE INDEX secrets_live_{name} ON secrets (team_id, {key}{nulls}) WHERE deleted IS NULL"
            );
            manager.get_connection().execute_unprepared(&index).await?;
        }
        Ok(())
    }
}

/// Fills the columns of the secrets after `last`, and returns the last of them.
async fn fill(manager: &SchemaManager<'_>, last: Uuid) -> Result<Option<Uuid>, DbErr> {
    let on = manager.get_connection();
    let mut select = Query::select();
    select.columns(["id", "name", "description"]).from(TABLE).and_where(Expr::col("id").gt(last));
    let rows = on.query_all(select.order_by("id", Order::Asc).limit(BATCH)).await?;
    let mut ids = Vec::with_capacity(rows.len());
    let mut cases = COLUMNS.map(|_| CaseStatement::new());
    for row in rows {
        let (id, name): (Uuid, String) = (row.try_get_by_index(0)?, row.try_get_by_index(1)?);
        let description: Option<String> = row.try_get_by_index(2)?;
        let Keys { sort, group, look } = Keys::of(&name);
        let search = search_text(&name, description.as_deref());
        let values = [Expr::val(sort), Expr::val(group), Expr::val(look), Expr::val(search)];
        let mut values = values.into_iter();
        cases = cases.map(|case| case.case(Expr::col("id").eq(id), values.next().unwrap_or(Expr::val(""))));
        ids.push(id);
    }
    let Some(last) = ids.last().copied() else { return Ok(None) };
    let mut update = Query::update();
    update.table(TABLE).and_where(Expr::col("id").is_in(ids));
    for (column, case) in COLUMNS.into_iter().zip(cases) {
        update.value(column, case);
    }
    on.execute(&update).await?;
    Ok(Some(last))
}
