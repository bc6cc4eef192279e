//! The limits that server and clients share.

/// The longest name of a secret, in Unicode scalar values.
pub const SECRET_NAME_CHARS: usize = 255;

/// The largest value of a secret unless the server is configured otherwise, in bytes of encoded JSON.
pub const SECRET_VALUE_BYTES: usize = 64 * 1024;

/// The shortest password, in Unicode scalar values.
pub const PASSWORD_MIN_CHARS: usize = 12;

/// The longest password, in bytes: hashing is costly, and this bounds it.
pub const PASSWORD_MAX_BYTES: usize = 1024;

/// How many days before its expiry a secret or a key counts as expiring soon.
pub const EXPIRY_NOTICE_DAYS: u32 = 14;

/// The longest description of a secret or a role, in Unicode scalar values.
pub const DESCRIPTION_CHARS: usize = 1000;

/// The longest name of a role, in Unicode scalar values.
pub const ROLE_NAME_CHARS: usize = 50;

/// The longest name of a team or of a key, in Unicode scalar values.
pub const LABEL_CHARS: usize = 100;

/// The maximum number of names and prefixes in a key's limits.
pub const SECRET_PATTERNS: usize = 100;

/// The maximum number of entries of the audit log in one response, and the default.
pub const AUDIT_ENTRIES: usize = 1000;

/// The largest request, in bytes.
pub const REQUEST_BYTES: usize = 5 * 1024 * 1024;

/// The maximum number of secrets in one import.
pub const IMPORTED_SECRETS: usize = 5000;

/// The maximum number of secrets that one request can delete or restore together.
pub const CHANGED_SECRETS: usize = 5000;

/// The maximum number of values that one request can read, however they are batched or aliased. Refused reads count.
pub const SECRET_VALUES: usize = 250;

/// The total weight of the values that one request can read: their bytes as JSON, and [`NODE_BYTES`] for each node. Any
/// single value can be read.
pub const SECRET_VALUE_WEIGHT: usize = 8 * 1024 * 1024;

/// The maximum number of imports and import previews in one request: each compares values.
pub const IMPORTS: usize = 1;

/// The maximum number of rows that one request can list, over all its lists. A list or a count costs at least
/// [`LIST_COST`] rows.
pub const LISTED_ROWS: usize = 10_000;

/// The minimum cost of a list or a count, in rows.
pub const LIST_COST: usize = 10;

/// The rows that our own clients request at a time: even the largest rows fit into one response.
pub const PAGE_ROWS: usize = 2000;

/// The longest URL of a webhook or an issuer, in bytes.
pub const URL_BYTES: usize = 2000;

/// The most trusts of a team.
pub const TRUSTS: usize = 100;

/// The most audiences or claims of a trust, and the most values of a claim.
pub const TRUST_CONDITIONS: usize = 20;

/// The longest audience, name of a claim or value of one, in bytes.
pub const TRUST_TEXT_BYTES: usize = 500;

/// The most keys of an issuer: a token without the id of its key is tried with each.
pub const ISSUER_KEYS: usize = 100;

/// The largest set of keys of an issuer, in bytes.
pub const TRUST_KEYS_BYTES: usize = 64 * 1024;

/// The shortest, the default and the longest lifetime of a login with a trust, in seconds.
pub const LOGIN_SECONDS: [i32; 3] = [60, 900, 3600];

/// The logins of a trust that are listed.
pub const TRUST_LOGINS: usize = 10;

/// The deliveries of a webhook that are listed; of those that are not pending, no others are kept.
pub const WEBHOOK_DELIVERIES: usize = 20;

/// The most groups that a page of secrets can name as folded or open.
pub const FOLDED_GROUPS: usize = 1000;

/// The maximum weight of one response: the bytes of its strings, and [`NODE_BYTES`] for each field and item.
pub const ANSWER_WEIGHT: usize = 12 * 1024 * 1024;

/// The weight of a field, an item or a JSON node besides its text: even a single digit takes memory.
pub const NODE_BYTES: usize = 64;
