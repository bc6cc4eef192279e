//! Files that only their owner can read, some of them written beside their final path, flushed, then renamed.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, fchown};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use thiserror::Error;

use crate::folder;

const DRAFT: &str = ".draft";

/// A failed operation on a file, whose path is the message.
#[derive(Debug, Error)]
#[error("{path}")]
pub struct FileError {
    path: PathBuf,
    source: io::Error,
}

/// Adds the path to an error.
pub(super) fn at(path: &Path) -> impl Fn(io::Error) -> FileError + use<> {
    let path = path.to_owned();
    move |source| FileError { path: path.clone(), source }
}

/// Removes unfinished files beside `path` whose names start with `prefix`, which a kill has left.
pub(super) fn remove_drafts(path: &Path, prefix: &OsStr) -> io::Result<()> {
    for entry in fs::read_dir(folder::of(path))? {
        let entry = entry?;
        let name = entry.file_name();
        let (name, prefix) = (name.as_encoded_bytes(), prefix.as_encoded_bytes());
        if name.starts_with(prefix) && name.ends_with(DRAFT.as_bytes()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// Creates a file that only its owner can read. Dropping it removes it unless it was published; after a kill it remains.
pub(super) fn create(path: &Path) -> io::Result<NamedTempFile> {
    let created =
        tempfile::Builder::new().prefix(&draft_prefix(path)).suffix(DRAFT).tempfile_in(folder::of(path));
    created.map_err(without_path)
}

/// The kind of an error alone: the path of the unfinished file would only confuse.
fn without_path(error: io::Error) -> io::Error {
    if error.get_ref().is_some() { error.kind().into() } else { error }
}

/// How the names of unfinished files for a path start.
fn draft_prefix(path: &Path) -> OsString {
    let mut prefix = path.file_name().unwrap_or_default().to_owned();
    prefix.push(".");
    prefix
}

/// The path with a dot and a suffix appended.
pub(super) fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = draft_prefix(path);
    name.push(suffix);
    path.with_file_name(name)
}

/// Creates a file that only its owner can read, unless it exists.
pub(super) fn write_new(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = create(path)?;
    file.write_all(content)?;
    publish(file, path, false)?;
    Ok(())
}

/// Replaces or creates a file, with the owner and permissions of `model`: server and operator may be different users.
pub(super) fn replace(path: &Path, model: &Path, content: &[u8]) -> io::Result<()> {
    remove_drafts(path, &draft_prefix(path))?;
    let mut file = create(path)?;
    resemble(file.as_file(), model)?;
    file.write_all(content)?;
    publish(file, path, true)?;
    Ok(())
}

fn resemble(file: &fs::File, model: &Path) -> io::Result<()> {
    let (is, should_be) = (file.metadata()?, fs::metadata(model)?);
    if (is.uid(), is.gid()) != (should_be.uid(), should_be.gid()) {
        fchown(file, Some(should_be.uid()), Some(should_be.gid()))?;
    }
    file.set_permissions(should_be.permissions())
}

/// Flushes a file, moves it to its path and returns its size. Fails if the path exists, unless `replaces` is set.
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

/// Options for a file that, if it is created, only its owner can read.
pub(super) fn options() -> fs::OpenOptions {
    let mut options = fs::OpenOptions::new();
    options.mode(0o600);
    options
}

/// Creates a directory that only its owner can enter, unless it exists.
pub(super) fn make_dir(path: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}
