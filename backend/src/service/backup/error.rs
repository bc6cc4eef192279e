//! Why there is no backup, or why it can't be used.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::crypto::{ChunkError, Fingerprint};
use crate::service::keys::rotation::RotationError;
use crate::service::location::OpenError;
use crate::service::master_key::{KeyError, KeySource};
use crate::store;

/// Why there is no backup, or why it can't be used. The messages name the rule, and no name of a secret, value or key.
#[derive(Debug, Error)]
pub enum BackupError {
    #[error("{path}")]
    Io { path: PathBuf, source: io::Error },
    #[error("there is a file {0} already; `--force` replaces it")]
    Exists(PathBuf),
    #[error("the store has no team, and nothing to back up")]
    NothingThere,
    #[error("{0} is not a backup of a store: it does not begin like one")]
    NotABackup(PathBuf),
    #[error("{path} has the form {found}, and this version reads the form {known}")]
    UnknownForm { path: PathBuf, found: String, known: u32 },
    #[error(
        "the backup is sealed with the master key {wanted}, but {place} holds {given}{older}; nothing has been changed",
        older = no_older(.place)
    )]
    WrongKey { wanted: Fingerprint, given: String, place: KeySource },
    #[error(
        "the backup is sealed with the master key {wanted}, and there is no file {path}: put that key there first; \
         nothing has been changed"
    )]
    MissingKey { wanted: Fingerprint, path: PathBuf },
    #[error("the backup {path} is damaged; nothing has been changed")]
    Damaged { path: PathBuf, source: Damage },
    #[error(
        "the backup was made by strongroom-server {product} and needs the migration {migration}, which this version \
         ({ours}) does not know: restore it with {product} or a later one; nothing has been changed",
        ours = env!("CARGO_PKG_VERSION")
    )]
    NewerSchema { product: String, migration: String },
    #[error(
        "the store has a team already, and a backup is restored into an empty one only; nothing has been changed"
    )]
    NotEmpty,
    #[error(
        "the backup is as it was written, but what it holds is broken; nothing has been changed, and \
         `--accept-findings` restores it as it is\n{}", .0.join("\n")
    )]
    Broken(Vec<String>),
    #[error("what stands in the store is not what stands in the backup ({0}); nothing has been changed")]
    NotTheSame(&'static str),
    #[error("the values that are in Vault can't be had; there is no backup without them")]
    Values(#[source] Box<crate::service::Error>),
    #[error(
        "the data keys can't be wrapped with the current master key; to restore them as they are, put the older key on \
         the second line of the key file; nothing has been changed"
    )]
    NotRewrapped(#[source] Box<RotationError>),
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error("the store failed")]
    Store(#[from] store::Error),
}

fn no_older(place: &KeySource) -> &'static str {
    match place {
        KeySource::File(_) => ", and no older key file beside it matches",
        KeySource::Variable(_) | KeySource::Command { .. } => "",
    }
}

#[derive(Debug, Error)]
pub enum Damage {
    #[error(transparent)]
    Chunk(#[from] ChunkError),
    #[error("its header is not one")]
    Header,
    #[error("what it holds can't be unpacked")]
    Compression,
    #[error("its line {0} can't be read")]
    Line(u64),
    #[error("it ends before its manifest")]
    NoManifest,
    #[error("something stands behind its manifest")]
    BehindManifest,
    #[error("it holds {found} rows of {table}, and its manifest says {said}")]
    Count { table: String, found: u64, said: u64 },
    #[error("the checksum of its rows is not the one in its manifest")]
    Checksum,
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
