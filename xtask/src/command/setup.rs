//! `cargo xtask setup`: only installs the tools. All other commands install the tools they need.

use std::process::ExitCode;

use anyhow::Result;

use crate::step::Steps;
use crate::tool::{Tool, Toolbox};

/// The tools to install; without any option, everything for building and testing.
#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Arguments {
    /// The tools for building the page: the wasm target, Trunk, wasm-bindgen, wasm-split-cli, esbuild,
    /// wasm-opt
    #[arg(long)]
    page: bool,
    /// Chromium, its driver and axe-core, for the browser tests
    #[arg(long)]
    browser: bool,
    /// PostgreSQL, for the tests of several servers on one database
    #[arg(long)]
    postgres: bool,
    /// nginx, for the tests behind a proxy
    #[arg(long)]
    nginx: bool,
    /// A Python environment with the Prefect client, for the client tests
    #[arg(long)]
    prefect: bool,
    /// An OpenID Connect provider, for the tests of single sign-on
    #[arg(long)]
    oidc: bool,
    /// OpenBao, for the tests of values in Vault and for the benchmark
    #[arg(long)]
    openbao: bool,
    /// Vault's clients for Python and Node, for the tests of Vault's KV API, which need OpenBao as well
    #[arg(long)]
    kv: bool,
    /// npm's dotenv, for the tests of .env files
    #[arg(long)]
    dotenv: bool,
    /// Kubernetes' schemas, python-dotenv and Debian's root file system, for the tests of the guides and of .env files.
    /// Tests that need the root file system are skipped without it
    #[arg(long)]
    guides: bool,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let groups: &[(bool, &[Tool])] = &[
        (arguments.page, Tool::RELEASE),
        (arguments.page, Tool::LIVE_PAGE),
        (arguments.browser, &[Tool::Browser, Tool::Axe]),
        (arguments.postgres, &[Tool::Postgres]),
        (arguments.nginx, &[Tool::Nginx]),
        (arguments.prefect, &[Tool::Prefect]),
        (arguments.oidc, &[Tool::OidcProvider]),
        (arguments.openbao, &[Tool::OpenBao]),
        (arguments.kv, &[Tool::OpenBao, Tool::Hvac, Tool::OldHvac, Tool::NodeVault]),
        (arguments.dotenv, &[Tool::Dotenv]),
        (arguments.guides, &[Tool::Kubernetes, Tool::Debian]),
    ];
    let chosen: Vec<Tool> =
        groups.iter().filter(|(wanted, _)| *wanted).flat_map(|(_, tools)| tools.iter().copied()).collect();
    let wanted =
        if chosen.is_empty() { [Tool::RELEASE, Tool::LIVE_PAGE, Tool::TEST].concat() } else { chosen };

    let tools = Steps::default().run("tools", || Toolbox::with(&wanted))?;
    for (tool, place) in tools.places() {
        println!("    {:<24} {}", tool.label(), place.display());
    }
    Ok(ExitCode::SUCCESS)
}
