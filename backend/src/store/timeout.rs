//! How long the database may take to answer: a machine that is gone does not say so.

use std::time::Duration;

use sea_orm::DbErr;

/// Waits for the database, but not for ever.
pub(super) async fn with_timeout<T>(
    limit: Option<Duration>,
    work: impl Future<Output = Result<T, DbErr>>,
) -> Result<T, DbErr> {
    match limit {
        None => work.await,
        Some(limit) => tokio::time::timeout(limit, work)
            .await
            .unwrap_or_else(|_| Err(DbErr::Custom("the database did not answer in time".to_owned()))),
    }
}
