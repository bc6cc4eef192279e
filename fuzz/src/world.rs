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
        for chunk in buffer.chunks_mut(8) {
            // SplitMix64.
            let mut mixed =
                self.0.fetch_add(1, Ordering::Relaxed).unsigned_abs().wrapping_mul(0x9E37_79B9_7F4A_7C15);
            mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
            chunk.copy_from_slice(&mixed.to_be_bytes()[..chunk.len()]);
        }
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
