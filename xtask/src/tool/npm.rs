//! Tools that come as npm packages.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::cache::Cache;
use super::install::Log;
use super::probe;

/// An npm package with a program in it.
pub struct NpmTool {
    package: &'static str,
    version: &'static str,
    binary: &'static str,
    /// What the program itself calls its version.
    binary_version: &'static str,
}

pub const WASM_OPT: NpmTool = NpmTool {
    package: "binaryen",
    version: "132.0.0",
    binary: "wasm-opt",
    binary_version: "132",
};

impl NpmTool {
    pub fn label(&self) -> String {
        format!("{} {}", self.binary, self.binary_version)
    }

    pub fn find(&self, cache: &Cache) -> Option<PathBuf> {
        let binary = if cfg!(windows) {
            format!("{}.cmd", self.binary)
        } else {
            self.binary.to_owned()
        };
        let cached = cache
            .tool(self.package, self.version)
            .join("node_modules")
            .join(".bin")
            .join(binary);
        let places = probe::on_path(self.binary).into_iter().chain([cached]);
        places
            .into_iter()
            .find(|program| probe::has_version(program, self.binary_version))
    }

    pub fn install(&self, cache: &Cache, log: &Log) -> Result<()> {
        let npm = probe::on_path("npm")
            .with_context(|| format!("npm is not on PATH; install Node.js or {} itself", self.label()))?;
        let folder = cache.tool(self.package, self.version);
        let unfinished = folder.with_added_extension("unfinished");
        for left_over in [&folder, &unfinished] {
            if left_over.exists() {
                fs::remove_dir_all(left_over).with_context(|| format!("deleting {}", left_over.display()))?;
            }
        }
        fs::create_dir_all(&unfinished).with_context(|| format!("creating {}", unfinished.display()))?;

        let mut command = Command::new(npm);
        command.arg("install").arg("--prefix").arg(&unfinished);
        command.args([
            "--ignore-scripts",
            "--no-audit",
            "--no-fund",
            "--no-update-notifier",
        ]);
        command.arg(format!("{}@{}", self.package, self.version));
        log.run(&mut command)?;
        fs::rename(&unfinished, &folder).with_context(|| format!("moving {}", unfinished.display()))
    }
}
