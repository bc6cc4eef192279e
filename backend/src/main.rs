//! The program `strongroom-server`.

use std::process::ExitCode;

/// A request allocates some hundred times, for which the system's allocator takes an eighth of its CPU time. Without huge
/// pages, which cost an idle server 10 MB.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    strongroom_server::command::run()
}
