//! A fast temporary directory, and reproducible time and randomness.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};

use strongroom_server::internals::{Clock, Entropy, Time};
use tempfile::TempDir;

/// A clock that advances by a millisecond with each reading, and pseudorandom bytes.
#[derive(Default)]
pub struct Steady(AtomicI64);

impl Clock for Steady {
    fn now(&self) -> Time {
        let now = 1_800_000_000_000 + self.0.fetch_add(1, Ordering::Relaxed);
        Time::from_timestamp_millis(now).unwrap_or_default()
    }
}

impl Entropy for Steady {
    fn fill(&self, buffer: &mut [u8]) {
        let seed = self.0.fetch_add(1, Ordering::Relaxed).unsigned_abs();
        fastrand::Rng::with_seed(seed).fill(buffer);
    }
}

/// The directory of this thread, in memory if possible. It is removed when the thread ends.
pub fn folder() -> PathBuf {
    thread_local! {
        static FOLDER: TempDir = {
            let memory = Path::new("/dev/shm");
            let mut builder = tempfile::Builder::new();
            let builder = builder.prefix("strongroom-fuzz-");
            let folder = if memory.is_dir() { builder.tempdir_in(memory) } else { builder.tempdir() };
            folder.expect("a directory")
        };
    }
    FOLDER.with(|folder| folder.path().to_owned())
}
