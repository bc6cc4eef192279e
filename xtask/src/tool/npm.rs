//! Tools from npm packages.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::cache::Cache;
use super::log::Log;
use super::package::Package;
use super::probe;

pub struct NpmTool {
    package: &'static str,
    version: &'static str,
    binary: &'static str,
    /// The version that the program itself prints.
    binary_version: &'static str,
}

pub const WASM_OPT: NpmTool =
    NpmTool { package: "binaryen", version: "132.0.0", binary: "wasm-opt", binary_version: "132" };

pub const ESBUILD: NpmTool =
    NpmTool { package: "esbuild", version: "0.28.2", binary: "esbuild", binary_version: "0.28.2" };

/// An npm package that a script imports. Other copies on the machine don't count, because scripts don't find them.
pub struct NpmLibrary {
    package: &'static str,
    version: &'static str,
    /// The file to import, below the package's directory.
    module: &'static str,
}

pub const OIDC_PROVIDER: NpmLibrary =
    NpmLibrary { package: "oidc-provider", version: "9.13.3", module: "lib/index.js" };

/// The tests load it into the page.
pub const AXE: NpmLibrary = NpmLibrary { package: "axe-core", version: "4.14.1", module: "axe.min.js" };

pub const DOTENV: NpmLibrary = NpmLibrary { package: "dotenv", version: "18.0.10", module: "dist/index.cjs" };

/// Vault's usual client for Node.
pub const NODE_VAULT: NpmLibrary =
    NpmLibrary { package: "node-vault", version: "0.12.0", module: "src/index.js" };

impl Package for NpmTool {
    fn label(&self) -> String {
        format!("{} {}", self.binary, self.binary_version)
    }

    fn find(&self, cache: &Cache) -> Option<PathBuf> {
        let cached = cache.tool(self.package, self.version).join("node_modules/.bin").join(self.binary);
        let places = probe::on_path(self.binary).into_iter().chain([cached]);
        places.into_iter().find(|program| probe::has_version(program, self.binary_version))
    }

    fn install(&self, cache: &Cache, log: &Log) -> Result<()> {
        install(self.package, self.version, cache, log)
    }
}

impl Package for NpmLibrary {
    fn label(&self) -> String {
        format!("{} {}", self.package, self.version)
    }

    fn find(&self, cache: &Cache) -> Option<PathBuf> {
        let folder = cache.tool(self.package, self.version).join("node_modules");
        let module = folder.join(self.package).join(self.module);
        let node = probe::on_path("node")?;
        let import = "import(require('node:url').pathToFileURL(process.argv[1]))";
        probe::answer(&node, &["-e".as_ref(), import.as_ref(), module.as_os_str()])?;
        Some(module)
    }

    fn install(&self, cache: &Cache, log: &Log) -> Result<()> {
        install(self.package, self.version, cache, log)
    }
}

fn install(package: &str, version: &str, cache: &Cache, log: &Log) -> Result<()> {
    let npm = probe::on_path("npm").context("npm is not on PATH; install Node.js")?;
    Cache::fill(&cache.tool(package, version), |folder| {
        let mut command = Command::new(npm);
        command.arg("install").arg("--prefix").arg(folder);
        command.args(["--ignore-scripts", "--no-audit", "--no-fund", "--no-update-notifier"]);
        log.run(command.arg(format!("{package}@{version}")))
    })
}
