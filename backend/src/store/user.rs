//! People and their password hashes.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::entity::user;
use super::{Error, Executor, Result};
use crate::domain::{EmailAddress, TeamId, Time, User, UserId};

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

/// Adds a person, with a password unless they log in through a provider.
pub async fn add(on: &impl Executor, user: &User, password_hash: Option<&str>) -> Result<()> {
    let row = user::Model {
        id: user.id.0,
        email: user.email.as_str().to_owned(),
        password_hash: password_hash.unwrap_or_default().to_owned(),
        created: user.created,
        last_login: None,
        last_team_id: None,
    };
    user::Entity::insert(row.into_active_model()).exec_without_returning(on.connection()).await?;
    Ok(())
}

/// The person of that address, and their password's hash if they have one.
pub async fn find_by_email(
    on: &impl Executor,
    email: &EmailAddress,
) -> Result<Option<(User, Option<String>)>> {
    let row =
        user::Entity::find().filter(user::Column::Email.eq(email.as_str())).one(on.connection()).await?;
    row.map(|row| {
        let hash = Some(row.password_hash.clone()).filter(|hash| !hash.is_empty());
        Ok((User::try_from(row)?, hash))
    })
    .transpose()
}

pub async fn find_last_team(on: &impl Executor, id: UserId) -> Result<Option<TeamId>> {
    let row = user::Entity::find_by_id(id.0).one(on.connection()).await?;
    Ok(row.and_then(|row| row.last_team_id).map(TeamId))
}

pub async fn update_last_team(on: &impl Executor, id: UserId, team: TeamId) -> Result<()> {
    user::Entity::update_many()
        .col_expr(user::Column::LastTeamId, Expr::value(team.0))
        .filter(user::Column::Id.eq(id.0))
        .exec(on.connection())
        .await?;
    Ok(())
}

pub async fn find(on: &impl Executor, id: UserId) -> Result<Option<User>> {
    user::Entity::find_by_id(id.0).one(on.connection()).await?.map(User::try_from).transpose()
}

/// Sets a person's password, or takes it away.
pub async fn update_password(on: &impl Executor, id: UserId, password_hash: Option<&str>) -> Result<()> {
    user::Entity::update_many()
        .col_expr(user::Column::PasswordHash, Expr::value(password_hash.unwrap_or_default()))
        .filter(user::Column::Id.eq(id.0))
        .exec(on.connection())
        .await?;
    Ok(())
}

pub async fn update_last_login(on: &impl Executor, id: UserId, time: Time) -> Result<()> {
    user::Entity::update_many()
        .col_expr(user::Column::LastLogin, Expr::value(time))
        .filter(user::Column::Id.eq(id.0))
        .exec(on.connection())
        .await?;
    Ok(())
}

/// The team a person acts in after a log-in: the one they acted in last, or else joined first.
pub async fn find_home_team(on: &impl Executor, user: UserId) -> Result<Option<TeamId>> {
    let teams = super::membership::list_teams(on, user).await?;
    let last = find_last_team(on, user).await?;
    Ok(last.filter(|last| teams.contains(last)).or_else(|| teams.first().copied()))
}
