//! Users' ids at providers.

use sea_orm::{ColumnTrait, EntityTrait, PaginatorTrait, QueryFilter};

use super::entity::identity::{Column, Entity, Model};
use super::{Error, Executor, Result, insert, user};
use crate::domain::{Time, User, UserId};

pub async fn add(on: &impl Executor, issuer: &str, subject: &str, user: UserId, created: Time) -> Result<()> {
    let (issuer, subject) = (issuer.to_owned(), subject.to_owned());
    insert(on, Model { issuer, subject, user_id: user.0, created }).await
}

/// Whether the provider has identified a user before, under any subject.
pub async fn is_known(on: &impl Executor, issuer: &str, user: UserId) -> Result<bool> {
    let known = Entity::find().filter(Column::Issuer.eq(issuer)).filter(Column::UserId.eq(user.0));
    Ok(known.count(on.connection()).await? > 0)
}

pub async fn find(on: &impl Executor, issuer: &str, subject: &str) -> Result<Option<User>> {
    let row = Entity::find_by_id((issuer.to_owned(), subject.to_owned())).one(on.connection()).await?;
    let Some(row) = row else { return Ok(None) };
    let user = user::find(on, UserId(row.user_id)).await?;
    user.ok_or(Error::Corrupt("identities")).map(Some)
}
