//! The limits that both sides know, so that the page can say what the server would.

/// The longest name of a secret, in Unicode scalar values.
pub const SECRET_NAME_CHARS: usize = 255;

/// The largest value of a secret unless the server is configured otherwise, in bytes of encoded JSON.
pub const SECRET_VALUE_BYTES: usize = 64 * 1024;

/// The shortest password, in Unicode scalar values.
pub const PASSWORD_MIN_CHARS: usize = 12;

/// The longest password, in bytes: hashing is costly, and this bounds it.
pub const PASSWORD_MAX_BYTES: usize = 1024;
