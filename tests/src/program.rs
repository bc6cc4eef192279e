//! The program `strongroom` on its own machine: a home directory and an environment.

use std::collections::BTreeMap;
use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;

use serde_json::Value;
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::files::{files, holds};
pub use crate::process::descendants;
use crate::server::Server;
use crate::store::Store;
use crate::wait::DEADLINE;
use crate::{assert_says, process, tool};

/// The program under test: `STRONGROOM_CLIENT_BIN`, or the one built beside these tests.
pub fn binary() -> PathBuf {
    tool::built("STRONGROOM_CLIENT_BIN", "strongroom")
}

/// The built example of the library's documentation: `STRONGROOM_EXAMPLE_BIN`, or the one built beside these tests.
pub fn example() -> PathBuf {
    tool::built("STRONGROOM_EXAMPLE_BIN", "examples/quickstart")
}

/// A home directory, and an environment without the tests' own variables.
#[derive(Clone)]
pub struct Machine {
    store: Arc<Store>,
    home: PathBuf,
    variables: BTreeMap<OsString, OsString>,
}

#[derive(Debug)]
pub struct Ran {
    pub arguments: Vec<OsString>,
    /// `None` if a signal ended it.
    pub code: Option<i32>,
    pub stdout: Vec<u8>,
    pub stderr: String,
}

#[expect(clippy::return_self_not_must_use, reason = "a test may only care that it succeeded")]
impl Ran {
    pub fn printed(&self) -> &str {
        str::from_utf8(&self.stdout).expect("it prints UTF-8")
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.stdout).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }

    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, Some(0), "it should have succeeded: {self:?}");
        self
    }

    pub fn failed(self, code: i32) -> String {
        assert_eq!(self.code, Some(code), "it should have ended with {code}: {self:?}");
        assert!(self.stdout.is_empty(), "a failure prints no result: {self:?}");
        assert!(!self.stderr.trim().is_empty(), "a failure says why: {self:?}");
        self.stderr
    }

    #[track_caller]
    pub fn fails(self, code: i32, parts: &[&str]) {
        assert_says(&self.failed(code), parts);
    }

    #[track_caller]
    pub fn says(self, parts: &[&str]) -> Self {
        let ran = self.succeeded();
        assert_says(&ran.stderr, parts);
        ran
    }

    #[track_caller]
    pub fn prints(self, parts: &[&str]) -> Self {
        let ran = self.succeeded();
        assert_says(ran.printed(), parts);
        ran
    }
}

impl Machine {
    /// A machine on which nothing is configured. Its output is searched for the secrets of `store`.
    pub fn bare(store: &Arc<Store>) -> Self {
        let home = store.scratch().join(format!("home-{}", store.next_number()));
        fs::create_dir_all(home.join("tmp")).expect("directories can be created");
        let variables = BTreeMap::new();
        let store = Arc::clone(store);
        Self { store, home, variables }
            .with("PATH", env::var_os("PATH").expect("there is a PATH"))
            .with("LC_ALL", "C.UTF-8")
    }

    pub fn at(server: &Server) -> Self {
        Self::bare(server.store()).with("STRONGROOM_SERVER", server.url())
    }

    #[must_use]
    pub fn with(&self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let mut changed = self.clone();
        changed.variables.insert(name.as_ref().to_owned(), value.as_ref().to_owned());
        changed
    }

    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut changed = self.clone();
        changed.variables.remove(OsStr::new(name));
        changed
    }

    #[must_use]
    pub fn with_key(&self, key: &str) -> Self {
        self.store.must_stay_secret(key);
        self.with("STRONGROOM_KEY", key)
    }

    pub fn home(&self) -> &Path {
        &self.home
    }

    pub const fn store(&self) -> &Arc<Store> {
        &self.store
    }

    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.home.join(name);
        let folder = path.parent().expect("a file is in a directory");
        fs::create_dir_all(folder).expect("directories can be created");
        fs::write(&path, content).expect("files can be written");
        path
    }

    pub fn read(&self, name: &str) -> String {
        let path = self.home.join(name);
        fs::read_to_string(&path).unwrap_or_else(|error| panic!("{error}: {}", path.display()))
    }

    pub fn files_with(&self, text: &str) -> Vec<PathBuf> {
        let files = files(&self.home).into_iter();
        files.filter(|(_, content)| holds(content, text)).map(|(path, _)| path).collect()
    }

    pub fn program(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .env_clear()
            .env("HOME", &self.home)
            .env("TMPDIR", self.home.join("tmp"))
            .envs(&self.variables)
            .current_dir(&self.home)
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    pub fn command(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Command {
        let mut command = self.program(binary());
        command.args(arguments);
        command
    }

    pub async fn run(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ran {
        self.run_program(binary(), arguments).await
    }

    pub async fn run_program(
        &self,
        program: impl AsRef<OsStr>,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
    ) -> Ran {
        let mut command = self.program(program);
        command.args(arguments);
        self.run_command(command, None).await
    }

    pub async fn run_with(
        &self,
        arguments: impl IntoIterator<Item = impl AsRef<OsStr>>,
        stdin: impl AsRef<[u8]>,
    ) -> Ran {
        self.run_command(self.command(arguments), Some(stdin.as_ref())).await
    }

    /// Runs a prepared command to its end, and checks its standard error for secrets.
    pub async fn run_command(&self, command: Command, stdin: Option<&[u8]>) -> Ran {
        let arguments = command.as_std().get_args().map(OsStr::to_owned).collect();
        let output = process::output(command, stdin, DEADLINE).await;
        let ran = Ran {
            arguments,
            code: output.status.code(),
            stdout: output.stdout,
            stderr: String::from_utf8(output.stderr).expect("it speaks UTF-8"),
        };
        self.store.hears("strongroom's standard error", &ran.stderr);
        ran
    }

    pub fn start(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Running {
        self.start_command(self.command(arguments))
    }

    pub fn start_command(&self, mut command: Command) -> Running {
        let stderr = self.home.join(format!("stderr-{}", self.store.next_number()));
        let file = fs::File::create(&stderr).expect("files can be written");
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::from(file))
            .spawn()
            .unwrap_or_else(|error| panic!("{error}: {command:?}"));
        let stdout = child.stdout.take().expect("it is piped");
        Running { child, lines: BufReader::new(stdout).lines(), stderr, store: Arc::clone(&self.store) }
    }
}

/// The running program. Killed when dropped, with all that it has started.
pub struct Running {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    stderr: PathBuf,
    store: Arc<Store>,
}

impl Running {
    pub async fn line(&mut self) -> String {
        let Ok(line) = timeout(DEADLINE, self.lines.next_line()).await else {
            panic!("it does not print another line; it said:\n{}", self.said())
        };
        line.expect("what it prints can be read")
            .unwrap_or_else(|| panic!("it prints nothing more; it said:\n{}", self.said()))
    }

    /// The next line if it is printed within a moment. Only for lines that must not be printed.
    pub async fn has_line_within(&mut self, moment: std::time::Duration) -> Option<String> {
        let line = timeout(moment, self.lines.next_line()).await.ok()?;
        line.expect("what it prints can be read")
    }

    pub fn said(&self) -> String {
        fs::read_to_string(&self.stderr).expect("it can be read")
    }

    pub fn pid(&self) -> u32 {
        self.child.id().expect("it is still running")
    }

    pub fn signal(&self, name: &str) {
        process::signal(self.pid(), name);
    }

    pub async fn kill(&mut self) {
        self.child.kill().await.expect("it can be killed");
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("a child can be waited for").is_none()
    }

    pub async fn ended(&mut self) -> ExitStatus {
        let said = self.stderr.clone();
        process::ended(&mut self.child, || fs::read_to_string(said).unwrap_or_default()).await
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(pid) = self.child.id() {
            process::kill_tree(pid);
        }
        if !thread::panicking() {
            self.store.hears("strongroom's standard error", &self.said());
        }
    }
}
