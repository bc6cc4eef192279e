//! The part that rustup installs: the standard library for the browser.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};

use super::cache::Cache;
use super::log::Log;
use super::package::Package;
use super::probe;
use crate::project;

const TARGET: &str = "wasm32-unknown-unknown";

/// The target's standard library, which may not come from rustup.
pub struct WasmTarget;

impl Package for WasmTarget {
    fn label(&self) -> String {
        TARGET.to_owned()
    }

    fn find(&self, _: &Cache) -> Option<PathBuf> {
        let folder = probe::answer(Path::new("rustc"), &["--print", "target-libdir", "--target", TARGET])?;
        let folder = PathBuf::from(folder);
        folder.read_dir().ok()?.next().is_some().then_some(folder)
    }

    fn install(&self, _: &Cache, log: &Log) -> Result<()> {
        ensure!(
            probe::on_path("rustup").is_some(),
            "rustup is not on PATH; add Rust's standard library for {TARGET} the way your Rust was installed"
        );
        // In the project's root, rustup reads the toolchain from rust-toolchain.toml.
        log.run(Command::new("rustup").current_dir(project::root()).args(["target", "add", TARGET]))
    }
}
