//! The program `strongroom`: secrets on the command line, and for other programs. All of it is in [`command_line`].

mod command_line;

use std::process::ExitCode;

fn main() -> ExitCode {
    command_line::run()
}
