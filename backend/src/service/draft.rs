//! Files that are there whole or not at all: written beside their name, flushed, and then put in its place.

use std::fs::File;
use std::io;
use std::path::Path;

use tempfile::NamedTempFile;

/// How the name of a file in the making ends.
pub(super) const DRAFT: &str = ".draft";

/// Begins a file that only its owner can read. It is removed when dropped, unless it is published; a kill leaves it.
pub(super) fn create(path: &Path) -> io::Result<NamedTempFile> {
    let mut prefix = path.file_name().unwrap_or_default().to_owned();
    prefix.push(".");
    tempfile::Builder::new()
        .prefix(&prefix)
        .suffix(DRAFT)
        .tempfile_in(folder(path))
}

/// Flushes a file and gives it its name; an error where there is another one, unless it is to be replaced. How many bytes
/// it has.
pub(super) fn publish(file: NamedTempFile, path: &Path, replaces: bool) -> io::Result<u64> {
    file.as_file().sync_all()?;
    let bytes = file.as_file().metadata()?.len();
    if replaces {
        file.persist(path)?;
    } else {
        file.persist_noclobber(path)?;
    }
    File::open(folder(path))?.sync_all()?;
    Ok(bytes)
}

/// The folder that a file is in.
fn folder(path: &Path) -> &Path {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}
