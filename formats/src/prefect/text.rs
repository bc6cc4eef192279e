//! The texts of Prefect's configuration, as far as they mean the same on every machine and need no Python.

use serde_json::{Number, Value};
use strongroom_shared::Json;

use super::{METHOD, is_refused};
use crate::toml::float;

pub(super) const ELSEWHERE: &str = "it may refer to a variable, a setting or a home directory of your machine. Import it there, \
    with `strongroom import`.";
pub(super) const PYTHON: &str =
    "Prefect evaluates this text with Python. Import it with `strongroom import`.";

/// Python reads no longer integers.
const MAX_DIGITS: usize = 4300;

const BLANK: [char; 5] = [' ', '\t', '\n', '\r', '\x0c'];
const CONSTANTS: [&str; 4] = ["True", "False", "None", "..."];

/// Whether Prefect's expansion of variables and home directories leaves the text unchanged on every machine.
pub fn is_plain(text: &str) -> bool {
    let is_word = |c: char| c == '_' || c.is_ascii_alphanumeric();
    !text.starts_with('~')
        && !text.split('$').skip(1).any(|rest| rest.starts_with(|c: char| c == '{' || is_word(c)))
}

/// Prefect's `string_to_type`: `true` and `false` in any case, a literal of Python, or else the text.
pub(super) fn evaluate(text: &str) -> Result<Value, &'static str> {
    let same = || Ok(Value::String(text.to_owned()));
    if !is_plain(text) {
        return Err(ELSEWHERE);
    }
    // Python's literals have no NUL, and no byte order mark before them.
    if text.contains('\0') || text.starts_with('\u{feff}') {
        return same();
    }
    for (word, value) in [("true", Value::Bool(true)), ("false", Value::Bool(false))] {
        if text.eq_ignore_ascii_case(word) {
            return Ok(value);
        }
    }
    // Python refuses zeros before a number.
    let is_padded = text.starts_with('0') && text.bytes().all(|byte| byte.is_ascii_digit());
    if is_padded && text.bytes().any(|byte| byte != b'0') {
        return same();
    }
    if text == "None" {
        return Ok(Value::Null);
    }
    if let Some(number) = whole(text) {
        return Ok(Value::Number(number));
    }
    if is_decimal(text) {
        return float(text).map(Value::Number);
    }
    if let Some(quoted) = quoted(text) {
        return Ok(Value::String(quoted.to_owned()));
    }
    if text.starts_with(['{', '['])
        && text.ends_with(['}', ']'])
        && let Ok(json) = serde_json::from_str::<Json>(text)
    {
        // Python has no such words.
        if has_words(json.value()) {
            return same();
        }
        // Its escapes differ in these.
        return if text.contains(r"\/") || text.contains(r"\u") {
            Err(PYTHON)
        } else {
            as_python(json.value())
        };
    }
    if may_be_python(text) { Err(PYTHON) } else { same() }
}

/// A whole number that Python and JSON write in the same way.
pub(super) fn whole(text: &str) -> Option<Number> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_short = digits.len() <= MAX_DIGITS;
    let has_digits = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    if !is_short || !has_digits || digits.starts_with('0') && digits != "0" {
        return None;
    }
    // Python has no negative zero among them.
    if digits == "0" { Some(0.into()) } else { text.parse().ok() }
}

/// Whether the text is a number such as `1.5`.
fn is_decimal(text: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.strip_prefix('-').unwrap_or(text);
    number.split_once('.').is_some_and(|(whole, fraction)| digits(whole) && digits(fraction))
}

/// The content of a simple literal in quotes.
fn quoted(text: &str) -> Option<&str> {
    ['"', '\''].into_iter().find_map(|quote| {
        let content = text.strip_prefix(quote)?.strip_suffix(quote)?;
        (!content.is_empty() && !content.contains([quote, '\\', '\n', '\r'])).then_some(content)
    })
}

fn has_words(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(_) => true,
        Value::Number(_) | Value::String(_) => false,
        Value::Array(items) => items.iter().any(has_words),
        Value::Object(fields) => fields.values().any(has_words),
    }
}

/// JSON as Python reads it.
fn as_python(value: &Value) -> Result<Value, &'static str> {
    Ok(match value {
        Value::Number(number) => {
            let text = number.to_string();
            let is_whole = !text.contains(['.', 'e', 'E']);
            Value::Number(if is_whole { whole(&text).ok_or(PYTHON)? } else { float(&text)? })
        }
        Value::Array(items) => Value::Array(items.iter().map(as_python).collect::<Result<_, _>>()?),
        Value::Object(fields) if fields.keys().any(|key| is_refused(key)) => return Err(METHOD),
        Value::Object(fields) => {
            let field = |(key, value): (&String, &Value)| Ok((key.clone(), as_python(value)?));
            Value::Object(fields.iter().map(field).collect::<Result<_, &'static str>>()?)
        }
        other => other.clone(),
    })
}

/// Whether the text could be a literal of Python. If not, that is certain.
fn may_be_python(text: &str) -> bool {
    // Quoted texts and comments may have any content, so the start decides.
    if text.contains(['\'', '"', '#', '\\']) {
        let start = text
            .trim_start_matches(BLANK)
            .trim_start_matches(['(', '[', '{', '\\', ' ', '\t', '\n', '\r', '\x0c']);
        let after_prefix = start.trim_start_matches(|c: char| "rRbBuUfFtT".contains(c));
        let is_text = start.len() - after_prefix.len() <= 2 && after_prefix.starts_with(['\'', '"']);
        let is_other = start.starts_with(|c: char| c.is_ascii_digit() || "+-.#)]}".contains(c))
            || ["True", "False", "None", "set"].iter().any(|word| start.starts_with(word));
        return is_text || is_other;
    }
    if text.contains(['(', '[', '{']) {
        // Python takes some letters of other alphabets for those of `set`.
        let is_word = |c: char| c.is_alphanumeric() || c == '_';
        let mut words = text.split(|c: char| !is_word(c)).filter(|word| !word.is_empty());
        let is_known = |word: &str| {
            word.starts_with(|c: char| c.is_ascii_digit())
                || !word.is_ascii()
                || word.starts_with(['e', 'E', 'j', 'J'])
                || ["True", "False", "None", "set"].contains(&word)
        };
        return words.all(is_known);
    }
    let mut items = text.split(',').map(|item| item.trim_matches(BLANK)).peekable();
    items.all(|item| item.is_empty() || CONSTANTS.contains(&item) || is_number(item))
        && text.contains(|c: char| !BLANK.contains(&c))
}

/// Whether the text could be a number of Python: with signs, underscores, another base, or an imaginary part.
fn is_number(text: &str) -> bool {
    let signs: &[char] = &['+', '-', ' ', '\t'];
    let Some(rest) = after_number(text.trim_start_matches(signs)) else { return false };
    let rest = rest.trim_start_matches([' ', '\t']);
    rest.is_empty()
        || rest.starts_with(['+', '-'])
            && rest.ends_with(['j', 'J'])
            && after_number(rest.trim_start_matches(signs)).is_some_and(str::is_empty)
}

/// The text after the number that it begins with.
fn after_number(text: &str) -> Option<&str> {
    if !text.trim_start_matches('.').starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let is_in_base = text.starts_with('0') && text[1..].starts_with(['x', 'X', 'o', 'O', 'b', 'B']);
    if is_in_base {
        return Some(text[2..].trim_start_matches(|c: char| c == '_' || c.is_ascii_hexdigit()));
    }
    let digits =
        |text: &str| text.len() - text.trim_start_matches(|c: char| c == '_' || c.is_ascii_digit()).len();
    let mut at = digits(text);
    if text[at..].starts_with('.') {
        at += 1;
        at += digits(&text[at..]);
    }
    if let Some(exponent) = text[at..].strip_prefix(['e', 'E']) {
        let exponent = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        let rest = exponent.trim_start_matches(|c: char| c == '_' || c.is_ascii_digit());
        at = text.len() - rest.len();
    }
    Some(text[at..].strip_prefix(['j', 'J']).unwrap_or(&text[at..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_text_is_unchanged_by_any_variable() {
        assert!(["", "a", "a~", "$", "a$", "$$", "$-", "$é", "5 $ "].into_iter().all(is_plain));
        assert!(!["~", "~x", "$a", "x$1", "${", "$_"].into_iter().any(is_plain));
    }
}
