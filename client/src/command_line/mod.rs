//! The command line. Values come from standard input, a file or a hidden prompt, and go to standard output or to a private
//! file. They are never arguments, and never part of a message, not even a value typed in the wrong place.
//!
//! To add a command: a file in `command/` with its `Arguments` and a `run` function, a variant of [`Command`] with its
//! line in [`dispatch`], and a section in `docs/command-line.md`.

#[cfg(not(unix))]
compile_error!("the command line needs Unix; the library builds elsewhere, with `default-features = false`");

mod command;
mod exit;
mod input;
mod lookalike;
mod output;
mod prompt;
mod selection;
mod time;
mod usage;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, CommandFactory as _, Parser, Subcommand};
use strongroom::Client;
use strongroom::settings::{Overrides, Settings};
use zeroize::Zeroizing;

use self::command::{
    completions, delete, doctor, exists, export, get, import, list, login, restore, run as run_command, set,
    whoami,
};

/// Manages a team's secrets, and passes them to programs
#[derive(Parser)]
#[command(
    name = "strongroom",
    version,
    max_term_width = 100,
    after_help = "\
Start:
  1. Get an API key: an administrator creates one on the \"API keys\" page, or with
     `strongroom-server admin create-key`. Reading values needs the runner role. In CI or
     Kubernetes, you need none: see `strongroom help login`.
  2. Set the server's address, and put the key into a file that only you can read:
       export STRONGROOM_SERVER=https://secrets.example.com
       export STRONGROOM_KEY_FILE=~/.config/strongroom/key
  3. Check the setup, and go on:
       strongroom doctor
       strongroom set DATABASE_PASSWORD
       strongroom run -- ./server

Sources of the server's address, the key and the role, in order of precedence:
  server   --server, STRONGROOM_SERVER, `server` in the configuration file,
           http://127.0.0.1:4300
  key      --key, --key-file, STRONGROOM_KEY, STRONGROOM_KEY_FILE, `key` or
           `key-file` in the configuration file
  role     --role, STRONGROOM_ROLE, `role` in the configuration file
  file     --config, STRONGROOM_CLIENT_CONFIG, ~/.config/strongroom/config.toml

The same order decides between a key and a role; both from the same place are an error.

Exit codes: 0 success; 1 no (not found, refused, a check failed); 2 wrong command
line or settings; 3 the key is missing, invalid or not permitted to do this, or the
login was refused; 4 the server can't be reached or is temporarily unavailable."
)]
pub struct Arguments {
    #[command(flatten)]
    connection: Connection,
    #[command(subcommand)]
    command: Command,
}

#[derive(Args)]
#[command(next_help_heading = "Server and key")]
struct Connection {
    // Not a doc comment, in which an address would need marks around it.
    #[arg(
        long,
        global = true,
        value_name = "URL",
        help = "The server's address [default: http://127.0.0.1:4300]"
    )]
    server: Option<String>,
    /// The API key. Other users of this machine can see it: prefer --key-file
    #[arg(long, global = true, value_name = "KEY", hide_short_help = true)]
    key: Option<String>,
    /// A file that holds the API key
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "key")]
    key_file: Option<PathBuf>,
    /// The role with which a workload logs in, such as acme/deploy
    #[arg(long, global = true, value_name = "ROLE", conflicts_with_all = ["key", "key_file"])]
    role: Option<String>,
    /// A file that holds the workload's token to log in with
    #[arg(long, global = true, value_name = "FILE", conflicts_with_all = ["key", "key_file"], hide_short_help = true)]
    jwt_file: Option<PathBuf>,
    /// The configuration file [default: ~/.config/strongroom/config.toml]
    #[arg(long, global = true, value_name = "FILE", hide_short_help = true)]
    config: Option<PathBuf>,
    #[arg(skip)]
    log_in: bool,
}

impl Connection {
    fn settings(self) -> strongroom::Result<Settings> {
        let Self { server, key, key_file, role, jwt_file, config, log_in } = self;
        let key = key.map(Zeroizing::new);
        Ok(Settings::with(Overrides { server, key, key_file, role, jwt_file, log_in, config })?)
    }

    fn client(self) -> strongroom::Result<Client> {
        Client::with_settings(&self.settings()?).build()
    }
}

#[derive(Subcommand)]
enum Command {
    Set(set::Arguments),
    List(list::Arguments),
    Get(get::Arguments),
    Exists(exists::Arguments),
    Delete(delete::Arguments),
    Restore(restore::Arguments),
    Import(import::Arguments),
    Export(export::Arguments),
    Run(run_command::Arguments),
    Login(login::Arguments),
    Whoami(whoami::Arguments),
    Doctor(doctor::Arguments),
    Completions(completions::Arguments),
}

pub fn run() -> ExitCode {
    // The memory holds the key and values, so it must not be dumped. `exec` resets the flag for programs that `run` starts.
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_dumpable(false);
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return usage::explain(error, &Arguments::command()),
    };
    let code_of: fn(&anyhow::Error) -> u8 = match arguments.command {
        Command::Run(_) => exit::code_of_run,
        _ => exit::code,
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let result = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(dispatch(arguments)));
    result.unwrap_or_else(|error| exit::report(&error, code_of(&error)))
}

async fn dispatch(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let connection = arguments.connection;
    match arguments.command {
        Command::Set(arguments) => set::run(&connection.client()?, arguments).await?,
        Command::List(arguments) => list::run(&connection.client()?, arguments).await?,
        Command::Get(arguments) => get::run(&connection.client()?, arguments).await?,
        Command::Delete(arguments) => delete::run(&connection.client()?, arguments).await?,
        Command::Restore(arguments) => restore::run(&connection.client()?, arguments).await?,
        Command::Export(arguments) => export::run(&connection.client()?, arguments).await?,
        Command::Whoami(arguments) => whoami::run(&connection.client()?, arguments).await?,
        Command::Login(_) => login::run(&Connection { log_in: true, ..connection }.client()?).await?,
        Command::Completions(arguments) => completions::run(&arguments, Arguments::command())?,
        Command::Exists(arguments) => return exists::run(&connection.client()?, arguments).await,
        Command::Import(arguments) => return import::run(&connection.client()?, arguments).await,
        Command::Run(arguments) => return run_command::run(connection.client()?, arguments).await,
        Command::Doctor(arguments) => return doctor::run(connection.settings(), &arguments).await,
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_are_consistent_and_every_command_is_explained() {
        let program = Arguments::command();
        program.clone().debug_assert();
        for command in program.get_subcommands() {
            assert!(command.get_about().is_some(), "{}", command.get_name());
        }
    }
}
