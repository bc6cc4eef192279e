//! The project's folders, and how programs are started in them.
//!
//! Not here: which programs, in which order; that is what the commands say. A program that is pinned and may have to
//! be installed first is a [`crate::tool::Tool`].

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

use anyhow::{Context, Result, bail};

use crate::tool::Toolbox;

/// How programs are built.
#[derive(Clone, Copy)]
pub enum Build {
    /// Quickly, with nothing in it but what it asks for. The server then does not need the clients to compile.
    Dev,
    /// As shipped: the server with the page inside.
    Release,
}

/// A program that is shipped.
#[derive(Clone, Copy)]
pub enum Program {
    /// The server.
    Server,
    /// The command line.
    CommandLine,
}

impl Program {
    /// The package, which is also what the program is called.
    const fn name(self) -> &'static str {
        match self {
            Self::Server => "strongroom-server",
            Self::CommandLine => "strongroom",
        }
    }
}

/// What the tests start.
pub struct TestedPrograms {
    /// The server.
    pub server: PathBuf,
    /// The command line.
    pub command_line: PathBuf,
    /// The example of the library's documentation.
    pub example: PathBuf,
    /// What lends a PostgreSQL cluster to the tests.
    pub postgres: PathBuf,
}

/// What `cargo xtask torture` starts.
pub struct TorturePrograms {
    /// The one that kills.
    pub torture: PathBuf,
    /// The server that is killed.
    pub server: PathBuf,
}

/// The root of the project.
pub fn root() -> &'static Path {
    let manifest_folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest_folder.parent().unwrap_or(manifest_folder)
}

/// Where Trunk puts the page and the server finds it.
pub fn dist() -> PathBuf {
    root().join("dist")
}

/// Cargo's target folder, wherever the user's settings have put it: this very program runs from inside of it.
pub fn target() -> Result<PathBuf> {
    let program = env::current_exe().context("finding out where this program is")?;
    let folder = program.parent().and_then(Path::parent).context("this program is not in a target folder")?;
    Ok(folder.to_owned())
}

/// A program, to be started in the root of the project with the toolbox's tools on PATH.
pub fn program(name: impl AsRef<OsStr>, tools: &Toolbox) -> Command {
    let mut command = Command::new(name);
    command.current_dir(root()).env("PATH", tools.search_path());
    forget_own_package(&mut command);
    command
}

/// The cargo that started this program, with the toolbox's tools on PATH.
pub fn cargo(tools: &Toolbox) -> Command {
    program(cargo_path(), tools)
}

/// Where the cargo is that started this program.
pub fn cargo_path() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Removes what `cargo run` told this program about its own package. Build scripts watch some of these variables, and
/// dependencies would be built again each time cargo is started now by hand and now from here.
pub fn forget_own_package(command: &mut Command) {
    for (name, _) in env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
}

/// Runs a program to its end and fails when it does.
pub fn check(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("starting {}", shown(command)))?;
    if !status.success() {
        bail!("{} ended with {status}", shown(command));
    }
    Ok(())
}

/// Becomes the program where the system can do that, so that signals and the exit code are its own; elsewhere starts
/// it, waits for it and passes the exit code on.
pub fn become_program(command: &mut Command) -> Result<ExitCode> {
    #[cfg(unix)]
    {
        use std::os::unix::process::CommandExt as _;
        let error = command.exec();
        Err(error).with_context(|| format!("starting {}", shown(command)))
    }
    #[cfg(not(unix))]
    {
        let status = command.status().with_context(|| format!("starting {}", shown(command)))?;
        let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
        Ok(ExitCode::from(code))
    }
}

/// A program and its arguments, as one would type them.
pub fn shown(command: &Command) -> String {
    let name = Path::new(command.get_program()).file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    let words: Vec<_> = words.map(OsStr::to_string_lossy).collect();
    format!("`{}`", words.join(" "))
}

/// Builds a program and says where it is.
pub fn build(program: Program, build: Build, tools: &Toolbox) -> Result<PathBuf> {
    let (flags, folder): (&[&str], _) = match build {
        Build::Dev => (&[], "debug"),
        Build::Release => (&["--release"], "release"),
    };
    let mut command = cargo(tools);
    command.args(["build", "--package", program.name()]);
    // Not what else the package has.
    command.args(["--bin", program.name()]);
    check(command.args(flags))?;
    built(&[folder], program.name())
}

/// Builds what the tests start, with the features of its dependencies united over the whole workspace. Building and
/// running the workspace's tests unites them too, and would compile most dependencies a second time otherwise.
pub fn build_tested(tools: &Toolbox) -> Result<TestedPrograms> {
    const EXAMPLE: &str = "quickstart";
    const POSTGRES: &str = "test-postgres";
    let (server, command_line) = (Program::Server.name(), Program::CommandLine.name());
    let mut command = cargo(tools);
    command.args(["build", "--workspace", "--example", EXAMPLE]);
    check(command.args(["--bin", server, "--bin", command_line, "--bin", POSTGRES]))?;
    Ok(TestedPrograms {
        server: built(&["debug"], server)?,
        command_line: built(&["debug"], command_line)?,
        example: built(&["debug", "examples"], EXAMPLE)?,
        postgres: built(&["debug"], POSTGRES)?,
    })
}

/// Builds what kills servers, and the server, as [`build_tested`] builds.
pub fn build_torture(tools: &Toolbox) -> Result<TorturePrograms> {
    let (torture, server) = ("torture", Program::Server.name());
    let mut command = cargo(tools);
    check(command.args(["build", "--workspace", "--bin", torture, "--bin", server]))?;
    Ok(TorturePrograms { torture: built(&["debug"], torture)?, server: built(&["debug"], server)? })
}

/// Where Cargo has put a program.
fn built(folders: &[&str], name: &str) -> Result<PathBuf> {
    let mut path = target()?;
    path.extend(folders);
    path.push(name);
    Ok(path.with_extension(env::consts::EXE_EXTENSION))
}
