//! `cargo xtask run`: a running server with its page, from nothing, as quickly as that can be had.

use std::env;
use std::ffi::OsString;
use std::process::ExitCode;

use anyhow::Result;

use crate::page::{self, PageBuild};
use crate::project::{self, ServerBuild};
use crate::step::Steps;
use crate::tool::{Tool, Toolbox};

/// The server's variable and flag for its data folder.
const DATA_FOLDER_VARIABLE: &str = "STRONGROOM_DATA_DIR";
const DATA_FOLDER_FLAG: &str = "--data-dir";

/// Where the server keeps its data unless told otherwise; git ignores it.
const DATA_FOLDER: &str = ".strongroom";

#[derive(clap::Args)]
pub struct Arguments {
    /// The server's own flags, after `--`
    #[arg(last = true)]
    server_flags: Vec<OsString>,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut steps = Steps::default();
    let tools = steps.run("tools", || Toolbox::with(Tool::PAGE))?;
    steps.run("page", || page::build(PageBuild::Dev, &tools))?;
    let server = steps.run("server", || project::build_server(ServerBuild::Dev, &tools))?;

    // Started where the user is, so that paths in the server's flags mean what they say.
    let mut command = std::process::Command::new(server);
    project::forget_own_package(&mut command);
    command.arg("serve").args(&arguments.server_flags);
    if env::var_os(DATA_FOLDER_VARIABLE).is_none() && !names_data_folder(&arguments.server_flags) {
        command.env(DATA_FOLDER_VARIABLE, project::root().join(DATA_FOLDER));
    }
    println!("==> {}", project::shown(&command));
    project::become_program(&mut command)
}

fn names_data_folder(flags: &[OsString]) -> bool {
    flags.iter().map(|flag| flag.to_string_lossy()).any(|flag| {
        flag.strip_prefix(DATA_FOLDER_FLAG)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(flags: &[&str], expected: bool) {
        let flags: Vec<OsString> = flags.iter().map(OsString::from).collect();
        assert_eq!(names_data_folder(&flags), expected);
    }

    #[test]
    fn a_data_folder_is_named_in_either_form() {
        check(&["--data-dir", "here"], true);
        check(&["--listen", "127.0.0.1:0", "--data-dir=here"], true);
    }

    #[test]
    fn another_flag_names_no_data_folder() {
        check(&[], false);
        check(&["--data-dirs"], false);
    }
}
