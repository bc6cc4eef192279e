//! `strongroom run`: starts a command with secrets in its environment.
//!
//! Values go into the command's environment and nowhere else: not on disk, not into an argument, not into a message.
//! Without `--watch` the command takes this process's place, so that nothing of it remains.
//!
//! Not here: the choice of variables, which is in [`plan`] and [`guard`], and `--watch`, which is in [`supervise`].
//!
//! To add an option: a field of [`Arguments`], what it changes in [`plan::Request`], and a line in the documentation of
//! the command line.

mod environment;
mod guard;
mod plan;
mod program;
mod source;
mod supervise;
mod terminal;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use strongroom::Client;
use strongroom::settings::{KEY_FILE_VARIABLE, KEY_VARIABLE};

use self::plan::{Forms, Map, Request};
use self::program::{Failure, Program};
use self::source::{Source, unreadable, versions};
use crate::command_line::{exit, selection};

/// What `--watch` looks for is asked for that often at most.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

const EXAMPLES: &str = "\
Examples:
  strongroom run -- ./server
      Each secret that the key may see is a variable of its own name: DB_URL is in $DB_URL.
  strongroom run --only 'DB_*,SENTRY_DSN' -- ./migrate
      The secrets whose names begin with DB_, and one more. --except leaves some out.
  strongroom run --only DB_PASSWORD --map DB_PASSWORD=PGPASSWORD -- psql
      A secret under the name that a program looks for.
  strongroom run --watch -- gunicorn app:app
      Starts the command anew when a secret changes.
  strongroom run --prefect -- python flow.py
      Prefect's local secrets alone: Secret(\"NAME\").get() finds each.

A variable that is set already stays as it is. Names that no variable can have are skipped, and so
are those from which programs take code (PATH, LD_PRELOAD, BASH_ENV, NODE_OPTIONS, ...), unless
--map asks for them. STRONGROOM_KEY and STRONGROOM_KEY_FILE are not passed on. Away from a terminal,
--watch gives the command a process group of its own and ends all of it; as a container's first
process, run it below an init (docker run --init).

Ends with the command's own code; with 125 if the secrets could not be read, with 126 if the
command can't be executed, with 127 if there is no such command.";

/// Run a command with secrets in its environment
///
/// Reads the values once, in one step, and starts the command with them. Each secret is a variable of its own name (text as
/// it is, everything else as JSON), and Prefect's local secret (`PREFECT__CONTEXT__SECRETS__NAME`), quoted so that a flow
/// gets what the server has. Values are in the command's environment and nowhere else. The key needs the role runner.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, override_usage = "strongroom run [OPTIONS] -- COMMAND [ARGUMENTS]")]
pub struct Arguments {
    #[command(flatten)]
    selection: selection::Options,
    #[command(flatten)]
    forms: FormOptions,
    /// Also set VARIABLE to the value of the secret NAME
    #[arg(long, value_name = "NAME=VARIABLE")]
    map: Vec<Map>,
    /// Start the command anew when its secrets change: it gets SIGTERM, and SIGKILL after a while
    #[arg(long)]
    watch: bool,
    /// How often to look for changes
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = interval, requires = "watch")]
    interval: Duration,
    /// How long the command may take to end before SIGKILL
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = humantime::parse_duration, requires = "watch")]
    grace: Duration,
    /// Pass `STRONGROOM_KEY` and `STRONGROOM_KEY_FILE` on to the command
    #[arg(long)]
    keep_key: bool,
    /// The command and its arguments
    #[arg(trailing_var_arg = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

#[derive(clap::Args)]
struct FormOptions {
    /// Set variables of the secrets' own names alone, none for Prefect
    #[arg(long, conflicts_with = "prefect")]
    plain: bool,
    /// Set Prefect's local secrets alone
    #[arg(long)]
    prefect: bool,
}

impl FormOptions {
    const fn forms(&self) -> Forms {
        match (self.plain, self.prefect) {
            (true, _) => Forms::Plain,
            (_, true) => Forms::Prefect,
            _ => Forms::Both,
        }
    }
}

fn interval(text: &str) -> Result<Duration, String> {
    let interval = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if interval < SHORTEST_INTERVAL {
        return Err("it has to be at least 100ms".to_owned());
    }
    Ok(interval)
}

pub async fn run(client: &Client, arguments: Arguments) -> anyhow::Result<ExitCode> {
    match start(client.clone(), arguments).await {
        Ok(code) => Ok(code),
        Err(Failure::Own(error)) => Err(error),
        Err(Failure::Command(code, error)) => Ok(exit::with(&error, code)),
    }
}

async fn start(client: Client, arguments: Arguments) -> Result<ExitCode, Failure> {
    let mut words = arguments.command.into_iter();
    let program = Program {
        name: words.next().context("There is no command to run.")?,
        arguments: words.collect(),
        withheld: if arguments.keep_key { &[] } else { &[KEY_VARIABLE, KEY_FILE_VARIABLE] },
    };
    // Before anything is read: a slip of the pen should not stand in the audit log as a reading of every secret.
    program.look()?;

    let mut twice = BTreeSet::new();
    if let Some(map) = arguments.map.iter().find(|map| !twice.insert(&map.variable)) {
        return Err(anyhow!("`--map` sets the variable {} twice.", map.variable).into());
    }
    // Seen before the values are read: a change in between is found at the next look, not lost.
    let versions = if arguments.watch { Some(versions(&client).await.map_err(unreadable)?) } else { None };
    let there: Vec<String> = match &versions {
        Some(versions) => versions.keys().cloned().collect(),
        None => client.secret_names().await.map_err(unreadable)?,
    };
    let source = Source {
        already_set: program.already_set(),
        request: Request {
            selection: arguments.selection.selection(&there)?,
            forms: arguments.forms.forms(),
            maps: arguments.map,
        },
        client,
    };
    let environment = source.first(&there).await?;
    let Some(versions) = versions else {
        return program.become_it(environment);
    };
    let watch = supervise::Watch::new(source, versions, &environment, arguments.interval, program.title());
    supervise::supervise(&program, environment, watch, arguments.grace).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_that_would_be_a_busy_loop_is_refused() {
        assert!(interval("0s").is_err() && interval("99ms").is_err() && interval("5").is_err());
        assert_eq!(interval("100ms"), Ok(SHORTEST_INTERVAL));
    }
}
