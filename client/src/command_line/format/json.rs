//! JSON: one value, or an object of names and values. Numbers keep every digit, objects the order of their keys.
//!
//! A key that is there twice is refused, wherever it is: most readers would drop one of the two without a word.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde_json::Value;
use serde_json::error::Category;
use strongroom::Json;
use strongroom_shared::place;
use zeroize::Zeroizing;

use super::{Invalid, Secrets, without_mark};

/// Reads a value.
///
/// # Errors
/// It is not JSON, or an object has a key twice.
pub fn read_value(text: &str) -> Result<Json, Invalid> {
    let text = without_mark(text);
    let value = parse(text)?;
    match repeated_key(text) {
        None => Ok(value),
        Some(repeated) => Err(repeated.in_a_value(text)),
    }
}

/// Reads an object of names and values.
///
/// # Errors
/// It is not JSON or no object, or an object has a key twice.
pub fn read(text: &str) -> Result<Secrets, Invalid> {
    let text = without_mark(text);
    let value = parse(text)?;
    let Value::Object(_) = value.value() else {
        return Err(Invalid::Whole(
            "an object of names and values is expected, such as {\"NAME\": \"value\"}.".to_owned(),
        ));
    };
    match repeated_key(text) {
        Some(repeated) if repeated.depth == 1 => return Err(repeated.of_a_name(text)),
        Some(repeated) => return Err(repeated.in_a_value(text)),
        None => {}
    }
    let Value::Object(fields) = value.value().clone() else {
        return Ok(Secrets::new());
    };
    Ok(fields.into_iter().map(|(name, value)| (name, Json::new(value))).collect())
}

/// Writes an object of names and values.
pub fn write(secrets: &Secrets) -> Zeroizing<String> {
    let fields = secrets.iter().map(|(name, value)| (name.clone(), value.value().clone()));
    let all = Json::new(Value::Object(fields.collect()));
    Zeroizing::new(format!("{:#}\n", all.value()))
}

fn parse(text: &str) -> Result<Json, Invalid> {
    serde_json::from_str(text).map_err(|error| {
        let line_start = match error.line() {
            0 | 1 => 0,
            line => text.match_indices('\n').nth(line - 2).map_or(text.len(), |(index, _)| index + 1),
        };
        // The parser counts bytes.
        let line = text.get(line_start..).unwrap_or_default();
        let mut bytes = error.column().saturating_sub(1).min(line.len());
        while !line.is_char_boundary(bytes) {
            bytes -= 1;
        }
        Invalid::at(text, line_start + bytes, rule(&error))
    })
}

/// What is wrong, in the parser's words where these are about JSON and not about what is in it.
fn rule(error: &serde_json::Error) -> String {
    match error.classify() {
        Category::Eof => "the JSON ends too early.".to_owned(),
        Category::Syntax => {
            let message = error.to_string();
            let message = message.split(" at line ").next().unwrap_or_default();
            format!("this is not JSON: {message}.")
        }
        Category::Data | Category::Io => "this is not JSON.".to_owned(),
    }
}

struct Repeated {
    /// 1 for the outermost object.
    depth: usize,
    key: String,
    first: usize,
    second: usize,
}

impl Repeated {
    fn of_a_name(self, text: &str) -> Invalid {
        Invalid::Twice {
            name: self.key,
            first: place::of_offset(text, self.first).0,
            second: place::of_offset(text, self.second).0,
        }
    }

    /// Keys within a value are part of it, and not repeated.
    fn in_a_value(&self, text: &str) -> Invalid {
        let (line, _) = place::of_offset(text, self.first);
        let rule = format!("an object has this key twice, the first time in line {line}.");
        Invalid::at(text, self.second, rule)
    }
}

/// The first key that an object has twice, in a text that is JSON.
fn repeated_key(text: &str) -> Option<Repeated> {
    // The keys of each object one is in, and where they are; `None` for an array.
    let mut inside: Vec<Option<HashMap<String, usize>>> = Vec::new();
    let mut key_follows = false;
    let mut bytes = text.bytes().enumerate();
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                inside.push((byte == b'{').then(HashMap::new));
                key_follows = byte == b'{';
            }
            b'}' | b']' => {
                inside.pop();
                key_follows = false;
            }
            b',' => key_follows = matches!(inside.last(), Some(Some(_))),
            b'"' => {
                let end = end_of_text(&mut bytes)?;
                if !std::mem::take(&mut key_follows) {
                    continue;
                }
                let depth = inside.len();
                let key: String = serde_json::from_str(text.get(index..=end)?).ok()?;
                match inside.last_mut()?.as_mut()?.entry(key) {
                    Entry::Vacant(entry) => {
                        entry.insert(index);
                    }
                    Entry::Occupied(entry) => {
                        return Some(Repeated {
                            depth,
                            first: *entry.get(),
                            second: index,
                            key: entry.key().clone(),
                        });
                    }
                }
            }
            _ => {}
        }
    }
    None
}

/// Where the text ends that has just begun: at the first quote that is not escaped.
fn end_of_text(bytes: &mut impl Iterator<Item = (usize, u8)>) -> Option<usize> {
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b'"' => return Some(index),
            b'\\' => {
                bytes.next();
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_wrong(text: &str, expected: &str) {
        let error = read(text).expect_err("wrong").to_string();
        assert!(error.starts_with(expected), "{text}: {error}");
        assert!(!error.contains("hunter2"), "{error}");
    }

    #[test]
    fn digits_and_the_order_of_keys_are_kept() {
        let text = "{\n  \"z\": 1.10,\n  \"a\": 123456789012345678901234567890,\n  \"m\": {\n    \"b\": null,\n    \"a\": -0.0\n  }\n}\n";
        assert_eq!(*write(&read(text).expect("JSON")), text);
    }

    #[test]
    fn what_is_wrong_is_told_by_its_place_and_not_its_content() {
        check_wrong("{\"A\": hunter2}", "line 1, column 7: this is not JSON: expected value");
        check_wrong("{\n  \"é\": \"hunter2\n\"}", "line 3, column 1: this is not JSON: control character");
        check_wrong("{\"A\": \"hunter2\"", "line 1, column 15: the JSON ends too early");
        check_wrong(
            "{\"A\": \"hunter2\"} hunter2",
            "line 1, column 18: this is not JSON: trailing characters",
        );
        check_wrong("", "line 1, column 1: the JSON ends too early");
        check_wrong("[\"hunter2\"]", "an object of names and values");
        check_wrong("\"hunter2\"", "an object of names and values");
    }

    #[test]
    fn a_name_that_is_there_twice_is_refused() {
        check_wrong(
            "{\n\"A\": {\"B\": 1},\n\"B\": [1, \"A\"],\n\"\\u0041\": \"hunter2\"}",
            "A is there twice: in line 2 and in line 4.",
        );
    }

    #[test]
    fn a_key_that_is_there_twice_within_a_value_is_refused_without_naming_it() {
        check_wrong(
            "{\"A\": [{\"hunter2\": 1, \"x\": {\"hunter2\": 2},\n\"hunter2\": 3}]}",
            "line 2, column 1: an object has this key twice, the first time in line 1.",
        );
        assert!(read_value("{\"a\": 1, \"a\": 2}").is_err());
        assert!(read_value("[{\"a\": \"{,\\\"a\"}, {\"a\": 2}]").is_ok());
    }

    #[test]
    fn a_value_is_any_json() {
        for text in ["null", " true\n", "1e400", "\"x\"", "[]", "\u{feff}{}"] {
            assert!(read_value(text).is_ok(), "{text}");
        }
        for text in ["", "hunter2", "1 2", "'x'", "NaN"] {
            assert!(read_value(text).is_err(), "{text}");
        }
    }
}
