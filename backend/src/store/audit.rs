//! The audit log: entries are added and read, never changed.

use sea_orm::{
    ActiveModelTrait, ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};

use super::entity::audit_entry;
use super::{Executor, Result};
use crate::domain::{AuditEntry, TeamId};

/// The number and the hash of the team's last entry.
///
/// # Errors
/// The database failed.
pub async fn find_last(on: &impl Executor, team: TeamId) -> Result<Option<(i64, Vec<u8>)>> {
    Ok(audit_entry::Entity::find()
        .select_only()
        .column(audit_entry::Column::Sequence)
        .column(audit_entry::Column::Hash)
        .filter(audit_entry::Column::TeamId.eq(team.0))
        .order_by_desc(audit_entry::Column::Sequence)
        .into_tuple()
        .one(on.connection())
        .await?)
}

/// Adds an entry.
///
/// # Errors
/// The database failed, or another entry has that number.
pub async fn add(on: &impl Executor, entry: AuditEntry) -> Result<()> {
    let AuditEntry {
        event,
        sequence,
        previous_hash,
        hash,
    } = entry;
    let row = audit_entry::Model {
        team_id: event.team_id.0,
        sequence,
        time: event.time,
        action: event.action.as_str().to_owned(),
        actor_kind: event.actor_kind.to_owned(),
        actor_id: event.actor_id,
        actor_name: event.actor_name,
        address: event.address,
        object_id: event.object.id,
        object_name: event.object.name,
        detail: event.object.detail,
        previous_hash,
        hash,
    };
    row.into_active_model().insert(on.connection()).await?;
    Ok(())
}
