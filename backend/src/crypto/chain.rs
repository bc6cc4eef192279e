//! The audit chain's hash: each entry carries the hash of the one before, so that a change anywhere shows.

use sha2::{Digest, Sha256};

use crate::domain::{AuditEntry, AuditEvent, Checkpoint};

/// The hash "before" a team's first entry.
pub const GENESIS: [u8; 32] = [0; 32];

/// Appends an event to its team's chain, which is empty if `last` is `None`. Returns `None` if the numbers are used up,
/// which recording alone never causes.
pub fn link(event: AuditEvent, last: Option<Checkpoint>) -> Option<AuditEntry> {
    let last = last.unwrap_or_else(genesis);
    let mut entry = event.into_entry(last.count.checked_add(1)?, last.hash);
    entry.hash = hash(&entry);
    Some(entry)
}

pub fn genesis() -> Checkpoint {
    Checkpoint { count: 0, hash: GENESIS.to_vec() }
}

pub fn hash(entry: &AuditEntry) -> Vec<u8> {
    Sha256::digest(entry.encode()).to_vec()
}

/// Walks along a chain and finds where it breaks.
///
/// Where the beginning was archived, the chain begins with a later entry. Each entry's hash covers the hash before it, so
/// the archived part can't be exchanged; an entry in the chain has to record that it was archived and not cut off.
pub struct Walk {
    /// The checkpoint before the first entry; `None` until there is one.
    base: Option<Checkpoint>,
    end: Checkpoint,
    /// How far the log was archived, according to its latest entry about that.
    archived: Checkpoint,
}

impl Default for Walk {
    fn default() -> Self {
        Self { base: None, end: genesis(), archived: genesis() }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// The entry has a number before the first.
    Stray(i64),
    Missing(i64),
    /// The entry was changed: its content does not give its hash.
    Changed(i64),
    /// The entry does not stand on the one before.
    Unlinked(i64),
    /// The entry is recorded as archived, but the chain begins behind a different one.
    Exchanged(i64),
    /// The entry is recorded as archived, but the chain begins before it.
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
        if entry.sequence < next {
            return Err(Break::Stray(entry.sequence));
        }
        if entry.sequence > next {
            return Err(Break::Missing(next));
        }
        if hash(entry) != entry.hash {
            return Err(Break::Changed(next));
        }
        if entry.previous_hash != self.end.hash {
            return Err(Break::Unlinked(next));
        }
        if self.base.is_none() {
            self.base = Some(self.end.clone());
        }
        if let Some(archived) = entry.archived() {
            self.archived = archived;
        }
        self.end = Checkpoint { count: next, hash: entry.hash.clone() };
        Ok(())
    }

    /// Checks, after the last entry, that the chain begins where its entries say that the archive ends.
    pub(crate) fn check_beginning(&self) -> Result<(), Break> {
        let (base, archived) = (self.base(), &self.archived);
        if archived.count < base.count {
            Err(Break::Missing(archived.count.saturating_add(1)))
        } else if archived.count > base.count {
            Err(Break::Unarchived(archived.count))
        } else if archived.hash != base.hash {
            Err(Break::Exchanged(base.count))
        } else {
            Ok(())
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

    fn walk(entries: &[AuditEntry]) -> Result<Checkpoint, Break> {
        let mut walk = Walk::default();
        entries.iter().try_for_each(|entry| walk.step(entry))?;
        Ok(walk.end().clone())
    }

    #[test]
    fn each_entry_stands_on_the_one_before() {
        let entries = chain(&["a", "b"]);
        assert_eq!((entries[0].sequence, entries[0].previous_hash.as_slice()), (1, GENESIS.as_slice()));
        assert_eq!((entries[1].sequence, &entries[1].previous_hash), (2, &entries[0].hash));
        assert_eq!(walk(&entries).expect("whole").hash, entries[1].hash);
    }

    #[test]
    fn a_break_is_found_where_it_is() {
        let whole = chain(&["a", "b", "c", "d"]);
        let mut changed = whole.clone();
        changed[1].address = "elsewhere".to_owned();
        assert_eq!(walk(&changed), Err(Break::Changed(2)));

        let mut rehashed = changed;
        rehashed[1].hash = hash(&rehashed[1]);
        assert_eq!(walk(&rehashed), Err(Break::Unlinked(3)));

        let mut removed = whole.clone();
        removed.remove(2);
        assert_eq!(walk(&removed), Err(Break::Missing(3)));

        let mut swapped = whole.clone();
        swapped.swap(1, 2);
        (swapped[1].sequence, swapped[2].sequence) = (2, 3);
        assert_eq!(walk(&swapped), Err(Break::Changed(2)));

        let mut stray = whole.clone();
        stray[0].sequence = 0;
        assert_eq!(walk(&stray), Err(Break::Stray(0)));

        assert!(walk(&whole[..2]).is_ok(), "only a checkpoint shows a tail that was cut off");
    }

    #[test]
    fn chain_begins_only_where_its_archive_entry_says() {
        let archive = |count: i64, hash: &[u8], behind: &AuditEntry| {
            let checkpoint = |count, hash: &[u8]| Checkpoint { count, hash: hash.to_vec() };
            let event = AuditEvent::archive(behind.team_id, behind.time, "file", 2, &checkpoint(count, hash));
            link(event, Some(checkpoint(behind.sequence, &behind.hash))).expect("not the last number")
        };
        let check = |entries: &[AuditEntry]| {
            let mut walk = Walk::default();
            entries.iter().try_for_each(|entry| walk.step(entry))?;
            walk.check_beginning()
        };
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
    fn no_name_and_an_empty_name_are_different() {
        assert_ne!(link(event(None), None), link(event(Some("")), None));
    }
}
