//! Files that hold a secret: opened only if no other user of the machine can read or change them.
//!
//! A new setting that names a file with a secret must use [`open`] or [`read`].

use std::fs::File;
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use strongroom_shared::secret_file::is_private;

pub fn open(path: &Path) -> io::Result<File> {
    let file = File::open(path)?;
    let found = file.metadata()?;
    let mode = found.permissions().mode() & 0o777;
    // A pipe, such as a shell's `<(…)`, belongs to its process and has no path.
    if found.is_file() && !is_private(mode, &path.canonicalize()?) && !is_mounted(&file, mode) {
        let (verb, path) = (if mode & 0o022 == 0 { "read" } else { "changed" }, path.display());
        let reason = format!("it can be {verb} by others (mode {mode:04o}); run `chmod 600 {path}`");
        return Err(io::Error::new(io::ErrorKind::PermissionDenied, reason));
    }
    Ok(file)
}

pub fn read(path: &Path) -> io::Result<zeroize::Zeroizing<String>> {
    /// Far more than a token or a password.
    const MOST_BYTES: usize = 64 * 1024;
    // Sized in advance: a growing buffer leaves copies of the secret behind.
    let mut text = zeroize::Zeroizing::new(String::with_capacity(MOST_BYTES));
    open(path)?.take(MOST_BYTES as u64).read_to_string(&mut text)?;
    Ok(text)
}

/// Whether a file is on a read-only file system in memory, which is how containers get single files with secrets
/// (`subPath` in Kubernetes, secrets in Docker).
#[cfg(target_os = "linux")]
fn is_mounted(file: &File, mode: u32) -> bool {
    use nix::sys::{statfs, statvfs};
    let is_memory = statfs::fstatfs(file).is_ok_and(|found| found.filesystem_type() == statfs::TMPFS_MAGIC);
    let is_read_only =
        statvfs::fstatvfs(file).is_ok_and(|found| found.flags().contains(statvfs::FsFlags::ST_RDONLY));
    mode & 0o022 == 0 && is_memory && is_read_only
}

#[cfg(not(target_os = "linux"))]
fn is_mounted(_: &File, _: u32) -> bool {
    false
}
