//! The program `strongroom`, whose code is in [`command_line`].

mod command_line;

fn main() -> std::process::ExitCode {
    command_line::run()
}
