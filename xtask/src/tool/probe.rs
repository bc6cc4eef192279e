//! Finds programs and reads their versions.

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::project;

/// The first program of that name on PATH, which other programs would also start.
pub fn on_path(name: &str) -> Option<PathBuf> {
    all_on_path(name).into_iter().next()
}

pub fn all_on_path(name: &str) -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).map(|folder| folder.join(name)).filter(|place| place.is_file()).collect()
}

/// Runs in the project's root, where rustup and others select the project's version. `None` if it fails.
pub fn answer<Argument: AsRef<OsStr>>(program: &Path, arguments: &[Argument]) -> Option<String> {
    let output = Command::new(program)
        .current_dir(project::root())
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether one word of a program's `--version` is this version.
pub fn has_version(program: &Path, version: &str) -> bool {
    answer(program, &["--version"]).is_some_and(|text| text.split_whitespace().any(|word| word == version))
}
