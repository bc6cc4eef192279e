//! The audit log: entries are added, read, and removed once they are in an archive; never changed.

use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait as _,
};

use super::entity::audit_entry;
use super::{Executor, Result, Transaction, filter};
use crate::domain::filter::{AuditColumn, Filter, Listing};
use crate::domain::{AuditEntry, AuditObject, Checkpoint, TeamId, Time};

impl From<audit_entry::Model> for AuditEntry {
    fn from(row: audit_entry::Model) -> Self {
        Self {
            team_id: TeamId(row.team_id),
            sequence: row.sequence,
            time: row.time,
            action: row.action,
            actor_kind: row.actor_kind,
            actor_id: row.actor_id,
            actor_name: row.actor_name,
            address: row.address,
            object: AuditObject { id: row.object_id, name: row.object_name, detail: row.detail },
            previous_hash: row.previous_hash,
            hash: row.hash,
        }
    }
}

/// The number of the first entry of the team's log that is not archived; `None` while it is empty.
pub async fn find_first(on: &impl Executor, team: TeamId) -> Result<Option<i64>> {
    let first = audit_entry::Entity::find()
        .select_only()
        .column(audit_entry::Column::Sequence)
        .filter(audit_entry::Column::TeamId.eq(team.0))
        .order_by_asc(audit_entry::Column::Sequence)
        .into_tuple()
        .one(on.connection())
        .await?;
    Ok(first)
}

/// The end of the team's log; `None` while it is empty.
pub async fn find_last(on: &impl Executor, team: TeamId) -> Result<Option<Checkpoint>> {
    let last: Option<(i64, Vec<u8>)> = audit_entry::Entity::find()
        .select_only()
        .column(audit_entry::Column::Sequence)
        .column(audit_entry::Column::Hash)
        .filter(audit_entry::Column::TeamId.eq(team.0))
        .order_by_desc(audit_entry::Column::Sequence)
        .into_tuple()
        .one(on.connection())
        .await?;
    Ok(last.map(|(count, hash)| Checkpoint { count, hash }))
}

/// The end of the team's log, as a transaction sees it; `None` while it is empty.
pub async fn find_end(tx: &Transaction, team: TeamId) -> Result<Option<Checkpoint>> {
    match tx.cached(|cache| cache.ends.get(&team).cloned()) {
        Some(end) => Ok(Some(end)),
        None => find_last(tx, team).await,
    }
}

/// How many entries one statement adds: SQLite takes 32,766 variables, and an entry has 13.
const ROWS: usize = 1000;

/// Adds entries, in as few statements as it takes, and caches the ends of their teams' logs.
/// A number that is already taken shows at the next question or the commit.
pub async fn add(tx: &Transaction, entries: &[AuditEntry]) -> Result<()> {
    let row = |entry: &AuditEntry| {
        let entry = entry.clone();
        audit_entry::Model {
            team_id: entry.team_id.0,
            sequence: entry.sequence,
            time: entry.time,
            action: entry.action,
            actor_kind: entry.actor_kind,
            actor_id: entry.actor_id,
            actor_name: entry.actor_name,
            address: entry.address,
            object_id: entry.object.id,
            object_name: entry.object.name,
            detail: entry.object.detail,
            previous_hash: entry.previous_hash,
            hash: entry.hash,
        }
        .into_active_model()
    };
    for entries in entries.chunks(ROWS) {
        let insert = audit_entry::Entity::insert_many(entries.iter().map(row));
        tx.defer(insert.as_query()).await?;
    }
    let ends = entries.iter().map(|entry| {
        let end = Checkpoint { count: entry.sequence, hash: entry.hash.clone() };
        (entry.team_id, end)
    });
    tx.cache(|cache| cache.ends.extend(ends));
    Ok(())
}

pub async fn list(
    on: &impl Executor,
    team: TeamId,
    listing: &Listing<AuditColumn>,
) -> Result<Vec<AuditEntry>> {
    let entries = audit_entry::Entity::find().filter(audit_entry::Column::TeamId.eq(team.0));
    let rows = filter::apply(entries, listing).all(on.connection()).await?;
    Ok(rows.into_iter().map(AuditEntry::from).collect())
}

/// The team's entries behind `sequence` that pass a filter, in order, at most `limit` of them: for walking a log that
/// fits no memory.
pub async fn list_behind(
    on: &impl Executor,
    team: TeamId,
    sequence: i64,
    filter: &Filter<AuditColumn>,
    limit: u64,
) -> Result<Vec<AuditEntry>> {
    let rows = audit_entry::Entity::find()
        .filter(audit_entry::Column::TeamId.eq(team.0))
        .filter(audit_entry::Column::Sequence.gt(sequence))
        .filter(filter::condition(filter))
        .order_by_asc(audit_entry::Column::Sequence)
        .limit(limit)
        .all(on.connection())
        .await?;
    Ok(rows.into_iter().map(AuditEntry::from).collect())
}

/// The number of the team's first entry that is not before `time`; `None` if there is none.
pub async fn find_first_since(on: &impl Executor, team: TeamId, time: Time) -> Result<Option<i64>> {
    let first = audit_entry::Entity::find()
        .select_only()
        .column(audit_entry::Column::Sequence)
        .filter(audit_entry::Column::TeamId.eq(team.0))
        .filter(audit_entry::Column::Time.gte(time))
        .order_by_asc(audit_entry::Column::Sequence)
        .into_tuple()
        .one(on.connection())
        .await?;
    Ok(first)
}

/// Removes the team's entries up to the one of that number, and says how many. Their archive is durable by then.
pub async fn remove_up_to(tx: &Transaction, team: TeamId, sequence: i64) -> Result<u64> {
    let removed = audit_entry::Entity::delete_many()
        .filter(audit_entry::Column::TeamId.eq(team.0))
        .filter(audit_entry::Column::Sequence.lte(sequence))
        .exec(tx.connection())
        .await?;
    Ok(removed.rows_affected)
}
