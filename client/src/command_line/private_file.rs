//! Files that only their owner can read, written atomically.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};

/// Checks that the path is free, or a file that may be replaced.
pub fn check(path: &Path, replace: bool) -> anyhow::Result<()> {
    let name = path.display();
    let folder = folder(path);
    if !folder.is_dir() {
        bail!("{name} can't be written: {} is not a directory.", folder.display());
    }
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("{name} can't be written")),
    };
    if !found.is_file() {
        bail!("{name} exists, and is not a regular file. Name another.");
    }
    if !replace {
        bail!("{name} already exists. Name another file, or add --force to replace it.");
    }
    Ok(())
}

pub fn write(path: &Path, content: &[u8], replace: bool) -> anyhow::Result<()> {
    check(path, replace)?;
    let failed = || format!("{} can't be written", path.display());
    // Private from the start, whatever the umask.
    let mut file =
        tempfile::Builder::new().prefix(".strongroom-").tempfile_in(folder(path)).with_context(failed)?;
    file.write_all(content).with_context(failed)?;
    file.as_file().sync_all().with_context(failed)?;
    if replace {
        file.persist(path).map_err(|error| error.error).with_context(failed)?;
        return Ok(());
    }
    match file.persist_noclobber(path) {
        Ok(_) => Ok(()),
        // Another process created it meanwhile.
        Err(error) if error.error.kind() == ErrorKind::AlreadyExists => check(path, replace),
        Err(error) => Err(error.error).with_context(failed),
    }
}

fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn only_regular_files_are_replaced() {
        let folder = tempfile::tempdir().expect("a directory");
        let link = folder.path().join("link");
        symlink("/dev/null", &link).expect("a link");
        for replace in [false, true] {
            assert!(write(&link, b"a", replace).is_err());
            assert!(write(folder.path(), b"a", replace).is_err());
        }
    }
}
