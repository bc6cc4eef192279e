//! Parsing of the value field.
//!
//! Messages contain positions, never content, because screen readers read them aloud and screenshots show them.

use serde::de::IgnoredAny;
use serde_json::Value;
use strongroom_shared::{Json, text_enum};

text_enum! {
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
    Format {
        #[default]
        Text = "text";
        Json = "json";
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ValueError {
    EmptyJson,
    /// At this line and character, both from 1.
    Syntax {
        line: usize,
        column: usize,
        expected: String,
    },
    /// The size as encoded JSON.
    TooLarge {
        bytes: usize,
        limit: usize,
    },
}

impl ValueError {
    pub fn message(&self) -> String {
        match self {
            Self::EmptyJson => {
                "Type a JSON value. For an empty string, type \"\" or switch to text.".to_owned()
            }
            Self::Syntax { line, column, expected } => {
                format!("Not valid JSON at line {line}, column {column}: {expected}.")
            }
            Self::TooLarge { bytes, limit } => format!("Too large: {}.", size_label(*bytes, *limit)),
        }
    }
}

/// `70,000 of 65,536 bytes`.
pub fn size_label(bytes: usize, limit: usize) -> String {
    format!("{} of {} bytes", grouped(bytes), grouped(limit))
}

/// The bytes of a value, and their limit. The quotes around a text are not the user's, so neither counts them.
pub fn size(value: &Json, format: Format, limit: usize) -> (usize, usize) {
    let quotes = if format == Format::Text { 2 } else { 0 };
    (value.text_bytes().saturating_sub(quotes), limit.saturating_sub(quotes))
}

/// Reads a value of at most `limit` bytes as encoded JSON.
pub fn read(text: &str, format: Format, limit: usize) -> Result<Json, ValueError> {
    let value: Json = match format {
        Format::Text => Json::new(Value::String(text.to_owned())),
        Format::Json if text.trim().is_empty() => return Err(ValueError::EmptyJson),
        Format::Json => serde_json::from_str(text).map_err(|error| syntax(text, &error))?,
    };
    let (bytes, limit) = size(&value, format, limit);
    if bytes > limit { Err(ValueError::TooLarge { bytes, limit }) } else { Ok(value) }
}

/// Whether a text is valid JSON, for a hint in text mode.
pub fn spells_json(text: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(text).is_ok()
}

fn syntax(text: &str, error: &serde_json::Error) -> ValueError {
    let message = error.to_string();
    let expected = match message.rsplit_once(" at line ") {
        Some((expected, _)) => expected,
        None => &message,
    };
    let expected = match expected.strip_prefix("EOF while parsing ") {
        Some(place) => format!("the text ends inside {place}"),
        None => expected.to_owned(),
    };
    ValueError::Syntax { line: error.line(), column: column(text, error.line(), error.column()), expected }
}

/// The parser counts bytes; people count characters.
fn column(text: &str, line: usize, bytes: usize) -> usize {
    let line = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default();
    line.char_indices().take_while(|(start, _)| *start < bytes).count().max(1)
}

/// `65,536`.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let groups: Vec<_> = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy).collect();
    groups.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: usize = 65_536;

    fn check_error(text: &str, expected: &str) {
        let error = read(text, Format::Json, LIMIT).expect_err("an error");
        assert_eq!(error.message(), expected, "{text:?}");
    }

    #[test]
    fn text_is_kept_exactly() {
        for text in
            ["123", "true", "null", "0777", " x ", "abc #c", "1e3", "{\"a\":1}", "", "a: b", "\u{1F511}\n"]
        {
            let value = read(text, Format::Text, LIMIT).expect("a value");
            assert_eq!(value.value(), &Value::String(text.to_owned()));
        }
    }

    #[test]
    fn json_keeps_digits_and_key_order() {
        for (text, expected) in [
            ("12345678901234567890.10", "12345678901234567890.10"),
            (" {\"z\": 1, \"a\": [0.10, null]} ", "{\"z\":1,\"a\":[0.10,null]}"),
            ("\"\"", "\"\""),
            ("null", "null"),
            ("{\"a\":1,\"a\":2}", "{\"a\":2}"),
        ] {
            let value = read(text, Format::Json, LIMIT).expect("a value");
            assert_eq!(value.value().to_string(), expected, "{text:?}");
        }
    }

    #[test]
    fn json_errors_have_a_position_and_no_content() {
        check_error("", "Type a JSON value. For an empty string, type \"\" or switch to text.");
        check_error(" \n ", "Type a JSON value. For an empty string, type \"\" or switch to text.");
        check_error("{\"pässwörd\" 1}", "Not valid JSON at line 1, column 13: expected `:`.");
        check_error("[1,\n 2", "Not valid JSON at line 2, column 2: the text ends inside a list.");
        check_error("hunter2", "Not valid JSON at line 1, column 1: expected value.");
        check_error("NaN", "Not valid JSON at line 1, column 1: expected value.");
        for text in ["{hunter2}", "\"hunter2", "[hunter2]", "hunter2 x", "1 hunter2", "\"\\hunter2\""] {
            let message = read(text, Format::Json, LIMIT).expect_err("an error").message();
            assert!(!message.contains("hunter"), "{message}");
        }
    }

    #[test]
    fn limit_counts_encoded_bytes() {
        assert!(read(&"a".repeat(LIMIT - 2), Format::Text, LIMIT).is_ok());
        let error = read(&"\n".repeat(LIMIT / 2), Format::Text, LIMIT).expect_err("too large");
        assert_eq!(error.message(), "Too large: 65,536 of 65,534 bytes.");
    }

    #[test]
    fn json_in_text_mode_is_noticed() {
        for text in ["{\"a\":1}", "[1]", " 42 ", "true", "\"q\""] {
            assert!(spells_json(text), "{text}");
        }
        for text in ["", "abc", "0777", "a: b", "{a}"] {
            assert!(!spells_json(text), "{text}");
        }
    }
}
