//! Servers in Node.js, which print their address once they listen.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::store::Store;

const PATIENCE: Duration = Duration::from_secs(20);

/// A running script. Killed when dropped.
pub struct Node {
    child: Child,
    /// Kept open, because a script ends when it can't print.
    _output: Lines<BufReader<ChildStdout>>,
    pub url: String,
}

impl Node {
    /// Starts a script of the tests' directory.
    pub async fn start(store: &Store, script: &str, arguments: &[impl AsRef<OsStr>]) -> Self {
        loop {
            let mut child = Command::new("node")
                .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join(script))
                .args(arguments)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::from(store.log_file().1))
                .kill_on_drop(true)
                .spawn()
                .expect("Node.js starts");
            let mut output = BufReader::new(child.stdout.take().expect("it is piped")).lines();
            // Once in some hundred starts, Node.js hangs at once. The test's own time limit ends this loop.
            if let Ok(line) = timeout(PATIENCE, output.next_line()).await {
                let url = line.expect("its output can be read").expect("it prints its address");
                return Self { child, _output: output, url };
            }
        }
    }

    pub async fn stop(&mut self) {
        self.child.kill().await.expect("a child can be killed");
    }
}
