//! The audit log: entries are added, read, and removed once they are in an archive; never changed.

use std::collections::HashMap;

use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder, QuerySelect, QueryTrait as _, Select,
};

use super::entity::audit_entry::{Column, Entity, Model};
use super::{Executor, Result, Transaction, filter, secret_read};
use crate::domain::filter::{AuditColumn, Filter, Listing};
use crate::domain::{AuditEntry, AuditObject, Checkpoint, TeamId, Time};

fn read(row: Model) -> AuditEntry {
    AuditEntry {
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

fn of_team(team: TeamId) -> Select<Entity> {
    Entity::find().filter(Column::TeamId.eq(team.0))
}

/// The number of the first of some entries, if there is one.
async fn find_first_of(on: &impl Executor, entries: Select<Entity>) -> Result<Option<i64>> {
    let first = entries.select_only().column(Column::Sequence).order_by_asc(Column::Sequence);
    Ok(first.into_tuple().one(on.connection()).await?)
}

/// The number of the first entry of the team's log that is not archived; `None` while it is empty.
pub async fn find_first(on: &impl Executor, team: TeamId) -> Result<Option<i64>> {
    find_first_of(on, of_team(team)).await
}

/// The number of the team's first entry that is not before `time`; `None` if there is none.
pub async fn find_first_since(on: &impl Executor, team: TeamId, time: Time) -> Result<Option<i64>> {
    find_first_of(on, of_team(team).filter(Column::Time.gte(time))).await
}

/// The end of the team's log; `None` while it is empty.
pub async fn find_last(on: &impl Executor, team: TeamId) -> Result<Option<Checkpoint>> {
    let last = of_team(team).select_only().columns([Column::Sequence, Column::Hash]);
    let last = last.order_by_desc(Column::Sequence).into_tuple::<(i64, Vec<u8>)>();
    let last = last.one(on.connection()).await?;
    Ok(last.map(|(count, hash)| Checkpoint { count, hash }))
}

/// The entries that are neither reads nor refusals, by the condition of their index.
const CHANGES: &str = "action NOT BETWEEN 'read:' AND 'refused:~'";

/// The hash and time of the team's last change; `None` while its log is empty.
pub async fn find_last_change(on: &impl Executor, team: TeamId) -> Result<Option<(Vec<u8>, Time)>> {
    let last = of_team(team).filter(Expr::cust(CHANGES)).order_by_desc(Column::Sequence);
    let last = last.select_only().columns([Column::Hash, Column::Time]);
    Ok(last.into_tuple().one(on.connection()).await?)
}

/// The end of the team's log, as a transaction sees it; `None` while it is empty.
pub async fn find_end(tx: &Transaction, team: TeamId) -> Result<Option<Checkpoint>> {
    match tx.cached(|cache| cache.ends.get(&team).cloned()) {
        Some(end) => Ok(Some(end)),
        None => find_last(tx, team).await,
    }
}

/// The maximum number of entries in one statement: SQLite allows 32,766 variables, and an entry has 13.
const ROWS: usize = 1000;

/// Adds entries, in as few statements as possible, counts the reads among them, and caches the ends of their teams' logs.
/// A duplicate number fails at the next query or the commit.
pub async fn add(tx: &Transaction, entries: Vec<AuditEntry>) -> Result<()> {
    let reads = secret_read::count(&entries);
    let row = |entry: AuditEntry| {
        Model {
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
    let end = |entry: &AuditEntry| {
        let end = Checkpoint { count: entry.sequence, hash: entry.hash.clone() };
        (entry.team_id, end)
    };
    let ends: HashMap<_, _> = entries.iter().map(end).collect();
    let mut entries = entries.into_iter().map(row);
    while entries.len() > 0 {
        let insert = Entity::insert_many(entries.by_ref().take(ROWS));
        tx.defer(insert.as_query()).await?;
    }
    tx.cache(|cache| cache.ends.extend(ends));
    secret_read::add(tx, reads).await
}

pub async fn list(
    on: &impl Executor,
    team: TeamId,
    listing: &Listing<AuditColumn>,
) -> Result<Vec<AuditEntry>> {
    let rows = filter::apply(of_team(team), listing).all(on.connection()).await?;
    Ok(rows.into_iter().map(read).collect())
}

/// The team's entries after `sequence` that match a filter, in order, at most `limit` of them: for walking a log larger
/// than the memory.
pub async fn list_after(
    on: &impl Executor,
    team: TeamId,
    sequence: i64,
    filter: &Filter<AuditColumn>,
    limit: u64,
) -> Result<Vec<AuditEntry>> {
    let rows = of_team(team)
        .filter(Column::Sequence.gt(sequence))
        .filter(filter::condition(filter))
        .order_by_asc(Column::Sequence)
        .limit(limit)
        .all(on.connection())
        .await?;
    Ok(rows.into_iter().map(read).collect())
}

/// Removes the team's entries up to a number, and returns how many. Their archive must be durable.
pub async fn remove_up_to(tx: &Transaction, team: TeamId, sequence: i64) -> Result<u64> {
    let archived =
        Entity::delete_many().filter(Column::TeamId.eq(team.0)).filter(Column::Sequence.lte(sequence));
    Ok(archived.exec(tx.connection()).await?.rows_affected)
}

#[cfg(test)]
mod tests {
    use strongroom_shared::AuditAction;

    #[test]
    fn all_actions_but_reads_and_refusals_are_changes() {
        for action in AuditAction::ALL.map(AuditAction::as_str) {
            let is_change = !("read:"..="refused:~").contains(&action);
            let is_silent = action.starts_with("read:") || action.starts_with("refused:");
            assert_ne!(is_change, is_silent, "{action} needs another index than `CHANGES`");
        }
    }
}
