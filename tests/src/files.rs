//! Files and directories.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// Writes a file that only its owner can read. The server refuses others for keys and passwords.
pub fn write_private(path: impl AsRef<Path>, content: impl AsRef<[u8]>) {
    fs::write(&path, content).expect("files can be written");
    set_mode(path, 0o600);
}

/// A file's permissions, such as `0o600`.
pub fn mode(path: impl AsRef<Path>) -> u32 {
    fs::metadata(path).expect("it exists").permissions().mode() & 0o777
}

pub fn set_mode(path: impl AsRef<Path>, mode: u32) {
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("the test owns it");
}

/// The entries of a directory, without those of its subdirectories.
pub fn paths(folder: impl AsRef<Path>) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the directory can be read");
    entries.map(|entry| entry.expect("the directory can be read").path()).collect()
}

/// Every file below a directory, with its content.
pub fn files(folder: impl AsRef<Path>) -> Vec<(PathBuf, Vec<u8>)> {
    let files = |path: PathBuf| {
        if path.is_dir() {
            return files(path);
        }
        let content = fs::read(&path).expect("the file can be read");
        vec![(path, content)]
    };
    paths(folder).into_iter().flat_map(files).collect()
}

pub fn holds(content: &[u8], part: &str) -> bool {
    content.windows(part.len()).any(|window| window == part.as_bytes())
}
