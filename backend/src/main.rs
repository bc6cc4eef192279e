//! The program `strongroom-server`: its allocator, and the library's command line.

use std::process::ExitCode;

/// A request allocates some hundred times, and the system's allocator takes an eighth of its processor time. Without huge
/// pages, which cost an idle server 10 MB.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    strongroom_server::command::run()
}
