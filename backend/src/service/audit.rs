//! The audit log: recorded in the transaction of what it records, listed, exported, walked.

use std::collections::HashMap;

use strongroom_shared::{Permission, limit};

use super::{Error, Result, Service};
use crate::crypto::chain::{self, Break, Walk};
use crate::domain::filter::{AuditColumn, Direction, Filter, Listing};
use crate::domain::{
    Actor, AuditAction, AuditEntry, AuditEvent, AuditObject, Checkpoint, Slug, Team, TeamId,
};
use crate::store::{self, Transaction};

/// How many entries are read at a time where a log is walked.
const STEP: u64 = 1000;
/// How many bytes of names the detail of an entry has.
const NAMES_BYTES: usize = 2048;

/// What a walk along a team's log has found.
#[derive(Debug)]
pub struct Verification {
    /// The team.
    pub team: Team,
    /// How far the chain is whole.
    pub end: Checkpoint,
    /// What is wrong behind it, in words; `None` when nothing is.
    pub broken: Option<String>,
}

/// A checkpoint that was kept elsewhere.
#[derive(Clone, Debug)]
pub struct KeptCheckpoint {
    /// Whose log it is of.
    pub slug: Slug,
    /// How far the log went.
    pub checkpoint: Checkpoint,
}

/// A walk along those entries of a team's log that pass a filter, some at a time.
pub struct AuditExport {
    team_id: TeamId,
    filter: Filter<AuditColumn>,
    behind: i64,
    /// The entry of the export itself: what is recorded meanwhile is no part of it.
    last: i64,
}

/// Names for the detail of an entry: as many as have room, for entries are kept for long.
pub(super) fn named<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let mut text = String::new();
    let mut more = 0;
    for name in names {
        if more > 0 || text.len() + name.len() > NAMES_BYTES {
            more += 1;
        } else {
            let comma = if text.is_empty() { "" } else { ", " };
            text = text + comma + name;
        }
    }
    match more {
        0 => text,
        more => format!("{text} and {more} more"),
    }
}

impl Service {
    /// Records something a known actor does.
    pub(super) async fn record(
        &self,
        tx: &Transaction,
        actor: &Actor,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<()> {
        self.record_event(tx, AuditEvent::by(actor, self.now(), action, object))
            .await
    }

    /// Records anything.
    pub(super) async fn record_event(&self, tx: &Transaction, event: AuditEvent) -> Result<()> {
        Ok(record_event(tx, event).await?)
    }

    /// Those of the team's entries that are asked for; the last one first, unless they are ordered otherwise.
    ///
    /// # Errors
    /// They may not.
    pub async fn list_audit_entries(
        &self,
        actor: &Actor,
        mut listing: Listing<AuditColumn>,
    ) -> Result<Vec<AuditEntry>> {
        const MOST: u64 = limit::AUDIT_ENTRIES as u64;
        actor.require(Permission::ReadAuditLog)?;
        if listing.order.is_empty() {
            listing.order.push((AuditColumn::Sequence, Direction::Descending));
        }
        listing.window.limit = Some(listing.window.limit.unwrap_or(MOST).min(MOST));
        let part = listing.window;
        let read = |window| async move {
            listing.window = window;
            Ok(store::audit::list(&self.store, actor.team_id(), &listing).await?)
        };
        actor.budget.list(part, read).await
    }

    /// How far the team's log goes.
    ///
    /// # Errors
    /// They may not.
    pub async fn find_audit_checkpoint(&self, actor: &Actor) -> Result<Checkpoint> {
        actor.require(Permission::ReadAuditLog)?;
        self.checkpoint(actor.team_id()).await
    }

    /// Begins an export of those of the team's entries that pass a filter, and records it.
    ///
    /// # Errors
    /// They may not.
    pub async fn export_audit_log(
        &self,
        actor: &Actor,
        filter: Filter<AuditColumn>,
        format: &str,
    ) -> Result<AuditExport> {
        let (tx, actor) = self.begin(actor).await?;
        actor.require(Permission::ReadAuditLog)?;
        let object = AuditObject {
            detail: Some(format.to_owned()),
            ..AuditObject::default()
        };
        self.record(&tx, &actor, AuditAction::ExportAuditLog, object)
            .await?;
        let last = store::audit::find_last(&tx, actor.team_id()).await?;
        tx.commit().await?;
        Ok(AuditExport {
            team_id: actor.team_id(),
            filter,
            behind: i64::MIN,
            last: last.map_or(0, |last| last.count),
        })
    }

    /// The next entries of an export; none at its end.
    ///
    /// # Errors
    /// The store failed.
    pub async fn continue_export(&self, export: &mut AuditExport) -> Result<Vec<AuditEntry>> {
        let AuditExport {
            team_id,
            filter,
            behind,
            last,
        } = export;
        let mut entries = store::audit::list_behind(&self.store, *team_id, *behind, filter, STEP).await?;
        entries.retain(|entry| entry.sequence <= *last);
        *behind = entries.last().map_or(*behind, |entry| entry.sequence);
        Ok(entries)
    }

    /// How far the logs go: of one team, or of all; on the server's command line.
    ///
    /// # Errors
    /// There is no such team.
    pub async fn list_audit_checkpoints(&self, slug: Option<&Slug>) -> Result<Vec<KeptCheckpoint>> {
        let mut checkpoints = Vec::new();
        for team in self.find_teams(slug).await? {
            checkpoints.push(KeptCheckpoint {
                checkpoint: self.checkpoint(team.id).await?,
                slug: team.slug,
            });
        }
        Ok(checkpoints)
    }

    /// Walks along the logs, of one team or of all, and compares them with checkpoints that were kept elsewhere; on the
    /// server's command line.
    ///
    /// # Errors
    /// There is no such team, or the store failed. A log that is broken is no error here, but what was asked for.
    pub async fn verify_audit_logs(
        &self,
        slug: Option<&Slug>,
        kept: &[KeptCheckpoint],
    ) -> Result<Vec<Verification>> {
        let teams = self.find_teams(slug).await?;
        if teams.is_empty() {
            return Err("There is no team in this store, and no log to verify.".into());
        }
        if let Some(lost) = kept
            .iter()
            .find(|kept| !teams.iter().any(|team| team.slug == kept.slug))
        {
            return Err(Error::UnknownTeam {
                slug: lost.slug.clone(),
                known: teams.into_iter().map(|team| team.slug).collect(),
            });
        }
        let mut found = Vec::new();
        for team in teams {
            let kept = kept.iter().filter(|kept| kept.slug == team.slug);
            let kept = kept.map(|kept| &kept.checkpoint).collect();
            found.push(self.verify_audit_log(team, kept).await?);
        }
        Ok(found)
    }

    async fn verify_audit_log(&self, team: Team, mut kept: Vec<&Checkpoint>) -> Result<Verification> {
        // A log that is empty is whole up to there.
        kept.retain(|kept| kept.count > 0);
        kept.sort_by_key(|kept| std::cmp::Reverse(kept.count));
        let mut walk = Walk::default();
        let broken = loop {
            let entries = self.read_on(&team, &walk).await?;
            if entries.is_empty() {
                break kept
                    .last()
                    .filter(|kept| kept.count > walk.end().count)
                    .map(|_| describe(Break::Missing(walk.end().count + 1)));
            }
            let broken = entries.iter().find_map(|entry| {
                let Some(entry) = entry else {
                    return Some(format!("entry {} can't be read", walk.end().count + 1));
                };
                if let Err(break_) = walk.step(entry) {
                    return Some(describe(break_));
                }
                while let Some(kept) = kept.pop_if(|kept| kept.count == entry.sequence) {
                    if kept.hash != entry.hash {
                        let number = entry.sequence;
                        return Some(format!(
                            "entry {number} is not the checkpoint's: it, or one before it, was written anew"
                        ));
                    }
                }
                None
            });
            if broken.is_some() {
                break broken;
            }
        };
        // A team's first entry says that it was made.
        let broken = broken.or_else(|| (walk.end().count == 0).then(|| describe(Break::Missing(1))));
        Ok(Verification {
            team,
            end: walk.end().clone(),
            broken,
        })
    }

    /// The next entries of a walk. Where one of them holds what its columns can't, it comes alone, and is `None`.
    async fn read_on(&self, team: &Team, walk: &Walk) -> Result<Vec<Option<AuditEntry>>> {
        // From the very beginning, where someone may have put something before the first entry.
        let behind = Some(walk.end().count)
            .filter(|count| *count > 0)
            .unwrap_or(i64::MIN);
        let mut step = STEP;
        loop {
            let all = Filter::All(Vec::new());
            match store::audit::list_behind(&self.store, team.id, behind, &all, step).await {
                Ok(entries) => return Ok(entries.into_iter().map(Some).collect()),
                Err(error) if error.is_about_content() && step > 1 => step /= 2,
                Err(error) if error.is_about_content() => return Ok(vec![None]),
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// The team of that slug, or all teams.
    pub(super) async fn find_teams(&self, slug: Option<&Slug>) -> Result<Vec<Team>> {
        let mut teams = store::team::list_all(&self.store).await?;
        if let Some(slug) = slug {
            if !teams.iter().any(|team| team.slug == *slug) {
                return Err(Error::UnknownTeam {
                    slug: slug.clone(),
                    known: teams.into_iter().map(|team| team.slug).collect(),
                });
            }
            teams.retain(|team| team.slug == *slug);
        }
        Ok(teams)
    }

    async fn checkpoint(&self, team: TeamId) -> Result<Checkpoint> {
        let last = store::audit::find_last(&self.store, team).await?;
        Ok(last.unwrap_or(Checkpoint {
            count: 0,
            hash: chain::GENESIS.to_vec(),
        }))
    }
}

pub(super) fn describe(break_: Break) -> String {
    match break_ {
        Break::Stray(number) => format!("entry {number} stands before the first"),
        Break::Missing(number) => format!("entry {number} is missing"),
        Break::Changed(number) => format!("entry {number} was changed: its content does not give its hash"),
        Break::Unlinked(number) => {
            format!("entry {number} does not stand on the one before: one of them was written anew")
        }
    }
}

/// Records anything.
pub(super) async fn record_event(tx: &Transaction, event: AuditEvent) -> store::Result<()> {
    record_events(tx, vec![event]).await
}

/// Adds events to their teams' chains.
pub(super) async fn record_events(tx: &Transaction, events: Vec<AuditEvent>) -> store::Result<()> {
    let mut ends: HashMap<TeamId, Option<Checkpoint>> = HashMap::new();
    let mut entries = Vec::new();
    for event in events {
        let team = event.team_id;
        let end = match ends.remove(&team) {
            Some(end) => end,
            None => store::audit::find_end(tx, team).await?,
        };
        let entry = chain::link(event, end);
        let end = Checkpoint {
            count: entry.sequence,
            hash: entry.hash.clone(),
        };
        ends.insert(team, Some(end));
        entries.push(entry);
    }
    store::audit::add(tx, &entries).await
}
