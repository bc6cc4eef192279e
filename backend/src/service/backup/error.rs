//! Why there is no backup, or why it can't be used.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::crypto::{ChunkError, Fingerprint};
use crate::service::{KeyError, KeySource, OpenError, RotationError};
use crate::store;

/// Why there is no backup, or why it can't be used. The messages name the rule, and no name of a secret, value or key.
#[derive(Debug, Error)]
pub enum BackupError {
    /// A file can't be read or written.
    #[error("{path}")]
    Io {
        /// Which one.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// There is a file where the backup should be.
    #[error("there is a file {0} already; `--force` replaces it")]
    Exists(PathBuf),
    /// There is no database where the store should be.
    #[error("there is no store at {0}")]
    NoStore(PathBuf),
    /// The store has no team.
    #[error("the store has no team, and nothing to back up")]
    NothingThere,
    /// The file is something else.
    #[error("{0} is not a backup of a store: it does not begin like one")]
    NotABackup(PathBuf),
    /// The file's form is one of a later version.
    #[error("{path} has the form {found}, and this version reads the form {known}")]
    UnknownForm {
        /// Which one.
        path: PathBuf,
        /// Its form.
        found: String,
        /// The form that is known.
        known: u32,
    },
    /// The backup is sealed with another master key than there is.
    #[error(
        "the backup is sealed with the master key {wanted}, but {place} holds {given}{older}; nothing has been changed",
        older = no_older(.place)
    )]
    WrongKey {
        /// The fingerprint of the key that is needed.
        wanted: Fingerprint,
        /// The fingerprints of the keys that are there.
        given: String,
        /// Where they are.
        place: KeySource,
    },
    /// There is no master key.
    #[error(
        "the backup is sealed with the master key {wanted}, and there is no file {path}: put that key there first; \
         nothing has been changed"
    )]
    MissingKey {
        /// The fingerprint of the key that is needed.
        wanted: Fingerprint,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// The file is not what was written.
    #[error("the backup {path} is damaged; nothing has been changed")]
    Damaged {
        /// Which one.
        path: PathBuf,
        /// What is wrong.
        source: Damage,
    },
    /// The backup is of a schema that this version does not know.
    #[error(
        "the backup was made by strongroom-server {product} and needs the migration {migration}, which this version \
         ({ours}) does not know: restore it with {product} or a later one; nothing has been changed",
        ours = env!("CARGO_PKG_VERSION")
    )]
    NewerSchema {
        /// The version that made it.
        product: String,
        /// The first migration that is not known.
        migration: String,
    },
    /// The store has something in it.
    #[error(
        "the store has a team already, and a backup is restored into an empty one only; nothing has been changed"
    )]
    NotEmpty,
    /// The file is whole, and what it holds is not.
    #[error(
        "the backup is as it was written, but what it holds is broken; nothing has been changed, and \
         `--accept-findings` restores it as it is\n{}", .0.join("\n")
    )]
    Broken(Vec<String>),
    /// What was read back is not what the backup holds.
    #[error("what stands in the store is not what stands in the backup ({0}); nothing has been changed")]
    NotTheSame(&'static str),
    /// The values can't be had that are in Vault.
    #[error("the values that are in Vault can't be had; there is no backup without them")]
    Values(#[source] Box<crate::service::Error>),
    /// The older key decrypts the backup, but can't unwrap a data key in it.
    #[error(
        "the data keys can't be wrapped with the current master key; to restore them as they are, put the older key on \
         the second line of the key file; nothing has been changed"
    )]
    NotRewrapped(#[source] Box<RotationError>),
    /// The service can't be opened.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The store failed.
    #[error("the store failed")]
    Store(#[from] store::Error),
}

/// Where else the key was looked for.
fn no_older(place: &KeySource) -> &'static str {
    match place {
        KeySource::File(_) => ", and no older key file beside it matches",
        KeySource::Variable(_) | KeySource::Command { .. } => "",
    }
}

/// What is wrong with a backup's file.
#[derive(Debug, Error)]
pub enum Damage {
    /// The stream does not open.
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    /// The header is cut off, or holds something else.
    #[error("its header is not one")]
    Header,
    /// What is compressed is not.
    #[error("what it holds can't be unpacked")]
    Compression,
    /// A line is none of ours.
    #[error("its line {0} can't be read")]
    Line(u64),
    /// It ends before the manifest.
    #[error("it ends before its manifest")]
    NoManifest,
    /// Something stands behind the manifest.
    #[error("something stands behind its manifest")]
    BehindManifest,
    /// The rows are not as many as the manifest says.
    #[error("it holds {found} rows of {table}, and its manifest says {said}")]
    Count {
        /// The table.
        table: String,
        /// How many there are.
        found: u64,
        /// How many there should be.
        said: u64,
    },
    /// The rows are others than the manifest says.
    #[error("the checksum of its rows is not the one in its manifest")]
    Checksum,
    /// The audit logs end elsewhere than the manifest says.
    #[error("its audit logs do not end where its manifest says")]
    Checkpoints,
}

impl From<ChunkError> for io::Error {
    fn from(error: ChunkError) -> Self {
        Self::new(io::ErrorKind::InvalidData, error)
    }
}

impl From<RotationError> for BackupError {
    fn from(error: RotationError) -> Self {
        Self::NotRewrapped(Box::new(error))
    }
}

impl From<KeyError> for BackupError {
    fn from(error: KeyError) -> Self {
        Self::Open(error.into())
    }
}
