//! The command line of `strongroom-server`: reads the settings, opens the store, and runs a command, a file each.
//!
//! To add a command: a variant of [`Command`], an arm of [`execute`], and a file here if it is more than a call of the
//! service.

mod admin;
mod backup;
mod move_values;
mod rotate;
mod serve;

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::domain::Slug;
use crate::graphql;
use crate::service::Service;
use crate::settings::{self, LogFormat, Settings};
use crate::system::{self, SystemClock, SystemEntropy};

/// The stack of a worker, in bytes; unused pages take no memory.
const STACK_BYTES: usize = 8 * 1024 * 1024;
/// The threads for work that blocks: hashing passwords, one at a time on most machines, names of hosts, and files.
const BLOCKING_THREADS: usize = 4;
/// How long a shutdown waits for threads that block, after `serve::CLOSE_PATIENCE`.
const THREADS_PATIENCE: Duration = Duration::from_millis(500);

/// The default log filter.
const LOG: &str = "info,sea_orm_migration=warn";

/// Strongroom keeps a team's secrets: set in a browser, read by programs, and by nobody else.
#[derive(Parser)]
#[command(name = "strongroom-server", version)]
struct Cli {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the page and the API (the default)
    Serve,
    /// Manage teams, people and keys, beside a running server or before it
    #[command(subcommand)]
    Admin(admin::Command),
    /// Write all of the store to one sealed file, beside a running server or without one
    Backup {
        /// The file to write, or with `--check` to read
        file: PathBuf,
        /// Replace the file, if there is one
        #[arg(long, conflicts_with = "check")]
        force: bool,
        /// Write nothing: check a backup as a restore would, and print its contents
        #[arg(long)]
        check: bool,
    },
    /// Fill an empty store from a backup: all of it, checked, or nothing
    Restore {
        /// The backup
        file: PathBuf,
        /// Also restore rows that were already broken when the backup was made
        #[arg(long)]
        accept_findings: bool,
    },
    /// Rewrap all data keys with another master key while servers run: a new one, or the first one configured
    RotateMasterKey,
    /// Give teams another data key each and seal their values with it, beside running servers
    RotateDataKeys {
        /// Only this team
        #[arg(long, value_name = "SLUG", value_parser = Slug::parse)]
        team: Option<Slug>,
    },
    /// Move all values to where new ones go (`--values`), beside running servers: to Vault, or back into the database
    MoveValues,
    /// Print the GraphQL schema
    Schema,
}

pub fn run() -> ExitCode {
    // Before anything secret is read, the environment included.
    system::forbid_core_dumps();
    let matches = settings::with_variables(Cli::command()).get_matches();
    match start(&matches) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "strongroom-server: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(matches: &ArgMatches) -> anyhow::Result<()> {
    let cli = Cli::from_arg_matches(matches)?;
    let command = cli.command.unwrap_or(Command::Serve);
    if matches!(command, Command::Schema) {
        return print(&graphql::sdl());
    }
    let settings = cli.settings.merge(matches, std::env::vars_os())?;
    start_log(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Values nest as deep as 128 levels, and the engine calls itself for each.
        .thread_stack_size(STACK_BYTES)
        .max_blocking_threads(BLOCKING_THREADS)
        .build()
        .context("the runtime can't be started")?;
    let outcome = runtime.block_on(execute(command, &settings));
    runtime.shutdown_timeout(THREADS_PATIENCE);
    outcome
}

async fn execute(command: Command, settings: &Settings) -> anyhow::Result<()> {
    let location = settings.location()?;
    let open = || Service::open(&location, settings.rules(), Arc::new(SystemClock), Arc::new(SystemEntropy));
    let open_existing = async || {
        location.require_store()?;
        anyhow::Ok(open().await?)
    };
    let (service, answer) = match command {
        Command::Serve | Command::Schema => {
            // Before anything is made that would have to be made again with other settings.
            let registration = settings.registration()?;
            return serve::run(open().await?, settings, registration).await;
        }
        Command::Backup { file, check: true, .. } => return backup::check(&location, &file).await,
        Command::Backup { file, force, .. } => {
            return backup::write(open_existing().await?, &file, force).await;
        }
        Command::Restore { file, accept_findings } => {
            return backup::restore(&location, &file, accept_findings).await;
        }
        Command::Admin(command) => {
            let service = open().await?;
            let answer = admin::run(&service, command).await? + "\n";
            (service, answer)
        }
        Command::RotateMasterKey => {
            let service = open_existing().await?;
            let answer = rotate::master_key(&service, &location).await?;
            (service, answer)
        }
        Command::RotateDataKeys { team } => {
            let service = open_existing().await?;
            let answer = rotate::data_keys(&service, team.as_ref()).await?;
            (service, answer)
        }
        Command::MoveValues => {
            let service = open_existing().await?;
            let answer = move_values::run(&service).await?;
            (service, answer)
        }
    };
    service.close().await?;
    print(&answer)
}

fn start_log(settings: &Settings) -> anyhow::Result<()> {
    let filter = settings.log.as_deref().unwrap_or(LOG);
    let filter = EnvFilter::builder().parse(filter).context("the value of `log` is not a filter")?;
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    match settings.log_format.unwrap_or_default() {
        LogFormat::Text => log.with_ansi(std::io::stderr().is_terminal()).init(),
        LogFormat::Json => log.json().init(),
    }
    Ok(())
}

/// Prints to standard output; an error when nobody reads it.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("standard output is closed")
}
