//! Teams' data keys, wrapped.

use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

use super::entity::data_key;
use super::{Executor, Result, Transaction, insert, set};
use crate::domain::{DataKeyId, TeamId, WrappedDataKey};

impl From<data_key::Model> for WrappedDataKey {
    fn from(row: data_key::Model) -> Self {
        Self {
            id: DataKeyId(row.id),
            team_id: TeamId(row.team_id),
            wrapped: row.wrapped,
            master_key_fingerprint: row.master_key_fingerprint,
            created: row.created,
        }
    }
}

pub async fn add(on: &impl Executor, key: WrappedDataKey) -> Result<()> {
    let row = data_key::Model {
        id: key.id.0,
        team_id: key.team_id.0,
        wrapped: key.wrapped,
        master_key_fingerprint: key.master_key_fingerprint,
        created: key.created,
    };
    insert(on, row).await
}

/// The team's newest data key, which encrypts new values.
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
    let columns = [
        (data_key::Column::Wrapped, key.wrapped.clone().into()),
        (data_key::Column::MasterKeyFingerprint, key.master_key_fingerprint.as_str().into()),
    ];
    set::<data_key::Entity>(tx, data_key::Column::Id.eq(key.id.0), columns).await
}

/// Removes a data key. Fails while a value is encrypted with it.
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
