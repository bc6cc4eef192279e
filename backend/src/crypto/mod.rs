//! Sealing, tokens, passwords and the audit log's hash chain, all by published primitives. Randomness is a parameter.
//!
//! `Debug` shows no key and no plaintext. Keys, the ciphers' copies included, and opened values are overwritten when
//! dropped; copies that the compiler spills to the stack are not.

pub mod chain;
pub mod digest;
pub mod entropy;
pub mod envelope;
pub mod keyring;
pub mod password;
pub mod stream;
pub mod token;
pub mod webhook;

pub use entropy::Entropy;
pub use envelope::{Sealed, ValueContext, WebhookContext};
pub use keyring::{DataKey, Fingerprint, Keyring, MasterKey};
pub use password::{PasswordHash, PasswordHasher, Verified};
pub use stream::{ChunkError, Opener, Sealer};
pub use token::{Token, TokenHash};
pub use webhook::SigningKey;
