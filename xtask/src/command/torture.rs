//! `cargo xtask torture`: builds the programs, and becomes the one that kills servers (`tests/durability/torture.rs`),
//! which parses the remaining arguments.

use std::process::ExitCode;

use anyhow::Result;

use crate::programs::{self, SERVER};
use crate::project;
use crate::step::Steps;
use crate::tool::Toolbox;

const TORTURE: &str = "torture";

#[derive(clap::Args)]
#[command(disable_help_flag = true)]
pub struct Arguments {
    /// The program's own arguments; see `--help`
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    torture: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let tools = Toolbox::with(&[])?;
    Steps::default()
        .run("programs", || programs::build_in_workspace(&["--bin", TORTURE, "--bin", SERVER], &tools))?;
    let mut torture = tools.program(programs::built("debug", TORTURE)?);
    torture.args(&arguments.torture).env("STRONGROOM_SERVER_BIN", programs::built("debug", SERVER)?);
    project::become_program(&mut torture)
}
