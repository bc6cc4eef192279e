//! `cargo xtask setup`: just the tools. All other commands set up what they need by themselves.

use std::process::ExitCode;

use anyhow::Result;

use crate::step::Steps;
use crate::tool::{Tool, Toolbox};

/// What to set up; without any option, everything that building and testing need.
#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub struct Arguments {
    /// What building the page needs: the wasm target, Trunk, wasm-bindgen, wasm-opt
    #[arg(long)]
    page: bool,
    /// Chromium and its driver, for the browser tests
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
    /// hvac, a client of Vault in Python, for the tests of values in Vault, and python-dotenv beside it
    #[arg(long)]
    hvac: bool,
    /// npm's dotenv, for the tests of .env files
    #[arg(long)]
    dotenv: bool,
    /// Kubernetes' schemas and Debian's root file system, for the tests of the guides. Those that need the latter are left out
    /// without it
    #[arg(long)]
    guides: bool,
    /// rvault, a server that speaks Vault's protocol, to put values into and to compare with. What needs it is left out
    /// without it, and it builds for twenty minutes
    #[arg(long)]
    rvault: bool,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let groups: &[(bool, &[Tool])] = &[
        (arguments.page, Tool::RELEASE),
        (arguments.browser, &[Tool::Browser]),
        (arguments.postgres, &[Tool::Postgres]),
        (arguments.nginx, &[Tool::Nginx]),
        (arguments.prefect, &[Tool::Prefect]),
        (arguments.oidc, &[Tool::OidcProvider]),
        (arguments.hvac, &[Tool::Hvac]),
        (arguments.dotenv, &[Tool::Dotenv]),
        (arguments.guides, &[Tool::Kubernetes, Tool::Debian]),
        (arguments.rvault, &[Tool::Rvault]),
    ];
    let chosen: Vec<Tool> =
        groups.iter().filter(|(wanted, _)| *wanted).flat_map(|(_, tools)| tools.iter().copied()).collect();
    let wanted = if chosen.is_empty() { Tool::ALL } else { &chosen };

    let tools = Steps::default().run("tools", || Toolbox::with(wanted))?;
    for (tool, place) in tools.places() {
        println!("    {:<24} {}", tool.label(), place.display());
    }
    Ok(ExitCode::SUCCESS)
}
