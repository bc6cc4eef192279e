//! The audit chain's hash: each entry carries the hash of the one before, so that a change anywhere shows.

use sha2::{Digest, Sha256};

use crate::domain::{AuditEntry, AuditEvent, Checkpoint};

/// The hash "before" a team's first entry.
pub const GENESIS: [u8; 32] = [0; 32];

/// Puts an event behind the end of its team's chain; `None` begins one.
pub fn link(event: AuditEvent, last: Option<Checkpoint>) -> AuditEntry {
    let last = last.unwrap_or(Checkpoint {
        count: 0,
        hash: GENESIS.to_vec(),
    });
    let mut entry = event.into_entry(last.count + 1, last.hash);
    entry.hash = hash(&entry);
    entry
}

/// The hash that an entry should have.
pub fn hash(entry: &AuditEntry) -> Vec<u8> {
    Sha256::digest(entry.encode()).to_vec()
}

/// Walks along a chain and finds where it breaks.
pub struct Walk {
    end: Checkpoint,
}

impl Default for Walk {
    /// Before the first entry.
    fn default() -> Self {
        Self {
            end: Checkpoint {
                count: 0,
                hash: GENESIS.to_vec(),
            },
        }
    }
}

/// Where a chain breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// The entry has a number before the first.
    Stray(i64),
    /// The entry of that number is not there.
    Missing(i64),
    /// The entry was changed: its content does not give its hash.
    Changed(i64),
    /// The entry does not stand on the one before.
    Unlinked(i64),
}

impl Walk {
    /// Where the walk stands.
    pub fn end(&self) -> &Checkpoint {
        &self.end
    }

    /// Steps onto the next entry.
    ///
    /// # Errors
    /// The chain breaks there.
    pub fn step(&mut self, entry: &AuditEntry) -> Result<(), Break> {
        let next = self.end.count + 1;
        if entry.sequence < next {
            Err(Break::Stray(entry.sequence))
        } else if entry.sequence > next {
            Err(Break::Missing(next))
        } else if hash(entry) != entry.hash {
            Err(Break::Changed(next))
        } else if entry.previous_hash != self.end.hash {
            Err(Break::Unlinked(next))
        } else {
            self.end = Checkpoint {
                count: next,
                hash: entry.hash.clone(),
            };
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
        let object = AuditObject {
            id: None,
            name: name.map(str::to_owned),
            detail: None,
        };
        AuditEvent::by_system(
            TeamId(Uuid::nil()),
            Time::UNIX_EPOCH,
            AuditAction::CreateSecret,
            object,
        )
    }

    fn chain(names: &[&str]) -> Vec<AuditEntry> {
        let mut last = None;
        let link_one = |name: &&str| {
            let entry = link(event(Some(name)), last.take());
            last = Some(Checkpoint {
                count: entry.sequence,
                hash: entry.hash.clone(),
            });
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
        assert_eq!(
            (entries[0].sequence, entries[0].previous_hash.as_slice()),
            (1, GENESIS.as_slice())
        );
        assert_eq!(
            (entries[1].sequence, &entries[1].previous_hash),
            (2, &entries[0].hash)
        );
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

        assert!(
            walk(&whole[..2]).is_ok(),
            "only a checkpoint shows a tail that was cut off"
        );
    }

    #[test]
    fn no_name_and_an_empty_name_are_different() {
        assert_ne!(link(event(None), None).hash, link(event(Some("")), None).hash);
    }
}
