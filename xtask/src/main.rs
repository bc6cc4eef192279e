//! The project's scripts: `cargo xtask …` sets up, runs, tests and builds everything from scratch.
//!
//! Not here: anything the server or the page needs at run time. Commands only start other programs (cargo, Trunk,
//! nextest) and prepare files for them.
//!
//! To add a command: a file in `command/` with its arguments and a `run` function, a variant of [`Command`] and its line in
//! [`main`]. Code that several commands share is in the modules beside this file: [`tool`] for pinned tools, [`step`] for
//! announced and timed steps, [`page`] and [`programs`] for building, [`project`] for paths and for starting programs.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "scripts print their progress")]

mod command;
mod page;
mod programs;
mod project;
mod step;
mod tool;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Sets up, runs, tests and builds Strongroom. Each command works from scratch; missing tools are installed once, into
/// a cache directory outside the repository
#[derive(Parser)]
#[command(
    bin_name = "cargo xtask",
    after_help = "Trunk works by itself as well: with `trunk` and `wasm-bindgen` on PATH (`cargo xtask setup` says where \
they are), `trunk serve` in the root of the project serves the page with live reload and passes GraphQL requests on to \
a running server. `cargo xtask page` does the same without touching PATH."
)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Install the missing tools
    Setup(command::setup::Arguments),
    /// Build the page and the server quickly, and start the server
    Run(command::run::Arguments),
    /// Serve the page with live reload, in front of a running server
    Page(command::page::Arguments),
    /// Run every test
    Test(command::test::Arguments),
    /// Check formatting, lints, spelling and dependencies
    Lint(command::lint::Arguments),
    /// Measure the server against others, and write `docs/performance.md`
    Bench(command::bench::Arguments),
    /// Kill a server under load repeatedly, and check that it loses nothing
    Torture(command::torture::Arguments),
    /// Fuzz the code that parses requests, names, files and backups
    Fuzz(command::fuzz::Arguments),
    /// Build for release: the server with the page embedded, and the command line
    Build,
    /// Write the server's GraphQL schema to `shared/schema.graphql`
    Schema,
}

fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Setup(arguments) => command::setup::run(&arguments),
        Command::Run(arguments) => command::run::run(&arguments),
        Command::Page(arguments) => command::page::run(&arguments),
        Command::Test(arguments) => command::test::run(&arguments),
        Command::Lint(arguments) => command::lint::run(&arguments),
        Command::Bench(arguments) => command::bench::run(&arguments),
        Command::Torture(arguments) => command::torture::run(&arguments),
        Command::Fuzz(arguments) => command::fuzz::run(&arguments),
        Command::Build => command::build::run(),
        Command::Schema => command::schema::run(),
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}
