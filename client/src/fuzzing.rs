//! Access to private modules for the fuzz targets in `fuzz/`. Not part of the library's interface.

use zeroize::Zeroizing;

pub use crate::local::json::{loads, loads_bytes};
pub use crate::local::literal::evaluate;
use crate::value::Value;

/// Python's `repr`; `None` for an integer with too many digits.
pub fn repr(value: &Value) -> Option<Zeroizing<String>> {
    crate::value::text::repr(value).ok()
}
