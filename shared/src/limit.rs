//! The limits that both sides know, so that the page can say what the server would.

/// The longest name of a secret, in Unicode scalar values.
pub const SECRET_NAME_CHARS: usize = 255;

/// The largest value of a secret unless the server is configured otherwise, in bytes of encoded JSON.
pub const SECRET_VALUE_BYTES: usize = 64 * 1024;

/// The shortest password, in Unicode scalar values.
pub const PASSWORD_MIN_CHARS: usize = 12;

/// The longest password, in bytes: hashing is costly, and this bounds it.
pub const PASSWORD_MAX_BYTES: usize = 1024;

/// The longest description of a secret or a role, in Unicode scalar values.
pub const DESCRIPTION_CHARS: usize = 1000;

/// The longest name of a role, in Unicode scalar values.
pub const ROLE_NAME_CHARS: usize = 50;

/// The longest name of a team or of a key, in Unicode scalar values.
pub const LABEL_CHARS: usize = 100;

/// How many names and prefixes a key can be limited to.
pub const SECRET_PATTERNS: usize = 100;

/// The most entries of the audit log that one query answers, and how many it answers unless asked otherwise.
pub const AUDIT_ENTRIES: usize = 1000;

/// How many secrets one import may hold.
pub const IMPORTED_SECRETS: usize = 5000;

/// How many values one query answers.
pub const SECRET_VALUES: usize = 250;
