//! JSON: one value, or an object of names and values. Numbers keep every digit, objects the order of their keys. Duplicate
//! keys are refused everywhere, because most readers silently drop one.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use serde_json::Value;
use serde_json::error::Category;
use strongroom_shared::{Json, place};
use zeroize::Zeroizing;

use super::{Contents, Invalid, Lines, Secrets, without_mark};

/// A file with more is refused as a whole.
const MOST_DUPLICATES: usize = 100;

/// Reads one value.
pub fn read_value(text: &str) -> Result<Json, Invalid> {
    let text = without_mark(text);
    let value = parse(text)?;
    match keys(text).duplicates.first() {
        None => Ok(value),
        Some(duplicate) => Err(duplicate.in_a_value(text)),
    }
}

/// Reads a file.
pub fn read(text: &str) -> Result<Contents, Invalid> {
    let text = without_mark(text);
    let value = parse(text)?;
    let Value::Object(fields) = value.value() else {
        let expected = "expected an object of names and values, such as {\"NAME\": \"value\"}.";
        return Err(Invalid::Whole(expected.to_owned()));
    };
    let Keys { fields: places, duplicates } = keys(text);
    if let Some(first) = duplicates.first().filter(|_| duplicates.len() > MOST_DUPLICATES) {
        return Err(first.in_a_value(text));
    }
    let by_offset: HashMap<usize, usize> =
        places.iter().enumerate().map(|(index, (_, start))| (*start, index)).collect();
    let mut refused: HashMap<usize, Invalid> = HashMap::new();
    for duplicate in &duplicates {
        let Duplicate { depth, ref key, first, second, field } = *duplicate;
        if depth > 1 {
            refused.entry(field).or_insert_with(|| duplicate.in_a_value(text));
            continue;
        }
        for index in [by_offset.get(&first).copied(), Some(field)].into_iter().flatten() {
            refused.entry(index).or_insert_with(|| Invalid::duplicate(text, key, first, second));
        }
    }
    let mut lines = Lines::new(text);
    let mut contents = Contents::default();
    for (index, (name, start)) in places.iter().enumerate() {
        let value = match refused.remove(&index) {
            Some(refused) => Err(refused),
            None => Ok(Json::new(fields.get(name).cloned().unwrap_or_default())),
        };
        contents.push(lines.of(*start), Some(name), value);
    }
    // The first refused entry may only be the first of a duplicate.
    contents.first_refused = duplicates.first().map(|duplicate| duplicate.field);
    Ok(contents)
}

/// The line of the first duplicate key in a text, and that of the key that it repeats; `None` also if it is not JSON.
pub fn duplicate_key(text: &str) -> Option<(usize, usize)> {
    let text = without_mark(text);
    parse(text).ok()?;
    let Keys { duplicates, .. } = keys(text);
    let Duplicate { first, second, .. } = duplicates.first()?;
    Some((place::of_offset(text, *second).0, place::of_offset(text, *first).0))
}

/// Writes a file that [`read()`] reads back.
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
            if message == "recursion limit exceeded" {
                return "a value can nest at most 127 levels.".to_owned();
            }
            format!("this is not JSON: {message}.")
        }
        Category::Data | Category::Io => "this is not JSON.".to_owned(),
    }
}

/// The keys of a text.
#[derive(Default)]
struct Keys {
    /// Those of the outermost object, with their byte offsets.
    fields: Vec<(String, usize)>,
    /// In the order of the text.
    duplicates: Vec<Duplicate>,
}

struct Duplicate {
    /// 1 for the outermost object.
    depth: usize,
    key: String,
    first: usize,
    second: usize,
    /// The field of the outermost object that it is, or is in.
    field: usize,
}

impl Duplicate {
    /// A key within a value is part of it, and not repeated.
    fn in_a_value(&self, text: &str) -> Invalid {
        let (line, _) = place::of_offset(text, self.first);
        Invalid::at(text, self.second, format!("duplicate key, which is also in line {line}."))
    }
}

/// The keys of valid JSON.
fn keys(text: &str) -> Keys {
    let mut found = Keys::default();
    // It stops early only if the text is not JSON.
    let _ = find_keys(text, &mut found);
    found
}

fn find_keys(text: &str, found: &mut Keys) -> Option<()> {
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
                if depth == 1 {
                    found.fields.push((key.clone(), index));
                }
                match open.last_mut()?.as_mut()?.entry(key) {
                    Entry::Vacant(entry) => drop(entry.insert(index)),
                    Entry::Occupied(entry) => {
                        let (key, first) = (entry.key().clone(), *entry.get());
                        let field = found.fields.len().saturating_sub(1);
                        if found.duplicates.len() <= MOST_DUPLICATES {
                            found.duplicates.push(Duplicate { depth, key, first, second: index, field });
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Some(())
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

    fn secrets(text: &str) -> Result<Secrets, Invalid> {
        read(text)?.secrets()
    }

    #[test]
    fn only_secrets_with_a_duplicate_key_are_refused() {
        let text =
            "{\"A\": 1,\n\"B\": {\"x\": [{\"y\": 1,\n\"y\": 2}]},\n\"C\": [],\n\"A\": 2, \"D\": {\"A\": 1}}";
        let contents = read(text).expect("JSON");
        let found =
            contents.entries.iter().map(|entry| (entry.line, entry.name.as_deref(), entry.value.is_ok()));
        let expected = [
            (1, Some("A"), false),
            (2, Some("B"), false),
            (4, Some("C"), true),
            (5, Some("A"), false),
            (5, Some("D"), true),
        ];
        assert_eq!(found.collect::<Vec<_>>(), expected);
        assert_eq!(duplicate_key(text), Some((3, 2)));
        assert_eq!((duplicate_key("{\"a\": {\"a\": 1}}"), duplicate_key("{\"a\": 1, \"a\"")), (None, None));
    }

    #[test]
    fn digits_and_the_order_of_keys_are_kept() {
        let text = "{\n  \"z\": 1.10,\n  \"a\": 123456789012345678901234567890,\n  \"m\": {\n    \"b\": null,\n    \"a\": -0.0\n  }\n}\n";
        assert_eq!(*write(&secrets(text).expect("JSON")), text);
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
            let error = secrets(text).expect_err("wrong").to_string();
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
        let nested = |depth| format!("{}1{}", "[".repeat(depth), "]".repeat(depth));
        assert!(read_value(&nested(127)).is_ok());
        let error = read_value(&nested(128)).expect_err("too deep").to_string();
        assert_eq!(error, "line 1, column 128: a value can nest at most 127 levels.");
        for text in ["", "hunter2", "1 2", "'x'", "NaN", "{\"a\": 1, \"a\": 2}"] {
            assert!(read_value(text).is_err(), "{text}");
        }
    }
}
