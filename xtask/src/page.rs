//! Building the page: Trunk compiles it into `dist/`, then every file that gets smaller is compressed beside itself, as
//! the server sends it.
//!
//! Not here: what the page consists of (`frontend/`, `Trunk.toml`), and how the server answers with it.

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

/// The profile in the root `Cargo.toml` with which the page is built quickly. `frontend/index.html` names it to Trunk.
pub const DEV_PROFILE: &str = "page-dev";

/// Flags for the page's target, added to those in `.cargo/config.toml`.
const EXTRA_FLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

/// Builds the page into `dist/`, unless what is there was made from the very same files.
pub fn build(build: Build, tools: &Toolbox) -> Result<()> {
    // Trunk empties `dist/` before it fills it: two at once would take each other's files away.
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

/// Flags that keep the folders of this machine out of the page: a panic names the source file that it comes from.
fn without_local_paths() -> String {
    let home = env::home_dir().unwrap_or_default();
    let cargo = env::var_os("CARGO_HOME").map_or_else(|| home.join(".cargo"), PathBuf::from);
    [(cargo.join("registry/src"), "cargo"), (project::root().to_owned(), "strongroom")]
        .into_iter()
        .map(|(folder, name)| format!("--remap-path-prefix={}={name}", folder.display()))
        // Cargo takes the flags apart at spaces.
        .filter(|flag| !flag.contains(char::is_whitespace))
        .collect::<Vec<_>>()
        .join(" ")
}

pub fn sizes() -> Result<Vec<FileSize>> {
    compress::sizes(&project::dist())
}

pub fn trunk(tools: &Toolbox) -> Result<Command> {
    let mut trunk = tools.program(tools.path(Tool::Trunk)?);
    // By convention any text in NO_COLOR means no colours; Trunk takes nothing but `true` and `false`.
    if env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty()) {
        trunk.env("NO_COLOR", "true");
    } else {
        trunk.env_remove("NO_COLOR");
    }
    Ok(trunk)
}
