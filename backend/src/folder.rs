//! The directory that a file is in.

use std::fs::File;
use std::io;
use std::path::Path;

/// The directory of a file, which is the current one if its path has none.
pub(crate) fn of(file: &Path) -> &Path {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

/// Flushes the directory of a file, so that what was created, renamed or removed in it is durable.
pub(crate) fn sync(file: &Path) -> io::Result<()> {
    File::open(of(file))?.sync_all()
}
