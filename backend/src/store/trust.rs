//! Trusts. The rights of each are a row of `api_keys`, whose token nobody has.

use chrono::TimeDelta;
use sea_orm::sea_query::{Expr, ExprTrait as _};
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder as _};
use url::Url;

use super::entity::{api_key, team, trust};
use super::{Error, Executor, Result, api_key as keys, insert};
use crate::domain::trust::{BoundClaim, IssuerKeys, OutsideIdentity};
use crate::domain::{ApiKey, ApiKeyId, Slug, Team, TeamId, Trust};

const CORRUPT: Error = Error::Corrupt("trusts");

fn read(row: trust::Model, key: ApiKey) -> Result<Trust> {
    let keys = match (row.keys_url, row.keys) {
        (None, None) => IssuerKeys::Discovered,
        (Some(url), _) => IssuerKeys::At(Url::parse(&url).map_err(|_| CORRUPT)?),
        (None, Some(keys)) => IssuerKeys::Given(keys),
    };
    let audiences = serde_json::from_str(&row.audiences).map_err(|_| CORRUPT)?;
    let claims: Vec<BoundClaim> = serde_json::from_str(&row.claims).map_err(|_| CORRUPT)?;
    let identity = OutsideIdentity { issuer: row.issuer, keys, audiences, claims };
    Ok(Trust { key, identity, lifetime: TimeDelta::seconds(row.lifetime), updated: row.updated })
}

fn write(trust: &Trust) -> trust::Model {
    let OutsideIdentity { issuer, keys, audiences, claims } = &trust.identity;
    let (keys_url, keys) = match keys {
        IssuerKeys::Discovered => (None, None),
        IssuerKeys::At(url) => (Some(url.to_string()), None),
        IssuerKeys::Given(keys) => (None, Some(keys.clone())),
    };
    trust::Model {
        api_key_id: trust.key.id.0,
        issuer: issuer.clone(),
        keys_url,
        keys,
        audiences: serde_json::json!(audiences).to_string(),
        claims: serde_json::json!(claims).to_string(),
        lifetime: trust.lifetime.num_seconds(),
        updated: trust.updated,
    }
}

/// Writes the outside identity of a trust. Its key is there already.
pub async fn set(on: &impl Executor, trust: &Trust) -> Result<()> {
    trust::Entity::delete_by_id(trust.key.id.0).exec(on.connection()).await?;
    insert(on, write(trust)).await
}

pub async fn find(on: &impl Executor, team: TeamId, id: ApiKeyId) -> Result<Option<Trust>> {
    let row = trust::Entity::find_by_id(id.0).one(on.connection()).await?;
    let Some(row) = row else { return Ok(None) };
    let key = keys::find(on, team, id).await?;
    key.map(|key| read(row, key)).transpose()
}

/// The team's trusts, by name.
pub async fn list(on: &impl Executor, team: TeamId, limit: Option<u64>) -> Result<Vec<Trust>> {
    let rows = trust::Entity::find()
        .find_also_related(api_key::Entity)
        .filter(api_key::Column::TeamId.eq(team.0))
        .order_by_asc(api_key::Column::Name);
    let rows = sea_orm::QuerySelect::limit(rows, limit).all(on.connection()).await?;
    let mut trusts = Vec::with_capacity(rows.len());
    for (row, key) in rows {
        let key = keys::read_row(on, key.ok_or(CORRUPT)?).await?;
        trusts.push(read(row, key)?);
    }
    Ok(trusts)
}

/// The trusts of a name, in one team or in any, each with its team.
pub async fn list_named(on: &impl Executor, name: &str, slug: Option<&str>) -> Result<Vec<(Trust, Team)>> {
    let mut named = api_key::Entity::find()
        .find_also_related(team::Entity)
        .filter(api_key::Column::Name.eq(name))
        .filter(Expr::col((api_key::Entity, api_key::Column::Id)).in_subquery(keys::trust_ids()));
    if let Some(slug) = slug {
        let Ok(slug) = Slug::parse(slug) else { return Ok(Vec::new()) };
        named = named.filter(team::Column::Slug.eq(slug.as_str()));
    }
    let mut trusts = Vec::new();
    // Two are enough to know that a name is ambiguous.
    for (row, team) in sea_orm::QuerySelect::limit(named, 2).all(on.connection()).await? {
        let identity = trust::Entity::find_by_id(row.id).one(on.connection()).await?.ok_or(CORRUPT)?;
        let team = super::team::read(team.ok_or(CORRUPT)?)?;
        trusts.push((read(identity, keys::read_row(on, row).await?)?, team));
    }
    Ok(trusts)
}
