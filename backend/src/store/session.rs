//! Browser sessions.

use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::entity::{session, user};
use super::{Error, Executor, Result};
use crate::domain::{SessionId, TeamId, Time, User, UserId};

/// A session as the store has it.
#[derive(Clone, Debug)]
pub struct Session {
    /// The session's id.
    pub id: SessionId,
    /// Whose it is.
    pub user: User,
    /// The team it acts in.
    pub team_id: TeamId,
}

/// Adds a session.
///
/// # Errors
/// The database failed.
pub async fn add(
    on: &impl Executor,
    session: &Session,
    token_hash: &[u8; 32],
    created: Time,
    expires: Time,
) -> Result<()> {
    let row = session::Model {
        id: session.id.0,
        token_hash: token_hash.to_vec(),
        user_id: session.user.id.0,
        team_id: session.team_id.0,
        created,
        expires,
    };
    row.into_active_model().insert(on.connection()).await?;
    Ok(())
}

/// The session of that token, if it has not expired.
///
/// # Errors
/// The database failed.
pub async fn find(on: &impl Executor, token_hash: &[u8; 32], now: Time) -> Result<Option<Session>> {
    let row = session::Entity::find()
        .filter(session::Column::TokenHash.eq(token_hash.to_vec()))
        .filter(session::Column::Expires.gt(now))
        .one(on.connection())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let user = user::Entity::find_by_id(row.user_id)
        .one(on.connection())
        .await?
        .ok_or(Error::Corrupt("sessions"))?;
    Ok(Some(Session {
        id: SessionId(row.id),
        user: user.try_into()?,
        team_id: TeamId(row.team_id),
    }))
}

/// Ends a session.
///
/// # Errors
/// The database failed.
pub async fn remove(on: &impl Executor, id: SessionId) -> Result<()> {
    session::Entity::delete_by_id(id.0).exec(on.connection()).await?;
    Ok(())
}

/// Ends every session of a person.
///
/// # Errors
/// The database failed.
pub async fn remove_of_user(on: &impl Executor, user: UserId) -> Result<()> {
    session::Entity::delete_many()
        .filter(session::Column::UserId.eq(user.0))
        .exec(on.connection())
        .await?;
    Ok(())
}

/// Forgets sessions that have expired, and says how many.
///
/// # Errors
/// The database failed.
pub async fn remove_expired(on: &impl Executor, now: Time) -> Result<u64> {
    let removed = session::Entity::delete_many()
        .filter(session::Column::Expires.lte(now))
        .exec(on.connection())
        .await?;
    Ok(removed.rows_affected)
}
