//! Processes of programs, and what they have started.

use std::collections::HashMap;
use std::fs;
use std::process::{ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};
use tokio::time::timeout;

use crate::server::signal;
use crate::wait;

pub async fn output(mut command: Command, stdin: Option<&[u8]>, patience: Duration) -> Output {
    if stdin.is_some() {
        command.stdin(Stdio::piped());
    }
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.unwrap_or_else(|error| panic!("{error}: {command:?}"));
    let pipe = child.stdin.take();
    let write = async {
        if let (Some(mut pipe), Some(bytes)) = (pipe, stdin) {
            // It may have ended without reading all of it.
            let _ = pipe.write_all(bytes).await;
        }
    };
    let both = async { tokio::join!(write, child.wait_with_output()).1 };
    let ended = timeout(patience, both).await;
    let ended = ended.unwrap_or_else(|_| panic!("{command:?} has not ended after {patience:?}"));
    ended.expect("its output can be read")
}

pub async fn ended(child: &mut Child, said: impl FnOnce() -> String) -> ExitStatus {
    let Ok(status) = timeout(wait::DEADLINE, child.wait()).await else {
        panic!("it has not ended; it said:\n{}", said());
    };
    status.expect("a child can be waited for")
}

/// All that a process has started and what that has started, as far as it still runs.
pub fn descendants(pid: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").expect("there is /proc").flatten() {
        let id = entry.file_name().to_str().and_then(|name| name.parse().ok());
        // A process may be gone by now.
        if let Some(id) = id
            && let Ok(status) = fs::read_to_string(entry.path().join("stat"))
            && let Some(parent) = parent(&status)
        {
            children.entry(parent).or_default().push(id);
        }
    }
    let mut found = vec![pid];
    let mut next = 0;
    while next < found.len() {
        found.extend(children.get(&found[next]).into_iter().flatten());
        next += 1;
    }
    found.split_off(1)
}

/// The parent, in `/proc/PID/stat`: after the name in brackets, which may hold anything, and the state.
fn parent(status: &str) -> Option<u32> {
    let (_, rest) = status.rsplit_once(')')?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

/// Returns once every thread has finished its system call and stopped, or ended. The parent must not have reaped `pid`.
pub async fn stop(pid: u32) {
    signal(pid, "STOP");
    wait::until("all threads have stopped or ended", async || {
        let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("the process is there");
        let mut states = threads.flatten().map(|thread| {
            let status = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            status.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().next().map(str::to_owned))
        });
        states.all(|state| matches!(state.as_deref(), Some("T" | "Z" | "X") | None)).then_some(())
    })
    .await;
}

/// Kills a process and all that it has started, as far as it still runs: these, which nobody may have waited for yet.
pub fn kill_tree(pid: u32) -> Vec<u32> {
    let mut all = descendants(pid);
    all.insert(0, pid);
    for pid in &all {
        let _ = std::process::Command::new("kill")
            .args(["-s", "KILL", &pid.to_string()])
            .stderr(Stdio::null())
            .status();
    }
    all
}

/// Waits until processes have ended, whoever has to wait for them; no longer than a while, for what is dropped can't fail.
pub fn wait_for_end(pids: &[u32]) {
    let begun = Instant::now();
    let runs = |pid: &u32| {
        let status = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
        let state = status.rsplit_once(')').and_then(|(_, rest)| rest.split_whitespace().next());
        state.is_some_and(|state| !matches!(state, "Z" | "X"))
    };
    while pids.iter().any(runs) && begun.elapsed() < wait::DEADLINE {
        std::thread::sleep(Duration::from_millis(5));
    }
}
