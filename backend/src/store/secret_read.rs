//! The reads of each secret by key and day. [`super::audit::add`] counts each read with its entry, so this table holds
//! nothing that the log does not: it can be emptied and counted again.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait as _, EntityTrait as _, IntoActiveModel as _, QueryFilter as _, QueryOrder as _,
    QueryTrait as _,
};
use strongroom_shared::Uuid;

use super::entity::secret_read::{Column, Entity, Model};
use super::{Error, Executor, Result, Transaction};
use crate::domain::reader::{DailyReads, LAST_READS, day_of};
use crate::domain::{ApiKeyId, AuditAction, AuditEntry, SecretId};

/// The hexadecimal digits of a number in the column `entries`, so that the database can cut the oldest ones off.
const DIGITS: usize = 16;
/// The most rows in one statement: SQLite allows 32,766 variables, and a row has 7.
const ROWS: usize = 1000;

/// The reads of values among some entries, by secret.
pub struct Counted(Vec<(SecretId, DailyReads)>);

/// Counts the reads among entries, which are in the order of the log.
pub fn count(entries: &[AuditEntry]) -> Counted {
    let mut counted: BTreeMap<(Uuid, i64, Uuid), DailyReads> = BTreeMap::new();
    for entry in entries.iter().filter(|entry| entry.action == AuditAction::ReadSecretValue.as_str()) {
        let (Some(secret), Some(key)) = (entry.object.id, entry.actor_id) else { continue };
        let day = day_of(entry.time);
        let reads = counted.entry((secret, day, key)).or_insert_with(|| DailyReads {
            key_id: ApiKeyId(key),
            key_name: String::new(),
            day,
            reads: 0,
            last: entry.time,
            entries: Vec::new(),
        });
        reads.key_name.clone_from(&entry.actor_name);
        reads.reads += 1;
        reads.last = entry.time;
        reads.entries.insert(0, entry.sequence);
        reads.entries.truncate(LAST_READS);
    }
    Counted(counted.into_iter().map(|((secret, ..), reads)| (SecretId(secret), reads)).collect())
}

/// Adds counts to those of the same secrets, days and keys.
pub async fn add(tx: &Transaction, Counted(counted): Counted) -> Result<()> {
    let row = |(secret, reads): (SecretId, DailyReads)| {
        Model {
            secret_id: secret.0,
            day: reads.day,
            key_id: reads.key_id.0,
            key_name: reads.key_name,
            reads: reads.reads,
            last: reads.last,
            entries: written(&reads.entries),
        }
        .into_active_model()
    };
    let kept = LAST_READS * DIGITS;
    let entries = Expr::cust(format!("substr(excluded.entries || secret_reads.entries, 1, {kept})"));
    let mut sum = OnConflict::columns([Column::SecretId, Column::Day, Column::KeyId]);
    sum.values([
        (Column::KeyName, Expr::cust("excluded.key_name")),
        (Column::Reads, Expr::cust("secret_reads.reads + excluded.reads")),
        (Column::Last, Expr::cust("excluded.last")),
        (Column::Entries, entries),
    ]);
    let mut rows = counted.into_iter().map(row);
    while rows.len() > 0 {
        let insert = Entity::insert_many(rows.by_ref().take(ROWS)).on_conflict(sum.clone());
        tx.defer(insert.as_query()).await?;
    }
    Ok(())
}

/// The reads of a secret since a day.
pub async fn list(on: &impl Executor, secret: SecretId, since: i64) -> Result<Vec<DailyReads>> {
    let rows = Entity::find()
        .filter(Column::SecretId.eq(secret.0))
        .filter(Column::Day.gte(since))
        .order_by_asc(Column::Day)
        .all(on.connection())
        .await?;
    rows.into_iter().map(read).collect()
}

/// Whether the read that an entry records is counted.
pub async fn is_counted(on: &impl Executor, entry: &AuditEntry) -> Result<bool> {
    let (Some(secret), Some(key)) = (entry.object.id, entry.actor_id) else { return Ok(true) };
    let row = Entity::find_by_id((secret, day_of(entry.time), key)).one(on.connection()).await?;
    let Some(row) = row else { return Ok(false) };
    // Another server may have counted later ones.
    Ok(read(row)?.entries.first().is_some_and(|last| *last >= entry.sequence))
}

/// Removes the counts of the days before one.
pub async fn remove_before(tx: &Transaction, day: i64) -> Result<()> {
    Entity::delete_many().filter(Column::Day.lt(day)).exec(tx.connection()).await?;
    Ok(())
}

fn written(numbers: &[i64]) -> String {
    numbers.iter().fold(String::new(), |mut text, number| {
        // Writing to a string can't fail.
        let _ = write!(text, "{number:0DIGITS$x}");
        text
    })
}

fn read(row: Model) -> Result<DailyReads> {
    const CORRUPT: Error = Error::Corrupt("secret_reads");
    let entries = row.entries.as_bytes().chunks(DIGITS).map(|digits| {
        let digits = str::from_utf8(digits).map_err(|_| CORRUPT)?;
        i64::from_str_radix(digits, 16).map_err(|_| CORRUPT)
    });
    Ok(DailyReads {
        key_id: ApiKeyId(row.key_id),
        key_name: row.key_name,
        day: row.day,
        reads: row.reads,
        last: row.last,
        entries: entries.collect::<Result<_>>()?,
    })
}
