//! What of the signals and the terminal `--watch` has to know: which signals come, and whom a terminal sends its own.
//!
//! Not here: what is done with a signal, which is [`super::supervise`].
//!
//! To add a signal that is passed on: its line in [`PASSED_ON`].

#[cfg(unix)]
pub use self::unix::{Signals, is_in_foreground};

#[cfg(not(unix))]
pub use self::elsewhere::Signals;

#[cfg(unix)]
mod unix {
    use std::fs::{self, File};
    use std::future::poll_fn;
    use std::io;
    use std::task::Poll;

    use nix::sys::signal::Signal;
    use tokio::signal::unix::{self, SignalKind};

    const PASSED_ON: [Signal; 7] = [
        Signal::SIGTERM,
        Signal::SIGINT,
        Signal::SIGHUP,
        Signal::SIGQUIT,
        Signal::SIGUSR1,
        Signal::SIGUSR2,
        Signal::SIGWINCH,
    ];

    /// The signals that come, from now on: none is lost, and none ends this process.
    pub struct Signals(Vec<(Signal, unix::Signal)>);

    impl Signals {
        /// A signal that this process was told to ignore, as by `nohup`, stays ignored, also by the command.
        pub fn listen() -> io::Result<Self> {
            let ignored = ignored();
            let mut signals = Vec::with_capacity(PASSED_ON.len());
            for signal in PASSED_ON {
                let number = signal as i32;
                if ignored >> (number - 1) & 1 == 0 {
                    signals.push((signal, unix::signal(SignalKind::from_raw(number))?));
                }
            }
            Ok(Self(signals))
        }

        pub async fn next(&mut self) -> Signal {
            poll_fn(|context| {
                for (signal, stream) in &mut self.0 {
                    if stream.poll_recv(context).is_ready() {
                        return Poll::Ready(*signal);
                    }
                }
                Poll::Pending
            })
            .await
        }
    }

    /// Which signals this process ignores, as a bit each, the first signal the lowest. There is no safe call for it, so
    /// it is read where the system writes it; elsewhere none counts as ignored.
    fn ignored() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        status
            .lines()
            .find_map(|line| line.strip_prefix("SigIgn:"))
            .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
            .unwrap_or(0)
    }

    /// Whether the terminal sends its signals (Ctrl-C) to this process and what it starts.
    pub fn is_in_foreground() -> bool {
        let Ok(terminal) = File::open("/dev/tty") else {
            return false;
        };
        nix::unistd::tcgetpgrp(&terminal).is_ok_and(|group| group == nix::unistd::getpgrp())
    }
}

#[cfg(not(unix))]
mod elsewhere {
    use std::io;

    /// Ctrl-C, which the command gets as well.
    pub struct Signals(());

    impl Signals {
        pub fn listen() -> io::Result<Self> {
            Ok(Self(()))
        }

        pub async fn next(&mut self) {
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
