//! The tools that building and testing need, each pinned to the version that is known to work.
//!
//! A tool of the right version on PATH is used as it is. Any other is installed into the cache folder, once, and found
//! there from then on. A half-done install never counts: a tool is there only when it answers.
//!
//! Not here: the Rust toolchain, which rustup reads from `rust-toolchain.toml`, and the project's own dependencies.
//!
//! To add a tool: a variant of [`Tool`] and its line in each `match` below. A tool of an installer that is there
//! already (cargo, npm, apt, pip) is a constant in that installer's file; a new installer is a file in `tool/`.

mod apt;
mod cache;
mod cargo;
mod debian;
mod install;
mod npm;
mod probe;
mod python;
mod rustup;

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use self::cache::Cache;

/// Something that has to be on the machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tool {
    /// Rust's standard library for the browser.
    WasmTarget,
    /// Builds the page.
    Trunk,
    /// Makes the JavaScript that loads the page's WebAssembly. Trunk calls it.
    WasmBindgen,
    /// Shrinks the page's WebAssembly for release. Trunk calls it.
    WasmOpt,
    /// Runs the tests.
    Nextest,
    /// Chromium and its driver, for the browser tests.
    Browser,
    /// PostgreSQL, for the tests of several servers on one database.
    Postgres,
    /// nginx, for the tests behind a proxy.
    Nginx,
    /// A Python with the Prefect client in it, for the client tests.
    Prefect,
    /// A Python with `hvac`, the usual Vault client, and `python-dotenv`.
    Hvac,
    /// The usual `.env` reader of Node programs, for the tests of imports and exports.
    Dotenv,
    /// A Python with the schemas of Kubernetes manifests, for the tests of the guides.
    Kubernetes,
    /// The OpenID Connect provider that the tests log in with.
    OidcProvider,
    /// Checks licences, sources and bans of dependencies.
    Deny,
    /// Builds and runs fuzz targets.
    CargoFuzz,
    /// A server that speaks Vault's protocol, to put values into and to compare with.
    Rvault,
    /// Makes a GraphQL server of a database, to compare with.
    Postgraphile,
    /// A library that lets a program's clock jump, for some tests that are skipped without it.
    FakeClock,
    /// Debian's root file system, for the tests of the guides that are skipped without it.
    Debian,
}

/// Installs that share one queue, because they would only stand in each other's way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lane {
    Cargo,
    Npm,
    Apt,
    Pip,
}

impl Tool {
    /// What a quick build of the page needs.
    pub const PAGE: &[Self] = &[Self::WasmTarget, Self::Trunk, Self::WasmBindgen];
    /// What a release build needs.
    pub const RELEASE: &[Self] = &[Self::WasmTarget, Self::Trunk, Self::WasmBindgen, Self::WasmOpt];
    /// What running every test needs.
    pub const TEST: &[Self] = &[
        Self::WasmTarget,
        Self::Trunk,
        Self::WasmBindgen,
        Self::Nextest,
        Self::Browser,
        Self::Postgres,
        Self::Nginx,
        Self::Prefect,
        Self::Hvac,
        Self::Dotenv,
        Self::Kubernetes,
        Self::OidcProvider,
    ];
    /// What all commands together need, but for the tools of audits and fuzzing, the servers to compare with, and what
    /// tests can do without.
    pub const ALL: &[Self] = &[
        Self::WasmTarget,
        Self::Trunk,
        Self::WasmBindgen,
        Self::WasmOpt,
        Self::Nextest,
        Self::Browser,
        Self::Postgres,
        Self::Nginx,
        Self::Prefect,
        Self::Hvac,
        Self::Dotenv,
        Self::Kubernetes,
        Self::OidcProvider,
    ];

    /// Name and version.
    pub fn label(self) -> String {
        match self {
            Self::WasmTarget => rustup::TARGET.to_owned(),
            Self::Trunk => cargo::TRUNK.label(),
            Self::WasmBindgen => cargo::WASM_BINDGEN.label(),
            Self::WasmOpt => npm::WASM_OPT.label(),
            Self::Nextest => cargo::NEXTEST.label(),
            Self::Browser => "Chromium and its driver".to_owned(),
            Self::Postgres => "PostgreSQL".to_owned(),
            Self::Nginx => "nginx".to_owned(),
            Self::Prefect => python::PREFECT.label(),
            Self::Hvac => python::HVAC.label(),
            Self::Dotenv => npm::DOTENV.label(),
            Self::Kubernetes => python::KUBERNETES.label(),
            Self::OidcProvider => npm::OIDC_PROVIDER.label(),
            Self::Deny => cargo::DENY.label(),
            Self::CargoFuzz => cargo::CARGO_FUZZ.label(),
            Self::Rvault => cargo::RVAULT.label(),
            Self::Postgraphile => npm::POSTGRAPHILE.label(),
            Self::FakeClock => "libfaketime".to_owned(),
            Self::Debian => debian::label(),
        }
    }

    /// Where the tool is, when it is there and answers.
    fn find(self, cache: &Cache) -> Option<PathBuf> {
        match self {
            Self::WasmTarget => rustup::find_target(),
            Self::Trunk => cargo::TRUNK.find(cache),
            Self::WasmBindgen => cargo::WASM_BINDGEN.find(cache),
            Self::WasmOpt => npm::WASM_OPT.find(cache),
            Self::Nextest => cargo::NEXTEST.find(cache),
            Self::Browser => apt::find_browser_driver(),
            Self::Postgres => apt::find_postgres(),
            Self::Nginx => apt::find_nginx(cache),
            Self::Prefect => python::PREFECT.find(cache),
            Self::Hvac => python::HVAC.find(cache),
            Self::Dotenv => npm::DOTENV.find(cache),
            Self::Kubernetes => python::KUBERNETES.find(cache),
            Self::OidcProvider => npm::OIDC_PROVIDER.find(cache),
            Self::Deny => cargo::DENY.find(cache),
            Self::CargoFuzz => cargo::CARGO_FUZZ.find(cache),
            Self::Rvault => cargo::RVAULT.find(cache),
            Self::Postgraphile => npm::POSTGRAPHILE.find(cache),
            Self::FakeClock => apt::find_fake_clock(),
            Self::Debian => debian::find(cache),
        }
    }

    fn install(self, cache: &Cache, log: &install::Log) -> Result<()> {
        match self {
            Self::WasmTarget => rustup::install_target(log),
            Self::Trunk => cargo::TRUNK.install(cache, log),
            Self::WasmBindgen => cargo::WASM_BINDGEN.install(cache, log),
            Self::WasmOpt => npm::WASM_OPT.install(cache, log),
            Self::Nextest => cargo::NEXTEST.install(cache, log),
            Self::Browser => apt::install_browser(log),
            Self::Postgres => apt::install_postgres(log),
            Self::Nginx => apt::install_nginx(cache, log),
            Self::Prefect => python::PREFECT.install(cache, log),
            Self::Hvac => python::HVAC.install(cache, log),
            Self::Dotenv => npm::DOTENV.install(cache, log),
            Self::Kubernetes => python::KUBERNETES.install(cache, log),
            Self::OidcProvider => npm::OIDC_PROVIDER.install(cache, log),
            Self::Deny => cargo::DENY.install(cache, log),
            Self::CargoFuzz => cargo::CARGO_FUZZ.install(cache, log),
            Self::Rvault => cargo::RVAULT.install(cache, log),
            Self::Postgraphile => npm::POSTGRAPHILE.install(cache, log),
            Self::FakeClock => apt::install_fake_clock(log),
            Self::Debian => debian::install(cache, log),
        }
    }

    fn lane(self) -> Lane {
        match self {
            Self::WasmTarget
            | Self::Trunk
            | Self::WasmBindgen
            | Self::Nextest
            | Self::Deny
            | Self::CargoFuzz
            | Self::Rvault => Lane::Cargo,
            Self::WasmOpt | Self::Dotenv | Self::OidcProvider | Self::Postgraphile => Lane::Npm,
            Self::Browser | Self::FakeClock | Self::Postgres | Self::Nginx | Self::Debian => Lane::Apt,
            Self::Prefect | Self::Hvac | Self::Kubernetes => Lane::Pip,
        }
    }
}

/// Tools that are there, and where.
pub struct Toolbox {
    cache: Cache,
    places: Vec<(Tool, PathBuf)>,
}

impl Toolbox {
    /// Finds the tools and installs those that are missing.
    pub fn with(wanted: &[Tool]) -> Result<Self> {
        let mut toolbox = Self { cache: Cache::open()?, places: Vec::new() };
        if !toolbox.look_for(wanted).is_empty() {
            // Another set-up may be installing the very same tools: wait for it, then look again.
            let _turn = toolbox.cache.wait_for_turn()?;
            let missing = toolbox.look_for(wanted);
            install::install(&missing, &toolbox.cache)?;
            if let Some(tool) = toolbox.look_for(&missing).first() {
                bail!("{} was installed, but does not answer", tool.label());
            }
        }
        toolbox.places.sort();
        Ok(toolbox)
    }

    /// Where a tool is that nobody asked for, if it is there already.
    pub fn already(&self, tool: Tool) -> Option<PathBuf> {
        tool.find(&self.cache)
    }

    /// Notes the tools that are there and returns those that are not.
    fn look_for(&mut self, wanted: &[Tool]) -> Vec<Tool> {
        let mut missing = Vec::new();
        for &tool in wanted {
            if self.places.iter().any(|(found, _)| *found == tool) {
                continue;
            }
            match tool.find(&self.cache) {
                Some(place) => self.places.push((tool, place)),
                None => missing.push(tool),
            }
        }
        missing
    }

    /// Where a tool is that was asked for when the toolbox was made.
    pub fn path(&self, tool: Tool) -> Result<&Path> {
        let place = self.places.iter().find(|(found, _)| *found == tool);
        place.map(|(_, path)| path.as_path()).with_context(|| format!("nobody asked for {}", tool.label()))
    }

    /// All tools and where they are.
    pub fn places(&self) -> impl Iterator<Item = (Tool, &Path)> {
        self.places.iter().map(|(tool, path)| (*tool, path.as_path()))
    }

    /// PATH, with the folders of the tools that are in the cache before everything else.
    pub fn search_path(&self) -> OsString {
        let path = env::var_os("PATH").unwrap_or_default();
        let cached = self.places.iter().filter(|(_, place)| place.starts_with(self.cache.folder()));
        let cached = cached.filter(|(tool, _)| {
            use Tool::{Debian, Dotenv, Hvac, Kubernetes, Nginx, OidcProvider, Postgraphile, Prefect};
            !matches!(
                tool,
                Prefect | Hvac | Kubernetes | Dotenv | OidcProvider | Postgraphile | Nginx | Debian
            )
        });
        let folders = cached.filter_map(|(_, place)| place.parent().map(Path::to_owned));
        // A folder whose name can't stand in PATH can't have come from PATH, and the cache's name is checked on opening.
        env::join_paths(folders.chain(env::split_paths(&path))).unwrap_or(path)
    }
}
