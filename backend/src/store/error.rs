//! Errors of the store.

use std::sync::Arc;

use sea_orm::DbErr;
use thiserror::Error;

#[derive(Debug, Error)]
pub enum Error {
    #[error("the database URL has to start with `sqlite:`, `postgres://` or `postgresql://`")]
    UnknownDatabase,
    /// The URL is never repeated, because it may contain a password.
    #[error("the database URL can't be read: {0}")]
    BadUrl(&'static str),
    #[error(
        "the database runs with `{setting}={found}`, but must run with `{wanted}`: otherwise an acknowledged write \
         could be lost, or an answer be wrong"
    )]
    Unsafe { setting: &'static str, found: String, wanted: String },
    /// Other processes kept the database busy for too long, or it is unreachable.
    #[error("the database was busy or unreachable for too long")]
    BusyTooLong,
    /// The change may be durable or not.
    #[error("it is unknown whether the change is durable")]
    NotCommitted,
    #[error("the database failed")]
    Database(#[from] DbErr),
    #[error("a row of {0} can't be read")]
    Corrupt(&'static str),
    /// A batch failed for all callers.
    #[error(transparent)]
    Shared(Arc<Error>),
}

impl Error {
    /// Whether the database works, and the content of a row is invalid.
    pub fn is_about_content(&self) -> bool {
        use sea_orm::RuntimeErr::SqlxError;
        use sea_orm::sqlx::Error::ColumnDecode;
        match self {
            Self::Database(DbErr::Type(_)) | Self::Corrupt(_) => true,
            Self::Shared(error) => error.is_about_content(),
            Self::Database(DbErr::Query(SqlxError(error))) => matches!(**error, ColumnDecode { .. }),
            _ => false,
        }
    }

    /// Whether the content of one row or statement may be the cause, so that other work is unaffected.
    pub fn may_concern_one_row(&self) -> bool {
        use sea_orm::RuntimeErr::SqlxError;
        use sea_orm::sqlx::error::ErrorKind;
        let error = match self {
            Self::Shared(error) => return error.may_concern_one_row(),
            Self::Database(DbErr::Exec(SqlxError(error)) | DbErr::Query(SqlxError(error))) => {
                error.as_database_error()
            }
            _ => None,
        };
        let breaks_a_rule = error.is_some_and(|error| {
            // The SQLSTATE classes of invalid data and violated constraints; `kind` covers SQLite and some of these.
            let is_data = |code: &str| code.len() == 5 && (code.starts_with("22") || code.starts_with("23"));
            !matches!(error.kind(), ErrorKind::Other) || error.code().is_some_and(|code| is_data(&code))
        });
        breaks_a_rule || self.is_about_content()
    }
}

pub type Result<T> = std::result::Result<T, Error>;
