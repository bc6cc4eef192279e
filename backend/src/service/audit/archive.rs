//! Archives of audit logs: files with the oldest entries, which are then removed from the store.
//!
//! A file has a header for each log, followed by its entries as exports write them. The file is durable before anything is
//! removed, and the transaction that removes entries records it in the same log: if archiving is interrupted, each entry
//! is in the file, in the store, or in both, and the log always begins where its entries say.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead as _, BufReader, BufWriter, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use strongroom_shared::Uuid;
use thiserror::Error;

use super::{KeptCheckpoint, Trail};
use crate::crypto::chain::{Break, Walk};
use crate::domain::filter::Filter;
use crate::domain::{AuditEntry, AuditEvent, Checkpoint, Slug, Team, TeamId, Time};
use crate::service::change::{Done, Recorded, Refused, long_change};
use crate::service::private_file::{self, FileError, at};
use crate::service::{self, Service};
use crate::store;

const FORM: u32 = 1;
/// The start of a header, by which it differs from an entry.
const HEADER: &str = r#"{"strongroom_audit_archive":"#;
/// The entries read at a time.
const READ: u64 = 1000;
/// The entries that a transaction removes, which occupies the writer for a few hundredths of a second.
const REMOVED: i64 = 5000;

#[derive(Debug, Error)]
pub enum ArchiveError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{0} already exists; nothing has been archived: choose another file name")]
    Exists(PathBuf),
    #[error("the audit log is broken; nothing has been archived\n{}: {broken}", .slug.as_str())]
    Broken { slug: Slug, broken: String },
    #[error(
        "another command archived the log of {} at the same time; {path} is complete, and entries that the other \
         archive lacks are still in the store", .slug.as_str()
    )]
    Meanwhile { slug: Slug, path: PathBuf },
    #[error(
        "another command is archiving the log of {} at the same time; nothing has been archived: try again when it is \
         done", .0.as_str()
    )]
    Overtaken(Slug),
    #[error("{path} is not an archive of audit logs, or was changed: line {line} can't be read")]
    Unreadable { path: PathBuf, line: usize },
    #[error("{path} holds the log of the team {slug:?}, which is not in this store")]
    UnknownTeam { path: PathBuf, slug: String },
    #[error(transparent)]
    Service(#[from] service::Error),
    #[error("the store failed")]
    Store(#[from] store::Error),
}

#[derive(Debug)]
pub struct Archived {
    pub count: i64,
    pub end: KeptCheckpoint,
}

/// The line before the entries of a log.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    strongroom_audit_archive: u32,
    /// The team's slug at that time, for people.
    team: String,
    team_id: Uuid,
    first: i64,
    last: i64,
    /// The hash before the first entry.
    previous_hash: String,
    hash: String,
}

struct Part {
    team: Team,
    /// Before the first entry.
    base: Checkpoint,
    /// The last entry that each transaction removes.
    ends: Vec<Checkpoint>,
}

impl Service {
    /// Moves the entries before a time, but never a log's last, to a new file. Writes no file if there are none.
    pub async fn archive_audit_logs(
        &self,
        before: Time,
        path: &Path,
        slug: Option<&Slug>,
    ) -> Result<Vec<Archived>, ArchiveError> {
        if path.symlink_metadata().is_ok() {
            return Err(ArchiveError::Exists(path.to_owned()));
        }
        let mut file = BufWriter::new(private_file::create(path).map_err(at(path))?);
        let mut parts = Vec::new();
        for team in self.find_teams(slug).await? {
            parts.extend(self.write_part(&mut file, path, team, before).await?);
        }
        if parts.is_empty() {
            return Ok(Vec::new());
        }
        let file = file.into_inner().map_err(io::IntoInnerError::into_error);
        file.and_then(|file| private_file::publish(file, path, false)).map_err(|error| {
            match error.kind() {
                ErrorKind::AlreadyExists => ArchiveError::Exists(path.to_owned()),
                _ => at(path)(error).into(),
            }
        })?;
        let mut archived = Vec::new();
        for part in parts {
            archived.push(self.remove_part(part, path).await?);
        }
        Ok(archived)
    }

    async fn write_part(
        &self,
        file: &mut impl io::Write,
        path: &Path,
        team: Team,
        before: Time,
    ) -> Result<Option<Part>, ArchiveError> {
        let verification = self.verify_audit_log(team, Trail::default()).await?;
        let (team, base) = (verification.team, verification.base);
        if let Some(broken) = verification.broken {
            return Err(ArchiveError::Broken { slug: team.slug, broken });
        }
        let first_left = store::audit::find_first_since(&self.store, team.id, before).await?;
        let last = verification.end.count.min(first_left.unwrap_or(i64::MAX)) - 1;
        if last <= base.count {
            return Ok(None);
        }
        let all = Filter::All(Vec::new());
        let found = store::audit::list_after(&self.store, team.id, last - 1, &all, 1).await?;
        let header = Header {
            strongroom_audit_archive: FORM,
            team: team.slug.as_str().to_owned(),
            team_id: team.id.0,
            first: base.count + 1,
            last,
            previous_hash: hex::encode(&base.hash),
            hash: hex::encode(found.first().map_or(&[][..], |entry| &entry.hash)),
        };
        write_line(file, &header).map_err(at(path))?;
        let mut walk = Walk::behind(base.clone());
        let mut ends = Vec::new();
        while walk.end().count < last {
            let behind = walk.end().count;
            let mut entries = store::audit::list_after(&self.store, team.id, behind, &all, READ).await?;
            entries.retain(|entry| entry.sequence <= last);
            if entries.is_empty() {
                return Err(self.explain(Break::Missing(behind + 1), &team, &base).await?);
            }
            for entry in entries {
                if let Err(break_) = walk.step(&entry) {
                    return Err(self.explain(break_, &team, &base).await?);
                }
                write_line(file, &entry).map_err(at(path))?;
                let done = walk.end().count - base.count;
                if done % REMOVED == 0 || walk.end().count == last {
                    ends.push(walk.end().clone());
                }
            }
        }
        Ok(Some(Part { team, base, ends }))
    }

    /// The error for a log that was whole a moment ago: broken, unless another command has archived entries meanwhile.
    async fn explain(&self, break_: Break, team: &Team, base: &Checkpoint) -> store::Result<ArchiveError> {
        let slug = team.slug.clone();
        let first = store::audit::find_first(&self.store, team.id).await?;
        if first.is_some_and(|first| first > base.count + 1) {
            return Ok(ArchiveError::Overtaken(slug));
        }
        Ok(ArchiveError::Broken { slug, broken: break_.to_string() })
    }

    /// Removes the archived entries in several transactions, so that others can write in between.
    async fn remove_part(&self, part: Part, path: &Path) -> Result<Archived, ArchiveError> {
        let Part { team, base, ends } = part;
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let mut done = base.clone();
        for end in ends {
            let count = end.count - done.count;
            let began = Instant::now();
            let event = AuditEvent::archive(team.id, self.now(), &name, count, &end);
            let last = end.count;
            let are_all_removed = long_change!(self, |_, tx| {
                let team = event.team_id;
                let recorded = Recorded::events(tx, vec![event]).await?;
                let removed = store::audit::remove_up_to(tx, team, last).await?;
                Ok::<_, store::Error>(if i64::try_from(removed) == Ok(count) {
                    Done(true, recorded)
                } else {
                    Refused(false)
                })
            });
            if !are_all_removed? {
                return Err(ArchiveError::Meanwhile { slug: team.slug, path: path.to_owned() });
            }
            done = end;
            // SQLite does not queue processes: without a pause, a running server would rarely get the lock.
            tokio::time::sleep(began.elapsed()).await;
        }
        let count = done.count - base.count;
        Ok(Archived { count, end: KeptCheckpoint { slug: team.slug, checkpoint: done } })
    }
}

struct Section {
    team: TeamId,
    last: Checkpoint,
    walk: Walk,
}

/// Verifies archives, oldest first, for teams with a trail, which gets their ends and findings.
pub(in crate::service) fn walk(
    files: &[PathBuf],
    teams: &[Team],
    trails: &mut HashMap<TeamId, Trail>,
) -> Result<(), ArchiveError> {
    for path in files {
        let file = File::open(path).map_err(at(path))?;
        let mut section: Option<Section> = None;
        for (line, text) in (1..).zip(BufReader::new(file).lines()) {
            let unreadable = || ArchiveError::Unreadable { path: path.clone(), line };
            let text = text.map_err(|error| match error.kind() {
                ErrorKind::InvalidData => unreadable(),
                _ => at(path)(error).into(),
            })?;
            if !text.starts_with(HEADER) {
                let section = section.as_mut().ok_or_else(unreadable)?;
                let entry = parse_line::<AuditEntry>(&text).ok_or_else(unreadable)?;
                if let Some(trail) = trails.get_mut(&section.team) {
                    trail.step(&mut section.walk, &entry, Some(path));
                }
                continue;
            }
            end_section(section.take(), trails, path);
            let header = parse_line::<Header>(&text).filter(|header| header.strongroom_audit_archive == FORM);
            let header = header.ok_or_else(unreadable)?;
            // A team keeps its id, while its slug can be changed.
            let Some(team) = teams.iter().find(|team| team.id.0 == header.team_id) else {
                return Err(ArchiveError::UnknownTeam { path: path.clone(), slug: header.team });
            };
            let checkpoint =
                |count: i64, hash: &str| Some(Checkpoint { count, hash: hex::decode(hash).ok()? });
            let behind = header.first.checked_sub(1).filter(|behind| *behind >= 0);
            let base = behind.and_then(|behind| checkpoint(behind, &header.previous_hash));
            let base = base.ok_or_else(unreadable)?;
            if let Some(trail) = trails.get_mut(&team.id) {
                trail.begin_archive(&base, path);
            }
            let last = checkpoint(header.last, &header.hash).ok_or_else(unreadable)?;
            section = Some(Section { team: team.id, last, walk: Walk::behind(base) });
        }
        if section.is_none() {
            return Err(ArchiveError::Unreadable { path: path.clone(), line: 1 });
        }
        end_section(section, trails, path);
    }
    Ok(())
}

fn end_section(section: Option<Section>, trails: &mut HashMap<TeamId, Trail>, path: &Path) {
    if let Some(Section { team, last, walk }) = section
        && let Some(trail) = trails.get_mut(&team)
    {
        trail.end_archive(walk.end(), &last, path);
    }
}

fn write_line(file: &mut impl io::Write, line: &impl Serialize) -> io::Result<()> {
    serde_json::to_writer(&mut *file, line)?;
    file.write_all(b"\n")
}

/// Parses a line; `None` unless [`write_line`] would write it exactly so.
fn parse_line<T: Serialize + serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    let line: T = serde_json::from_str(text).ok()?;
    (serde_json::to_string(&line).ok()? == text).then_some(line)
}
