//! Values in Vault: everyday use, moves, and faults.
//!
//! Vault is OpenBao, with KV engines of both versions, the documented policies, tokens and AppRole. A `relay` in front
//! of it has the faults that OpenBao can't be made to have.

mod faults;
mod life;
mod moving;
mod place;
mod settings;

use strongroom_tests::relay;
