//! The directories of files.

use std::fs::File;
use std::io;
use std::path::Path;

/// The directory of a file, by default the current one.
pub(crate) fn of(file: &Path) -> &Path {
    file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Flushes the directory of a file, so that creating, renaming or removing the file is durable.
pub(crate) fn sync(file: &Path) -> io::Result<()> {
    File::open(of(file))?.sync_all()
}
