//! JSON: one value, or an object of names and values. Numbers keep every digit, objects the order of their keys. Duplicate
//! keys are refused everywhere, because most readers silently drop one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde_json::Value;
use serde_json::error::Category;
use strongroom::Json;
use strongroom_shared::place;
use zeroize::Zeroizing;

use super::{Invalid, Secrets, without_mark};

pub fn read_value(text: &str) -> Result<Json, Invalid> {
    let text = without_mark(text);
    let value = parse(text)?;
    match duplicate_key(text) {
        None => Ok(value),
        Some(duplicate) => Err(duplicate.in_a_value(text)),
    }
}

pub fn read(text: &str) -> Result<Secrets, Invalid> {
    let text = without_mark(text);
    let value = parse(text)?;
    let Value::Object(fields) = value.value() else {
        let expected = "expected an object of names and values, such as {\"NAME\": \"value\"}.";
        return Err(Invalid::Whole(expected.to_owned()));
    };
    match duplicate_key(text) {
        Some(Duplicate { depth: 1, key, first, second }) => {
            Err(Invalid::duplicate(text, &key, first, second))
        }
        Some(duplicate) => Err(duplicate.in_a_value(text)),
        None => Ok(fields.iter().map(|(name, value)| (name.clone(), Json::new(value.clone()))).collect()),
    }
}

pub fn write(secrets: &Secrets) -> Zeroizing<String> {
    let fields = secrets.iter().map(|(name, value)| (name.clone(), value.value().clone()));
    let all = Json::new(Value::Object(fields.collect()));
    Zeroizing::new(format!("{:#}\n", all.value()))
}

fn parse(text: &str) -> Result<Json, Invalid> {
    serde_json::from_str(text).map_err(|error| {
        let line = error.line().max(1);
        let characters = text.split('\n').nth(line - 1).unwrap_or_default().char_indices();
        // The parser counts bytes.
        let before = characters.take_while(|(at, character)| at + character.len_utf8() < error.column());
        Invalid::Place { line, column: before.count() + 1, rule: rule(&error) }
    })
}

/// The parser's message, unless it may repeat content.
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

struct Duplicate {
    /// 1 for the outermost object.
    depth: usize,
    key: String,
    first: usize,
    second: usize,
}

impl Duplicate {
    /// A key within a value is part of it, and not repeated.
    fn in_a_value(&self, text: &str) -> Invalid {
        let (line, _) = place::of_offset(text, self.first);
        Invalid::at(text, self.second, format!("duplicate key, which is also in line {line}."))
    }
}

/// The first duplicate key in valid JSON.
fn duplicate_key(text: &str) -> Option<Duplicate> {
    // The offsets of the keys in each open object; `None` for an array.
    let mut open: Vec<Option<HashMap<String, usize>>> = Vec::new();
    let mut key_follows = false;
    let mut bytes = text.bytes().enumerate();
    while let Some((index, byte)) = bytes.next() {
        match byte {
            b'{' | b'[' => {
                open.push((byte == b'{').then(HashMap::new));
                key_follows = byte == b'{';
            }
            b'}' | b']' => {
                open.pop();
                key_follows = false;
            }
            b',' => key_follows = matches!(open.last(), Some(Some(_))),
            b'"' => {
                let end = end_of_string(&mut bytes)?;
                if !std::mem::take(&mut key_follows) {
                    continue;
                }
                let depth = open.len();
                let key: String = serde_json::from_str(text.get(index..=end)?).ok()?;
                match open.last_mut()?.as_mut()?.entry(key) {
                    Entry::Vacant(entry) => drop(entry.insert(index)),
                    Entry::Occupied(entry) => {
                        let key = entry.key().clone();
                        return Some(Duplicate { depth, key, first: *entry.get(), second: index });
                    }
                }
            }
            _ => {}
        }
    }
    None
}

/// The offset of the closing quote.
fn end_of_string(bytes: &mut impl Iterator<Item = (usize, u8)>) -> Option<usize> {
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

    #[test]
    fn digits_and_the_order_of_keys_are_kept() {
        let text = "{\n  \"z\": 1.10,\n  \"a\": 123456789012345678901234567890,\n  \"m\": {\n    \"b\": null,\n    \"a\": -0.0\n  }\n}\n";
        assert_eq!(*write(&read(text).expect("JSON")), text);
    }

    #[test]
    fn errors_name_the_place_and_repeat_nothing() {
        for (text, expected) in [
            ("{\"A\": hunter2}", "line 1, column 7: this is not JSON: expected value"),
            ("{\n  \"é\": \"hunter2\n\"}", "line 3, column 1: this is not JSON: control character"),
            ("{\"A\": \"hunter2\"", "line 1, column 15: the JSON ends too early"),
            ("{\"A\": \"hunter2\"} hunter2", "line 1, column 18: this is not JSON: trailing characters"),
            ("", "line 1, column 1: the JSON ends too early"),
            ("[\"hunter2\"]", "expected an object of names and values"),
            ("\"hunter2\"", "expected an object of names and values"),
            (
                "{\n\"A\": {\"B\": 1},\n\"B\": [1, \"A\"],\n\"\\u0041\": \"hunter2\"}",
                "duplicate name A, in line 2 and line 4.",
            ),
            (
                "{\"A\": [{\"hunter2\": 1, \"x\": {\"hunter2\": 2},\n\"hunter2\": 3}]}",
                "line 2, column 1: duplicate key, which is also in line 1.",
            ),
        ] {
            let error = read(text).expect_err("wrong").to_string();
            assert!(error.starts_with(expected), "{text}: {error}");
            assert!(!error.contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn values_are_any_json_without_duplicate_keys() {
        for text in ["null", " true\n", "1e400", "\"x\"", "[]", "\u{feff}{}", r#"[{"a": "{,\"a"}, {"a": 2}]"#]
        {
            assert!(read_value(text).is_ok(), "{text}");
        }
        for text in ["", "hunter2", "1 2", "'x'", "NaN", "{\"a\": 1, \"a\": 2}"] {
            assert!(read_value(text).is_err(), "{text}");
        }
    }
}
