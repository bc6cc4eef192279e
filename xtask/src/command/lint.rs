//! `cargo xtask lint`: formatting, lints, spelling, and the rules for dependencies.

use std::process::ExitCode;

use anyhow::Result;

use crate::page;
use crate::project;
use crate::step::Steps;
use crate::tool::{Tool, Toolbox};

#[derive(clap::Args)]
pub struct Arguments {
    /// Check for known vulnerabilities too; downloads the advisory database
    #[arg(long)]
    advisories: bool,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut steps = Steps::default();
    let wanted = [Tool::WasmTarget, Tool::Deny, Tool::Machete, Tool::Typos];
    let tools = steps.run("tools", || Toolbox::with(&wanted))?;
    let mut check = |what, program: Option<Tool>, arguments: &[&str]| {
        steps.run(what, || {
            let mut command = match program {
                Some(tool) => tools.program(tools.path(tool)?),
                None => tools.cargo(),
            };
            project::check(command.args(arguments))
        })
    };
    check("formats", None, &["fmt", "--all", "--check"])?;
    check("spelling", Some(Tool::Typos), &["--force-exclude"])?;
    let deny = ["check", "bans", "licenses", "sources", "advisories"];
    let deny = if arguments.advisories { &deny } else { &deny[..4] };
    check("dependencies", Some(Tool::Deny), deny)?;
    check("unused dependencies", Some(Tool::Machete), &["--skip-target-dir"])?;

    check("lints", None, &clippy(&["--workspace", "--exclude", "strongroom-page"]))?;
    let library =
        ["clippy", "--package", "strongroom", "--lib", "--no-default-features", "--", "-D", "warnings"];
    check("lints of the library without features", None, &library)?;
    // The page has another target than the rest.
    let page = ["--package", "strongroom-page", "--target", "wasm32-unknown-unknown"];
    check("lints of the page", None, &clippy(&[&page[..], &["--profile", page::DEV_PROFILE]].concat()))?;

    steps.print_times();
    Ok(ExitCode::SUCCESS)
}

fn clippy<'a>(packages: &[&'a str]) -> Vec<&'a str> {
    [&["clippy"], packages, &["--all-targets", "--", "-D", "warnings"]].concat()
}
