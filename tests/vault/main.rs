//! Values in Vault: everyday use, moves, and faults.
//!
//! Vault is OpenBao, with KV engines of both versions, the policies of the documentation, tokens and AppRole. Faults that it
//! can't be brought to come from a `relay` before it.

mod faults;
mod leaving;
mod life;
mod moving;
mod place;
mod relay;
mod settings;
