//! Builds the page into `dist/`: its code, split into modules; the files around it; and compressed copies of both, as
//! the server sends them. Trunk can't split; it serves the page with live reload, see [`trunk`].
//!
//! Not here: the content of the page (`frontend/`), and how the server serves it.

mod compress;
mod fingerprint;
mod html;
mod names;
mod order;
mod section;
mod wasm;

use std::env;
use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

pub use self::compress::FileSize;
use self::fingerprint::Sources;
use crate::project::{self, Build};
use crate::tool::{Tool, Toolbox};

/// The profiles in the root `Cargo.toml` for quick and for small builds of the page. `frontend/index.html` passes them to
/// Trunk.
pub const DEV_PROFILE: &str = "page-dev";
const RELEASE_PROFILE: &str = "page";

/// Flags for the page's target, added to those in `.cargo/config.toml`.
const EXTRA_FLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

/// Builds the page into `dist/`, unless `dist/` was built from exactly the same files.
pub fn build(build: Build, tools: &Toolbox) -> Result<()> {
    // Concurrent builds would delete each other's files.
    let lock = project::target()?.join("page.lock");
    let lock = File::create(&lock).with_context(|| format!("creating {}", lock.display()))?;
    lock.lock().context("waiting for another build of the page")?;

    let sources = Sources::now(build)?;
    if sources.are_in_dist()? {
        println!("    nothing has changed since the last time");
        return Ok(());
    }
    let code = wasm::build(build, tools)?;
    let dist = wasm::fresh(&project::dist())?;
    code.copy_into(&dist)?;
    html::build(&code, build, tools)?;
    compress::compress_folder(&dist, build)?;
    sources.keep()
}

/// Joins a script or a style sheet with those that it imports and, for a release, shrinks it.
fn join(source: &Path, target: &Path, build: Build, tools: &Toolbox) -> Result<()> {
    let mut esbuild = tools.program(tools.path(Tool::Esbuild)?);
    esbuild.arg(source).args(["--bundle", "--format=esm", "--log-level=error"]);
    if build == Build::Release {
        esbuild.arg("--minify");
    }
    let mut outfile = OsString::from("--outfile=");
    outfile.push(target);
    project::check(esbuild.arg(outfile))
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

/// The maximum size of the page, compressed, in bytes: before the first page is visible, and in all.
const FIRST_LOAD: u64 = 170_000;
const WHOLE: u64 = 595_000;

/// The sizes of the page's files, the largest first.
pub fn sizes() -> Result<Vec<FileSize>> {
    compress::sizes(&project::dist())
}

/// What a browser loads before the first page is visible: everything but the modules and the style that are loaded later.
pub fn first_load(files: &[FileSize]) -> u64 {
    files
        .iter()
        .filter(|file| !["/split_", "/chunk_", "later-"].iter().any(|later| file.name.contains(later)))
        .map(|file| file.brotli)
        .sum()
}

/// Fails if the page has become too large.
pub fn check_sizes(files: &[FileSize]) -> Result<()> {
    let whole: u64 = files.iter().map(|file| file.brotli).sum();
    for (what, size, limit) in [("first load", first_load(files), FIRST_LOAD), ("whole page", whole, WHOLE)] {
        ensure!(
            size <= limit,
            "the {what} has {size} bytes compressed, more than its {limit}; load parts of it lazily, \
             see `frontend/src/component/lazy.rs`"
        );
    }
    Ok(())
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
