//! `cargo xtask page`: `trunk serve` with the pinned tools, wherever they are.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::page;
use crate::project;
use crate::step::Steps;
use crate::tool::{Tool, Toolbox};

#[derive(clap::Args)]
pub struct Arguments {
    /// Trunk's own flags, after `--`
    #[arg(last = true)]
    trunk_flags: Vec<OsString>,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let tools = Steps::default().run("tools", || Toolbox::with(Tool::LIVE_PAGE))?;
    let mut trunk = page::trunk(&tools)?;
    trunk.arg("serve").args(&arguments.trunk_flags);
    println!("==> {}", project::shown(&trunk));
    project::become_program(&mut trunk)
}
