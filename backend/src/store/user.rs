//! People and their password hashes.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::entity::user;
use super::{Error, Executor, Result};
use crate::domain::{EmailAddress, Time, User, UserId};

impl TryFrom<user::Model> for User {
    type Error = Error;

    fn try_from(row: user::Model) -> Result<Self> {
        Ok(Self {
            id: UserId(row.id),
            email: EmailAddress::parse(&row.email).map_err(|_| Error::Corrupt("users"))?,
            created: row.created,
        })
    }
}

/// Adds a person.
///
/// # Errors
/// The database failed.
pub async fn add(on: &impl Executor, user: &User, password_hash: &str) -> Result<()> {
    let row = user::Model {
        id: user.id.0,
        email: user.email.as_str().to_owned(),
        password_hash: password_hash.to_owned(),
        created: user.created,
        last_login: None,
    };
    row.into_active_model().insert(on.connection()).await?;
    Ok(())
}

/// The person of that address, and their password's hash.
///
/// # Errors
/// The database failed.
pub async fn find_by_email(on: &impl Executor, email: &EmailAddress) -> Result<Option<(User, String)>> {
    let row = user::Entity::find()
        .filter(user::Column::Email.eq(email.as_str()))
        .one(on.connection())
        .await?;
    row.map(|row| {
        let hash = row.password_hash.clone();
        Ok((User::try_from(row)?, hash))
    })
    .transpose()
}

/// Sets a person's password.
///
/// # Errors
/// The database failed.
pub async fn update_password(on: &impl Executor, id: UserId, password_hash: &str) -> Result<()> {
    user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(password_hash))
        .filter(user::Column::Id.eq(id.0))
        .exec(on.connection())
        .await?;
    Ok(())
}

/// Notes that a person has logged in.
///
/// # Errors
/// The database failed.
pub async fn update_last_login(on: &impl Executor, id: UserId, time: Time) -> Result<()> {
    user::Entity::update_many()
        .col_expr(user::Column::LastLogin, Expr::value(time))
        .filter(user::Column::Id.eq(id.0))
        .exec(on.connection())
        .await?;
    Ok(())
}
