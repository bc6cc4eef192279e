//! `strongroom run`: starts a command with secrets in its environment.
//!
//! Values go into the command's environment and nowhere else: not on disk, not into an argument, not into a message.
//! Without `--watch` the command takes this process's place, so that nothing of it remains.
//!
//! Not here: which variables the command gets, which is [`environment`], and `--watch`, which is [`supervise`].
//!
//! To add an option: a field of [`Arguments`], what it changes in [`environment::Request`], and a line in the
//! documentation of the command line.

mod environment;
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

use self::environment::{Environment, Map, Request, list};
use crate::command_line::{exit, only, output};

/// The command is there, and can't be executed.
const NOT_EXECUTABLE: u8 = 126;
/// There is no such command.
const NOT_FOUND: u8 = 127;

/// What `--watch` looks for is asked for that often at most.
const SHORTEST_INTERVAL: Duration = Duration::from_millis(100);

const EXAMPLES: &str = "\
Examples:
  strongroom run -- python flow.py
      Each secret that the key may see is a local secret of the flow: Secret(\"NAME\").get() finds it.
  strongroom run --only DB_USER,DB_PASSWORD --plain -- ./migrate
      Two secrets, also as the variables DB_USER and DB_PASSWORD.
  strongroom run --only DB_PASSWORD --map DB_PASSWORD=PGPASSWORD -- psql
      A secret under the name that a program looks for.
  strongroom run --watch -- gunicorn app:app
      Starts the command anew when a secret changes.

A variable that is set already stays as it is. STRONGROOM_KEY and STRONGROOM_KEY_FILE are not
passed on. Away from a terminal, --watch gives the command a process group of its own and ends
all of it; as a container's first process, run it below an init (docker run --init).

Ends with the command's own code; with 125 if the secrets could not be had, with 126 if the
command can't be executed, with 127 if there is no such command.";

/// Run a command with secrets in its environment
///
/// Reads the values once, in one step, and starts the command with them. Each secret is there as Prefect's local secret
/// (`PREFECT__CONTEXT__SECRETS__NAME`), quoted so that a flow gets what the server has; --plain and --map are for other
/// programs. Values are in the command's environment and nowhere else. The key needs the role runner.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES, override_usage = "strongroom run [OPTIONS] -- COMMAND [ARGUMENTS]")]
pub struct Arguments {
    /// Hand over these secrets only, and fail if one is not there
    #[arg(long, value_name = "NAME,…")]
    only: Vec<String>,
    /// Also set a variable NAME for each secret NAME: text as it is, everything else as JSON
    #[arg(long)]
    plain: bool,
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

fn interval(text: &str) -> Result<Duration, String> {
    let interval = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if interval < SHORTEST_INTERVAL {
        return Err("it has to be at least 100ms".to_owned());
    }
    Ok(interval)
}

/// Why the command could not be run.
enum Failure {
    /// The secrets could not be had.
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
    let source = Source {
        already_set: program.already_set(),
        request: Request {
            only: only(&client, &arguments.only).await?,
            plain: arguments.plain,
            maps: arguments.map,
        },
        client,
    };
    if arguments.watch {
        // Seen before the values are read: a change in between is found at the next look, not lost.
        let versions = source.versions().await.map_err(unreadable)?;
        let environment = source.first(Some(&versions)).await?;
        let watch =
            supervise::Watch::new(source, versions, &environment, arguments.interval, program.title());
        supervise::supervise(&program, environment, watch, arguments.grace).await
    } else {
        let environment = source.first(None).await?;
        program.become_it(environment)
    }
}

/// The secrets to hand over; `None`: all of them.
async fn only(client: &Client, given: &[String]) -> anyhow::Result<Option<Vec<String>>> {
    if given.is_empty() {
        return Ok(None);
    }
    let there = if given.iter().any(|names| names.contains(',')) {
        client.secret_names().await.map_err(unreadable)?
    } else {
        Vec::new()
    };
    Ok(Some(only::names(given, &there)))
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

/// Where the variables come from.
struct Source {
    client: Client,
    request: Request,
    already_set: BTreeSet<String>,
}

impl Source {
    /// The variables to begin with, where everything that was named has to be there.
    async fn first(&self, versions: Option<&Versions>) -> anyhow::Result<Environment> {
        let names: Vec<String> = match (&self.request.only, versions) {
            (Some(_), _) => self.request.named().into_iter().map(str::to_owned).collect(),
            (None, Some(versions)) => versions.keys().cloned().collect(),
            (None, None) => self.client.secret_names().await.map_err(unreadable)?,
        };
        let secrets = self.values(&names).await.map_err(unreadable)?;
        let missing = self.missing(&secrets);
        match missing.as_slice() {
            [] => {}
            [name] => {
                return Err(Error::SecretNotFound { name: (*name).to_owned() }.into());
            }
            names => {
                return Err(anyhow!(
                    "These secrets were not found: {}. Please ensure that they were set in the key's team.",
                    list(names)
                ));
            }
        }
        let environment = Environment::of(&secrets, &self.request, &self.already_set)?;
        if secrets.is_empty() {
            output::warn("There are no secrets that the key may see: the command gets none.");
        }
        for warning in &environment.warnings {
            output::warn(warning);
        }
        for note in &environment.notes {
            output::note(&format!("note: {note}"));
        }
        Ok(environment)
    }

    /// The values of those of `names` that are there.
    async fn values(&self, names: &[String]) -> strongroom::Result<Vec<SecretWithValue>> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        self.client.secret_values(names).await
    }

    /// Which version each secret has that is handed over. Nothing is recorded as read.
    async fn versions(&self) -> strongroom::Result<Versions> {
        let named = self.request.named();
        let all = self.request.only.is_none();
        let versions = self.client.current_versions().await?.into_iter();
        Ok(versions
            .filter(|secret| all || named.contains(secret.name.as_str()))
            .map(|secret| (secret.name, (secret.id, secret.version)))
            .collect())
    }

    /// What was named, and is not among `secrets`.
    fn missing(&self, secrets: &[SecretWithValue]) -> Vec<&str> {
        let there: BTreeSet<_> = secrets.iter().map(|secret| secret.name.as_str()).collect();
        let named = self.request.named().into_iter();
        named.filter(|name| !there.contains(name)).collect()
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
        drop(environment);
        Err(self.failure(&command.exec()))
    }

    /// Runs the command, where no process can take another's place.
    #[cfg(not(unix))]
    fn become_it(&self, environment: Environment) -> Result<ExitCode, Failure> {
        let mut command = self.command(&environment);
        drop(environment);
        let status = command.status().map_err(|error| self.failure(&error))?;
        Ok(supervise::code(status))
    }

    /// What to call it in a message.
    fn title(&self) -> String {
        let name = Path::new(&self.name);
        name.file_name().unwrap_or(&self.name).to_string_lossy().into_owned()
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
                "There is no command {name} in PATH. The one in this folder is `./{name}`."
            )),
            io::ErrorKind::NotFound => Failure::NotFound(anyhow!("There is no command {name} in PATH.")),
            io::ErrorKind::PermissionDenied => Failure::NotExecutable(anyhow!(
                "{name} may not be executed. If it is a program, `chmod +x` makes it one that can be run."
            )),
            io::ErrorKind::IsADirectory => {
                Failure::NotExecutable(anyhow!("{name} is a folder, not a program."))
            }
            io::ErrorKind::ArgumentListTooLong => Failure::NotExecutable(anyhow!(
                "{name} can't be run: the secrets and the other variables are more than a program can be given here. \
                 Hand over fewer of them with `--only`."
            )),
            _ => Failure::NotExecutable(anyhow!("{name} can't be run: {error}")),
        }
    }
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
