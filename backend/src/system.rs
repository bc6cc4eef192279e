//! The operating system: clock and randomness, which are parameters everywhere else, signals, and process limits.

use anyhow::Context as _;
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::crypto::Entropy;
use crate::domain::{Clock, Time};

pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Time {
        #[expect(clippy::disallowed_methods, reason = "this is where the time comes from")]
        let now = chrono::Utc::now();
        // The precision of every database, so that a stored time is read back the same, hashes included.
        chrono::SubsecRound::trunc_subsecs(now, 6)
    }
}

pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        #[expect(clippy::disallowed_methods, reason = "this is where randomness comes from")]
        let filled = getrandom::fill(buffer);
        filled.expect("the operating system has randomness");
    }
}

pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    pub fn new() -> anyhow::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate()).context("SIGTERM can't be handled")?,
            interrupt: signal(SignalKind::interrupt()).context("SIGINT can't be handled")?,
        })
    }

    pub async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}

/// Disables core dumps and keeps other processes of the same user from reading this one's memory, which holds keys.
pub fn forbid_core_dumps() {
    let _ = setrlimit(Resource::RLIMIT_CORE, 0, 0);
    #[cfg(target_os = "linux")]
    let _ = nix::sys::prctl::set_dumpable(false);
}

/// Raises the limit of open files as far as needed and allowed, and returns it.
pub fn raise_descriptor_limit() -> usize {
    /// Enough for all connections, and no more: child processes inherit it, and some close every number below it.
    const WANTED: u64 = 8192;
    let (mut soft, hard) = getrlimit(Resource::RLIMIT_NOFILE).unwrap_or((256, 256));
    let wanted = hard.min(WANTED);
    if soft < wanted && setrlimit(Resource::RLIMIT_NOFILE, wanted, hard).is_ok() {
        soft = wanted;
    }
    usize::try_from(soft).unwrap_or(usize::MAX)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use nix::sys::resource::{Resource, getrlimit};

    #[test]
    fn core_dumps_are_off() {
        super::forbid_core_dumps();
        assert_eq!(nix::sys::prctl::get_dumpable(), Ok(false));
        assert_eq!(getrlimit(Resource::RLIMIT_CORE), Ok((0, 0)));
    }

    #[test]
    fn descriptor_limit_is_raised() {
        let (_, hard) = getrlimit(Resource::RLIMIT_NOFILE).expect("it is known");
        assert!(super::raise_descriptor_limit() as u64 >= hard.min(8192));
    }
}
