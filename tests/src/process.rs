//! Running programs, and the processes that they have started.

use std::collections::HashMap;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::process::{self, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};
use tokio::time::timeout;

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

pub fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|this| this.uid() == 0)
}

pub fn signal(pid: u32, name: &str) {
    let sent = process::Command::new("kill").args(["-s", name, &pid.to_string()]).status();
    assert!(sent.is_ok_and(|sent| sent.success()), "process {pid} can be sent {name}");
}

/// The state and the parent in `/proc/…/stat`, which follow the name in brackets; the name may hold anything.
fn state_and_parent(folder: &Path) -> Option<(String, u32)> {
    let status = fs::read_to_string(folder.join("stat")).ok()?;
    let (_, rest) = status.rsplit_once(')')?;
    let mut words = rest.split_whitespace();
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}

/// All running processes that a process has started, directly or not.
pub fn descendants(pid: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for entry in fs::read_dir("/proc").expect("there is /proc").flatten() {
        let id = entry.file_name().to_str().and_then(|name| name.parse().ok());
        // A process may have ended by now.
        if let Some(id) = id
            && let Some((_, parent)) = state_and_parent(&entry.path())
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

/// Returns once every thread has finished its system call and stopped, or ended. The parent must not have reaped `pid`.
pub async fn stop(pid: u32) {
    signal(pid, "STOP");
    wait::is("all threads have stopped or ended", async || {
        let threads = fs::read_dir(format!("/proc/{pid}/task")).expect("the process exists");
        let mut states = threads.flatten().map(|thread| state_and_parent(&thread.path()));
        states.all(|state| state.is_none_or(|(state, _)| "TZX".contains(&state)))
    })
    .await;
}

/// Kills a process and all that it has started; returns them, because some may not have ended yet.
pub fn kill_tree(pid: u32) -> Vec<u32> {
    let mut all = descendants(pid);
    all.insert(0, pid);
    for pid in &all {
        let mut kill = process::Command::new("kill");
        let _ = kill.args(["-s", "KILL", &pid.to_string()]).stderr(Stdio::null()).status();
    }
    all
}

/// Waits until processes have ended, or the deadline has passed. Used by `drop`, which can't fail.
pub fn wait_for_end(pids: &[u32]) {
    let begun = Instant::now();
    let runs = |pid: &u32| {
        let state = state_and_parent(Path::new(&format!("/proc/{pid}")));
        state.is_some_and(|(state, _)| !"ZX".contains(&state))
    };
    while pids.iter().any(runs) && begun.elapsed() < wait::DEADLINE {
        std::thread::sleep(Duration::from_millis(5));
    }
}
