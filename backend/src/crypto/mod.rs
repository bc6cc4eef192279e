//! Sealing, opening, tokens, passwords and the audit chain's hash, all of it by published primitives.
//!
//! Not here: where sealed things are kept (`store`) and who may open them (`service`). Randomness is a parameter.
//! Nothing here shows a key or a plaintext in `Debug`. Keys, the ciphers' copies of them included, and opened values are
//! overwritten when dropped; what the compiler spills to the stack on the way is not.

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
