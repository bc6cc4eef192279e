//! The command line of `strongroom-server`: reads the settings, opens the store, and runs a command.
//!
//! To add a command: a variant of [`Command`] and an arm of [`execute`].

mod admin;
mod backup;
mod rewrite;
mod serve;

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use clap::error::{ContextKind, ContextValue};
use clap::{ArgMatches, CommandFactory as _, FromArgMatches as _, Parser, Subcommand};
use tracing_subscriber::EnvFilter;

use crate::domain::Slug;
use crate::graphql;
use crate::oidc::Registration;
use crate::service::{Location, Service};
use crate::settings::{self, LogFormat, Settings};
use crate::system::{self, SystemClock, SystemEntropy};

/// The stack of a worker, in bytes; unused pages take no memory.
const STACK_BYTES: usize = 8 * 1024 * 1024;
/// The threads for blocking work: hashing passwords, resolving host names, files.
const BLOCKING_THREADS: usize = 4;
/// The time that a shutdown waits for blocking threads, after `serve::CLOSE_PATIENCE`.
const THREADS_PATIENCE: Duration = Duration::from_millis(500);

/// The exit code for wrong arguments and settings, which is also clap's.
const WRONG_USAGE: u8 = 2;

/// In two parts, because the driver's name in a path counts as its use (`layers.rs`).
const LOG: &str = concat!("info,sea_orm_migration=warn,", "sqlx::postgres::notice=warn");

/// Strongroom keeps a team's secrets: people set them in a browser, and only programs can read them.
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
    /// Manage teams, people and keys, with or without a running server
    #[command(subcommand)]
    Admin(admin::Command),
    /// Write the whole store to one encrypted file, with or without a running server
    Backup {
        /// The file to write, or with `--check` to read
        file: PathBuf,
        /// Replace an existing file
        #[arg(long, conflicts_with = "check")]
        force: bool,
        /// Write nothing: check a backup as a restore would, and print its contents
        #[arg(long)]
        check: bool,
    },
    /// Restore a backup into an empty store, all of it or nothing
    Restore {
        /// The backup
        file: PathBuf,
        /// Also restore rows that were already broken when the backup was made
        #[arg(long)]
        accept_findings: bool,
    },
    /// Rewrap all data keys with another master key, while servers run: a new one, or the first one configured
    RotateMasterKey,
    /// Give each team a new data key and encrypt its values again, while servers run
    RotateDataKeys {
        /// Only this team
        #[arg(long, value_name = "SLUG", value_parser = Slug::parse)]
        team: Option<Slug>,
    },
    /// Move all values to the location of new ones (`--values`), while servers run: to Vault, or back to the database
    MoveValues,
    /// Print the GraphQL schema
    Schema,
}

pub fn run() -> ExitCode {
    // Before any secret is read, including from the environment.
    system::forbid_core_dumps();
    let matches = settings::with_variables(Cli::command()).try_get_matches();
    let matches = matches.unwrap_or_else(|error| without_login(error).exit());
    let outcome = match configure(&matches) {
        Ok(task) => task.map_or_else(print_schema, start).map_err(|error| (error, ExitCode::FAILURE)),
        Err(error) => Err((error, ExitCode::from(WRONG_USAGE))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err((error, code)) => {
            let _ = writeln!(std::io::stderr(), "strongroom-server: {error:#}");
            code
        }
    }
}

/// Hides the value in a refusal of a URL with a user name, which may also have a password.
fn without_login(mut error: clap::Error) -> clap::Error {
    let value = error.get(ContextKind::InvalidValue).map(ToString::to_string).unwrap_or_default();
    if value.contains('@') {
        error.insert(ContextKind::InvalidValue, ContextValue::String("…".to_owned()));
    }
    error
}

/// A command and its settings, checked as far as possible before it runs.
struct Task {
    command: Command,
    settings: Settings,
    location: Location,
    registration: Option<Registration>,
}

/// Reads the settings; `None` for the schema, which needs none.
fn configure(matches: &ArgMatches) -> anyhow::Result<Option<Task>> {
    let cli = Cli::from_arg_matches(matches)?;
    let command = cli.command.unwrap_or(Command::Serve);
    if matches!(command, Command::Schema) {
        return Ok(None);
    }
    let settings = cli.settings.merge(matches, std::env::vars_os())?;
    start_log(&settings)?;
    let location = settings.location()?;
    location.check_url()?;
    let registration = if matches!(command, Command::Serve) { settings.registration()? } else { None };
    Ok(Some(Task { command, settings, location, registration }))
}

fn print_schema() -> anyhow::Result<()> {
    print(&graphql::sdl())
}

fn start(task: Task) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        // Values nest up to 128 levels deep, and the engine recurses into each.
        .thread_stack_size(STACK_BYTES)
        .max_blocking_threads(BLOCKING_THREADS)
        .build()
        .context("the runtime can't be started")?;
    let outcome = runtime.block_on(execute(task));
    runtime.shutdown_timeout(THREADS_PATIENCE);
    outcome
}

async fn execute(Task { command, settings, location, registration }: Task) -> anyhow::Result<()> {
    let location = &location;
    let open = || Service::open(location, settings.rules(), Arc::new(SystemClock), Arc::new(SystemEntropy));
    let open_existing = async || {
        location.require_store()?;
        anyhow::Ok(open().await?)
    };
    let (service, text) = match command {
        Command::Serve | Command::Schema => {
            return serve::run(open().await?, &settings, registration).await;
        }
        Command::Backup { file, check: true, .. } => return backup::check(location, &file).await,
        Command::Backup { file, force, .. } => {
            return backup::write(open_existing().await?, &file, force).await;
        }
        Command::Restore { file, accept_findings } => {
            return backup::restore(location, &file, accept_findings).await;
        }
        Command::Admin(command) => {
            // Only the first team creates a store.
            let service = if command.creates_store() { open().await? } else { open_existing().await? };
            let text = admin::run(&service, command).await? + "\n";
            (service, text)
        }
        Command::RotateMasterKey => {
            let service = open_existing().await?;
            let text = rewrite::rotate_master_key(&service, location).await?;
            (service, text)
        }
        Command::RotateDataKeys { team } => {
            let service = open_existing().await?;
            let text = rewrite::rotate_data_keys(&service, team.as_ref()).await?;
            (service, text)
        }
        Command::MoveValues => {
            let service = open_existing().await?;
            let text = rewrite::move_values(&service).await?;
            (service, text)
        }
    };
    service.close().await?;
    print(&text).context("the command has done its work, but its output is lost")
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

/// Prints to standard output; an error if it is closed.
fn print(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).context("can't write to standard output")
}
