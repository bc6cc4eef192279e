//! The audit log's hash chain: each entry contains the hash of the one before.

use std::cmp::Ordering;

use sha2::{Digest, Sha256};
use thiserror::Error;

use crate::domain::{AuditEntry, AuditEvent, Checkpoint};

/// The hash "before" a team's first entry.
pub const GENESIS: [u8; 32] = [0; 32];

/// Appends an event to its team's chain, which is empty if `last` is `None`. `None` if the numbers are used up.
pub fn link(event: AuditEvent, last: Option<Checkpoint>) -> Option<AuditEntry> {
    let last = last.unwrap_or_else(genesis);
    let mut entry = AuditEntry {
        team_id: event.team_id,
        sequence: last.count.checked_add(1)?,
        time: event.time,
        action: event.action.as_str().to_owned(),
        actor_kind: event.actor_kind.to_owned(),
        actor_id: event.actor_id,
        actor_name: event.actor_name,
        address: event.address,
        object: event.object,
        previous_hash: last.hash,
        hash: Vec::new(),
    };
    entry.hash = hash(&entry);
    Some(entry)
}

pub fn genesis() -> Checkpoint {
    Checkpoint { count: 0, hash: GENESIS.to_vec() }
}

pub fn hash(entry: &AuditEntry) -> Vec<u8> {
    Sha256::digest(entry.encode()).to_vec()
}

/// Verifies a chain entry by entry.
///
/// If the beginning was archived, the chain starts at a later entry, and an entry in the chain must record the archive.
pub struct Walk {
    /// The checkpoint before the first entry; `None` until there is one.
    base: Option<Checkpoint>,
    end: Checkpoint,
    /// The end of the archive, according to the latest entry that records one.
    archived: Checkpoint,
}

impl Default for Walk {
    fn default() -> Self {
        Self { base: None, end: genesis(), archived: genesis() }
    }
}

#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Break {
    #[error("entry {0} is before the first")]
    Stray(i64),
    #[error("entry {0} is missing")]
    Missing(i64),
    #[error("entry {0} was changed: its content does not match its hash")]
    Changed(i64),
    /// The entry does not contain the hash of the one before.
    #[error("entry {0} does not continue the one before: one of them was rewritten")]
    Unlinked(i64),
    #[error("entry {0} is archived, but the log continues from a different one")]
    Exchanged(i64),
    #[error("entry {0} is recorded as archived, but the log does not begin after it")]
    Unarchived(i64),
}

impl Walk {
    pub fn behind(checkpoint: Checkpoint) -> Self {
        Self { base: Some(checkpoint.clone()), end: checkpoint, archived: genesis() }
    }

    pub fn base(&self) -> Checkpoint {
        self.base.clone().unwrap_or_else(genesis)
    }

    pub fn end(&self) -> &Checkpoint {
        &self.end
    }

    pub(crate) fn step(&mut self, entry: &AuditEntry) -> Result<(), Break> {
        if self.base.is_none() && entry.sequence > 1 {
            self.end = Checkpoint { count: entry.sequence - 1, hash: entry.previous_hash.clone() };
        }
        let next = self.end.count.saturating_add(1);
        match entry.sequence.cmp(&next) {
            Ordering::Less => return Err(Break::Stray(entry.sequence)),
            Ordering::Greater => return Err(Break::Missing(next)),
            Ordering::Equal if hash(entry) != entry.hash => return Err(Break::Changed(next)),
            Ordering::Equal if entry.previous_hash != self.end.hash => return Err(Break::Unlinked(next)),
            Ordering::Equal => {}
        }
        self.base.get_or_insert_with(|| self.end.clone());
        if let Some(archived) = entry.archived() {
            self.archived = archived;
        }
        self.end = Checkpoint { count: next, hash: entry.hash.clone() };
        Ok(())
    }

    /// Checks, after the last entry, that the chain begins where its entries say that the archive ends.
    pub(crate) fn check_beginning(&self) -> Result<(), Break> {
        let (base, archived) = (self.base(), &self.archived);
        match archived.count.cmp(&base.count) {
            Ordering::Less => Err(Break::Missing(archived.count.saturating_add(1))),
            Ordering::Greater => Err(Break::Unarchived(archived.count)),
            Ordering::Equal if archived.hash != base.hash => Err(Break::Exchanged(base.count)),
            Ordering::Equal => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use strongroom_shared::Uuid;

    use super::*;
    use crate::domain::{AuditAction, AuditObject, TeamId, Time};

    fn event(name: Option<&str>) -> AuditEvent {
        let object = AuditObject { id: None, name: name.map(str::to_owned), detail: None };
        AuditEvent::by_system(TeamId(Uuid::nil()), Time::UNIX_EPOCH, AuditAction::CreateSecret, object)
    }

    fn chain(names: &[&str]) -> Vec<AuditEntry> {
        let mut last = None;
        let link_one = |name: &&str| {
            let entry = link(event(Some(name)), last.take()).expect("not the last number");
            last = Some(Checkpoint { count: entry.sequence, hash: entry.hash.clone() });
            entry
        };
        names.iter().map(link_one).collect()
    }

    fn walk(entries: &[AuditEntry]) -> Result<Walk, Break> {
        let mut walk = Walk::default();
        entries.iter().try_for_each(|entry| walk.step(entry))?;
        Ok(walk)
    }

    #[test]
    fn each_entry_has_the_hash_of_the_one_before() {
        let entries = chain(&["a", "b"]);
        assert_eq!((entries[0].sequence, entries[0].previous_hash.as_slice()), (1, GENESIS.as_slice()));
        assert_eq!((entries[1].sequence, &entries[1].previous_hash), (2, &entries[0].hash));
        assert_eq!(walk(&entries).expect("whole").end().hash, entries[1].hash);
    }

    #[test]
    fn break_is_found_where_it_is() {
        let whole = chain(&["a", "b", "c", "d"]);
        let check = |expected: Break, change: fn(&mut Vec<AuditEntry>)| {
            let mut changed = whole.clone();
            change(&mut changed);
            assert_eq!(walk(&changed).err(), Some(expected));
        };
        check(Break::Changed(2), |entries| entries[1].address = "elsewhere".to_owned());
        check(Break::Unlinked(3), |entries| {
            entries[1].address = "elsewhere".to_owned();
            entries[1].hash = hash(&entries[1]);
        });
        check(Break::Missing(3), |entries| drop(entries.remove(2)));
        check(Break::Changed(2), |entries| {
            entries.swap(1, 2);
            (entries[1].sequence, entries[2].sequence) = (2, 3);
        });
        check(Break::Stray(0), |entries| entries[0].sequence = 0);
        assert!(walk(&whole[..2]).is_ok(), "only a checkpoint shows a tail that was cut off");
    }

    #[test]
    fn chain_begins_only_where_its_archive_entry_says() {
        let archive = |count: i64, hash: &[u8], behind: &AuditEntry| {
            let checkpoint = |count, hash: &[u8]| Checkpoint { count, hash: hash.to_vec() };
            let event = AuditEvent::archive(behind.team_id, behind.time, "file", 2, &checkpoint(count, hash));
            link(event, Some(checkpoint(behind.sequence, &behind.hash))).expect("not the last number")
        };
        let check = |entries: &[AuditEntry]| walk(entries)?.check_beginning();
        let mut whole = chain(&["a", "b", "c", "d"]);
        assert_eq!(check(&whole), Ok(()));
        assert_eq!(check(&whole[2..]), Err(Break::Missing(1)));
        let (second, last) = (whole[1].hash.clone(), whole[3].clone());
        whole.push(archive(2, &last.hash, &last));
        assert_eq!(check(&whole[2..]), Err(Break::Exchanged(2)));
        whole[4] = archive(2, &second, &last);
        assert_eq!(check(&whole[2..]), Ok(()));
        assert_eq!(check(&whole[3..]), Err(Break::Missing(3)));
        assert_eq!(check(&whole[1..]), Err(Break::Unarchived(2)));
        assert_eq!(check(&whole), Err(Break::Unarchived(2)));
        let mut changed = whole;
        changed[4].object.detail = Some("3 entries, up to 3".to_owned());
        assert_eq!(check(&changed[3..]), Err(Break::Changed(5)));
    }

    #[test]
    fn last_number_has_no_next() {
        let end = Checkpoint { count: i64::MAX, hash: GENESIS.to_vec() };
        assert_eq!(link(event(None), Some(end)), None);
    }

    #[test]
    fn missing_and_empty_names_hash_differently() {
        assert_ne!(link(event(None), None), link(event(Some("")), None));
    }
}
