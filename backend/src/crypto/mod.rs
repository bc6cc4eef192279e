//! Sealing, tokens, passwords and the audit log's hash chain, all by published primitives. Randomness is a parameter.
//!
//! `Debug` shows no key and no plaintext. Keys, the ciphers' copies included, and opened values are overwritten when
//! dropped; copies that the compiler spills to the stack are not.

pub(crate) mod chain;
pub(crate) mod digest;
pub(crate) mod entropy;
pub(crate) mod envelope;
pub(crate) mod keyring;
pub(crate) mod password;
pub(crate) mod stream;
pub(crate) mod token;

pub use entropy::Entropy;
pub use keyring::MasterKey;
pub use stream::Sealer;
pub use token::{Token, TokenHash};

pub(crate) use envelope::{Sealed, ValueContext};
pub(crate) use keyring::{DataKey, Fingerprint, Keyring};
pub(crate) use password::{PasswordHash, PasswordHasher, Verified};
pub(crate) use stream::{ChunkError, Opener};
