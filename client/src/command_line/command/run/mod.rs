//! `strongroom run`: starts a command with secrets in its environment.
//!
//! Values go into the command's environment and nowhere else: not on disk, not into an argument, not into a message.
//! Without `--watch` the command takes this process's place, so that nothing of it remains.
//!
//! Not here: the choice of variables, which is in [`environment`] and [`guard`], and `--watch`, which is in
//! [`supervise`].
//!
//! To add an option: a field of [`Arguments`], what it changes in [`environment::Request`], and a line in the
//! documentation of the command line.

mod environment;
mod guard;
mod supervise;
mod terminal;

use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use strongroom::settings::{KEY_FILE_VARIABLE, KEY_VARIABLE};
use strongroom::{Client, Error, SecretWithValue};
use strongroom_shared::Uuid;

use self::environment::{Environment, Forms, Map, Plan, Request, Sizes};
use crate::command_line::{exit, output, selection};

/// The command is there, and can't be executed.
const NOT_EXECUTABLE: u8 = 126;
/// There is no such command.
const NOT_FOUND: u8 = 127;

/// What `--watch` looks for is asked for that often at most.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

/// The most secrets that a message about sizes names.
const LARGEST: usize = 3;

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

/// Why the command could not be run.
enum Failure {
    /// The secrets could not be read.
    Own(anyhow::Error),
    /// It can't be executed.
    NotExecutable(anyhow::Error),
    /// It is not there.
    NotFound(anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Own(error.into())
    }
}

/// Runs the command, and ends with its code.
///
/// # Errors
/// The secrets can't be had. That the command can't be run ends with its own codes, and is said here.
pub async fn run(client: &Client, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let (code, error) = match start(client.clone(), arguments).await {
        Ok(code) => return Ok(code),
        Err(Failure::Own(error)) => return Err(error),
        Err(Failure::NotExecutable(error)) => (NOT_EXECUTABLE, error),
        Err(Failure::NotFound(error)) => (NOT_FOUND, error),
    };
    Ok(exit::with(&error, code))
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

fn unreadable(error: Error) -> anyhow::Error {
    let forbidden = matches!(error, Error::Forbidden { .. });
    let error = anyhow::Error::from(error);
    if forbidden {
        error.context("The secrets can't be read: `strongroom run` needs a key with the role runner")
    } else {
        error
    }
}

/// Which version each secret has.
type Versions = BTreeMap<String, (Uuid, i32)>;

/// The current version of each secret that the key can access. The audit log records no read.
async fn versions(client: &Client) -> strongroom::Result<Versions> {
    let versions = client.current_versions().await?.into_iter();
    Ok(versions.map(|secret| (secret.name, (secret.id, secret.version))).collect())
}

/// Where the variables come from.
struct Source {
    client: Client,
    request: Request,
    already_set: BTreeSet<String>,
}

impl Source {
    /// The variables for the first start. Every secret named by an option has to exist.
    async fn first(&self, there: &[String]) -> anyhow::Result<Environment> {
        let request = &self.request;
        let chosen = request.selection.choose(there)?;
        let plan = self.plan(&chosen);
        let secrets = self.values(&plan).await.map_err(unreadable)?;
        let needed = plan.needed();
        let is_there = |name: &str| {
            secrets.iter().any(|secret| secret.name == name)
                || !needed.contains(name) && there.iter().any(|other| other == name)
        };
        let missing: Vec<&str> = request.named().into_iter().filter(|name| !is_there(name)).collect();
        if !missing.is_empty() {
            return Err(selection::not_found(&missing));
        }
        let environment = plan.fill(&secrets)?;
        if chosen.is_empty() && request.maps.is_empty() {
            output::warn(if there.is_empty() {
                "The key may see no secrets: the command starts without any."
            } else {
                "`--except` leaves out all secrets: the command gets none."
            });
        }
        for warning in &environment.warnings {
            output::warn(warning);
        }
        for note in &environment.notes {
            output::note(&format!("note: {note}"));
        }
        Ok(environment)
    }

    /// The plan for the secrets with these names.
    fn plan<'a>(&'a self, names: &'a [String]) -> Plan<'a> {
        Plan::of(names, &self.request, &self.already_set)
    }

    /// The values that a plan needs, of the secrets that still exist.
    async fn values(&self, plan: &Plan<'_>) -> strongroom::Result<Vec<SecretWithValue>> {
        let needed: Vec<String> = plan.needed().into_iter().map(str::to_owned).collect();
        if needed.is_empty() {
            return Ok(Vec::new());
        }
        self.client.secret_values(&needed).await
    }
}

/// What is run.
struct Program {
    name: OsString,
    arguments: Vec<OsString>,
    /// Which variables it does not get.
    withheld: &'static [&'static str],
}

impl Program {
    /// Looks whether it is there. What can only be known by trying is left to that.
    fn look(&self) -> Result<(), Failure> {
        let places = if Path::new(&self.name).components().count() > 1 || self.has_separator() {
            vec![PathBuf::from(&self.name)]
        } else {
            match env::var_os("PATH") {
                Some(path) if cfg!(unix) => {
                    env::split_paths(&path).map(|folder| folder.join(&self.name)).collect()
                }
                // Where it is looked for then is the system's business.
                _ => return Ok(()),
            }
        };
        let found: Vec<_> = places.iter().filter(|place| place.is_file()).collect();
        if found.iter().any(|place| is_executable(place)) {
            Ok(())
        } else if !found.is_empty() {
            Err(self.failure(&io::ErrorKind::PermissionDenied.into()))
        } else if places.len() == 1 && places[0].is_dir() {
            Err(self.failure(&io::ErrorKind::IsADirectory.into()))
        } else {
            Err(self.failure(&io::ErrorKind::NotFound.into()))
        }
    }

    fn has_separator(&self) -> bool {
        self.name.to_string_lossy().contains(std::path::is_separator)
    }

    /// The names of the variables that it has without us.
    fn already_set(&self) -> BTreeSet<String> {
        env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .filter(|name| !self.withheld.contains(&name.as_str()))
            .collect()
    }

    /// The command, with these variables.
    fn command(&self, environment: &Environment) -> Command {
        let mut command = Command::new(&self.name);
        command.args(&self.arguments);
        for name in self.withheld {
            command.env_remove(name);
        }
        command.envs(environment.variables());
        command
    }

    /// Lets the command take this process's place: signals, its code and its parent are its own, and nothing is left here.
    #[cfg(unix)]
    fn become_it(&self, environment: Environment) -> Result<ExitCode, Failure> {
        use std::os::unix::process::CommandExt as _;

        let mut command = self.command(&environment);
        let sizes = environment.sizes().clone();
        drop(environment);
        Err(self.not_started(&command.exec(), &sizes))
    }

    /// Runs the command, where no process can take another's place.
    #[cfg(not(unix))]
    fn become_it(&self, environment: Environment) -> Result<ExitCode, Failure> {
        let mut command = self.command(&environment);
        let sizes = environment.sizes().clone();
        drop(environment);
        let status = command.status().map_err(|error| self.not_started(&error, &sizes))?;
        Ok(supervise::code(status))
    }

    /// What to call it in a message.
    fn title(&self) -> String {
        let name = Path::new(&self.name);
        name.file_name().unwrap_or(&self.name).to_string_lossy().into_owned()
    }

    /// The error for a command that did not start.
    fn not_started(&self, error: &io::Error, sizes: &Sizes) -> Failure {
        let mut largest = sizes.largest();
        largest.truncate(LARGEST);
        if error.kind() != io::ErrorKind::ArgumentListTooLong || largest.is_empty() {
            return self.failure(error);
        }
        let shown: Vec<_> =
            largest.iter().map(|(name, bytes)| format!("{name} ({})", kibibytes(*bytes))).collect();
        let names: Vec<_> = largest.iter().map(|(name, _)| *name).collect();
        Failure::NotExecutable(anyhow!(
            "{} can't be run: its variables and arguments exceed the system's limit. {} of them are secrets, \
             the largest {}. Leave some out, as with `--except {}`, or set each once with `--plain`.",
            self.name.display(),
            kibibytes(sizes.total()),
            shown.join(", "),
            output::typed(&names.join(",")),
        ))
    }

    fn failure(&self, error: &io::Error) -> Failure {
        let name = self.name.display();
        match error.kind() {
            io::ErrorKind::NotFound if self.has_separator() && Path::new(&self.name).exists() => {
                Failure::NotFound(anyhow!(
                    "{name} can't be run: the program that its first line names (#!…) is not there."
                ))
            }
            io::ErrorKind::NotFound if self.has_separator() => {
                Failure::NotFound(anyhow!("There is no file {name}."))
            }
            io::ErrorKind::NotFound if Path::new(&self.name).is_file() => Failure::NotFound(anyhow!(
                "There is no command {name} in PATH. The one in this directory is `./{name}`."
            )),
            io::ErrorKind::NotFound => Failure::NotFound(anyhow!("There is no command {name} in PATH.")),
            io::ErrorKind::PermissionDenied => Failure::NotExecutable(anyhow!(
                "{name} may not be executed. If it is a program, `chmod +x` makes it one that can be run."
            )),
            io::ErrorKind::IsADirectory => {
                Failure::NotExecutable(anyhow!("{name} is a directory, not a program."))
            }
            _ => Failure::NotExecutable(anyhow!("{name} can't be run: {error}")),
        }
    }
}

/// Formats a number of bytes.
fn kibibytes(bytes: usize) -> String {
    format!("{} KiB", bytes.div_ceil(1024))
}

#[cfg(unix)]
fn is_executable(place: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    place.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_executable(_: &Path) -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_that_would_be_a_busy_loop_is_refused() {
        assert!(interval("0s").is_err() && interval("99ms").is_err() && interval("5").is_err());
        assert_eq!(interval("100ms"), Ok(SHORTEST_INTERVAL));
    }

    #[test]
    fn what_is_not_there_is_told_from_what_can_not_be_executed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let look = |name: &Path| {
            let program = Program { name: name.as_os_str().to_owned(), arguments: Vec::new(), withheld: &[] };
            match program.look() {
                Ok(()) => 0,
                Err(Failure::Own(_)) => exit::RUN_FAILED,
                Err(Failure::NotExecutable(_)) => NOT_EXECUTABLE,
                Err(Failure::NotFound(_)) => NOT_FOUND,
            }
        };
        assert_eq!(look(&folder.path().join("none")), NOT_FOUND);
        assert_eq!(look(Path::new("no-such-command-anywhere")), NOT_FOUND);
        assert_eq!(look(folder.path()), NOT_EXECUTABLE);
        if cfg!(unix) {
            assert_eq!(look(&file), NOT_EXECUTABLE);
            assert_eq!(look(Path::new("sh")), 0);
        }
    }
}
