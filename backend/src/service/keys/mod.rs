//! Keys that encrypt: data keys, and the rotation of these and of the master key.
//!
//! Not here: where master keys come from (`master_key`), the cryptography (`crypto`), and API keys (`team`).

pub mod data_key;
pub mod rotation;
