//! API keys, by the hashes of their tokens.

use std::collections::HashMap;

use sea_orm::sea_query::{ExprTrait as _, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select, SelectTwo};
use strongroom_shared::SecretPattern;

use super::entity::{api_key, login, revoked_api_key, team, trust};
use super::role::{self, Roles};
use super::{Error, Executor, Result, Transaction, filled_up, filter, insert, set};
use crate::domain::filter::{ApiKeyColumn, Listing};
use crate::domain::{ApiKey, ApiKeyId, RevokedKey, Role, Team, TeamId, Time, UserId};

fn read(row: api_key::Model, role: Role) -> Result<ApiKey> {
    let secrets = row.secrets.map(|text| read_patterns(&text));
    Ok(ApiKey {
        id: ApiKeyId(row.id),
        team_id: TeamId(row.team_id),
        user_id: row.user_id.map(UserId),
        role,
        secrets: secrets.transpose()?,
        name: row.name,
        created: row.created,
        created_by: row.created_by,
        expires: row.expires,
        last_used: row.last_used,
    })
}

fn read_patterns(text: &str) -> Result<Vec<SecretPattern>> {
    const CORRUPT: Error = Error::Corrupt("api_keys");
    let patterns: Vec<String> = serde_json::from_str(text).map_err(|_| CORRUPT)?;
    let patterns = patterns.into_iter().map(SecretPattern::parse);
    patterns.collect::<std::result::Result<_, _>>().map_err(|_| CORRUPT)
}

fn write_patterns(patterns: Option<&Vec<SecretPattern>>) -> Option<String> {
    let texts: Vec<_> = patterns?.iter().map(SecretPattern::as_str).collect();
    Some(serde_json::json!(texts).to_string())
}

pub async fn add(on: &impl Executor, key: &ApiKey, token_hash: &[u8; 32]) -> Result<()> {
    let row = api_key::Model {
        id: key.id.0,
        team_id: key.team_id.0,
        user_id: key.user_id.map(|user| user.0),
        name: key.name.clone(),
        role: key.role.id.to_string(),
        token_hash: token_hash.to_vec(),
        created: key.created,
        expires: key.expires,
        last_used: key.last_used,
        secrets: write_patterns(key.secrets.as_ref()),
        created_by: key.created_by.clone(),
    };
    insert(on, row).await
}

/// The keys of some tokens, expired or not, and their teams, by the tokens' hashes. One query.
pub async fn list_by_tokens(
    on: &impl Executor,
    token_hashes: impl Iterator<Item = &[u8; 32]>,
) -> Result<HashMap<Vec<u8>, (ApiKey, Team)>> {
    let token_hashes = filled_up(token_hashes.map(|hash| hash.to_vec()).collect());
    let rows =
        with_team().filter(api_key::Column::TokenHash.is_in(token_hashes)).all(on.connection()).await?;
    let mut found = HashMap::with_capacity(rows.len());
    for (row, team) in rows {
        found.insert(row.token_hash.clone(), read_with_team(on, row, team).await?);
    }
    Ok(found)
}

pub async fn find_with_team(tx: &Transaction, id: ApiKeyId) -> Result<Option<(ApiKey, Team)>> {
    let cached = tx.cached(|cache| cache.api_keys.get(&id).cloned());
    if cached.is_some() {
        return Ok(cached);
    }
    let Some(found) = read_with_team_of(tx, id).await? else { return Ok(None) };
    let key = found.clone();
    tx.cache(|cache| _ = cache.api_keys.insert(id, key));
    Ok(Some(found))
}

fn with_team() -> SelectTwo<api_key::Entity, team::Entity> {
    api_key::Entity::find().find_also_related(team::Entity)
}

async fn read_with_team(
    on: &impl Executor,
    row: api_key::Model,
    team: Option<team::Model>,
) -> Result<(ApiKey, Team)> {
    let team = super::team::read(team.ok_or(Error::Corrupt("api_keys"))?)?;
    let role = role::read(on, TeamId(row.team_id), &row.role, "api_keys").await?;
    Ok((read(row, role)?, team))
}

pub(super) async fn read_row(on: &impl Executor, row: api_key::Model) -> Result<ApiKey> {
    let role = role::read(on, TeamId(row.team_id), &row.role, "api_keys").await?;
    read(row, role)
}

/// A key and its team, not from a transaction's cache.
pub(super) async fn read_with_team_of(on: &impl Executor, id: ApiKeyId) -> Result<Option<(ApiKey, Team)>> {
    let row = with_team().filter(api_key::Column::Id.eq(id.0)).one(on.connection()).await?;
    let Some((row, team)) = row else { return Ok(None) };
    read_with_team(on, row, team).await.map(Some)
}

pub async fn find(on: &impl Executor, team: TeamId, id: ApiKeyId) -> Result<Option<ApiKey>> {
    let row = api_key::Entity::find_by_id(id.0)
        .filter(api_key::Column::TeamId.eq(team.0))
        .one(on.connection())
        .await?;
    let Some(row) = row else { return Ok(None) };
    read_row(on, row).await.map(Some)
}

/// The ids of the keys that are trusts.
pub(super) fn trust_ids() -> SelectStatement {
    Query::select().column(trust::Column::ApiKeyId).from(trust::Entity).take()
}

/// The keys of a team that people and programs hold: not those of trusts.
fn held(team: TeamId) -> Select<api_key::Entity> {
    api_key::Entity::find()
        .filter(api_key::Column::TeamId.eq(team.0))
        .filter(api_key::Column::Id.not_in_subquery(trust_ids()))
}

pub async fn find_held(on: &impl Executor, team: TeamId, id: ApiKeyId) -> Result<Option<ApiKey>> {
    let row = held(team).filter(api_key::Column::Id.eq(id.0)).one(on.connection()).await?;
    let Some(row) = row else { return Ok(None) };
    read_row(on, row).await.map(Some)
}

pub async fn list_held(
    on: &impl Executor,
    team: TeamId,
    listing: &Listing<ApiKeyColumn>,
) -> Result<Vec<ApiKey>> {
    read_all(on, team, filter::apply(held(team), listing).all(on.connection()).await?).await
}

pub async fn list(on: &impl Executor, team: TeamId, listing: &Listing<ApiKeyColumn>) -> Result<Vec<ApiKey>> {
    let keys = api_key::Entity::find().filter(api_key::Column::TeamId.eq(team.0));
    read_all(on, team, filter::apply(keys, listing).all(on.connection()).await?).await
}

/// The names and the limits of the team's keys that are limited and have not expired, by name.
pub async fn list_limits(
    on: &impl Executor,
    team: TeamId,
    now: Time,
) -> Result<Vec<(String, Vec<SecretPattern>)>> {
    let rows: Vec<(String, String)> = api_key::Entity::find()
        .select_only()
        .column(api_key::Column::Name)
        .column(api_key::Column::Secrets)
        .filter(api_key::Column::TeamId.eq(team.0))
        .filter(api_key::Column::Secrets.is_not_null())
        .filter(api_key::Column::Expires.is_null().or(api_key::Column::Expires.gt(now)))
        .order_by_asc(api_key::Column::Name)
        .order_by_asc(api_key::Column::Id)
        .into_tuple()
        .all(on.connection())
        .await?;
    rows.into_iter().map(|(name, patterns)| Ok((name, read_patterns(&patterns)?))).collect()
}

pub async fn list_of_user(on: &impl Executor, team: TeamId, user: UserId) -> Result<Vec<ApiKey>> {
    let rows = api_key::Entity::find()
        .filter(api_key::Column::TeamId.eq(team.0))
        .filter(api_key::Column::UserId.eq(user.0))
        .all(on.connection())
        .await?;
    read_all(on, team, rows).await
}

async fn read_all(on: &impl Executor, team: TeamId, rows: Vec<api_key::Model>) -> Result<Vec<ApiKey>> {
    let roles = Roles::of_team(on, team).await?;
    let read = |row: api_key::Model| roles.read(&row.role, "api_keys").and_then(|role| read(row, role));
    rows.into_iter().map(read).collect()
}

/// Writes a key's name, owner, role and limits.
pub async fn update(on: &impl Executor, key: &ApiKey) -> Result<()> {
    let columns = [
        (api_key::Column::Name, key.name.as_str().into()),
        (api_key::Column::Role, key.role.id.to_string().into()),
        (api_key::Column::UserId, key.user_id.map(|user| user.0).into()),
        (api_key::Column::Secrets, write_patterns(key.secrets.as_ref()).into()),
    ];
    set::<api_key::Entity>(on, api_key::Column::Id.eq(key.id.0), columns).await
}

pub async fn update_last_used(on: &impl Executor, id: ApiKeyId, time: Time) -> Result<()> {
    let column = (api_key::Column::LastUsed, time.into());
    set::<api_key::Entity>(on, api_key::Column::Id.eq(id.0), [column]).await
}

/// Removes a key, also that of a trust, with its logins, and remembers it as revoked until [`forget_revoked`].
pub async fn revoke(on: &impl Executor, id: ApiKeyId, time: Time) -> Result<()> {
    let row = api_key::Entity::find_by_id(id.0).one(on.connection()).await?;
    let Some(row) = row else { return Ok(()) };
    let logins = login::Entity::delete_many().filter(login::Column::ApiKeyId.eq(id.0));
    logins.exec(on.connection()).await?;
    trust::Entity::delete_by_id(id.0).exec(on.connection()).await?;
    api_key::Entity::delete_by_id(id.0).exec(on.connection()).await?;
    super::webhook::forget_first_reads(on, id).await?;
    let revoked = revoked_api_key::Model {
        token_hash: row.token_hash,
        key_id: row.id,
        team_id: row.team_id,
        name: row.name,
        revoked: time,
    };
    insert(on, revoked).await
}

/// The revoked keys of some tokens, by the tokens' hashes.
pub async fn list_revoked_by_tokens(
    on: &impl Executor,
    token_hashes: impl Iterator<Item = &[u8; 32]>,
) -> Result<HashMap<Vec<u8>, RevokedKey>> {
    let token_hashes = filled_up(token_hashes.map(|hash| hash.to_vec()).collect());
    if token_hashes.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = revoked_api_key::Entity::find()
        .filter(revoked_api_key::Column::TokenHash.is_in(token_hashes))
        .all(on.connection())
        .await?;
    let read = |row: revoked_api_key::Model| {
        let key = RevokedKey { id: ApiKeyId(row.key_id), team_id: TeamId(row.team_id), name: row.name };
        (row.token_hash, key)
    };
    Ok(rows.into_iter().map(read).collect())
}

pub async fn forget_revoked(on: &impl Executor, before: Time) -> Result<u64> {
    let old = revoked_api_key::Entity::delete_many().filter(revoked_api_key::Column::Revoked.lt(before));
    Ok(old.exec(on.connection()).await?.rows_affected)
}
