//! Atomically written files: written beside their final path, flushed, then renamed.

use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

use crate::folder;

/// The suffix of an unfinished file.
pub(super) const DRAFT: &str = ".draft";

/// Creates a file that only its owner can read. It is removed on drop unless it is published; a kill leaves it behind.
pub(super) fn create(path: &Path) -> io::Result<NamedTempFile> {
    let mut prefix = path.file_name().unwrap_or_default().to_owned();
    prefix.push(".");
    tempfile::Builder::new().prefix(&prefix).suffix(DRAFT).tempfile_in(folder::of(path))
}

/// Flushes a file, moves it to its path and returns its size in bytes. Fails if the path exists, unless `replaces` is
/// set.
pub(super) fn publish(file: NamedTempFile, path: &Path, replaces: bool) -> io::Result<u64> {
    file.as_file().sync_all()?;
    let bytes = file.as_file().metadata()?.len();
    if replaces {
        file.persist(path)?;
    } else {
        file.persist_noclobber(path)?;
    }
    folder::sync(path)?;
    Ok(bytes)
}
