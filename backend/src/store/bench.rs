//! A store for tests of transactions, with a table of unique numbers.

use futures_util::future::BoxFuture;
use sea_orm::{ConnectionTrait as _, DbErr, Statement};
use tempfile::TempDir;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::{Executor, Outcome, Result, Store, Transaction, Work};

pub struct Bench {
    pub store: Store,
    _folder: TempDir,
}

/// A queued change that waits for [`Held::go`].
pub struct Held {
    begun: oneshot::Receiver<()>,
    go: oneshot::Sender<()>,
    pub outcome: JoinHandle<Result<Vec<i64>>>,
}

impl Bench {
    pub async fn new() -> Self {
        let folder = tempfile::tempdir().expect("a directory");
        let url = format!("sqlite:{}", folder.path().join("store.db").display());
        let store = Store::connect(&url).await.expect("a store");
        let bench = Self { store, _folder: folder };
        let made = bench.write(|tx| {
            Box::pin(async { done(run(tx, "CREATE TABLE numbers (number INTEGER PRIMARY KEY)").await) })
        });
        made.await.expect("made");
        bench
    }

    pub async fn write<T: Send + 'static>(&self, work: impl Work<T, super::Error>) -> Result<T> {
        self.store.write(false, work).await
    }

    /// The durable numbers.
    pub async fn numbers(&self) -> Vec<i64> {
        numbers(&self.store).await
    }

    /// Queues a change, which returns the numbers that it sees.
    pub async fn ask(
        &self,
        is_long: bool,
        work: impl for<'a> FnOnce(&'a Transaction, Vec<i64>) -> BoxFuture<'a, Result<Outcome<Vec<i64>>>>
        + Send
        + 'static,
    ) -> Held {
        let ((start, begun), (go, gone)) = (oneshot::channel(), oneshot::channel());
        let store = self.store.clone();
        let outcome = tokio::spawn(async move {
            let made = store.write(is_long, move |tx| {
                Box::pin(async move {
                    let _ = start.send(());
                    let _ = gone.await;
                    let seen = numbers(tx).await;
                    work(tx, seen).await
                })
            });
            made.await
        });
        tokio::task::yield_now().await;
        Held { begun, go, outcome }
    }

    pub async fn ask_to_add(&self, number: i64) -> Held {
        self.ask(false, move |tx, seen| Box::pin(async move { done(add(tx, number).await.map(|()| seen)) }))
            .await
    }
}

impl Held {
    pub async fn begun(mut self) -> Self {
        (&mut self.begun).await.expect("it begins");
        self
    }

    pub fn go(self) -> JoinHandle<Result<Vec<i64>>> {
        let _ = self.go.send(());
        self.outcome
    }
}

pub fn done<T>(outcome: std::result::Result<T, DbErr>) -> Result<Outcome<T>> {
    Ok(Outcome::Done(outcome?))
}

pub async fn run(tx: &Transaction, sql: &str) -> std::result::Result<(), DbErr> {
    tx.connection().execute_unprepared(sql).await.map(|_| ())
}

pub async fn add(tx: &Transaction, number: i64) -> std::result::Result<(), DbErr> {
    run(tx, &format!("INSERT INTO numbers VALUES ({number})")).await
}

pub async fn numbers(on: &impl Executor) -> Vec<i64> {
    let select = "SELECT number FROM numbers ORDER BY number";
    let select = Statement::from_string(sea_orm::DbBackend::Sqlite, select);
    let rows = on.connection().query_all_raw(select).await.expect("listed");
    rows.iter().map(|row| row.try_get_by_index(0).expect("a number")).collect()
}

/// How SQLite would run a query.
pub async fn plan(store: &Store, query: Statement) -> String {
    let explain = Statement { sql: format!("EXPLAIN QUERY PLAN {}", query.sql), ..query };
    let rows = store.connection().query_all_raw(explain).await.expect("explained");
    let steps = rows.iter().map(|row| row.try_get::<String>("", "detail").expect("a text"));
    steps.collect::<Vec<_>>().join("; ")
}
