//! Access to private modules for the fuzz targets in `fuzz/`. Not part of the library's interface.

use zeroize::Zeroizing;

use crate::local::{json, literal, text};
use crate::value::Value;

/// Python's `ast.literal_eval`.
pub fn evaluate(text: &str) -> Option<Value> {
    literal::evaluate(text)
}

/// Python's `repr`; `None` for an integer with too many digits.
pub fn repr(value: &Value) -> Option<Zeroizing<String>> {
    text::repr(value).ok()
}

/// Python's `json.loads` of text.
pub fn loads(text: &str) -> Option<Value> {
    json::loads(text.as_bytes())
}

/// Python's `json.loads` of bytes.
pub fn loads_bytes(bytes: &[u8]) -> Option<Value> {
    json::loads_bytes(bytes)
}
