//! Browser sessions.

use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, EntityTrait, ExprTrait as _, QueryFilter, Select};

use super::entity::session::{Column, Entity, Model};
use super::entity::user;
use super::{Error, Executor, Result, insert, set};
use crate::domain::{Device, Session, SessionId, TeamId, Time, User, UserId};

fn read(row: Model, user: User) -> Session {
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
fn live(now: Time, idle_since: Time) -> Select<Entity> {
    // A session that was begun before uses were noted has none, and counts from its beginning.
    let unused = Column::LastUsed.is_null().and(Column::Created.gt(idle_since));
    let is_active = Column::LastUsed.gt(idle_since).or(unused);
    Entity::find().filter(Column::Expires.gt(now)).filter(is_active)
}

pub async fn add(on: &impl Executor, session: &Session, token_hash: &[u8; 32]) -> Result<()> {
    let row = Model {
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
    insert(on, row).await
}

/// The session of that token, if it is [`live`].
pub async fn find(
    on: &impl Executor,
    token_hash: &[u8; 32],
    now: Time,
    idle_since: Time,
) -> Result<Option<Session>> {
    let session = live(now, idle_since)
        .find_also_related(user::Entity)
        .filter(Column::TokenHash.eq(token_hash.to_vec()));
    let Some((row, user)) = session.one(on.connection()).await? else { return Ok(None) };
    let user = user.ok_or(Error::Corrupt("sessions"))?;
    Ok(Some(read(row, user.try_into()?)))
}

pub async fn exists(on: &impl Executor, id: SessionId) -> Result<bool> {
    Ok(Entity::find_by_id(id.0).one(on.connection()).await?.is_some())
}

/// A user's [`live`] sessions, the one last used first.
pub async fn list(on: &impl Executor, user: &User, now: Time, idle_since: Time) -> Result<Vec<Session>> {
    let sessions = live(now, idle_since).filter(Column::UserId.eq(user.id.0));
    let rows = sessions.all(on.connection()).await?;
    let mut sessions: Vec<_> = rows.into_iter().map(|row| read(row, user.clone())).collect();
    sessions.sort_by_key(|session| std::cmp::Reverse((session.last_used, session.created)));
    Ok(sessions)
}

pub async fn update_last_used(on: &impl Executor, id: SessionId, time: Time) -> Result<()> {
    set::<Entity>(on, Column::Id.eq(id.0), [(Column::LastUsed, time.into())]).await
}

pub async fn update_team(on: &impl Executor, id: SessionId, team: TeamId) -> Result<()> {
    set::<Entity>(on, Column::Id.eq(id.0), [(Column::TeamId, team.0.into())]).await
}

pub async fn move_to_team(on: &impl Executor, user: UserId, from: TeamId, to: TeamId) -> Result<()> {
    let sessions = Column::UserId.eq(user.0).and(Column::TeamId.eq(from.0));
    set::<Entity>(on, sessions, [(Column::TeamId, to.0.into())]).await
}

pub async fn remove(on: &impl Executor, id: SessionId) -> Result<()> {
    Entity::delete_by_id(id.0).exec(on.connection()).await?;
    Ok(())
}

pub async fn remove_of_user(on: &impl Executor, user: UserId) -> Result<()> {
    Entity::delete_many().filter(Column::UserId.eq(user.0)).exec(on.connection()).await?;
    Ok(())
}

pub async fn remove_others(on: &impl Executor, user: UserId, kept: SessionId) -> Result<()> {
    let others = Column::UserId.eq(user.0).and(Column::Id.ne(kept.0));
    Entity::delete_many().filter(others).exec(on.connection()).await?;
    Ok(())
}

/// Purges sessions that have expired or been idle since `idle_since`; returns their number.
pub async fn remove_expired(on: &impl Executor, now: Time, idle_since: Time) -> Result<u64> {
    let expired = Condition::any().add(Column::Expires.lte(now)).add(Column::LastUsed.lte(idle_since));
    Ok(Entity::delete_many().filter(expired).exec(on.connection()).await?.rows_affected)
}
