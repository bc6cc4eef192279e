//! Tools that cargo builds from source. Unoptimised builds are three times faster, and most tools fast enough.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use super::cache::Cache;
use super::log::Log;
use super::package::Package;
use super::probe;
use crate::project;

pub struct CargoTool {
    package: &'static str,
    binary: &'static str,
    version: &'static str,
    features: &'static [&'static str],
    /// The packages to optimise, for the tools that read and write the page's modules after every edit.
    optimised: &'static [&'static str],
    accepts: Accepts,
}

#[derive(PartialEq, Eq)]
enum Accepts {
    Pinned,
    Any,
    /// The one in the cache.
    Own,
}

/// The newest that builds with the project's Rust. Its default features only download tools, which are installed here.
pub const TRUNK: CargoTool = CargoTool {
    features: &["--no-default-features"],
    accepts: Accepts::Pinned,
    ..CargoTool::new("trunk", "0.21.14")
};

/// Must have the same version as the page's crate `wasm-bindgen`.
pub const WASM_BINDGEN: CargoTool = CargoTool {
    binary: "wasm-bindgen",
    optimised: &["walrus", "wasmparser", "wasm-encoder", "wasm-bindgen-cli-support"],
    accepts: Accepts::Pinned,
    ..CargoTool::new("wasm-bindgen-cli", "0.2.129")
};

/// Must have the same version as the page's crate `wasm_split_helpers`. It has no `--version`, so only the one that is
/// installed here is known to be the right one.
pub const WASM_SPLIT: CargoTool = CargoTool {
    binary: "wasm-split-cli",
    features: &["--features", "build-binary"],
    optimised: &["wasmparser", "wasm-encoder", "wasm_split_cli_support"],
    accepts: Accepts::Own,
    ..CargoTool::new("wasm_split_cli_support", "0.2.3")
};

/// `.config/nextest.toml` sets the minimum version.
pub const NEXTEST: CargoTool = CargoTool::new("cargo-nextest", "0.9.143");

pub const DENY: CargoTool = CargoTool::new("cargo-deny", "0.20.2");

pub const MACHETE: CargoTool = CargoTool::new("cargo-machete", "0.9.2");

pub const CARGO_FUZZ: CargoTool = CargoTool::new("cargo-fuzz", "0.13.1");

impl CargoTool {
    const fn new(package: &'static str, version: &'static str) -> Self {
        Self { package, binary: package, version, features: &[], optimised: &[], accepts: Accepts::Any }
    }
}

impl Package for CargoTool {
    fn label(&self) -> String {
        format!("{} {}", self.binary, self.version)
    }

    fn find(&self, cache: &Cache) -> Option<PathBuf> {
        let on_path = probe::on_path(self.binary).filter(|program| match self.accepts {
            Accepts::Pinned => probe::has_version(program, self.version),
            Accepts::Any => probe::answer(program, &["--version"]).is_some(),
            Accepts::Own => false,
        });
        on_path.or_else(|| {
            let program = cache.tool(self.binary, self.version).join("bin").join(self.binary);
            let is_right = match self.accepts {
                Accepts::Own => probe::answer(&program, &["--help"]).is_some(),
                Accepts::Pinned | Accepts::Any => probe::has_version(&program, self.version),
            };
            is_right.then_some(program)
        })
    }

    fn install(&self, cache: &Cache, log: &Log) -> Result<()> {
        let mut command = Command::new(project::cargo_path());
        project::forget_own_package(&mut command);
        command.args(["install", self.package, "--version", self.version, "--locked", "--force"]);
        command.arg("--debug").args(self.features);
        for package in self.optimised {
            command.arg("--config").arg(format!("profile.dev.package.{package}.opt-level=1"));
        }
        command.arg("--root").arg(cache.tool(self.binary, self.version));
        command.arg("--target-dir").arg(cache.build());
        // Outside the project, so that its settings don't apply; without debug information.
        command.current_dir(cache.folder()).env("CARGO_PROFILE_DEV_DEBUG", "0").env("CARGO_INCREMENTAL", "0");
        log.run(&mut command)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn tools_of_the_page_are_of_the_same_versions_as_its_crates() {
        let lock = fs::read_to_string(project::root().join("Cargo.lock")).unwrap();
        for (name, tool) in [("wasm-bindgen", WASM_BINDGEN), ("wasm_split_helpers", WASM_SPLIT)] {
            let entry = format!("name = \"{name}\"\nversion = \"{}\"\n", tool.version);
            assert!(lock.contains(&entry), "Cargo.lock has another version of {name}");
        }
    }
}
