//! Files that only their owner reads: they are written beside their place, and appear there whole or not at all.

use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};

/// Says whether a file could be written there: nothing is there, or it is a file that may be replaced.
pub fn check(path: &Path, replace: bool) -> anyhow::Result<()> {
    let name = path.display();
    let folder = folder(path);
    if !folder.is_dir() {
        bail!("{name} can't be written: {} is no folder.", folder.display());
    }
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("{name} can't be written")),
    };
    if !found.is_file() {
        bail!("{name} is there, and is no plain file. Name another.");
    }
    if !replace {
        bail!("{name} is there already. Name another file, or add --force to replace it.");
    }
    Ok(())
}

/// Writes a file that only its owner may read and write, as everything else that can be told from its name.
pub fn write(path: &Path, content: &[u8], replace: bool) -> anyhow::Result<()> {
    check(path, replace)?;
    let failed = || format!("{} can't be written", path.display());
    // For its owner alone from the start, whatever the umask says.
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
        // Somebody was quicker.
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
    use super::*;

    #[cfg(unix)]
    fn mode(path: &Path) -> u32 {
        use std::os::unix::fs::PermissionsExt as _;
        fs::metadata(path).expect("a file").permissions().mode() & 0o777
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_for_its_owner_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        write(&path, b"a", false).expect("written");
        assert_eq!((fs::read(&path).expect("read"), mode(&path)), (b"a".to_vec(), 0o600));
        let names = fs::read_dir(folder.path()).expect("a folder").count();
        assert_eq!(names, 1, "nothing else is left");
    }

    #[cfg(unix)]
    #[test]
    fn a_file_is_replaced_only_if_told_to_and_then_is_for_its_owner_alone_too() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("file");
        fs::write(&path, b"old").expect("written");
        fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("changed");
        let error = write(&path, b"new", false).expect_err("it is there");
        assert!(error.to_string().contains("--force"), "{error}");
        assert_eq!(fs::read(&path).expect("read"), b"old");
        write(&path, b"new", true).expect("replaced");
        assert_eq!((fs::read(&path).expect("read"), mode(&path)), (b"new".to_vec(), 0o600));
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_plain_file_is_never_replaced() {
        let folder = tempfile::tempdir().expect("a folder");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink("/dev/null", &link).expect("a link");
        for replace in [false, true] {
            assert!(write(&link, b"a", replace).is_err());
            assert!(write(folder.path(), b"a", replace).is_err());
        }
    }
}
