//! Teams' data keys, wrapped.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use super::entity::data_key;
use super::{Executor, Result};
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

/// The team's data key of that id: the one a value was sealed with.
///
/// # Errors
/// The database failed.
pub async fn find(on: &impl Executor, team: TeamId, id: DataKeyId) -> Result<Option<WrappedDataKey>> {
    let row = data_key::Entity::find_by_id(id.0)
        .filter(data_key::Column::TeamId.eq(team.0))
        .one(on.connection())
        .await?;
    Ok(row.map(Into::into))
}

/// The team's newest data key: the one to seal with.
///
/// # Errors
/// The database failed.
pub async fn find_newest(on: &impl Executor, team: TeamId) -> Result<Option<WrappedDataKey>> {
    let row = data_key::Entity::find()
        .filter(data_key::Column::TeamId.eq(team.0))
        .order_by_desc(data_key::Column::Created)
        .order_by_desc(data_key::Column::Id)
        .one(on.connection())
        .await?;
    Ok(row.map(Into::into))
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
