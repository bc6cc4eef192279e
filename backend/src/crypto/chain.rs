//! The audit chain's hash: each entry carries the hash of the one before, so that a change anywhere shows.

use sha2::{Digest, Sha256};

use crate::domain::{AuditEntry, AuditEvent};

/// The hash "before" a team's first entry.
pub const GENESIS: [u8; 32] = [0; 32];

/// Puts an event behind the last entry of its team's chain, given as `(sequence, hash)`.
pub fn link(event: AuditEvent, last: Option<(i64, Vec<u8>)>) -> AuditEntry {
    let (last_sequence, previous_hash) = last.unwrap_or((0, GENESIS.to_vec()));
    let sequence = last_sequence + 1;
    let hash = Sha256::digest(event.encode(sequence, &previous_hash)).to_vec();
    AuditEntry {
        event,
        sequence,
        previous_hash,
        hash,
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

    #[test]
    fn each_entry_stands_on_the_one_before() {
        let first = link(event(Some("a")), None);
        let second = link(event(Some("b")), Some((first.sequence, first.hash.clone())));
        assert_eq!(
            (first.sequence, first.previous_hash.as_slice()),
            (1, GENESIS.as_slice())
        );
        assert_eq!((second.sequence, &second.previous_hash), (2, &first.hash));
        assert_ne!(
            link(event(Some("b")), Some((1, GENESIS.to_vec()))).hash,
            second.hash
        );
    }

    #[test]
    fn no_name_and_an_empty_name_are_different() {
        assert_ne!(link(event(None), None).hash, link(event(Some("")), None).hash);
    }
}
