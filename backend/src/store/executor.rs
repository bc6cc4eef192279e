//! What queries run on.

use sea_orm::ConnectionTrait;

/// What a query runs on: the store, for reads, or a transaction.
pub trait Executor: Sync {
    /// The connection beneath. For the files of this room.
    #[doc(hidden)]
    fn connection(&self) -> &impl ConnectionTrait;
}
