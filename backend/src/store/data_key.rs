//! Teams' data keys, wrapped.
//!
//! The locks are PostgreSQL's: on SQLite, a change is alone anyway.

use sea_orm::sea_query::{Expr, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, Select,
};
use sea_orm_migration::seaql_migrations;

use super::entity::data_key;
use super::{Executor, Result, Transaction};
use crate::domain::{DataKeyId, TeamId, Time};

/// A wrapped data key as the store has it.
#[derive(Clone, Debug)]
pub struct WrappedDataKey {
    /// The key's id.
    pub id: DataKeyId,
    /// The team whose values it seals.
    pub team_id: TeamId,
    /// The key, wrapped by the master key.
    pub wrapped: Vec<u8>,
    /// Which master key that is.
    pub master_key_fingerprint: String,
    /// When it was made.
    pub created: Time,
}

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

/// Adds a data key.
///
/// # Errors
/// The database failed.
pub async fn add(on: &impl Executor, key: WrappedDataKey) -> Result<()> {
    let row = data_key::Model {
        id: key.id.0,
        team_id: key.team_id.0,
        wrapped: key.wrapped,
        master_key_fingerprint: key.master_key_fingerprint,
        created: key.created,
    };
    row.into_active_model().insert(on.connection()).await?;
    Ok(())
}

/// Waits until no other change adds data keys, wraps or removes them, and keeps others from it until this one ends.
///
/// # Errors
/// The database failed.
pub async fn lock(tx: &Transaction) -> Result<()> {
    // This row is always there, and nobody else's: data keys come and go.
    seaql_migrations::Entity::find()
        .order_by_asc(seaql_migrations::Column::Version)
        .lock(LockType::Update)
        .one(tx.connection())
        .await?;
    Ok(())
}

/// The team's newest data key: the one to seal with. It is not removed before the change ends.
///
/// # Errors
/// The database failed.
pub async fn find_newest(tx: &Transaction, team: TeamId) -> Result<Option<WrappedDataKey>> {
    let newest = || newest_first(team).lock(LockType::KeyShare).one(tx.connection());
    let row = match newest().await? {
        // It was removed while it was waited for: a second look finds the one that came after it.
        None => newest().await?,
        found => found,
    };
    Ok(row.map(Into::into))
}

/// The team's data keys, the newest first.
///
/// # Errors
/// The database failed.
pub async fn list(on: &impl Executor, team: TeamId) -> Result<Vec<WrappedDataKey>> {
    let rows = newest_first(team).all(on.connection()).await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// The team's data keys but that one, after all changes have ended that seal with them. Until this one ends, no other
/// does.
///
/// # Errors
/// The database failed.
pub async fn list_others(tx: &Transaction, team: TeamId, but: DataKeyId) -> Result<Vec<WrappedDataKey>> {
    let rows = newest_first(team)
        .filter(data_key::Column::Id.ne(but.0))
        .lock(LockType::Update)
        .all(tx.connection())
        .await?;
    Ok(rows.into_iter().map(Into::into).collect())
}

/// Data keys that another master key wraps than the one of that fingerprint: so many at most.
///
/// # Errors
/// The database failed.
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

/// Writes how a data key is wrapped, and by which master key.
///
/// # Errors
/// The database failed.
pub async fn update(tx: &Transaction, key: &WrappedDataKey) -> Result<()> {
    data_key::Entity::update_many()
        .col_expr(data_key::Column::Wrapped, Expr::value(key.wrapped.clone()))
        .col_expr(
            data_key::Column::MasterKeyFingerprint,
            Expr::value(key.master_key_fingerprint.as_str()),
        )
        .filter(data_key::Column::Id.eq(key.id.0))
        .exec(tx.connection())
        .await?;
    Ok(())
}

/// Removes a data key.
///
/// # Errors
/// The database failed, or a value is sealed with it.
pub async fn remove(tx: &Transaction, id: DataKeyId) -> Result<()> {
    data_key::Entity::delete_by_id(id.0).exec(tx.connection()).await?;
    Ok(())
}

/// The master keys that the store's data keys are wrapped by.
///
/// # Errors
/// The database failed.
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
