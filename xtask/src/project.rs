//! The project's directories, and how programs are started.
//!
//! Not here: which programs to start, which the commands decide. A program that may have to be installed is a
//! [`crate::tool::Tool`], one that cargo builds here is in [`crate::programs`].

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Build {
    Dev,
    Release,
}

pub fn root() -> &'static Path {
    let manifest_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest_folder.parent().unwrap_or(manifest_folder)
}

/// Where the page is built, and the server reads it.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// Cargo's target directory, even if the user's settings move it: this program runs inside it.
pub fn target() -> Result<PathBuf> {
    let program = env::current_exe().context("finding out where this program is")?;
    let folder = program.parent().and_then(Path::parent).context("this program is in no target directory")?;
    Ok(folder.to_owned())
}

pub fn cargo_path() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Removes the variables about this program's own package that `cargo run` sets. Build scripts watch some of them, so
/// dependencies would be rebuilt whenever cargo is started by hand and from here in turn.
pub fn forget_own_package(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
}

pub fn check(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {}", shown(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
}

/// Replaces this process, so that signals reach the program.
pub fn become_program(command: &mut Command) -> Result<ExitCode> {
    let error = command.exec();
    Err(error).with_context(|| format!("starting {}", shown(command)))
}

pub fn shown(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    format!("`{}`", words.join(" "))
}
