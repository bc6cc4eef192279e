//! People as providers know them.

use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter};

use super::entity::{identity, user};
use super::{Error, Executor, Result};
use crate::domain::{Time, User, UserId};

pub async fn add(on: &impl Executor, issuer: &str, subject: &str, user: UserId, created: Time) -> Result<()> {
    let row =
        identity::Model { issuer: issuer.to_owned(), subject: subject.to_owned(), user_id: user.0, created };
    identity::Entity::insert(row.into_active_model()).exec_without_returning(on.connection()).await?;
    Ok(())
}

/// Whether a person is known to the provider already, as whichever subject.
pub async fn is_known(on: &impl Executor, issuer: &str, user: UserId) -> Result<bool> {
    let known = identity::Entity::find()
        .filter(identity::Column::Issuer.eq(issuer))
        .filter(identity::Column::UserId.eq(user.0))
        .count(on.connection());
    Ok(known.await? > 0)
}

pub async fn find(on: &impl Executor, issuer: &str, subject: &str) -> Result<Option<User>> {
    let row =
        identity::Entity::find_by_id((issuer.to_owned(), subject.to_owned())).one(on.connection()).await?;
    let Some(row) = row else { return Ok(None) };
    user::Entity::find_by_id(row.user_id)
        .one(on.connection())
        .await?
        .ok_or(Error::Corrupt("identities"))?
        .try_into()
        .map(Some)
}
