//! API keys, by the hashes of their tokens.

use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter};

use super::entity::api_key;
use super::{Error, Executor, Result, filter, read_role};
use crate::domain::filter::{ApiKeyColumn, Listing};
use crate::domain::{ApiKey, ApiKeyId, TeamId, Time, UserId};

impl TryFrom<api_key::Model> for ApiKey {
    type Error = Error;

    fn try_from(row: api_key::Model) -> Result<Self> {
        Ok(Self {
            id: ApiKeyId(row.id),
            team_id: TeamId(row.team_id),
            user_id: row.user_id.map(UserId),
            role: read_role(&row.role, "api_keys")?,
            name: row.name,
            created: row.created,
            expires: row.expires,
            last_used: row.last_used,
        })
    }
}

/// Adds a key.
///
/// # Errors
/// The database failed.
pub async fn add(on: &impl Executor, key: &ApiKey, token_hash: &[u8; 32]) -> Result<()> {
    let row = api_key::Model {
        id: key.id.0,
        team_id: key.team_id.0,
        user_id: key.user_id.map(|user| user.0),
        name: key.name.clone(),
        role: key.role.as_str().to_owned(),
        token_hash: token_hash.to_vec(),
        created: key.created,
        expires: key.expires,
        last_used: key.last_used,
    };
    row.into_active_model().insert(on.connection()).await?;
    Ok(())
}

/// The key of that token, expired or not.
///
/// # Errors
/// The database failed.
pub async fn find_by_token(on: &impl Executor, token_hash: &[u8; 32]) -> Result<Option<ApiKey>> {
    api_key::Entity::find()
        .filter(api_key::Column::TokenHash.eq(token_hash.to_vec()))
        .one(on.connection())
        .await?
        .map(ApiKey::try_from)
        .transpose()
}

/// The team's key of that id.
///
/// # Errors
/// The database failed.
pub async fn find(on: &impl Executor, team: TeamId, id: ApiKeyId) -> Result<Option<ApiKey>> {
    api_key::Entity::find_by_id(id.0)
        .filter(api_key::Column::TeamId.eq(team.0))
        .one(on.connection())
        .await?
        .map(ApiKey::try_from)
        .transpose()
}

/// Those of the team's keys that are asked for.
///
/// # Errors
/// The database failed.
pub async fn list(on: &impl Executor, team: TeamId, listing: &Listing<ApiKeyColumn>) -> Result<Vec<ApiKey>> {
    let keys = api_key::Entity::find().filter(api_key::Column::TeamId.eq(team.0));
    filter::apply(keys, listing)
        .all(on.connection())
        .await?
        .into_iter()
        .map(ApiKey::try_from)
        .collect()
}

/// Notes that a key was used.
///
/// # Errors
/// The database failed.
pub async fn update_last_used(on: &impl Executor, id: ApiKeyId, time: Time) -> Result<()> {
    api_key::Entity::update_many()
        .col_expr(api_key::Column::LastUsed, Expr::value(time))
        .filter(api_key::Column::Id.eq(id.0))
        .exec(on.connection())
        .await?;
    Ok(())
}

/// Removes a key.
///
/// # Errors
/// The database failed.
pub async fn remove(on: &impl Executor, id: ApiKeyId) -> Result<()> {
    api_key::Entity::delete_by_id(id.0).exec(on.connection()).await?;
    Ok(())
}
