//! Data keys, and the rotation of these and of the master key.
//!
//! Not here: sources of master keys (`master_key`), cryptography (`crypto`), and API keys (`team`).

pub mod data_key;
pub mod rotation;
