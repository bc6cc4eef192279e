//! Browser sessions.

use sea_orm::sea_query::{Condition, Expr};
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, Select};

use super::entity::{session, user};
use super::{Error, Executor, Result};
use crate::domain::{Device, Session, SessionId, TeamId, Time, User, UserId};

fn read(row: session::Model, user: User) -> Session {
    Session {
        id: SessionId(row.id),
        user,
        team_id: TeamId(row.team_id),
        created: row.created,
        last_used: row.last_used.unwrap_or(row.created),
        expires: row.expires,
        device: Device { address: row.address, user_agent: row.user_agent },
    }
}

/// Sessions that have neither expired nor been idle since `idle_since`.
fn live(now: Time, idle_since: Time) -> Select<session::Entity> {
    // A session that was begun before uses were noted has none, and counts from its beginning.
    let unused = Condition::all()
        .add(session::Column::LastUsed.is_null())
        .add(session::Column::Created.gt(idle_since));
    let used = session::Column::LastUsed.gt(idle_since);
    session::Entity::find()
        .filter(session::Column::Expires.gt(now))
        .filter(Condition::any().add(used).add(unused))
}

pub async fn add(on: &impl Executor, session: &Session, token_hash: &[u8; 32]) -> Result<()> {
    let row = session::Model {
        id: session.id.0,
        token_hash: token_hash.to_vec(),
        user_id: session.user.id.0,
        team_id: session.team_id.0,
        created: session.created,
        expires: session.expires,
        last_used: Some(session.last_used),
        address: session.device.address.clone(),
        user_agent: session.device.user_agent.clone(),
    };
    session::Entity::insert(row.into_active_model()).exec_without_returning(on.connection()).await?;
    Ok(())
}

/// The session of that token, if it has neither expired nor been idle since `idle_since`.
pub async fn find(
    on: &impl Executor,
    token_hash: &[u8; 32],
    now: Time,
    idle_since: Time,
) -> Result<Option<Session>> {
    let row = live(now, idle_since)
        .find_also_related(user::Entity)
        .filter(session::Column::TokenHash.eq(token_hash.to_vec()))
        .one(on.connection())
        .await?;
    let Some((row, user)) = row else { return Ok(None) };
    let user = user.ok_or(Error::Corrupt("sessions"))?;
    Ok(Some(read(row, user.try_into()?)))
}

pub async fn exists(on: &impl Executor, id: SessionId) -> Result<bool> {
    let row = session::Entity::find_by_id(id.0).one(on.connection()).await?;
    Ok(row.is_some())
}

/// The sessions of a person that have neither expired nor been idle since `idle_since`, the one last used first.
pub async fn list(on: &impl Executor, user: &User, now: Time, idle_since: Time) -> Result<Vec<Session>> {
    let rows =
        live(now, idle_since).filter(session::Column::UserId.eq(user.id.0)).all(on.connection()).await?;
    let mut sessions: Vec<_> = rows.into_iter().map(|row| read(row, user.clone())).collect();
    sessions.sort_by_key(|session| std::cmp::Reverse((session.last_used, session.created)));
    Ok(sessions)
}

pub async fn update_last_used(on: &impl Executor, id: SessionId, time: Time) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::LastUsed, Expr::value(time))
        .filter(session::Column::Id.eq(id.0))
        .exec(on.connection())
        .await?;
    Ok(())
}

pub async fn update_team(on: &impl Executor, id: SessionId, team: TeamId) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::TeamId, Expr::value(team.0))
        .filter(session::Column::Id.eq(id.0))
        .exec(on.connection())
        .await?;
    Ok(())
}

pub async fn move_to_team(on: &impl Executor, user: UserId, from: TeamId, to: TeamId) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::TeamId, Expr::value(to.0))
        .filter(session::Column::UserId.eq(user.0))
        .filter(session::Column::TeamId.eq(from.0))
        .exec(on.connection())
        .await?;
    Ok(())
}

pub async fn remove(on: &impl Executor, id: SessionId) -> Result<()> {
    session::Entity::delete_by_id(id.0).exec(on.connection()).await?;
    Ok(())
}

pub async fn remove_of_user(on: &impl Executor, user: UserId) -> Result<()> {
    session::Entity::delete_many().filter(session::Column::UserId.eq(user.0)).exec(on.connection()).await?;
    Ok(())
}

pub async fn remove_others(on: &impl Executor, user: UserId, kept: SessionId) -> Result<()> {
    session::Entity::delete_many()
        .filter(session::Column::UserId.eq(user.0))
        .filter(session::Column::Id.ne(kept.0))
        .exec(on.connection())
        .await?;
    Ok(())
}

/// Forgets sessions that have expired or been idle since `idle_since`, and says how many.
pub async fn remove_over(on: &impl Executor, now: Time, idle_since: Time) -> Result<u64> {
    let over = Condition::any()
        .add(session::Column::Expires.lte(now))
        .add(session::Column::LastUsed.lte(idle_since));
    let removed = session::Entity::delete_many().filter(over).exec(on.connection()).await?;
    Ok(removed.rows_affected)
}
