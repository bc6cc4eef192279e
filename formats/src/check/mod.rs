//! Hints about values that are probably not what the user meant. The page and the command line show them before a value is
//! stored. They are never refusals, the value is stored as given, and they repeat nothing of it but dates and line numbers.
//!
//! To add a check: a pure function, its line in [`CHECKS`], in the table of the tests, and in `docs/command-line.md`.

mod json;
mod key;
mod pem;
mod placeholder;
mod text;
mod token;

use std::time::Duration;

use der::DateTime;
use serde_json::Value;
use strongroom_shared::Json;

pub use self::json::JSON_AS_TEXT;

/// An expiry is soon if it is in less than 30 days.
const SOON: u64 = 30 * 24 * 60 * 60;

/// A string that is going to be stored.
#[derive(Clone, Copy)]
struct Subject<'a> {
    /// The secret's.
    name: &'a str,
    text: &'a str,
    /// In seconds since 1970.
    now: u64,
}

/// Finds something suspicious, as a predicate such as `begins with a space`.
type Check = fn(Subject<'_>) -> Option<String>;

/// All checks of strings, in the order of their hints.
const CHECKS: [(&str, Check); 13] = [
    ("byte order mark", text::byte_order_mark),
    ("blank before", text::blank_before),
    ("blank after", text::blank_after),
    ("line break", text::line_break),
    ("carriage return", text::carriage_return),
    ("invisible character", text::invisible_character),
    ("control character", text::control_character),
    ("placeholder", placeholder::placeholder),
    ("JSON", json::json_as_text),
    ("repeated key", json::repeated_key),
    ("JWT", token::expiry),
    ("PEM", pem::broken),
    ("certificate", pem::expiry),
];

/// The check that also needs the secret's name.
const OF_NAME: (&str, Check) = ("private key", key::private_key);

/// What is suspicious about a value, as a predicate such as `begins with a space and ends with a space`; `None` if nothing
/// is. `now` is in seconds since 1970.
pub fn describe(name: &str, value: &Json, now: u64) -> Option<String> {
    value.value().as_str().and_then(|text| describe_text(name, text, now))
}

/// The same for a string.
pub fn describe_text(name: &str, text: &str, now: u64) -> Option<String> {
    let subject = Subject { name, text, now };
    joined(CHECKS.iter().chain([&OF_NAME]).filter_map(|(_, check)| check(subject)).collect())
}

/// The same for JSON as it was typed.
pub fn describe_json(name: &str, json: &str, now: u64) -> Option<String> {
    let repeated = json::repeated_key(Subject { name, text: json, now });
    let of_value = || {
        let value: Json = serde_json::from_str(json).ok()?;
        match value.value() {
            Value::String(text) => describe_text(name, text, now),
            _ => None,
        }
    };
    repeated.or_else(of_value)
}

fn joined(mut hints: Vec<String>) -> Option<String> {
    let last = hints.pop()?;
    Some(if hints.is_empty() { last } else { format!("{} and {last}", hints.join(", ")) })
}

/// The end of a predicate about something that expires, such as `that expired on 2026-11-30`, unless that is far away.
fn expiry(end: u64, now: u64) -> Option<String> {
    if end <= now {
        Some(format!("that expired on {}", date(end)?))
    } else if end - now < SOON {
        Some(format!("that expires soon, on {}", date(end)?))
    } else {
        None
    }
}

/// `2026-11-30`, in UTC.
fn date(seconds: u64) -> Option<String> {
    let date = DateTime::from_unix_duration(Duration::from_secs(seconds)).ok()?;
    Some(format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day()))
}

#[cfg(test)]
mod tests;
