//! The health of the store: the outcome of the last write, and space on the disk.
//!
//! After a failure, `Store::check` tries a write of its own, because no client writes to a server that load balancers
//! avoid. Not here: how often that is checked, and the health of the rest (`service::health`).

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use sea_orm::sqlx;
use sea_orm::{DbErr, RuntimeErr};
use thiserror::Error;

/// A file system with less free space counts as full: this much, or a twentieth of a small one.
const LOW_SPACE: u64 = 16 * 1024 * 1024;
const LOW_SHARE: u64 = 20;

/// Why the store can't be used. The texts are public: they have no paths and no messages of the database.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum Unusable {
    #[error("the last write failed: {0}")]
    Write(WriteFailure),
    #[error("the disk is nearly full")]
    LowSpace,
    #[error("the database does not answer")]
    Unreachable,
    /// Migrations are missing, or there are more than this version knows.
    #[error("the database has the schema of another version")]
    Schema,
}

/// Why a write failed, other than because of its content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WriteFailure {
    #[error("the disk is full")]
    DiskFull,
    #[error("the database is read-only")]
    ReadOnly,
    #[error("the disk reported an error")]
    Disk,
    #[error("the database is damaged")]
    Damaged,
    #[error("the database was busy for too long")]
    Busy,
    #[error("the database does not answer")]
    Unreachable,
}

impl WriteFailure {
    /// The reason of an error; `None` for one of the statement or its content alone.
    pub(super) fn of(error: &DbErr) -> Option<Self> {
        let error = match error {
            DbErr::Conn(RuntimeErr::SqlxError(error))
            | DbErr::Exec(RuntimeErr::SqlxError(error))
            | DbErr::Query(RuntimeErr::SqlxError(error)) => error,
            // `Custom` is our own: the database did not answer in time.
            DbErr::Conn(_) | DbErr::ConnectionAcquire(_) | DbErr::Custom(_) => {
                return Some(Self::Unreachable);
            }
            _ => return None,
        };
        match &**error {
            sqlx::Error::Database(error) => Self::of_code(&error.code()?),
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Some(Self::Unreachable),
            _ => None,
        }
    }

    /// `SQLSTATE` has five characters; `SQLite`'s code is a number whose last byte is the class.
    fn of_code(code: &str) -> Option<Self> {
        if code.len() == 5 {
            return match (code, code.get(..2).unwrap_or_default()) {
                ("53100", _) => Some(Self::DiskFull),
                ("25006", _) => Some(Self::ReadOnly),
                ("55P03" | "57014", _) => Some(Self::Busy),
                ("25P03", _) | (_, "08" | "53" | "57") => Some(Self::Unreachable),
                (_, "58") => Some(Self::Disk),
                (_, "XX") => Some(Self::Damaged),
                _ => None,
            };
        }
        match code.parse::<u32>().ok()? & 0xff {
            13 => Some(Self::DiskFull),
            8 => Some(Self::ReadOnly),
            10 | 14 => Some(Self::Disk),
            11 | 26 => Some(Self::Damaged),
            5 | 6 => Some(Self::Busy),
            _ => None,
        }
    }
}

/// The failure of the last write, if it failed, and the number of all failures.
#[derive(Clone, Default)]
pub struct LastWrite(Arc<Mutex<(Option<WriteFailure>, u64)>>);

impl LastWrite {
    fn lock(&self) -> MutexGuard<'_, (Option<WriteFailure>, u64)> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes a durable write.
    pub(super) fn succeeded(&self) {
        self.lock().0 = None;
    }

    /// Notes a failure, unless the content of a change caused it.
    pub(super) fn failed(&self, error: &DbErr) {
        if let Some(failure) = WriteFailure::of(error) {
            let mut state = self.lock();
            *state = (Some(failure), state.1 + 1);
        }
    }

    pub(super) fn failure(&self) -> Option<WriteFailure> {
        self.lock().0
    }

    pub(super) fn failures(&self) -> u64 {
        self.lock().1
    }
}

/// Whether the file system of a file is nearly full, if that is known.
pub(super) fn is_low_on_space(file: &Path) -> bool {
    // Their types differ between systems.
    fn wide(number: impl Into<u64>) -> u64 {
        number.into()
    }
    let Ok(found) = nix::sys::statvfs::statvfs(crate::folder::of(file)) else { return false };
    let bytes = |blocks: u64| blocks.saturating_mul(wide(found.fragment_size()));
    bytes(wide(found.blocks_available())) < LOW_SPACE.min(bytes(wide(found.blocks())) / LOW_SHARE)
}

#[cfg(test)]
mod tests {
    use super::WriteFailure as F;

    #[test]
    fn codes_of_both_databases_have_reasons() {
        for (code, failure) in [
            ("13", Some(F::DiskFull)),
            ("53100", Some(F::DiskFull)),
            ("1032", Some(F::ReadOnly)),
            ("25006", Some(F::ReadOnly)),
            ("778", Some(F::Disk)),
            ("58030", Some(F::Disk)),
            ("11", Some(F::Damaged)),
            ("517", Some(F::Busy)),
            ("57P01", Some(F::Unreachable)),
            ("2067", None),
            ("23505", None),
            ("22003", None),
            ("", None),
        ] {
            assert_eq!(F::of_code(code), failure, "{code}");
        }
    }
}
