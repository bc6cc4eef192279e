//! Failed logins in a row, of an account or from an address.

use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, Condition, EntityTrait, IntoActiveModel, QueryFilter};

use super::entity::log_in_attempt::{Column, Entity, Model};
use super::{Executor, Result};
use crate::domain::Time;
use crate::domain::throttle::Attempts;

pub async fn find(on: &impl Executor, subject: &str) -> Result<Option<Attempts>> {
    let row = Entity::find_by_id(subject.to_owned()).one(on.connection()).await?;
    Ok(row.map(|row| Attempts { failures: row.failures, last: row.last }))
}

pub async fn set(on: &impl Executor, subject: &str, attempts: &Attempts) -> Result<()> {
    let row = Model { subject: subject.to_owned(), failures: attempts.failures, last: attempts.last };
    let mut replace = OnConflict::column(Column::Subject);
    replace.update_columns([Column::Failures, Column::Last]);
    let insert = Entity::insert(row.into_active_model()).on_conflict(replace);
    insert.exec_without_returning(on.connection()).await?;
    Ok(())
}

/// Does the same work as adding an audit entry, a read and a write, so that timing doesn't reveal the difference.
pub async fn set_decoy(on: &impl Executor) -> Result<()> {
    const SUBJECT: &str = "decoy";
    let failures = find(on, SUBJECT).await?.map_or(0, |before| before.failures);
    // Old enough for the next purge.
    let next = Attempts { failures: failures.wrapping_add(1), last: Time::UNIX_EPOCH };
    set(on, SUBJECT, &next).await
}

pub async fn remove(on: &impl Executor, subject: &str) -> Result<()> {
    Entity::delete_by_id(subject.to_owned()).exec(on.connection()).await?;
    Ok(())
}

/// Purges attempts from before `known`, and failed ones from before `failed`; returns their number.
pub async fn remove_old(on: &impl Executor, known: Time, failed: Time) -> Result<u64> {
    let is_failed = Condition::all().add(Column::Failures.gt(0)).add(Column::Last.lt(failed));
    let is_old = Condition::any().add(Column::Last.lt(known)).add(is_failed);
    Ok(Entity::delete_many().filter(is_old).exec(on.connection()).await?.rows_affected)
}
