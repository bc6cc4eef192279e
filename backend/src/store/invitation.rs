//! Invitations that have not been accepted, by the hashes of their tokens.

use sea_orm::sea_query::SimpleExpr;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder};

use super::entity::invitation::{Column, Entity, Model};
use super::role::{self, Roles};
use super::{Error, Executor, Result, filter, insert};
use crate::domain::filter::Window;
use crate::domain::{ApiKeyId, EmailAddress, Invitation, InvitationId, Inviter, Role, TeamId, Time, UserId};

fn read(row: Model, role: Role) -> Result<Invitation> {
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

async fn read_with_role(on: &impl Executor, row: Model) -> Result<Invitation> {
    let role = role::read(on, TeamId(row.team_id), &row.role, "invitations").await?;
    read(row, role)
}

pub async fn add(on: &impl Executor, invitation: &Invitation, token_hash: &[u8; 32]) -> Result<()> {
    let (inviter_user_id, inviter_key_id) = match invitation.inviter {
        Inviter::Person(id) => (Some(id.0), None),
        Inviter::Key(id) => (None, Some(id.0)),
    };
    let row = Model {
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
    insert(on, row).await
}

/// The team's invitations that have not expired, by address.
pub async fn list(on: &impl Executor, team: TeamId, now: Time, window: Window) -> Result<Vec<Invitation>> {
    list_where(on, team, Column::Expires.gt(now), window).await
}

pub async fn list_made_by(on: &impl Executor, team: TeamId, user: UserId) -> Result<Vec<Invitation>> {
    list_where(on, team, Column::InviterUserId.eq(user.0), Window::default()).await
}

/// The team's invitation of that address, expired or not.
pub async fn list_of_email(
    on: &impl Executor,
    team: TeamId,
    email: &EmailAddress,
) -> Result<Vec<Invitation>> {
    list_where(on, team, Column::Email.eq(email.as_str()), Window::default()).await
}

async fn list_where(
    on: &impl Executor,
    team: TeamId,
    condition: SimpleExpr,
    window: Window,
) -> Result<Vec<Invitation>> {
    let roles = Roles::of_team(on, team).await?;
    let invitations = Entity::find().filter(Column::TeamId.eq(team.0)).filter(condition);
    let invitations = filter::window(invitations.order_by_asc(Column::Email), window);
    let rows = invitations.all(on.connection()).await?.into_iter();
    rows.map(|row| roles.read(&row.role, "invitations").and_then(|role| read(row, role))).collect()
}

/// The invitation of that token, if it has not expired.
pub async fn find_by_token(
    on: &impl Executor,
    token_hash: &[u8; 32],
    now: Time,
) -> Result<Option<Invitation>> {
    let invitation =
        Entity::find().filter(Column::TokenHash.eq(token_hash.to_vec())).filter(Column::Expires.gt(now));
    let Some(row) = invitation.one(on.connection()).await? else { return Ok(None) };
    read_with_role(on, row).await.map(Some)
}

/// The invitations of that address, into any team, that have not expired.
pub async fn list_by_email(on: &impl Executor, email: &EmailAddress, now: Time) -> Result<Vec<Invitation>> {
    let rows = Entity::find()
        .filter(Column::Email.eq(email.as_str()))
        .filter(Column::Expires.gt(now))
        .order_by_asc(Column::Created)
        .all(on.connection())
        .await?;
    let mut invitations = Vec::with_capacity(rows.len());
    for row in rows {
        invitations.push(read_with_role(on, row).await?);
    }
    Ok(invitations)
}

pub async fn find(on: &impl Executor, team: TeamId, id: InvitationId) -> Result<Option<Invitation>> {
    let invitation = Entity::find_by_id(id.0).filter(Column::TeamId.eq(team.0));
    let Some(row) = invitation.one(on.connection()).await? else { return Ok(None) };
    read_with_role(on, row).await.map(Some)
}

pub async fn remove(on: &impl Executor, id: InvitationId) -> Result<()> {
    Entity::delete_by_id(id.0).exec(on.connection()).await?;
    Ok(())
}

pub async fn remove_expired(on: &impl Executor, now: Time) -> Result<u64> {
    let expired = Entity::delete_many().filter(Column::Expires.lte(now));
    Ok(expired.exec(on.connection()).await?.rows_affected)
}
