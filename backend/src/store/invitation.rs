//! Invitations that have not been accepted, by the hashes of their tokens.

use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder};

use super::entity::invitation;
use super::role::{self, Roles};
use super::{Error, Executor, Result, filter};
use crate::domain::filter::Window;
use crate::domain::{ApiKeyId, EmailAddress, Invitation, InvitationId, Inviter, Role, TeamId, Time, UserId};

fn read(row: invitation::Model, role: Role) -> Result<Invitation> {
    let inviter = match (row.inviter_user_id, row.inviter_key_id) {
        (Some(id), None) => Inviter::Person(UserId(id)),
        (None, Some(id)) => Inviter::Key(ApiKeyId(id)),
        _ => return Err(Error::Corrupt("invitations")),
    };
    Ok(Invitation {
        id: InvitationId(row.id),
        team_id: TeamId(row.team_id),
        email: EmailAddress::parse(&row.email).map_err(|_| Error::Corrupt("invitations"))?,
        role,
        created: row.created,
        created_by: row.created_by,
        inviter,
        expires: row.expires,
    })
}

pub async fn add(on: &impl Executor, invitation: &Invitation, token_hash: &[u8; 32]) -> Result<()> {
    let (inviter_user_id, inviter_key_id) = match invitation.inviter {
        Inviter::Person(id) => (Some(id.0), None),
        Inviter::Key(id) => (None, Some(id.0)),
    };
    let row = invitation::Model {
        id: invitation.id.0,
        team_id: invitation.team_id.0,
        email: invitation.email.as_str().to_owned(),
        role: invitation.role.id.to_string(),
        token_hash: token_hash.to_vec(),
        created: invitation.created,
        created_by: invitation.created_by.clone(),
        inviter_user_id,
        inviter_key_id,
        expires: invitation.expires,
    };
    invitation::Entity::insert(row.into_active_model()).exec_without_returning(on.connection()).await?;
    Ok(())
}

/// The team's invitations that have not expired, by address.
pub async fn list(on: &impl Executor, team: TeamId, now: Time, window: Window) -> Result<Vec<Invitation>> {
    list_where(on, team, invitation::Column::Expires.gt(now), window).await
}

pub async fn list_made_by(on: &impl Executor, team: TeamId, user: UserId) -> Result<Vec<Invitation>> {
    let made_by = invitation::Column::InviterUserId.eq(user.0);
    list_where(on, team, made_by, Window::default()).await
}

/// The team's invitation of that address, expired or not.
pub async fn list_of_email(
    on: &impl Executor,
    team: TeamId,
    email: &EmailAddress,
) -> Result<Vec<Invitation>> {
    let of_email = invitation::Column::Email.eq(email.as_str());
    list_where(on, team, of_email, Window::default()).await
}

async fn list_where(
    on: &impl Executor,
    team: TeamId,
    condition: SimpleExpr,
    window: Window,
) -> Result<Vec<Invitation>> {
    let roles = Roles::of_team(on, team).await?;
    let invitations = invitation::Entity::find()
        .filter(invitation::Column::TeamId.eq(team.0))
        .filter(condition)
        .order_by_asc(invitation::Column::Email);
    filter::window(invitations, window)
        .all(on.connection())
        .await?
        .into_iter()
        .map(|row| {
            let role = roles.read(&row.role, "invitations")?;
            read(row, role)
        })
        .collect()
}

/// The invitation of that token, if it has not expired.
pub async fn find_by_token(
    on: &impl Executor,
    token_hash: &[u8; 32],
    now: Time,
) -> Result<Option<Invitation>> {
    let row = invitation::Entity::find()
        .filter(invitation::Column::TokenHash.eq(token_hash.to_vec()))
        .filter(invitation::Column::Expires.gt(now))
        .one(on.connection())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let role = role::read(on, TeamId(row.team_id), &row.role, "invitations").await?;
    read(row, role).map(Some)
}

/// The invitations of that address into whichever team that have not expired.
pub async fn list_by_email(on: &impl Executor, email: &EmailAddress, now: Time) -> Result<Vec<Invitation>> {
    let rows = invitation::Entity::find()
        .filter(invitation::Column::Email.eq(email.as_str()))
        .filter(invitation::Column::Expires.gt(now))
        .order_by_asc(invitation::Column::Created)
        .all(on.connection())
        .await?;
    let mut invitations = Vec::with_capacity(rows.len());
    for row in rows {
        let role = role::read(on, TeamId(row.team_id), &row.role, "invitations").await?;
        invitations.push(read(row, role)?);
    }
    Ok(invitations)
}

pub async fn find(on: &impl Executor, team: TeamId, id: InvitationId) -> Result<Option<Invitation>> {
    let row = invitation::Entity::find_by_id(id.0)
        .filter(invitation::Column::TeamId.eq(team.0))
        .one(on.connection())
        .await?;
    let Some(row) = row else { return Ok(None) };
    let role = role::read(on, team, &row.role, "invitations").await?;
    read(row, role).map(Some)
}

pub async fn remove(on: &impl Executor, id: InvitationId) -> Result<()> {
    invitation::Entity::delete_by_id(id.0).exec(on.connection()).await?;
    Ok(())
}

pub async fn remove_expired(on: &impl Executor, now: Time) -> Result<u64> {
    let removed = invitation::Entity::delete_many()
        .filter(invitation::Column::Expires.lte(now))
        .exec(on.connection())
        .await?;
    Ok(removed.rows_affected)
}
