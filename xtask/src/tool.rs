//! The tools for building and testing, each pinned to a version that is known to work.
//!
//! A tool of the right version on PATH is used as it is. Any other is installed into the cache directory once. An
//! incomplete installation does not count: a tool must answer.
//!
//! Not here: the Rust toolchain, which rustup reads from `rust-toolchain.toml`, and the project's own dependencies.
//!
//! To add a tool: a line in `tools!`. A tool of an existing installer (cargo, npm, apt, pip) is a constant in that
//! installer's file; a new installer is a file in `tool/` with its [`Package`].

mod apt;
mod cache;
mod cargo;
mod debian;
mod install;
mod log;
mod npm;
mod package;
mod probe;
mod python;
mod rustup;

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use self::cache::Cache;
use self::install::Lane;
use self::package::Package;
use crate::project;

/// Declares the tools, each with the queue of its installer and its package.
macro_rules! tools {
    ($($(#[$doc:meta])* $tool:ident = $lane:ident, $package:expr;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Tool {
            $($(#[$doc])* $tool,)*
        }

        impl Tool {
            fn package(self) -> (Lane, &'static dyn Package) {
                match self {
                    $(Self::$tool => (Lane::$lane, $package),)*
                }
            }
        }
    };
}

tools! {
    /// Rust's standard library for the browser.
    WasmTarget = Cargo, &rustup::WasmTarget;
    /// Serves the page with live reload.
    Trunk = Cargo, &cargo::TRUNK;
    /// Generates the JavaScript that loads the page's WebAssembly.
    WasmBindgen = Cargo, &cargo::WASM_BINDGEN;
    /// Splits the page's WebAssembly into modules.
    WasmSplit = Cargo, &cargo::WASM_SPLIT;
    /// Joins and shrinks the page's scripts and style sheets.
    Esbuild = Npm, &npm::ESBUILD;
    /// Shrinks the page's WebAssembly for release.
    WasmOpt = Npm, &npm::WASM_OPT;
    Nextest = Cargo, &cargo::NEXTEST;
    Browser = Apt, &apt::BROWSER;
    /// Finds what keeps people from using a page.
    Axe = Npm, &npm::AXE;
    Postgres = Apt, &apt::POSTGRES;
    Nginx = Apt, &apt::Nginx;
    Prefect = Pip, &python::PREFECT;
    Dotenv = Npm, &npm::DOTENV;
    Kubernetes = Pip, &python::KUBERNETES;
    OidcProvider = Npm, &npm::OIDC_PROVIDER;
    OpenBao = Pip, &python::OPENBAO;
    Hvac = Pip, &python::HVAC;
    OldHvac = Pip, &python::OLD_HVAC;
    NodeVault = Npm, &npm::NODE_VAULT;
    Ansible = Pip, &python::ANSIBLE;
    Airflow = Pip, &python::AIRFLOW;
    PrefectVault = Pip, &python::PREFECT_VAULT;
    Salt = Pip, &python::SALT;
    Deny = Cargo, &cargo::DENY;
    /// Finds unused dependencies.
    Machete = Cargo, &cargo::MACHETE;
    /// Finds typos.
    Typos = Pip, &python::TYPOS;
    CargoFuzz = Cargo, &cargo::CARGO_FUZZ;
    /// A library that makes a program's clock jump, for tests that are skipped without it.
    FakeClock = Apt, &apt::FAKE_CLOCK;
    /// Debian's root file system, for the tests of the guides that are skipped without it.
    Debian = Apt, &debian::RootFileSystems;
}

impl Tool {
    pub const PAGE: &[Self] = &[Self::WasmTarget, Self::WasmBindgen, Self::WasmSplit, Self::Esbuild];
    pub const RELEASE: &[Self] =
        &[Self::WasmTarget, Self::WasmBindgen, Self::WasmSplit, Self::Esbuild, Self::WasmOpt];
    pub const LIVE_PAGE: &[Self] = &[Self::WasmTarget, Self::WasmBindgen, Self::Trunk];
    /// The tools for all tests, once the page is built.
    pub const TEST: &[Self] = &[
        Self::Nextest,
        Self::Browser,
        Self::Axe,
        Self::Postgres,
        Self::Nginx,
        Self::Prefect,
        Self::Dotenv,
        Self::Kubernetes,
        Self::OidcProvider,
        Self::OpenBao,
        Self::Hvac,
        Self::OldHvac,
        Self::NodeVault,
    ];
    /// The tools for the tests with large clients of Vault's API.
    pub const CLIENTS: &[Self] =
        &[Self::Nextest, Self::Ansible, Self::Airflow, Self::PrefectVault, Self::Salt];

    pub fn label(self) -> String {
        self.package().1.label()
    }
}

pub struct Toolbox {
    cache: Cache,
    places: Vec<(Tool, PathBuf)>,
}

impl Toolbox {
    pub fn with(wanted: &[Tool]) -> Result<Self> {
        let mut toolbox = Self { cache: Cache::open()?, places: Vec::new() };
        if !toolbox.look_for(wanted).is_empty() {
            // Another setup may be installing the same tools: wait for it, then look again.
            let _turn = toolbox.cache.wait_for_turn()?;
            let missing = toolbox.look_for(wanted);
            let packages: Vec<_> = missing.iter().map(|tool| tool.package()).collect();
            install::install(&packages, &toolbox.cache)?;
            if let Some(tool) = toolbox.look_for(&missing).first() {
                bail!("{} was installed, but does not answer", tool.label());
            }
        }
        toolbox.places.sort();
        Ok(toolbox)
    }

    /// The path of a tool that was not requested, if it is installed.
    pub fn already(&self, tool: Tool) -> Option<PathBuf> {
        tool.package().1.find(&self.cache)
    }

    fn look_for(&mut self, wanted: &[Tool]) -> Vec<Tool> {
        let mut missing = Vec::new();
        for &tool in wanted {
            if missing.contains(&tool) || self.places.iter().any(|(found, _)| *found == tool) {
                continue;
            }
            match tool.package().1.find(&self.cache) {
                Some(place) => self.places.push((tool, place)),
                None => missing.push(tool),
            }
        }
        missing
    }

    pub fn path(&self, tool: Tool) -> Result<&Path> {
        let place = self.places.iter().find(|(found, _)| *found == tool);
        place.map(|(_, path)| path.as_path()).with_context(|| format!("{} was not requested", tool.label()))
    }

    pub fn places(&self) -> impl Iterator<Item = (Tool, &Path)> {
        self.places.iter().map(|(tool, path)| (*tool, path.as_path()))
    }

    /// A program to start in the project's root, with these tools on PATH.
    pub fn program(&self, name: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(name);
        command.current_dir(project::root()).env("PATH", self.search_path());
        project::forget_own_package(&mut command);
        command
    }

    pub fn cargo(&self) -> Command {
        self.program(project::cargo_path())
    }

    /// PATH, with the cached commands first: those from cargo and npm, because a Python environment would hide the
    /// system's Python.
    fn search_path(&self) -> OsString {
        let path = env::var_os("PATH").unwrap_or_default();
        let is_command = |tool: Tool| matches!(tool.package().0, Lane::Cargo | Lane::Npm);
        let commands = self.places.iter().filter(|(tool, _)| is_command(*tool));
        let cached = commands.filter(|(_, place)| place.starts_with(self.cache.folder()));
        let folders = cached.filter_map(|(_, place)| place.parent().map(Path::to_owned));
        // Can't fail: directories from PATH can be in PATH, and the cache's name was checked on opening.
        env::join_paths(folders.chain(env::split_paths(&path))).unwrap_or(path)
    }
}
