//! Sealing, opening, tokens, passwords and the audit chain's hash, all of it by published primitives.
//!
//! Not here: where sealed things are kept (`store`) and who may open them (`service`). Randomness is a parameter.
//! Nothing here shows a key or a plaintext in `Debug`. Keys, the ciphers' copies of them included, and opened values are
//! overwritten when dropped; what the compiler spills to the stack on the way is not.

pub mod chain;
pub mod digest;
pub mod entropy;
pub mod envelope;
pub mod keyring;
pub mod password;
pub mod stream;
pub mod token;

pub use entropy::Entropy;
pub use envelope::{Sealed, ValueContext};
pub use keyring::{DataKey, Fingerprint, Keyring, MasterKey};
pub use password::{PasswordHash, PasswordHasher, Verified};
pub use stream::{ChunkError, Opener, Sealer, StreamKey};
pub use token::{Token, TokenHash};
