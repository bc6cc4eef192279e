//! The store's generation: a number that each change on any server increments, and reads of values don't. Data read at
//! a generation is current until the next one.

use sea_orm::ConnectionTrait as _;
use sea_orm::sea_query::{Expr, ExprTrait as _, Query};

use super::{Error, Executor, Result, Transaction};
use crate::domain::Generation;

const TABLE: &str = "generation";
const COLUMN: &str = "number";

pub async fn find(on: &impl Executor) -> Result<Generation> {
    let select = Query::select().column(COLUMN).from(TABLE).take();
    let row = on.connection().query_one(&select).await?.ok_or(Error::Corrupt(TABLE))?;
    Ok(Generation(row.try_get_by_index(0)?))
}

/// Increments it, once per transaction.
pub async fn increment(tx: &Transaction) -> Result<()> {
    if !tx.begins_generation() {
        return Ok(());
    }
    let update = Query::update().table(TABLE).value(COLUMN, Expr::col(COLUMN).add(1)).take();
    tx.defer(&update).await
}
