//! The command: finds and starts it, and explains why it can't be started.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsString;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, ExitStatus};

use super::environment::Environment;
use crate::command_line::exit::{self, NOT_EXECUTABLE, NOT_FOUND};
use crate::command_line::output;

/// How many secrets a message about sizes names.
const LARGEST: usize = 3;

pub struct Program {
    pub name: OsString,
    pub arguments: Vec<OsString>,
    /// Variables that the command does not get.
    pub withheld: Vec<&'static str>,
}

impl Program {
    /// Checks that the command exists and is executable.
    pub fn find(&self) -> anyhow::Result<()> {
        let places: Vec<PathBuf> = match env::var_os("PATH") {
            _ if self.has_separator() => vec![PathBuf::from(&self.name)],
            Some(path) => env::split_paths(&path).map(|folder| folder.join(&self.name)).collect(),
            // The system has a default.
            None => return Ok(()),
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
        self.name.as_encoded_bytes().contains(&b'/')
    }

    pub fn already_set(&self) -> BTreeSet<String> {
        let names = env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        names.filter(|name| !self.withheld.contains(&name.as_str())).collect()
    }

    /// The command with these variables, and their sizes by secret. Nothing else keeps the values.
    pub fn command(&self, environment: Environment) -> (Command, Vec<(String, usize)>) {
        let mut command = Command::new(&self.name);
        command.args(&self.arguments);
        for name in &self.withheld {
            command.env_remove(name);
        }
        command.envs(environment.variables());
        (command, environment.into_sizes())
    }

    pub fn exec(&self, environment: Environment) -> anyhow::Error {
        let (mut command, sizes) = self.command(environment);
        self.not_started(&command.exec(), &sizes)
    }

    pub fn title(&self) -> String {
        let name = Path::new(&self.name);
        name.file_name().unwrap_or(&self.name).to_string_lossy().into_owned()
    }

    pub fn not_started(&self, error: &io::Error, sizes: &[(String, usize)]) -> anyhow::Error {
        if error.kind() != io::ErrorKind::ArgumentListTooLong || sizes.is_empty() {
            return self.failure(error);
        }
        let largest = &sizes[..sizes.len().min(LARGEST)];
        let shown = largest.iter().map(|(name, bytes)| format!("{name} ({})", kibibytes(*bytes)));
        let names: Vec<_> = largest.iter().map(|(name, _)| name.as_str()).collect();
        let message = format!(
            "{} can't be run: its variables and arguments exceed the system's limit. {} of them are secrets, \
             the largest {}. Exclude some, as with `--except={}`, or set each only once with `--plain`.",
            self.name.display(),
            kibibytes(sizes.iter().map(|(_, bytes)| bytes).sum()),
            shown.collect::<Vec<_>>().join(", "),
            output::typed(&names.join(",")),
        );
        exit::failure(NOT_EXECUTABLE, message)
    }

    fn failure(&self, error: &io::Error) -> anyhow::Error {
        let name = self.name.display();
        let path = Path::new(&self.name);
        let message = match error.kind() {
            io::ErrorKind::NotFound if self.has_separator() && path.exists() => {
                format!("{name} can't be run: the interpreter in its first line (#!…) does not exist.")
            }
            io::ErrorKind::NotFound if self.has_separator() => format!("There is no file {name}."),
            io::ErrorKind::NotFound if path.is_file() => {
                format!("There is no command {name} in PATH. Use `./{name}` for the file in this directory.")
            }
            io::ErrorKind::NotFound => format!("There is no command {name} in PATH."),
            io::ErrorKind::PermissionDenied => {
                format!("{name} is not executable. If it is a program, use `chmod +x`.")
            }
            io::ErrorKind::IsADirectory => format!("{name} is a directory, not a program."),
            _ => format!("{name} can't be run: {error}"),
        };
        let code = if error.kind() == io::ErrorKind::NotFound { NOT_FOUND } else { NOT_EXECUTABLE };
        exit::failure(code, message)
    }
}

fn kibibytes(bytes: usize) -> String {
    format!("{} KiB", bytes.div_ceil(1024))
}

fn is_executable(place: &Path) -> bool {
    place.metadata().is_ok_and(|metadata| metadata.permissions().mode() & 0o111 != 0)
}

/// The command's exit code, or 128 plus the signal that ended it.
pub fn code(status: ExitStatus) -> ExitCode {
    let code = status.code().or(status.signal().map(|signal| 128 + signal));
    ExitCode::from(code.and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}
