//! A store with one table, of numbers: what the tests of this room try transactions on.

use sea_orm::{ConnectionTrait as _, DbErr, Statement};
use tempfile::TempDir;

use super::{Executor, Store, Transaction};

/// A store with a table of numbers, none of which is there twice.
pub struct Bench {
    pub store: Store,
    _folder: TempDir,
}

impl Bench {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&url).await.expect("a store");
        let tx = store.begin().await.expect("begun");
        run(&tx, "CREATE TABLE numbers (number INTEGER PRIMARY KEY)").await.expect("made");
        tx.commit().await.expect("committed");
        Self { store, _folder: folder }
    }

    /// What is on the disk.
    pub async fn numbers(&self) -> Vec<i64> {
        numbers(&self.store).await
    }
}

pub async fn run(tx: &Transaction, sql: &str) -> Result<(), DbErr> {
    tx.connection().execute_unprepared(sql).await.map(|_| ())
}

pub async fn add(tx: &Transaction, number: i64) -> Result<(), DbErr> {
    run(tx, &format!("INSERT INTO numbers VALUES ({number})")).await
}

pub async fn numbers(on: &impl Executor) -> Vec<i64> {
    let select = "SELECT number FROM numbers ORDER BY number";
    let select = Statement::from_string(sea_orm::DbBackend::Sqlite, select);
    let rows = on.connection().query_all_raw(select).await.expect("listed");
    let numbers = rows.iter().map(|row| row.try_get_by_index(0));
    numbers.collect::<Result<_, _>>().expect("numbers")
}
