//! Randomness as a parameter.

use strongroom_shared::Uuid;

use crate::domain::Time;

/// Fills buffers with unpredictable bytes: see `system`.
pub trait Entropy: Send + Sync {
    fn fill(&self, buffer: &mut [u8]);
}

pub fn draw<const N: usize>(entropy: &dyn Entropy) -> [u8; N] {
    let mut bytes = [0; N];
    entropy.fill(&mut bytes);
    bytes
}

/// A new id, ordered by time (UUID version 7).
pub fn new_id(entropy: &dyn Entropy, now: Time) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
    uuid::Builder::from_unix_timestamp_millis(millis, &draw(entropy)).into_uuid()
}

/// Reproducible bytes that differ from call to call.
#[cfg(test)]
pub mod counting {
    use std::sync::atomic::{AtomicU64, Ordering};

    #[derive(Default)]
    pub struct Counting(AtomicU64);

    impl super::Entropy for Counting {
        fn fill(&self, buffer: &mut [u8]) {
            for chunk in buffer.chunks_mut(8) {
                let count = self.0.fetch_add(1, Ordering::Relaxed).wrapping_mul(0x9E37_79B9_7F4A_7C15);
                chunk.copy_from_slice(&count.to_be_bytes()[..chunk.len()]);
            }
        }
    }
}
