//! The audit log: recorded in the transaction of each change, listed, exported, verified.

pub mod archive;
pub mod object;
pub mod reads;
pub mod refusals;

use std::collections::HashMap;
use std::fmt;
use std::path::{Path, PathBuf};

use strongroom_shared::{Permission, limit};

use self::archive::ArchiveError;
use crate::crypto::chain::{self, Break, Walk};
use crate::domain::filter::{AuditColumn, Direction, Filter, Listing, Window};
use crate::domain::{
    Actor, AuditAction, AuditEntry, AuditEvent, AuditObject, Checkpoint, Rule, Slug, Team, TeamId, Time,
};
use crate::service::change::{Answer, Done, Outcome, Recorded, change};
use crate::service::{Error, Result, Service, list};
use crate::store::{self, Transaction};

/// The entries read at a time.
const STEP: u64 = 1000;
/// The maximum number of bytes of names in an entry's detail.
const NAMES_BYTES: usize = 2048;

#[derive(Debug)]
pub struct Verification {
    pub team: Team,
    /// The last archived entry, after which the log begins.
    pub base: Checkpoint,
    pub has_archives: bool,
    /// The last entry of the intact chain.
    pub end: Checkpoint,
    /// The finding; `None` if the log is intact.
    pub broken: Option<String>,
    /// The entry of a checkpoint that can't be compared, because the entry is archived.
    pub uncompared: Option<i64>,
}

/// The state of verifying a team's log, first in archives, then in the store.
#[derive(Default)]
pub(super) struct Trail {
    /// Checkpoints still to compare with, the next one last.
    ahead: Vec<Checkpoint>,
    /// The end of the archives, if there are any.
    archived: Option<Checkpoint>,
    broken: Option<String>,
    uncompared: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct KeptCheckpoint {
    pub slug: Slug,
    pub checkpoint: Checkpoint,
}

impl fmt::Display for KeptCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Checkpoint { count, hash } = &self.checkpoint;
        write!(f, "{} {count} {}", self.slug.as_str(), hex::encode(hash))
    }
}

/// An export in progress: the entries of a team's log that match a filter, some at a time.
pub struct AuditExport {
    team_id: TeamId,
    filter: Filter<AuditColumn>,
    /// The last entry read.
    behind: i64,
    /// The entry that records the export: later ones are not exported.
    last: i64,
}

/// As many names as fit into an entry's detail.
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
    pub(super) async fn record(
        &self,
        tx: &Transaction,
        actor: &Actor,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<Recorded> {
        self.record_event(tx, AuditEvent::by(actor, self.now(), action, object)).await
    }

    /// Records a change, which completes it.
    pub(super) async fn done(
        &self,
        tx: &Transaction,
        actor: &Actor,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<Outcome<Answer<()>>> {
        Ok(Done(Ok(()), self.record(tx, actor, action, object).await?))
    }

    pub(super) async fn record_by_system(
        &self,
        tx: &Transaction,
        team: TeamId,
        action: AuditAction,
        object: AuditObject,
    ) -> Result<Recorded> {
        self.record_event(tx, AuditEvent::by_system(team, self.now(), action, object)).await
    }

    pub(super) async fn record_event(&self, tx: &Transaction, event: AuditEvent) -> Result<Recorded> {
        Ok(Recorded::events(tx, vec![event]).await?)
    }

    /// Lists entries of the team's log, newest first by default.
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
        let window = Window { limit: Some(listing.window.limit.unwrap_or(MOST).min(MOST)), ..listing.window };
        let read = |window| async move {
            store::audit::list(&self.store, actor.team_id(), &Listing { window, ..listing }).await
        };
        list(actor, window, read).await
    }

    pub async fn find_audit_checkpoint(&self, actor: &Actor) -> Result<KeptCheckpoint> {
        actor.require(Permission::ReadAuditLog)?;
        self.checkpoint(&actor.team).await
    }

    /// Starts an export of the entries that match a filter, and records it.
    pub async fn export_audit_log(
        &self,
        actor: &Actor,
        filter: Filter<AuditColumn>,
        format: &'static str,
    ) -> Result<AuditExport> {
        change!(self, actor, |service, tx, actor| {
            actor.require(Permission::ReadAuditLog)?;
            let object = AuditObject { detail: Some(format.to_owned()), ..AuditObject::default() };
            let recorded = service.record(tx, &actor, AuditAction::ExportAuditLog, object).await?;
            let first = store::audit::find_first(tx, actor.team_id()).await?;
            let last = store::audit::find_last(tx, actor.team_id()).await?;
            let behind = first.map_or(0, |first| first.saturating_sub(1));
            let last = last.map_or(0, |last| last.count);
            Ok(Done(AuditExport { team_id: actor.team_id(), filter, behind, last }, recorded))
        })
    }

    /// The next entries of an export; none at its end. Fails if unread entries were archived meanwhile.
    pub async fn continue_export(&self, export: &mut AuditExport) -> Result<Vec<AuditEntry>> {
        let AuditExport { team_id, filter, behind, last } = export;
        if *behind >= *last {
            return Ok(Vec::new());
        }
        let snapshot = self.store.snapshot().await?;
        let first = store::audit::find_first(&snapshot, *team_id).await?;
        // The user notices a download that breaks off, but not a gap in it.
        if first.is_none_or(|first| first > behind.saturating_add(1)) {
            return Err(Error::Broken("entries were archived before they were exported"));
        }
        let mut entries = store::audit::list_after(&snapshot, *team_id, *behind, filter, STEP).await?;
        entries.retain(|entry| entry.sequence <= *last);
        let is_end = (entries.len() as u64) < STEP;
        *behind = match entries.last() {
            Some(entry) if !is_end => entry.sequence,
            _ => *last,
        };
        Ok(entries)
    }

    /// The ends of the logs, of one team or all; for the command line.
    pub async fn list_audit_checkpoints(&self, slug: Option<&Slug>) -> Result<Vec<KeptCheckpoint>> {
        let mut checkpoints = Vec::new();
        for team in self.find_teams(slug).await? {
            checkpoints.push(self.checkpoint(&team).await?);
        }
        Ok(checkpoints)
    }

    /// Verifies logs, and compares them with kept checkpoints and archives, oldest first. A broken log is no error.
    pub async fn verify_audit_logs(
        &self,
        slug: Option<&Slug>,
        kept: &[KeptCheckpoint],
        archives: &[PathBuf],
    ) -> std::result::Result<Vec<Verification>, ArchiveError> {
        let teams = self.find_teams(slug).await?;
        if teams.is_empty() {
            return Err(Error::from(Rule::new("The store has no team, so there is no log to verify.")).into());
        }
        if let Some(lost) = kept.iter().find(|kept| !teams.iter().any(|team| team.slug == kept.slug)) {
            return Err(unknown_team(&lost.slug, teams).into());
        }
        let trail = |team: &Team| {
            let kept = kept.iter().filter(|kept| kept.slug == team.slug);
            (team.id, Trail::new(kept.map(|kept| kept.checkpoint.clone())))
        };
        let mut trails: HashMap<TeamId, Trail> = teams.iter().map(trail).collect();
        if !archives.is_empty() {
            archive::walk(archives, &self.find_teams(None).await?, &mut trails)?;
        }
        let mut found = Vec::new();
        for team in teams {
            let trail = trails.remove(&team.id).unwrap_or_default();
            found.push(self.verify_audit_log(team, trail).await?);
        }
        // A broken log is more important.
        if found.iter().all(|log| log.broken.is_none())
            && let Some((log, entry)) = found.iter().find_map(|log| Some((log, log.uncompared?)))
        {
            return Err(Error::from(Rule::new(format!(
                "The checkpoint of {} can't be compared, because entry {entry} is archived: pass the archives with \
                 --archive.",
                log.team.slug.as_str()
            )))
            .into());
        }
        Ok(found)
    }

    pub(super) async fn verify_audit_log(&self, team: Team, mut trail: Trail) -> Result<Verification> {
        let snapshot = self.store.snapshot().await?;
        let mut walk = Walk::default();
        while trail.broken.is_none() {
            let entries = self.read_on(&snapshot, &team, &walk).await?;
            if entries.is_empty() {
                trail.end(&walk);
                break;
            }
            for entry in entries {
                let Some(entry) = entry else {
                    let next = walk.end().count.saturating_add(1);
                    trail.report(format!("entry {next} can't be read"), None);
                    break;
                };
                trail.step(&mut walk, &entry, None);
            }
        }
        let (base, end) = (walk.base(), walk.end().clone());
        let Trail { archived, broken, uncompared, .. } = trail;
        Ok(Verification { team, base, has_archives: archived.is_some(), end, broken, uncompared })
    }

    /// The next entries of a walk. One that can't be decoded is returned alone, as `None`.
    async fn read_on(&self, on: &Transaction, team: &Team, walk: &Walk) -> Result<Vec<Option<AuditEntry>>> {
        // From the very beginning: an intruder may have added an entry before the first.
        let behind = Some(walk.end().count).filter(|count| *count > 0).unwrap_or(i64::MIN);
        let mut step = STEP;
        loop {
            let all = Filter::All(Vec::new());
            match store::audit::list_after(on, team.id, behind, &all, step).await {
                Ok(entries) => return Ok(entries.into_iter().map(Some).collect()),
                Err(error) if error.is_about_content() && step > 1 => step /= 2,
                Err(error) if error.is_about_content() => return Ok(vec![None]),
                Err(error) => return Err(error.into()),
            }
        }
    }

    pub(super) async fn find_teams(&self, slug: Option<&Slug>) -> Result<Vec<Team>> {
        Ok(match slug {
            Some(slug) => vec![self.find_team(&self.store, slug).await?],
            None => store::team::list_all(&self.store).await?,
        })
    }

    async fn checkpoint(&self, team: &Team) -> Result<KeptCheckpoint> {
        let last = store::audit::find_last(&self.store, team.id).await?;
        Ok(KeptCheckpoint { slug: team.slug.clone(), checkpoint: last.unwrap_or_else(chain::genesis) })
    }
}

/// Records an action of the command line in the log of each team.
pub(super) async fn record_in_all_logs(
    tx: &Transaction,
    now: Time,
    action: AuditAction,
    detail: Option<String>,
) -> store::Result<Recorded> {
    let event = |team: Team| {
        let object = AuditObject { detail: detail.clone(), ..AuditObject::default() };
        AuditEvent::by_system(team.id, now, action, object)
    };
    let teams = store::team::list_all(tx).await?;
    Recorded::events(tx, teams.into_iter().map(event).collect()).await
}

pub(super) fn unknown_team(slug: &Slug, teams: Vec<Team>) -> Error {
    Error::UnknownTeam { slug: slug.clone(), known: teams.into_iter().map(|team| team.slug).collect() }
}

impl Trail {
    fn new(kept: impl Iterator<Item = Checkpoint>) -> Self {
        // Every log matches the checkpoint of an empty one.
        let mut ahead: Vec<_> = kept.filter(|kept| kept.count > 0).collect();
        ahead.sort_by_key(|kept| std::cmp::Reverse(kept.count));
        Self { ahead, ..Self::default() }
    }

    /// Reports a finding; only the first is kept.
    fn report(&mut self, what: String, file: Option<&Path>) {
        self.broken.get_or_insert_with(|| match file {
            Some(file) => format!("{}: {what}", file.display()),
            None => what,
        });
    }

    pub(super) fn step(&mut self, walk: &mut Walk, entry: &AuditEntry, file: Option<&Path>) {
        if self.broken.is_some() {
            return;
        }
        let is_first = file.is_none() && walk.end().count == 0;
        if let Err(break_) = walk.step(entry) {
            return self.report(break_.to_string(), file);
        }
        if is_first {
            self.begin(&walk.base());
        }
        self.compare(walk.end(), file);
    }

    fn begin(&mut self, base: &Checkpoint) {
        if let Some(archived) = self.archived.clone() {
            if archived.count < base.count {
                let next = archived.count.saturating_add(1);
                return self.report(format!("entry {next} is in none of the archives"), None);
            }
            self.ahead.push(archived);
        }
        while let Some(kept) = self.ahead.pop_if(|kept| kept.count < base.count) {
            self.uncompared = Some(kept.count);
        }
        self.compare(base, None);
    }

    /// Starts an archive, which must continue the previous one.
    pub(super) fn begin_archive(&mut self, base: &Checkpoint, file: &Path) {
        let archived = self.archived.take().unwrap_or_else(chain::genesis);
        if archived.count < base.count {
            let next = archived.count.saturating_add(1);
            let missing = format!("entry {next} is missing: pass the archive that has it before this one");
            self.report(missing, Some(file));
        }
        // If removal was interrupted, the next archive repeats some entries of this one.
        self.ahead.push(archived.clone());
        self.archived = Some(archived);
        self.compare(base, Some(file));
    }

    /// Ends an archive, which should have reached `last`.
    pub(super) fn end_archive(&mut self, end: &Checkpoint, last: &Checkpoint, file: &Path) {
        if end.count < last.count {
            self.report(Break::Missing(end.count.saturating_add(1)).to_string(), Some(file));
        } else if end != last {
            let number = last.count;
            self.report(format!("entry {number} is not the last one according to the header"), Some(file));
        }
        let further = self.archived.take().filter(|archived| archived.count > end.count);
        self.archived = Some(further.unwrap_or_else(|| end.clone()));
    }

    fn end(&mut self, walk: &Walk) {
        let end = walk.end().count;
        if let Err(break_) = walk.check_beginning() {
            self.report(break_.to_string(), None);
        }
        // Each log has at least the entry that records the team's creation.
        if end == 0 || !self.ahead.is_empty() {
            self.report(Break::Missing(end.saturating_add(1)).to_string(), None);
        }
    }

    fn compare(&mut self, at: &Checkpoint, file: Option<&Path>) {
        while let Some(ahead) = self.ahead.pop_if(|ahead| ahead.count == at.count) {
            if ahead.hash != at.hash {
                let number = at.count;
                let anew = "does not match the checkpoint: it, or one before it, was rewritten";
                self.report(format!("entry {number} {anew}"), file);
            }
        }
    }
}
