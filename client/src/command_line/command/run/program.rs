//! The command that is run: whether it is there, how it is started, and why it is not.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use anyhow::anyhow;

use super::environment::{Environment, Sizes};
use crate::command_line::output;

/// The most secrets that a message about sizes names.
const LARGEST: usize = 3;

const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

pub enum Failure {
    Own(anyhow::Error),
    Command(u8, anyhow::Error),
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Own(error.into())
    }
}

pub struct Program {
    pub name: OsString,
    pub arguments: Vec<OsString>,
    pub withheld: &'static [&'static str],
}

impl Program {
    /// Looks whether it is there. What can only be known by trying is left to that.
    pub fn look(&self) -> Result<(), Failure> {
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
        let kind = if found.iter().any(|place| is_executable(place)) {
            return Ok(());
        } else if !found.is_empty() {
            io::ErrorKind::PermissionDenied
        } else if places.len() == 1 && places[0].is_dir() {
            io::ErrorKind::IsADirectory
        } else {
            io::ErrorKind::NotFound
        };
        Err(self.failure(&kind.into()))
    }

    fn has_separator(&self) -> bool {
        self.name.to_string_lossy().contains(std::path::is_separator)
    }

    pub fn already_set(&self) -> BTreeSet<String> {
        env::vars_os()
            .filter_map(|(name, _)| name.into_string().ok())
            .filter(|name| !self.withheld.contains(&name.as_str()))
            .collect()
    }

    /// The command with these variables, and the sizes of these. Nothing else keeps the values.
    pub fn command(&self, environment: Environment) -> (Command, Sizes) {
        let mut command = Command::new(&self.name);
        command.args(&self.arguments);
        for name in self.withheld {
            command.env_remove(name);
        }
        command.envs(environment.variables());
        (command, environment.into_sizes())
    }

    /// Lets the command take this process's place: signals, its code and its parent are its own, and nothing is left here.
    #[cfg(unix)]
    pub fn become_it(&self, environment: Environment) -> Result<ExitCode, Failure> {
        use std::os::unix::process::CommandExt as _;

        let (mut command, sizes) = self.command(environment);
        Err(self.not_started(&command.exec(), &sizes))
    }

    /// Runs the command, where no process can take another's place.
    #[cfg(not(unix))]
    pub fn become_it(&self, environment: Environment) -> Result<ExitCode, Failure> {
        let (mut command, sizes) = self.command(environment);
        let status = command.status().map_err(|error| self.not_started(&error, &sizes))?;
        Ok(code(status))
    }

    pub fn title(&self) -> String {
        let name = Path::new(&self.name);
        name.file_name().unwrap_or(&self.name).to_string_lossy().into_owned()
    }

    pub fn not_started(&self, error: &io::Error, sizes: &Sizes) -> Failure {
        let mut largest = sizes.largest();
        largest.truncate(LARGEST);
        if error.kind() != io::ErrorKind::ArgumentListTooLong || largest.is_empty() {
            return self.failure(error);
        }
        let shown: Vec<_> =
            largest.iter().map(|(name, bytes)| format!("{name} ({})", kibibytes(*bytes))).collect();
        let names: Vec<_> = largest.iter().map(|(name, _)| *name).collect();
        let error = anyhow!(
            "{} can't be run: its variables and arguments exceed the system's limit. {} of them are secrets, \
             the largest {}. Leave some out, as with `--except {}`, or set each once with `--plain`.",
            self.name.display(),
            kibibytes(sizes.total()),
            shown.join(", "),
            output::typed(&names.join(",")),
        );
        Failure::Command(NOT_EXECUTABLE, error)
    }

    fn failure(&self, error: &io::Error) -> Failure {
        let name = self.name.display();
        let (code, message) = match error.kind() {
            io::ErrorKind::NotFound => (
                NOT_FOUND,
                match (self.has_separator(), Path::new(&self.name)) {
                    (true, path) if path.exists() => {
                        format!(
                            "{name} can't be run: the program that its first line names (#!…) is not there."
                        )
                    }
                    (true, _) => format!("There is no file {name}."),
                    (false, path) if path.is_file() => {
                        format!(
                            "There is no command {name} in PATH. The one in this directory is `./{name}`."
                        )
                    }
                    (false, _) => format!("There is no command {name} in PATH."),
                },
            ),
            io::ErrorKind::PermissionDenied => (
                NOT_EXECUTABLE,
                format!(
                    "{name} may not be executed. If it is a program, `chmod +x` makes it one that can be run."
                ),
            ),
            io::ErrorKind::IsADirectory => (NOT_EXECUTABLE, format!("{name} is a directory, not a program.")),
            _ => (NOT_EXECUTABLE, format!("{name} can't be run: {error}")),
        };
        Failure::Command(code, anyhow!(message))
    }
}

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

/// The code to end with: the command's, or 128 and the number of the signal that ended it.
pub fn code(status: ExitStatus) -> ExitCode {
    #[cfg(unix)]
    let signal = std::os::unix::process::ExitStatusExt::signal(&status);
    #[cfg(not(unix))]
    let signal = None;
    let code = status.code().or(signal.map(|signal: i32| 128 + signal));
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_is_told_from_what_can_not_be_executed() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let look = |name: &Path| {
            let program = Program { name: name.as_os_str().to_owned(), arguments: Vec::new(), withheld: &[] };
            match program.look() {
                Ok(()) => 0,
                Err(Failure::Command(code, _)) => code,
                Err(Failure::Own(error)) => panic!("{error}"),
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
