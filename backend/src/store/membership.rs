//! Who is in which team, as what.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter, QueryOrder};
use strongroom_shared::BuiltInRole;

use super::entity::{membership, team, user};
use super::role::{self, Roles};
use super::{Error, Executor, Result, filter};
use crate::domain::filter::Window;
use crate::domain::{Member, Role, RoleId, Team, TeamId, Time, UserId};

pub async fn add(on: &impl Executor, team: TeamId, user: UserId, role: RoleId, created: Time) -> Result<()> {
    let row = membership::Model { team_id: team.0, user_id: user.0, role: role.to_string(), created };
    membership::Entity::insert(row.into_active_model()).exec_without_returning(on.connection()).await?;
    Ok(())
}

pub async fn find(on: &impl Executor, team: TeamId, user: UserId) -> Result<Option<Role>> {
    let row = membership::Entity::find_by_id((team.0, user.0)).one(on.connection()).await?;
    match row {
        None => Ok(None),
        Some(row) => role::read(on, team, &row.role, "memberships").await.map(Some),
    }
}

pub async fn find_with_team(on: &impl Executor, team: TeamId, user: UserId) -> Result<Option<(Role, Team)>> {
    let row = membership::Entity::find_by_id((team.0, user.0))
        .find_also_related(team::Entity)
        .one(on.connection())
        .await?;
    let Some((row, found)) = row else { return Ok(None) };
    let found = found.ok_or(Error::Corrupt("memberships"))?.try_into()?;
    let role = role::read(on, team, &row.role, "memberships").await?;
    Ok(Some((role, found)))
}

/// The teams a person is in, the one joined first first.
pub async fn list_teams(on: &impl Executor, user: UserId) -> Result<Vec<TeamId>> {
    let rows = membership::Entity::find()
        .filter(membership::Column::UserId.eq(user.0))
        .order_by_asc(membership::Column::Created)
        .all(on.connection())
        .await?;
    Ok(rows.into_iter().map(|row| TeamId(row.team_id)).collect())
}

/// The people in a team, by address.
pub async fn list(on: &impl Executor, team: TeamId, window: Window) -> Result<Vec<Member>> {
    let roles = Roles::of_team(on, team).await?;
    let members = membership::Entity::find()
        .find_also_related(user::Entity)
        .filter(membership::Column::TeamId.eq(team.0))
        .order_by_asc(user::Column::Email);
    let rows = filter::window(members, window).all(on.connection()).await?;
    rows.into_iter()
        .map(|(row, person)| {
            let person = person.ok_or(Error::Corrupt("memberships"))?;
            Ok(Member {
                role: roles.read(&row.role, "memberships")?,
                joined: row.created,
                last_login: person.last_login,
                user: person.try_into()?,
            })
        })
        .collect()
}

pub async fn count_administrators(on: &impl Executor, team: TeamId) -> Result<u64> {
    let count = membership::Entity::find()
        .filter(membership::Column::TeamId.eq(team.0))
        .filter(membership::Column::Role.eq(BuiltInRole::Administrator.as_str()))
        .count(on.connection());
    Ok(count.await?)
}

pub async fn update(on: &impl Executor, team: TeamId, user: UserId, role: RoleId) -> Result<()> {
    membership::Entity::update_many()
        .col_expr(membership::Column::Role, Expr::value(role.to_string()))
        .filter(membership::Column::TeamId.eq(team.0))
        .filter(membership::Column::UserId.eq(user.0))
        .exec(on.connection())
        .await?;
    Ok(())
}

pub async fn remove(on: &impl Executor, team: TeamId, user: UserId) -> Result<()> {
    membership::Entity::delete_by_id((team.0, user.0)).exec(on.connection()).await?;
    Ok(())
}
