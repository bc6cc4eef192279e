//! The members of teams, and their roles.

use sea_orm::{ColumnTrait, EntityTrait, ExprTrait as _, PaginatorTrait, QueryFilter, QueryOrder};
use strongroom_shared::BuiltInRole;

use super::entity::membership::{Column, Entity, Model};
use super::entity::{team, user};
use super::role::{self, Roles};
use super::{Error, Executor, Result, filter, insert, set};
use crate::domain::filter::Window;
use crate::domain::{Member, Role, RoleId, Team, TeamId, Time, UserId};

pub async fn add(on: &impl Executor, team: TeamId, user: UserId, role: RoleId, created: Time) -> Result<()> {
    insert(on, Model { team_id: team.0, user_id: user.0, role: role.to_string(), created }).await
}

pub async fn find(on: &impl Executor, team: TeamId, user: UserId) -> Result<Option<Role>> {
    let row = Entity::find_by_id((team.0, user.0)).one(on.connection()).await?;
    let Some(row) = row else { return Ok(None) };
    role::read(on, team, &row.role, "memberships").await.map(Some)
}

pub async fn find_with_team(on: &impl Executor, team: TeamId, user: UserId) -> Result<Option<(Role, Team)>> {
    let membership = Entity::find_by_id((team.0, user.0)).find_also_related(team::Entity);
    let Some((row, found)) = membership.one(on.connection()).await? else { return Ok(None) };
    let found = super::team::read(found.ok_or(Error::Corrupt("memberships"))?)?;
    let role = role::read(on, team, &row.role, "memberships").await?;
    Ok(Some((role, found)))
}

/// The teams a user is in, in the order of joining.
pub async fn list_teams(on: &impl Executor, user: UserId) -> Result<Vec<TeamId>> {
    let memberships = Entity::find().filter(Column::UserId.eq(user.0)).order_by_asc(Column::Created);
    let rows = memberships.all(on.connection()).await?;
    Ok(rows.into_iter().map(|row| TeamId(row.team_id)).collect())
}

/// The members of a team, by address.
pub async fn list(on: &impl Executor, team: TeamId, window: Window) -> Result<Vec<Member>> {
    let roles = Roles::of_team(on, team).await?;
    let members = Entity::find()
        .find_also_related(user::Entity)
        .filter(Column::TeamId.eq(team.0))
        .order_by_asc(user::Column::Email);
    let rows = filter::window(members, window).all(on.connection()).await?;
    rows.into_iter()
        .map(|(row, user)| {
            let user = user.ok_or(Error::Corrupt("memberships"))?;
            Ok(Member {
                role: roles.read(&row.role, "memberships")?,
                joined: row.created,
                last_login: user.last_login,
                user: user.try_into()?,
            })
        })
        .collect()
}

pub async fn count_administrators(on: &impl Executor, team: TeamId) -> Result<u64> {
    let administrators = Entity::find()
        .filter(Column::TeamId.eq(team.0))
        .filter(Column::Role.eq(BuiltInRole::Administrator.as_str()));
    Ok(administrators.count(on.connection()).await?)
}

pub async fn update(on: &impl Executor, team: TeamId, user: UserId, role: RoleId) -> Result<()> {
    let row = Column::TeamId.eq(team.0).and(Column::UserId.eq(user.0));
    set::<Entity>(on, row, [(Column::Role, role.to_string().into())]).await
}

pub async fn remove(on: &impl Executor, team: TeamId, user: UserId) -> Result<()> {
    Entity::delete_by_id((team.0, user.0)).exec(on.connection()).await?;
    Ok(())
}
