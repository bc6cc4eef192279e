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

/// How many values one request reads, whatever its batch and aliases say. Refused reads count.
pub const SECRET_VALUES: usize = 250;

/// How much the values that one request reads may weigh: their bytes as JSON, and [`NODE_BYTES`] for each node. A single
/// value is always answered, whatever it weighs.
pub const SECRET_VALUE_WEIGHT: usize = 8 * 1024 * 1024;

/// How many imports and previews of imports one request makes: each compares values.
pub const IMPORTS: usize = 1;

/// How many rows one request lists, all its lists together. A list or a count costs [`LIST_COST`] rows at least.
pub const LISTED_ROWS: usize = 10_000;

/// What a list or a count costs at least, in rows.
pub const LIST_COST: usize = 10;

/// How many rows our own clients ask for at a time: even the largest of them fit into one answer.
pub const PAGE_ROWS: usize = 2000;

/// How much the answers to one request may weigh: the bytes of their texts, and [`NODE_BYTES`] for each field and item.
pub const ANSWER_WEIGHT: usize = 12 * 1024 * 1024;

/// What a field, an item or a node of a JSON value weighs beside its text, for it takes memory even if it is a digit.
pub const NODE_BYTES: usize = 64;
