//! The writer's connection. `SQLite` runs several statements in one round trip, which costs little more than one of them.
//!
//! Not here: the pool of connections, for reads and long changes (`database`).

use std::mem;

use futures_util::TryStreamExt as _;
use sea_orm::sqlx::postgres::PgConnection;
use sea_orm::sqlx::sqlite::SqliteConnection;
use sea_orm::sqlx::{
    self, AssertSqlSafe, Connection as _, Database, Either, Executor, IntoArguments, Postgres, Sqlite,
};
use sea_orm::{DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Value, Values};
use sea_query_sqlx::SqlxValues;

pub enum Connection {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

/// The outcome of a statement.
pub struct Completed {
    pub rows: Vec<QueryResult>,
    pub result: ExecResult,
}

/// The error of a statement, after which no other has run.
pub struct Failed {
    pub error: DbErr,
    /// How many statements before it completed; the maximum if that is unknown.
    pub completed: usize,
}

impl From<Failed> for DbErr {
    fn from(failed: Failed) -> Self {
        failed.error
    }
}

impl Connection {
    pub const fn backend(&self) -> DbBackend {
        match self {
            Self::Sqlite(_) => DbBackend::Sqlite,
            Self::Postgres(_) => DbBackend::Postgres,
        }
    }

    /// Runs statements until one fails, and returns the outcome of the last.
    pub async fn run(&mut self, statements: Vec<Statement>) -> Result<Completed, Failed> {
        let mut all = Vec::new();
        let ran = match self {
            Self::Sqlite(on) => run::<Sqlite>(on, joined(statements), &mut all).await,
            Self::Postgres(on) => {
                let mut ran = Ok(());
                for statement in statements {
                    ran = run::<Postgres>(on, statement, &mut all).await;
                    if ran.is_err() {
                        break;
                    }
                }
                ran
            }
        };
        let completed = all.len();
        let last = ran.and_then(|()| all.pop().ok_or_else(|| DbErr::Custom("no statement ran".to_owned())));
        last.map_err(|error| Failed { error, completed })
    }

    pub async fn close(self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(connection) => connection.close().await,
            Self::Postgres(connection) => connection.close().await,
        }
    }
}

/// Runs the statements of one text, and adds the outcome of each that completes.
async fn run<DB: Database>(
    on: &mut DB::Connection,
    statement: Statement,
    completed: &mut Vec<Completed>,
) -> Result<(), DbErr>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
    SqlxValues: IntoArguments<DB>,
    QueryResult: From<DB::Row>,
    ExecResult: From<DB::QueryResult>,
{
    let sql = AssertSqlSafe(statement.sql);
    let mut results = match statement.values {
        Some(values) => on.fetch_many(sqlx::query_with(sql, SqlxValues(values))),
        None => on.fetch_many(sql),
    };
    let mut rows = Vec::new();
    while let Some(next) = results.try_next().await.map_err(failing)? {
        match next {
            Either::Right(row) => rows.push(row.into()),
            Either::Left(result) => {
                completed.push(Completed { rows: mem::take(&mut rows), result: result.into() });
            }
        }
    }
    Ok(())
}

/// Several statements as one text. Their parameters are `?`, numbered through.
fn joined(statements: Vec<Statement>) -> Statement {
    let mut sql = String::new();
    let mut values = Vec::new();
    for statement in statements {
        sql.push_str(&statement.sql);
        sql.push_str("; ");
        values.extend(statement.values.map(|Values(values)| values).unwrap_or_default());
    }
    Statement::from_sql_and_values(DbBackend::Sqlite, sql, values)
}

/// Writes the limit of a query for `SQLite` into its text: with a bound one, it is prepared anew whenever it runs.
pub fn with_literal_limit(mut statement: Statement) -> Statement {
    if statement.sql.ends_with(" LIMIT ?")
        && let Some(Values(values)) = &mut statement.values
        && let Some(Value::BigUnsigned(Some(limit))) = values.last()
    {
        statement.sql.truncate(statement.sql.len() - 1);
        statement.sql.push_str(&limit.to_string());
        values.pop();
    }
    statement
}

fn failing(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
