//! `cargo xtask torture`: builds what is needed, and becomes the program that kills servers (`tests/durability/torture.rs`),
//! which knows the rest of the arguments.

use std::process::ExitCode;

use anyhow::Result;

use crate::project;
use crate::step::Steps;
use crate::tool::{Tool, Toolbox};

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Arguments {
    /// What to do; `--help` tells
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    torture: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut steps = Steps::default();
    let has_peer = arguments.torture.iter().any(|argument| argument.starts_with("--peer"));
    let wanted: &[Tool] = if has_peer { &[Tool::Rvault] } else { &[] };
    let tools = steps.run("tools", || Toolbox::with(wanted))?;
    let programs = steps.run("programs", || project::build_torture(&tools))?;

    let mut torture = project::program(programs.torture, &tools);
    torture.args(&arguments.torture).env("STRONGROOM_SERVER_BIN", programs.server);
    if has_peer {
        torture.env("STRONGROOM_RVAULT", tools.path(Tool::Rvault)?);
    }
    project::become_program(&mut torture)
}
