//! JSON that was not meant as it is going to be stored.

use serde::de::IgnoredAny;

use super::Subject;
use crate::json;

/// The hint about JSON in place of a string.
pub const JSON_AS_TEXT: &str = "is JSON that is stored as a string";

/// Only objects and lists: a number or a word is as likely a text.
pub(super) fn json_as_text(Subject { text, .. }: Subject<'_>) -> Option<String> {
    let is_so = text.trim_start().starts_with(['{', '[']) && serde_json::from_str::<IgnoredAny>(text).is_ok();
    is_so.then(|| JSON_AS_TEXT.to_owned())
}

pub(super) fn repeated_key(Subject { text, .. }: Subject<'_>) -> Option<String> {
    if !text.contains('{') {
        return None;
    }
    let (line, first) = json::duplicate_key(text)?;
    Some(format!("repeats a key of line {first} in line {line}, of which most readers take only the last"))
}
