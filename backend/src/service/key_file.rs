//! Creates and replaces files of master keys.
//!
//! Not here: when that is done (`master_key`, `keys::rotation`).

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use super::private_file;
use crate::crypto::{Fingerprint, Keyring, MasterKey};

/// Creates a file that only its owner can read, unless it exists.
pub(super) fn add(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut file = private_file::create(path)?;
    file.write_all(content)?;
    private_file::publish(file, path, false)?;
    Ok(())
}

/// The path with a dot and a suffix appended.
pub(super) fn beside(path: &Path, more: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    name.push(more);
    path.with_file_name(name)
}

/// Moves all keys of a file but the first to files of their own beside it.
pub(super) fn retire(
    path: &Path,
    first: &MasterKey,
    there: &Keyring,
) -> io::Result<Vec<(Fingerprint, PathBuf)>> {
    if there.first().fingerprint() != first.fingerprint() {
        return Err(io::Error::other("its first key was changed meanwhile"));
    }
    // Replacing the target of a symbolic link keeps the link.
    let path = fs::canonicalize(path)?;
    let mut retired = Vec::new();
    for old in there.others() {
        let aside = beside(&path, &old.fingerprint().to_string());
        replace(&aside, &path, old.to_text().as_bytes())?;
        retired.push((old.fingerprint(), aside));
    }
    if !retired.is_empty() {
        replace(&path, &path, first.to_text().as_bytes())?;
    }
    Ok(retired)
}

/// Replaces or creates a file, with the owner and the permissions of `model`: the server may run as another user than the
/// operator.
pub(super) fn replace(path: &Path, model: &Path, content: &[u8]) -> io::Result<()> {
    private_file::remove_drafts(path, &private_file::draft_prefix(path))?;
    let mut file = private_file::create(path)?;
    resemble(file.as_file(), model)?;
    file.write_all(content)?;
    private_file::publish(file, path, true)?;
    Ok(())
}

#[cfg(unix)]
fn resemble(file: &fs::File, model: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let (is, should_be) = (file.metadata()?, fs::metadata(model)?);
    if (is.uid(), is.gid()) != (should_be.uid(), should_be.gid()) {
        fchown(file, Some(should_be.uid()), Some(should_be.gid()))?;
    }
    file.set_permissions(should_be.permissions())
}

#[cfg(not(unix))]
fn resemble(_: &fs::File, _: &Path) -> io::Result<()> {
    Ok(())
}
