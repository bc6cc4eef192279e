//! All rows, table by table, for backups. Of any version of the schema, because a store is backed up before it is migrated.
//!
//! To add a table: a line in [`TABLES`], which a test compares with the migrations.

use futures_util::{Stream, StreamExt as _};
use sea_orm::sea_query::{Alias, Expr, ExprTrait as _, Query};
use sea_orm::{
    ConnectionTrait, DbBackend, DbErr, FromQueryResult, Order, QueryResult, Statement, StreamTrait as _,
    Value,
};
use sea_orm_migration::MigratorTrait as _;

use super::{Error, Executor, Result, Transaction, migration};
use crate::domain::backup::{Column, Datum, Kind, Row, Table};

/// Every table of any version, parents first, without that of migrations.
const TABLES: [&str; 24] = [
    "teams", "users", "identities", "memberships", "roles", "invitations", "api_keys", "trusts", "data_keys",
    "secrets", "secret_versions", "webhooks", "audit_entries",
    // The others are temporary, derived from these, or belong to this store alone: restored later or elsewhere, they
    // would log users in, lock them out, send events again, or take another store's values.
    "sessions", "log_in_attempts", "setup_tokens", "removed_vault_values", "vault_stores", "revoked_api_keys",
    "generation", "secret_reads", "webhook_deliveries", "first_reads", "logins",
];
/// The number of tables that backups contain.
const BACKED_UP: usize = 13;
const MIGRATIONS: &str = "seaql_migrations";

#[derive(FromQueryResult)]
struct Described {
    name: String,
    r#type: String,
    pk: i64,
}

/// The columns of a table, their declared types, and their positions in its key.
const DESCRIBE_SQLITE: &str = "SELECT name, type, pk FROM pragma_table_info(?) ORDER BY cid";
const DESCRIBE_POSTGRES: &str = "\
    SELECT c.column_name::text AS name, c.data_type::text AS type, COALESCE(k.ordinal_position, 0)::bigint AS pk \
    FROM information_schema.columns c \
    LEFT JOIN information_schema.table_constraints t ON t.table_schema = c.table_schema \
        AND t.table_name = c.table_name AND t.constraint_type = 'PRIMARY KEY' \
    LEFT JOIN information_schema.key_column_usage k ON k.constraint_schema = t.constraint_schema \
        AND k.constraint_name = t.constraint_name AND k.table_name = c.table_name AND k.column_name = c.column_name \
    WHERE c.table_schema = current_schema() AND c.table_name = $1 ORDER BY c.ordinal_position";

/// The tables for backups as they are in the store, parents first. Fails on a column that no version creates.
pub async fn list_tables(on: &impl Executor) -> Result<Vec<Table>> {
    let mut tables = Vec::new();
    for name in TABLES.into_iter().take(BACKED_UP) {
        let columns = describe(on, name).await?.into_iter().map(|column| {
            let kind = kind(&column.r#type).ok_or(Error::Corrupt(name))?;
            Ok(Column(column.name, kind))
        });
        let columns = columns.collect::<Result<Vec<_>>>()?;
        if !columns.is_empty() {
            tables.push(Table { name: name.to_owned(), columns });
        }
    }
    Ok(tables)
}

/// The rows of a table, in the order of its key.
pub async fn stream_rows<'a>(
    on: &'a Transaction,
    table: &'a Table,
) -> Result<impl Stream<Item = Result<Row>> + Send + use<'a>> {
    let key = describe(on, &table.name).await?;
    let mut select = Query::select();
    select.from(Alias::new(&table.name));
    select.columns(table.columns.iter().map(|Column(name, _)| Alias::new(name)));
    let mut key: Vec<_> = key.iter().filter(|column| column.pk > 0).collect();
    key.sort_by_key(|column| column.pk);
    for column in key {
        select.order_by(Alias::new(&column.name), Order::Asc);
    }
    let connection = on.raw().await?;
    let statement = ConnectionTrait::get_database_backend(connection).build(&select);
    let rows = connection.stream_raw(statement).await?;
    Ok(rows.map(|found| read(table, &found?)))
}

pub async fn add(on: &Transaction, table: &Table, rows: Vec<Row>) -> Result<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let mut insert = Query::insert();
    insert.into_table(Alias::new(&table.name));
    insert.columns(table.columns.iter().map(|Column(name, _)| Alias::new(name)));
    for row in rows {
        let fields = table.columns.iter().zip(row);
        let fields = fields.map(|(Column(_, kind), datum)| Expr::val(value(*kind, datum)));
        insert.values(fields).map_err(|_| Error::Corrupt("a backup"))?;
    }
    on.connection().execute(&insert).await?;
    Ok(())
}

/// The number of rows of any table; none if it doesn't exist.
pub async fn count(on: &impl Executor, table: &str) -> Result<u64> {
    if describe(on, table).await?.is_empty() {
        return Ok(0);
    }
    let mut select = Query::select();
    select.expr(Expr::col(sea_orm::sea_query::Asterisk).count()).from(Alias::new(table));
    let row = on.connection().query_one(&select).await?;
    let count: i64 = row.map_or(Ok(0), |row| row.try_get_by_index(0))?;
    u64::try_from(count).map_err(|_| Error::Corrupt("a count"))
}

/// The migrations that this version knows, oldest first.
pub fn known_migrations() -> Vec<String> {
    migration::Migrator::migrations().iter().map(|migration| migration.name().to_owned()).collect()
}

/// The migrations of the store, oldest first. Fails on one that this version does not know.
pub async fn list_migrations(on: &impl Executor) -> Result<Vec<String>> {
    let applied = migration::Migrator::get_applied_migrations_read_only(on.connection()).await?;
    Ok(applied.iter().map(|migration| migration.name().to_owned()).collect())
}

impl Transaction {
    /// Migrates the store, or changes nothing.
    pub async fn migrate(&self) -> Result<()> {
        Ok(migration::up(self.raw().await?, &TABLES, None).await?)
    }

    /// Derives from the audit log which key has read which secret, which backups don't contain.
    pub async fn fill_first_reads(&self) -> Result<()> {
        self.connection().execute_unprepared(migration::FILL_FIRST_READS).await?;
        Ok(())
    }

    /// Replaces the tables by empty ones of the first `count` migrations.
    pub async fn remake(&self, count: usize) -> Result<()> {
        for name in TABLES.into_iter().rev().chain([MIGRATIONS]) {
            let mut drop = sea_orm::sea_query::Table::drop();
            let drop = drop.table(Alias::new(name)).if_exists();
            self.connection().execute(&*drop).await?;
        }
        let count = u32::try_from(count).map_err(|_| Error::Corrupt(MIGRATIONS))?;
        Ok(migration::up(self.raw().await?, &TABLES, Some(count)).await?)
    }
}

/// The columns of a table; none if it doesn't exist.
async fn describe(on: &impl Executor, table: &str) -> Result<Vec<Described>> {
    let backend = on.connection().get_database_backend();
    let describe = if backend == DbBackend::Postgres { DESCRIBE_POSTGRES } else { DESCRIBE_SQLITE };
    let statement = Statement::from_sql_and_values(backend, describe, [table.into()]);
    let rows = on.connection().query_all_raw(statement).await?;
    let columns = rows.iter().map(|row| Described::from_query_result(row, ""));
    Ok(columns.collect::<std::result::Result<_, _>>()?)
}

/// The kind of a column, by its declared type.
fn kind(declared: &str) -> Option<Kind> {
    let declared = declared.to_ascii_lowercase();
    let name = declared.split('(').next()?;
    Some(match name {
        "uuid_text" | "uuid" => Kind::Uuid,
        "varchar" | "text" | "character varying" => Kind::Text,
        "bigint" | "integer" => Kind::Integer,
        "timestamp_with_timezone_text" | "timestamp with time zone" => Kind::Time,
        "blob" | "bytea" => Kind::Bytes,
        _ => return None,
    })
}

fn read(table: &Table, found: &QueryResult) -> Result<Row> {
    let fields = table.columns.iter().enumerate();
    let fields = fields.map(|(index, Column(_, kind))| read_field(*kind, found, index));
    let row: std::result::Result<Row, DbErr> = fields.collect();
    row.map_err(|_| Error::Corrupt(TABLES.into_iter().find(|name| *name == table.name).unwrap_or("a table")))
}

fn read_field(kind: Kind, found: &QueryResult, index: usize) -> std::result::Result<Datum, DbErr> {
    read_as(kind, found, index).or_else(|error| {
        // SQLite's columns accept anything, and a backup includes tampered rows.
        let mut odd = [Kind::Text, Kind::Integer, Kind::Bytes].into_iter().filter(|odd| *odd != kind);
        let read = odd.find_map(|odd| Some(Datum::Odd(odd, Box::new(read_as(odd, found, index).ok()?))));
        read.ok_or(error)
    })
}

fn read_as(kind: Kind, found: &QueryResult, index: usize) -> std::result::Result<Datum, DbErr> {
    let datum = match kind {
        Kind::Uuid => found.try_get_by_index::<Option<_>>(index)?.map(Datum::Uuid),
        Kind::Text => found.try_get_by_index::<Option<_>>(index)?.map(Datum::Text),
        Kind::Integer => found.try_get_by_index::<Option<_>>(index)?.map(Datum::Integer),
        Kind::Time => found.try_get_by_index::<Option<_>>(index)?.map(Datum::Time),
        Kind::Bytes => found.try_get_by_index::<Option<_>>(index)?.map(Datum::Bytes),
    };
    Ok(datum.unwrap_or(Datum::Null))
}

/// A field for the database, which needs the kind of null.
fn value(kind: Kind, datum: Datum) -> Value {
    match datum {
        Datum::Uuid(id) => id.into(),
        Datum::Text(text) => text.into(),
        Datum::Integer(number) => number.into(),
        Datum::Time(time) => time.into(),
        Datum::Bytes(bytes) => bytes.into(),
        Datum::Odd(kind, datum) => value(kind, *datum),
        Datum::Null => match kind {
            Kind::Uuid => Option::<sea_orm::prelude::Uuid>::None.into(),
            Kind::Text => Option::<String>::None.into(),
            Kind::Integer => Option::<i64>::None.into(),
            Kind::Time => Option::<crate::domain::Time>::None.into(),
            Kind::Bytes => Option::<Vec<u8>>::None.into(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::Outcome;
    use super::super::bench::Bench;
    use super::*;

    #[tokio::test]
    async fn every_table_is_known_and_every_column_has_a_kind() {
        let bench = Bench::new().await;
        let checked = bench.store.write(true, |tx| {
            Box::pin(async {
                check(tx).await?;
                Ok::<_, Error>(Outcome::Refused(()))
            })
        });
        checked.await.expect("every statement runs");
    }

    async fn check(tx: &Transaction) -> Result<()> {
        tx.migrate().await?;
        let every = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%'";
        let every = Statement::from_string(DbBackend::Sqlite, every);
        let rows = tx.connection().query_all_raw(every).await?;
        let names = rows.iter().map(|row| row.try_get_by_index::<String>(0).expect("a name"));
        let mut names: Vec<_> = names.filter(|name| name != MIGRATIONS && name != "numbers").collect();
        let mut known = TABLES;
        names.sort();
        known.sort_unstable();
        assert_eq!(names, known, "a new table needs a line in TABLES");
        for count in 1..=known_migrations().len() {
            tx.remake(count).await?;
            assert!(!list_tables(tx).await?.is_empty());
        }
        Ok(())
    }
}
