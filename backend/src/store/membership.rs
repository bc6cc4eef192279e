//! Who is in which team, as what.

use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};
use strongroom_shared::Role;

use super::entity::membership;
use super::{Executor, Result, read_role};
use crate::domain::{TeamId, Time, UserId};

/// Puts a person into a team.
///
/// # Errors
/// The database failed.
pub async fn add(on: &impl Executor, team: TeamId, user: UserId, role: Role, created: Time) -> Result<()> {
    let row = membership::Model {
        team_id: team.0,
        user_id: user.0,
        role: role.as_str().to_owned(),
        created,
    };
    row.into_active_model().insert(on.connection()).await?;
    Ok(())
}

/// What a person is in a team.
///
/// # Errors
/// The database failed.
pub async fn find(on: &impl Executor, team: TeamId, user: UserId) -> Result<Option<Role>> {
    membership::Entity::find_by_id((team.0, user.0))
        .one(on.connection())
        .await?
        .map(|row| read_role(&row.role, "memberships"))
        .transpose()
}

/// The teams a person is in, the one joined first first.
///
/// # Errors
/// The database failed.
pub async fn list(on: &impl Executor, user: UserId) -> Result<Vec<TeamId>> {
    let rows = membership::Entity::find()
        .filter(membership::Column::UserId.eq(user.0))
        .order_by_asc(membership::Column::Created)
        .all(on.connection())
        .await?;
    Ok(rows.into_iter().map(|row| TeamId(row.team_id)).collect())
}
