//! Users and their password hashes.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};

use super::entity::user::{Column, Entity, Model};
use super::{Error, Executor, Result, insert, set};
use crate::domain::{EmailAddress, TeamId, Time, User, UserId};

impl TryFrom<Model> for User {
    type Error = Error;

    fn try_from(row: Model) -> Result<Self> {
        Ok(Self {
            id: UserId(row.id),
            email: EmailAddress::parse(&row.email).map_err(|_| Error::Corrupt("users"))?,
            created: row.created,
        })
    }
}

/// Adds a user, with a password unless they log in through a provider.
pub async fn add(on: &impl Executor, user: &User, password_hash: Option<&str>) -> Result<()> {
    let row = Model {
        id: user.id.0,
        email: user.email.as_str().to_owned(),
        password_hash: password_hash.unwrap_or_default().to_owned(),
        created: user.created,
        last_login: None,
        last_team_id: None,
    };
    insert(on, row).await
}

/// The user with that address, and their password's hash if they have one.
pub async fn find_by_email(
    on: &impl Executor,
    email: &EmailAddress,
) -> Result<Option<(User, Option<String>)>> {
    let row = Entity::find().filter(Column::Email.eq(email.as_str())).one(on.connection()).await?;
    row.map(|row| {
        let hash = Some(row.password_hash.clone()).filter(|hash| !hash.is_empty());
        Ok((User::try_from(row)?, hash))
    })
    .transpose()
}

pub async fn update_last_team(on: &impl Executor, id: UserId, team: TeamId) -> Result<()> {
    set::<Entity>(on, Column::Id.eq(id.0), [(Column::LastTeamId, team.0.into())]).await
}

pub async fn find(on: &impl Executor, id: UserId) -> Result<Option<User>> {
    Entity::find_by_id(id.0).one(on.connection()).await?.map(User::try_from).transpose()
}

/// Sets a user's password, or removes it.
pub async fn update_password(on: &impl Executor, id: UserId, password_hash: Option<&str>) -> Result<()> {
    let password_hash = password_hash.unwrap_or_default();
    set::<Entity>(on, Column::Id.eq(id.0), [(Column::PasswordHash, password_hash.into())]).await
}

pub async fn update_last_login(on: &impl Executor, id: UserId, time: Time) -> Result<()> {
    set::<Entity>(on, Column::Id.eq(id.0), [(Column::LastLogin, time.into())]).await
}

/// The team a user acts in after a login: the one they acted in last, or else joined first.
pub async fn find_home_team(on: &impl Executor, user: UserId) -> Result<Option<TeamId>> {
    let teams = super::membership::list_teams(on, user).await?;
    let row = Entity::find_by_id(user.0).one(on.connection()).await?;
    let last = row.and_then(|row| row.last_team_id).map(TeamId);
    Ok(last.filter(|last| teams.contains(last)).or_else(|| teams.first().copied()))
}
