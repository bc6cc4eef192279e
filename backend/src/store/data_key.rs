//! Teams' data keys, wrapped.

use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select};

use super::entity::data_key;
pub use super::wrapped_data_key::WrappedDataKey;
use super::{Executor, Result, Transaction};
use crate::domain::{DataKeyId, TeamId};

pub async fn add(on: &impl Executor, key: WrappedDataKey) -> Result<()> {
    let row = data_key::Model {
        id: key.id.0,
        team_id: key.team_id.0,
        wrapped: key.wrapped,
        master_key_fingerprint: key.master_key_fingerprint,
        created: key.created,
    };
    data_key::Entity::insert(row.into_active_model()).exec_without_returning(on.connection()).await?;
    Ok(())
}

/// The team's newest data key: the one to seal with.
pub async fn find_newest(tx: &Transaction, team: TeamId) -> Result<Option<WrappedDataKey>> {
    let cached = tx.cached(|cache| cache.data_keys.get(&team).cloned());
    if cached.is_some() {
        return Ok(cached);
    }
    let row = newest_first(team).one(tx.connection()).await?;
    let found: Option<WrappedDataKey> = row.map(Into::into);
    if let Some(found) = found.clone() {
        tx.cache(|cache| _ = cache.data_keys.insert(team, found));
    }
    Ok(found)
}

/// The team's data keys, the newest first.
pub async fn list(on: &impl Executor, team: TeamId) -> Result<Vec<WrappedDataKey>> {
    let rows = newest_first(team).all(on.connection()).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

pub async fn list_not_wrapped_by(
    tx: &Transaction,
    fingerprint: &str,
    limit: u64,
) -> Result<Vec<WrappedDataKey>> {
    let rows = data_key::Entity::find()
        .filter(data_key::Column::MasterKeyFingerprint.ne(fingerprint))
        .order_by_asc(data_key::Column::Id)
        .limit(limit)
        .all(tx.connection())
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

pub async fn update(tx: &Transaction, key: &WrappedDataKey) -> Result<()> {
    data_key::Entity::update_many()
        .col_expr(data_key::Column::Wrapped, Expr::value(key.wrapped.clone()))
        .col_expr(data_key::Column::MasterKeyFingerprint, Expr::value(key.master_key_fingerprint.as_str()))
        .filter(data_key::Column::Id.eq(key.id.0))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Removes a data key. Fails while a value is sealed with it.
pub async fn remove(tx: &Transaction, id: DataKeyId) -> Result<()> {
    data_key::Entity::delete_by_id(id.0).exec(tx.connection()).await?;
    Ok(())
}

pub async fn list_fingerprints(on: &impl Executor) -> Result<Vec<String>> {
    Ok(data_key::Entity::find()
        .select_only()
        .column(data_key::Column::MasterKeyFingerprint)
        .distinct()
        .into_tuple()
        .all(on.connection())
        .await?)
}

fn newest_first(team: TeamId) -> Select<data_key::Entity> {
    data_key::Entity::find()
        .filter(data_key::Column::TeamId.eq(team.0))
        .order_by_desc(data_key::Column::Created)
        .order_by_desc(data_key::Column::Id)
}
