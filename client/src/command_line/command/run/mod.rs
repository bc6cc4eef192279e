//! `run`: starts a command with secrets in its environment, and nowhere else: not on disk, not in an argument, not in a
//! message. Without `--watch`, the command replaces this process.

mod environment;
mod guard;
mod plan;
mod program;
mod source;
mod supervise;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::ExitCode;
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context as _, bail};
use strongroom::settings::{ID_TOKEN_VARIABLE, JWT_FILE_VARIABLE, KEY_FILE_VARIABLE, KEY_VARIABLE};
use strongroom::{Client, Login};

use self::program::Program;
use self::source::{Source, unreadable, versions};
use crate::command_line::selection::{self, Selection};
use crate::command_line::time;

/// The variables that hold a key or token, or name its file. The file itself can't be withheld.
const WITHHELD: [&str; 4] = [KEY_VARIABLE, KEY_FILE_VARIABLE, ID_TOKEN_VARIABLE, JWT_FILE_VARIABLE];

const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

/// Run a command with secrets in its environment
///
/// Reads the values once and starts the command with them. Each secret sets a variable of its own name (a string unchanged,
/// anything else as JSON) and Prefect's local secret (`PREFECT__CONTEXT__SECRETS__NAME`), quoted so that Prefect reads the
/// value on the server. Values are only in the command's environment. The key needs the runner role.
#[derive(clap::Args)]
#[command(
    after_help = "\
Examples:
  strongroom run -- ./server
      Sets each secret that the key can access as a variable: DB_URL is in $DB_URL.
  strongroom run --only 'DB_*,SENTRY_DSN' -- ./migrate
      Only the secrets whose names begin with DB_, and one more. --except excludes some.
  strongroom run --only DB_PASSWORD --map DB_PASSWORD=PGPASSWORD -- psql
      Also sets a secret under another name.
  strongroom run --watch -- gunicorn app:app
      Restarts the command when a secret changes.
  strongroom run --prefect -- python flow.py
      Sets only Prefect's local secrets: Secret(\"NAME\").get() finds each.

Existing variables are kept. Names that are not valid for variables are skipped, and so are those
that make programs run code (PATH, LD_PRELOAD, BASH_ENV, NODE_OPTIONS, ...), unless --map sets them.
STRONGROOM_KEY, STRONGROOM_KEY_FILE, STRONGROOM_ID_TOKEN and STRONGROOM_JWT_FILE are not passed on,
nor are GitHub's ACTIONS_ID_TOKEN_REQUEST_URL and ACTIONS_ID_TOKEN_REQUEST_TOKEN after logging in
with them. The command can still read files, such as that of a key or token.
Without a terminal, --watch puts the command into its own process group and ends all of it; as a
container's first process, run it below an init (docker run --init).

Exits with the command's code; with 125 if run itself failed, with 126 if the command can't be
executed, with 127 if it does not exist.",
    override_usage = "strongroom run [OPTIONS] -- COMMAND [ARGUMENTS]"
)]
pub struct Arguments {
    #[command(flatten)]
    selection: selection::Options,
    #[command(flatten)]
    forms: Forms,
    /// Also set VARIABLE to the value of the secret NAME
    #[arg(long, value_name = "NAME=VARIABLE")]
    map: Vec<Map>,
    /// Restart the command when its secrets change, with SIGTERM, and SIGKILL after the grace period
    #[arg(long)]
    watch: bool,
    /// How often to check for changes
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = interval, requires = "watch")]
    interval: Duration,
    /// The grace period between SIGTERM and SIGKILL
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time::parse_duration, requires = "watch")]
    grace: Duration,
    /// Pass `STRONGROOM_KEY` and the like on to the command
    #[arg(long)]
    keep_key: bool,
    /// The command and its arguments
    #[arg(trailing_var_arg = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

#[derive(Clone, Copy, Debug, Default, clap::Args)]
pub struct Forms {
    /// Set only variables of the secrets' own names, none for Prefect
    #[arg(long, conflicts_with = "prefect")]
    plain: bool,
    /// Set only Prefect's local secrets
    #[arg(long)]
    prefect: bool,
}

/// `NAME=VARIABLE`. Only the secret's name may contain a `=`, so the last one separates the two.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Map {
    pub name: String,
    pub variable: String,
}

impl FromStr for Map {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_odd = |character: char| character.is_whitespace() || character.is_control();
        match text.rsplit_once('=') {
            Some((_, variable)) if variable.contains(is_odd) => {
                Err("a variable's name can't contain white space or control characters")
            }
            Some((name, variable)) if !name.is_empty() && !variable.is_empty() => {
                Ok(Self { name: name.to_owned(), variable: variable.to_owned() })
            }
            _ => Err("expected the names of a secret and a variable, such as DB_PASSWORD=PGPASSWORD"),
        }
    }
}

#[derive(Clone, Debug, Default)]
pub struct Request {
    pub selection: Selection,
    pub forms: Forms,
    pub maps: Vec<Map>,
}

impl Request {
    /// The full names in options. These secrets must exist.
    pub fn named(&self) -> BTreeSet<&str> {
        self.selection.named().chain(self.mapped()).collect()
    }

    pub fn mapped(&self) -> impl Iterator<Item = &str> {
        self.maps.iter().map(|map| map.name.as_str())
    }
}

fn interval(text: &str) -> Result<Duration, &'static str> {
    let interval = time::parse_duration(text)?;
    if interval < SHORTEST_INTERVAL {
        return Err("it must be at least 100ms");
    }
    Ok(interval)
}

pub async fn run(client: Client, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let mut words = arguments.command.into_iter();
    let of_login = client.login().map_or(&[][..], Login::token_variables);
    let withheld = if arguments.keep_key { Vec::new() } else { [&WITHHELD[..], of_login].concat() };
    let program = Program {
        name: words.next().context("There is no command to run.")?,
        arguments: words.collect(),
        withheld,
    };
    // Before anything is read: a typo should not record a read of every secret.
    program.find()?;

    let mut twice = BTreeSet::new();
    if let Some(map) = arguments.map.iter().find(|map| !twice.insert(&map.variable)) {
        bail!("`--map` sets the variable {} twice.", map.variable);
    }
    // Before the values are read: a change in between is found at the next check.
    let versions = if arguments.watch { Some(versions(&client).await.map_err(unreadable)?) } else { None };
    let there: Vec<String> = match &versions {
        Some(versions) => versions.keys().cloned().collect(),
        None => client.secret_names().await.map_err(unreadable)?,
    };
    let source = Source {
        already_set: program.already_set(),
        request: Request {
            selection: arguments.selection.selection(&there)?,
            forms: arguments.forms,
            maps: arguments.map,
        },
        client,
    };
    let environment = source.first(&there).await?;
    let Some(versions) = versions else { return Err(program.exec(environment)) };
    let (interval, grace) = (arguments.interval, arguments.grace);
    let watch = supervise::Watch::new(source, versions, &environment, program.title(), interval, grace);
    supervise::supervise(&program, environment, watch).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_is_split_at_the_last_equals_sign() {
        for (text, name, variable) in [
            ("DB=PGPASSWORD", "DB", "PGPASSWORD"),
            ("a=b=C", "a=b", "C"),
            ("a==C", "a=", "C"),
            ("a b, c=x.Y", "a b, c", "x.Y"),
        ] {
            assert_eq!(text.parse(), Ok(Map { name: name.to_owned(), variable: variable.to_owned() }));
        }
        for wrong in ["", "A", "A=", "=B", "=", "A=B\0", "A=B C", "A= B", "A=B\n"] {
            assert!(wrong.parse::<Map>().is_err(), "{wrong:?}");
        }
    }

    #[test]
    fn short_intervals_are_refused() {
        assert!(interval("0s").is_err() && interval("99ms").is_err() && interval("5").is_err());
        assert_eq!(interval("100ms"), Ok(SHORTEST_INTERVAL));
    }
}
