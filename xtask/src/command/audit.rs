//! `cargo xtask audit`: what `deny.toml` says about the dependencies. Not a part of `cargo xtask test`: its tool takes
//! minutes to build, and its answer changes only when dependencies do.

use std::process::ExitCode;

use anyhow::Result;

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
    let tools = steps.run("tools", || Toolbox::with(&[Tool::Deny]))?;
    steps.run("dependencies", || {
        let mut deny = tools.program(tools.path(Tool::Deny)?);
        deny.args(["check", "bans", "licenses", "sources"]);
        if arguments.advisories {
            deny.arg("advisories");
        }
        project::check(&mut deny)
    })?;
    Ok(ExitCode::SUCCESS)
}
