//! Builds the page: Trunk compiles it into `dist/`, then compressed copies are put beside the files, as the server
//! sends them.
//!
//! Not here: the content of the page (`frontend/`, `Trunk.toml`), and how the server serves it.

mod compress;
mod fingerprint;

use std::env;
use std::fs::File;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result, ensure};

pub use self::compress::FileSize;
use self::fingerprint::Sources;
use crate::project::{self, Build};
use crate::tool::{Tool, Toolbox};

/// The profile in the root `Cargo.toml` for quick builds of the page. `frontend/index.html` passes it to Trunk.
pub const DEV_PROFILE: &str = "page-dev";

/// Flags for the page's target, added to those in `.cargo/config.toml`.
const EXTRA_FLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

/// Builds the page into `dist/`, unless `dist/` was built from exactly the same files.
pub fn build(build: Build, tools: &Toolbox) -> Result<()> {
    // Trunk empties `dist/` before it fills it, so concurrent builds would delete each other's files.
    let lock = project::target()?.join("page.lock");
    let lock = File::create(&lock).with_context(|| format!("creating {}", lock.display()))?;
    lock.lock().context("waiting for another build of the page")?;

    let sources = Sources::now(build)?;
    if sources.are_in_dist()? {
        println!("    nothing has changed since the last time");
        return Ok(());
    }
    let mut trunk = trunk(tools)?;
    trunk.arg("build");
    if build == Build::Release {
        trunk.arg("--release");
        trunk.env(EXTRA_FLAGS, without_local_paths());
    }
    project::check(&mut trunk)?;
    let dist = project::dist();
    ensure!(dist.join("index.html").is_file(), "Trunk has not put the page into {}", dist.display());
    compress::compress_folder(&dist, build)?;
    sources.keep()
}

/// Flags that keep this machine's directories out of the page, whose panics name source files.
fn without_local_paths() -> String {
    let home = env::home_dir().unwrap_or_default();
    let cargo = env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    [(cargo.join("registry/src"), "cargo"), (project::root().to_owned(), "strongroom")]
        .into_iter()
        .map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()))
        // Cargo splits the flags at spaces.
        .filter(|flag| !flag.contains(char::is_whitespace))
        .collect::<Vec<_>>()
        .join(" ")
}

pub fn sizes() -> Result<Vec<FileSize>> {
    compress::sizes(&project::dist())
}

pub fn trunk(tools: &Toolbox) -> Result<Command> {
    let mut trunk = tools.program(tools.path(Tool::Trunk)?);
    // By convention, any text in NO_COLOR disables colours; Trunk accepts only `true` and `false`.
    if env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        trunk.env("NO_COLOR", "true");
    } else {
        trunk.env_remove("NO_COLOR");
    }
    Ok(trunk)
}
