//! `cargo xtask run`: builds the page and the server as quickly as possible, and starts the server.

use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::page;
use crate::programs::{self, SERVER};
use crate::project::{self, Build};
use crate::step::Steps;
use crate::tool::{Tool, Toolbox};

#[derive(clap::Args)]
pub struct Arguments {
    /// The server's own flags, after `--`
    #[arg(last = true)]
    server_flags: Vec<OsString>,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut steps = Steps::default();
    let tools = steps.run("tools", || Toolbox::with(Tool::PAGE))?;
    steps.run("page", || page::build(Build::Dev, &tools))?;
    steps.run("server", || programs::build_in_workspace(&["--bin", SERVER], &tools))?;
    let server = programs::built("debug", SERVER)?;

    // Started in the user's directory and with the server's own defaults, so that relative paths in flags work and
    // `strongroom-server admin` finds the same store.
    let mut command = std::process::Command::new(server);
    project::forget_own_package(&mut command);
    command.arg("serve").args(&arguments.server_flags);
    println!("==> {}", project::shown(&command));
    project::become_program(&mut command)
}
