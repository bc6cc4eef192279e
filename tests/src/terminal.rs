//! A terminal and its user.

use std::ffi::OsStr;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use nix::errno::Errno;
use pty_process::{OwnedReadPty, OwnedWritePty, Size};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::process::Child;
use tokio::time::{Instant, timeout, timeout_at};

use crate::process;
use crate::program::Machine;
use crate::wait::DEADLINE;

/// A terminal with a running program, which is killed when dropped.
pub struct Terminal {
    child: Child,
    output: OwnedReadPty,
    keyboard: OwnedWritePty,
    shown: Vec<u8>,
    read_to: usize,
}

impl Terminal {
    /// Runs `strongroom` in a terminal of 24 rows and 100 columns.
    pub fn run(machine: &Machine, arguments: &[impl AsRef<OsStr>]) -> Self {
        Self::run_in(machine, 100, arguments)
    }

    pub fn run_in(machine: &Machine, columns: u16, arguments: &[impl AsRef<OsStr>]) -> Self {
        Self::run_command(machine.command(arguments).as_std(), machine.home(), columns)
    }

    /// Runs a prepared command in a directory, with only its own variables.
    pub fn run_command(prepared: &std::process::Command, folder: &Path, columns: u16) -> Self {
        let (pty, slave) = pty_process::open().expect("a pseudo-terminal");
        pty.resize(Size::new(24, columns)).expect("a terminal can be resized");
        let mut command = pty_process::Command::new(prepared.get_program())
            .args(prepared.get_args())
            .env_clear()
            .current_dir(folder)
            .kill_on_drop(true);
        for (name, value) in prepared.get_envs() {
            if let Some(value) = value {
                command = command.env(name, value);
            }
        }
        let child = command.env("TERM", "xterm-256color").spawn(slave).expect("the program starts");
        let (output, keyboard) = pty.into_split();
        Self { child, output, keyboard, shown: Vec::new(), read_to: 0 }
    }

    pub fn shown(&self) -> String {
        String::from_utf8_lossy(&self.shown).into_owned()
    }

    /// Waits until `text` is shown after the last expected text.
    pub async fn expect(&mut self, text: &str) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let new = &self.shown[self.read_to..];
            if let Some(at) = new.windows(text.len()).position(|part| part == text.as_bytes()) {
                self.read_to += at + text.len();
                return;
            }
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(self.read(left).await, "{text:?} is not shown, but:\n{}", self.shown());
        }
    }

    pub async fn type_line(&mut self, text: &str) {
        self.type_keys(&format!("{text}\r")).await;
    }

    /// Types keys: `"\x03"` is Ctrl-C.
    pub async fn type_keys(&mut self, keys: &str) {
        self.keyboard.write_all(keys.as_bytes()).await.expect("a terminal can be typed at");
    }

    /// Waits until the program has ended, and reads everything that it wrote.
    pub async fn ended(&mut self) -> ExitStatus {
        let deadline = Instant::now() + DEADLINE;
        while self.read(deadline.saturating_duration_since(Instant::now())).await {}
        let status = timeout_at(deadline, self.child.wait())
            .await
            .unwrap_or_else(|_| panic!("it has not ended, but shown:\n{}", self.shown()))
            .expect("a child can be waited for");
        // The kernel may report the end before it has handed over the last output, because it looks for output first.
        while self.read(deadline.saturating_duration_since(Instant::now())).await {}
        status
    }

    pub fn pid(&self) -> u32 {
        self.child.id().expect("it is still running")
    }

    async fn read(&mut self, patience: Duration) -> bool {
        let mut buffer = [0; 4096];
        match timeout(patience, self.output.read(&mut buffer)).await {
            Ok(Ok(count)) => {
                self.shown.extend_from_slice(&buffer[..count]);
                count > 0
            }
            // The program has ended.
            Ok(Err(error)) if error.raw_os_error() == Some(Errno::EIO as i32) => false,
            Ok(Err(error)) => panic!("the terminal can't be read: {error}; it has shown:\n{}", self.shown()),
            Err(_) => false,
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(pid) = self.child.id() {
            process::kill_tree(pid);
        }
    }
}
