//! Tools that cargo builds from source. Unoptimised: that builds three times faster, and they are quick enough. What is
//! measured is built as its users have it.

use std::env;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::cache::Cache;
use super::install::Log;
use super::probe;
use crate::project;

/// A package on crates.io that is a program.
pub struct CargoTool {
    package: &'static str,
    binary: &'static str,
    version: &'static str,
    features: &'static [&'static str],
    accepts: Accepts,
    built: Built,
}

/// How a tool is built.
#[derive(PartialEq, Eq)]
enum Built {
    Unoptimised,
    Optimised,
}

/// Which versions on PATH are as good as the pinned one.
#[derive(PartialEq, Eq)]
enum Accepts {
    Pinned,
    Any,
}

/// The newest that builds with the project's Rust. Its default features are for downloading tools, which are there.
pub const TRUNK: CargoTool = CargoTool {
    package: "trunk",
    binary: "trunk",
    version: "0.21.14",
    features: &["--no-default-features"],
    accepts: Accepts::Pinned,
    built: Built::Unoptimised,
};

/// Must be of the same version as the crate `wasm-bindgen` in the page.
pub const WASM_BINDGEN: CargoTool = CargoTool {
    package: "wasm-bindgen-cli",
    binary: "wasm-bindgen",
    version: "0.2.129",
    features: &[],
    accepts: Accepts::Pinned,
    built: Built::Unoptimised,
};

/// Which version is too old is said in `.config/nextest.toml`.
pub const NEXTEST: CargoTool = CargoTool {
    package: "cargo-nextest",
    binary: "cargo-nextest",
    version: "0.9.143",
    features: &[],
    accepts: Accepts::Any,
    built: Built::Unoptimised,
};

pub const DENY: CargoTool = CargoTool {
    package: "cargo-deny",
    binary: "cargo-deny",
    version: "0.20.2",
    features: &[],
    accepts: Accepts::Any,
    built: Built::Unoptimised,
};

pub const CARGO_FUZZ: CargoTool = CargoTool {
    package: "cargo-fuzz",
    binary: "cargo-fuzz",
    version: "0.13.1",
    features: &[],
    accepts: Accepts::Any,
    built: Built::Unoptimised,
};

/// Needs the headers of OpenSSL; takes about twenty minutes of a processor.
pub const RVAULT: CargoTool = CargoTool {
    package: "rusty_vault",
    binary: "rvault",
    version: "0.2.1",
    features: &[],
    accepts: Accepts::Pinned,
    built: Built::Optimised,
};

impl CargoTool {
    pub fn label(&self) -> String {
        format!("{} {}", self.binary, self.version)
    }

    fn folder(&self, cache: &Cache) -> PathBuf {
        let folder = cache.tool(self.binary, self.version);
        match self.built {
            Built::Unoptimised => folder,
            Built::Optimised => folder.with_added_extension("optimised"),
        }
    }

    pub fn find(&self, cache: &Cache) -> Option<PathBuf> {
        let on_path = probe::on_path(self.binary).filter(|program| match self.accepts {
            Accepts::Pinned => probe::has_version(program, self.version),
            Accepts::Any => probe::answer(program, &["--version"]).is_some(),
        });
        on_path.or_else(|| {
            let program = self.folder(cache).join("bin").join(self.binary);
            let program = program.with_extension(env::consts::EXE_EXTENSION);
            probe::has_version(&program, self.version).then_some(program)
        })
    }

    pub fn install(&self, cache: &Cache, log: &Log) -> Result<()> {
        let mut command = Command::new(project::cargo_path());
        project::forget_own_package(&mut command);
        command.args(["install", self.package, "--version", self.version, "--locked", "--force"]);
        if self.built == Built::Unoptimised {
            command.arg("--debug");
        }
        command.args(self.features);
        command.arg("--root").arg(self.folder(cache)).arg("--target-dir").arg(cache.build());
        // Outside the project, so that its settings don't matter; nobody will step through a tool or change it.
        command.current_dir(cache.folder()).env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0");
        log.run(&mut command)
    }
}

/// Deletes what installing has left behind: gigabytes that no other build can use.
pub fn clean(cache: &Cache) -> Result<()> {
    let folder = cache.build();
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("deleting {}", folder.display()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wasm_bindgen_is_of_the_same_version_as_the_crate() {
        let lock = fs::read_to_string(project::root().join("Cargo.lock")).unwrap();
        let entry = format!("name = \"wasm-bindgen\"\nversion = \"{}\"\n", WASM_BINDGEN.version);
        assert!(lock.contains(&entry), "Cargo.lock has another version of wasm-bindgen");
    }
}
