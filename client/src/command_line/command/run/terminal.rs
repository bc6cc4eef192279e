//! The signals that `--watch` passes on, and the terminal's process group.

use std::fs::{self, File};
use std::future::poll_fn;
use std::io;
use std::task::Poll;

use nix::sys::signal::Signal::{self, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
use tokio::signal::unix::{self, SignalKind};

const PASSED_ON: [Signal; 7] = [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH];

/// Receives the signals, none of which ends this process any more.
pub struct Signals(Vec<(Signal, unix::Signal)>);

impl Signals {
    /// Signals that this process ignores, as with `nohup`, stay ignored, for the command too.
    pub fn listen() -> io::Result<Self> {
        let ignored = ignored();
        let signals = PASSED_ON.into_iter().filter(|signal| ignored >> (*signal as i32 - 1) & 1 == 0);
        let listen = |signal| {
            let stream = unix::signal(SignalKind::from_raw(signal as i32));
            stream.map(|stream| (signal, stream))
        };
        signals.map(listen).collect::<io::Result<_>>().map(Self)
    }

    pub async fn next(&mut self) -> Signal {
        poll_fn(|context| {
            let ready = self.0.iter_mut().find(|(_, stream)| stream.poll_recv(context).is_ready());
            ready.map_or(Poll::Pending, |(signal, _)| Poll::Ready(*signal))
        })
        .await
    }
}

/// The ignored signals, as a bit mask from signal 1. There is no safe call for it, so it is read from `/proc`; other
/// systems ignore none.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Whether the terminal sends its signals (Ctrl-C) to this process and what it starts.
pub fn is_in_foreground() -> bool {
    let group = File::open("/dev/tty").map(nix::unistd::tcgetpgrp);
    group.is_ok_and(|group| group == Ok(nix::unistd::getpgrp()))
}
