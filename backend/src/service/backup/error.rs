//! Errors of backups.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

use crate::crypto::{ChunkError, Fingerprint};
use crate::service::keys::rotation::RotationError;
use crate::service::location::OpenError;
use crate::service::master_key::{KeyError, KeySource};
use crate::service::private_file::FileError;
use crate::store;

/// Why a backup could not be made or used. The messages hold no name of a secret, no value and no key.
#[derive(Debug, Error)]
pub enum BackupError {
    #[error(transparent)]
    File(#[from] FileError),
    #[error("{0} already exists; `--force` replaces it")]
    Exists(PathBuf),
    #[error("the store has no team: there is nothing to back up")]
    NothingThere,
    #[error("{0} is not a backup of a store: it does not start like one")]
    NotABackup(PathBuf),
    #[error("{path} has the format {found}, and this version reads the format {known}")]
    UnknownForm { path: PathBuf, found: String, known: u32 },
    #[error(
        "the backup is encrypted with the master key {wanted}, but {place} holds {given}{older}; nothing has been changed",
        older = no_older(.place)
    )]
    WrongKey { wanted: Fingerprint, given: String, place: KeySource },
    #[error(
        "the backup is encrypted with the master key {wanted}, and there is no file {path}: put that key there first; \
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
        "the store already has a team, and a backup can only be restored into an empty store; nothing has been changed"
    )]
    NotEmpty,
    #[error(
        "the backup is intact, but the store was already damaged when it was made; nothing has been changed, and \
         `--accept-findings` restores it as it was\n{}", .0.join("\n")
    )]
    Broken(Vec<String>),
    #[error("the restored store differs from the backup ({0}); nothing has been changed")]
    NotTheSame(&'static str),
    #[error("the values could not be read from Vault, and a backup needs all of them")]
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

pub type Result<T, E = BackupError> = std::result::Result<T, E>;

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
    #[error("its header is malformed")]
    Header,
    #[error("its content can't be decompressed")]
    Compression,
    #[error("its line {0} is malformed")]
    Line(u64),
    #[error("it ends before its manifest")]
    NoManifest,
    #[error("it continues after its manifest")]
    BehindManifest,
    #[error("it holds {found} rows of {table}, but its manifest says {said}")]
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
