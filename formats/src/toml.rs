//! TOML: names and values, also tables, as JSON. Values that only one of the two can represent are refused: dates, NaN and
//! infinity, null, and numbers with too many digits.

use std::borrow::Cow;

use serde_json::{Map, Number, Value};
use strongroom_shared::Json;
use toml::de::{DeInteger, DeTable, DeValue, Error};
use toml::{Spanned, Table, Value as Toml};
use zeroize::Zeroizing;

use super::{Contents, Invalid, Lines, Secrets, with_unix_lines};

pub(crate) const NO_DATE: &str = "JSON can't represent a date or time. Put it in quotes.";
pub(crate) const NO_NUMBER: &str = "JSON can't represent NaN or infinity.";
const TOO_LARGE: &str = "this number is too large. Put it in quotes.";

/// Reads a file.
pub fn read(text: &str) -> Result<Contents, Invalid> {
    let text = with_unix_lines(text);
    let table = DeTable::parse(&text).map_err(|error| not_toml(&text, &error))?;
    Ok(secrets_of(table.get_ref(), &text, |_, value| to_json(value, integer).map(Some)))
}

pub(crate) fn not_toml(text: &str, error: &Error) -> Invalid {
    // The parser's messages about syntax repeat no content.
    let rule = format!("this is not TOML: {}.", error.message());
    Invalid::at(text, error.span().map_or(0, |span| span.start), rule)
}

/// The secrets of a table, in the order of the file. Those that `read` skips are left out.
pub(crate) fn secrets_of(
    table: &DeTable<'_>,
    text: &str,
    read: impl Fn(&str, &DeValue<'_>) -> Result<Option<Value>, &'static str>,
) -> Contents {
    let mut secrets: Vec<_> = table.iter().collect();
    secrets.sort_by_key(|(name, _)| name.span().start);
    let mut lines = Lines::new(text);
    let mut contents = Contents::default();
    for (name, value) in secrets {
        let line = lines.of(name.span().start);
        let name = name.get_ref();
        let value = read(name, value.get_ref()).map_err(|rule| Invalid::secret(name, rule));
        if let Some(value) = value.transpose() {
            contents.push(line, Some(name), value.map(Json::new));
        }
    }
    contents
}

/// A value as it is written.
pub(crate) fn to_json(
    value: &DeValue<'_>,
    integer: fn(&DeInteger<'_>) -> Result<Number, &'static str>,
) -> Result<Value, &'static str> {
    Ok(match value {
        DeValue::String(text) => Value::String(text.to_string()),
        DeValue::Integer(number) => Value::Number(integer(number)?),
        DeValue::Float(number) => Value::Number(float(number.as_str())?),
        DeValue::Boolean(boolean) => Value::Bool(*boolean),
        DeValue::Datetime(_) => return Err(NO_DATE),
        DeValue::Array(items) => {
            Value::Array(items.iter().map(|item| to_json(item.get_ref(), integer)).collect::<Result<_, _>>()?)
        }
        DeValue::Table(fields) => {
            let field = |(key, value): (&Spanned<Cow<'_, str>>, &Spanned<DeValue<'_>>)| {
                Ok((key.get_ref().to_string(), to_json(value.get_ref(), integer)?))
            };
            Value::Object(fields.iter().map(field).collect::<Result<Map<_, _>, &'static str>>()?)
        }
    })
}

pub(crate) fn float(text: &str) -> Result<Number, &'static str> {
    text.parse().ok().and_then(Number::from_f64).ok_or(NO_NUMBER)
}

fn integer(integer: &DeInteger<'_>) -> Result<Number, &'static str> {
    i64::from_str_radix(integer.as_str(), integer.radix()).map(Number::from).map_err(|_| TOO_LARGE)
}

/// Writes a file, if TOML can represent all values.
pub fn write(secrets: &Secrets) -> Result<Zeroizing<String>, Invalid> {
    let mut table = Table::new();
    for (name, value) in secrets {
        let value = from_json(value.value()).map_err(|rule| Invalid::secret(name, rule))?;
        table.insert(name.clone(), value);
    }
    let text = toml::to_string(&table);
    text.map(Zeroizing::new).map_err(|_| Invalid::Whole("this can't be written as TOML.".to_owned()))
}

fn from_json(value: &Value) -> Result<Toml, &'static str> {
    Ok(match value {
        Value::Null => return Err("TOML has no null. Use --format json instead."),
        Value::Bool(boolean) => Toml::Boolean(*boolean),
        Value::Number(number) => number_from_json(number)?,
        Value::String(text) => Toml::String(text.clone()),
        Value::Array(items) => Toml::Array(items.iter().map(from_json).collect::<Result<_, _>>()?),
        Value::Object(fields) => {
            let field = |(key, value): (&String, &Value)| from_json(value).map(|value| (key.clone(), value));
            Toml::Table(fields.iter().map(field).collect::<Result<_, _>>()?)
        }
    })
}

fn number_from_json(number: &Number) -> Result<Toml, &'static str> {
    const TOO_LONG: &str = "TOML has no numbers with so many digits. Use --format json instead.";
    let text = number.to_string();
    // -0 becomes a float.
    if !text.contains(['.', 'e', 'E']) && text != "-0" {
        return number.as_i64().map(Toml::Integer).ok_or(TOO_LONG);
    }
    let float: f64 = text.parse().map_err(|_| TOO_LONG)?;
    let read_back = Number::from_f64(float).ok_or(TOO_LONG)?;
    if digits(&text) != digits(&read_back.to_string()) {
        return Err(TOO_LONG);
    }
    Ok(Toml::Float(float))
}

/// The significant digits of a number in JSON, and the power of ten by which they are multiplied.
fn digits(number: &str) -> (String, i64) {
    let (number, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let all = format!("{whole}{fraction}");
    let significant = all.trim_start_matches(['-', '0']);
    let trimmed = significant.trim_end_matches('0');
    if trimmed.is_empty() {
        return (String::new(), 0);
    }
    let places = |length: usize| i64::try_from(length).unwrap_or(i64::MAX);
    let exponent: i64 = exponent.parse().unwrap_or(i64::MAX);
    let power = exponent
        .saturating_sub(places(fraction.len()))
        .saturating_add(places(significant.len() - trimmed.len()));
    (trimmed.to_owned(), power)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::super::place_of_mark;
    use super::*;

    fn secrets(text: &str) -> Result<Secrets, Invalid> {
        read(text)?.secrets()
    }

    #[test]
    fn tables_become_json() {
        let text = "b = 1\n\"my secret\" = 'x'\nf = [1.0, +1_0.5e-1]\nt = true\nl = [1, 'a', {x = 1}]\n\
                    i = [1_000, +5, -7, 0xf_F, 0o17, 0b11]\n[table.inner]\nz = 1\na = 2\n";
        let expected = json!({"b": 1, "my secret": "x", "f": [1.0, 1.05], "t": true, "l": [1, "a", {"x": 1}],
            "i": [1000, 5, -7, 255, 15, 3],
            "table": {"inner": {"z": 1, "a": 2}}});
        let found =
            secrets(text).expect("TOML").into_iter().map(|(name, value)| (name, value.value().clone()));
        assert_eq!(Value::Object(found.collect()), expected);
    }

    #[test]
    fn lines_are_those_of_the_names() {
        let text = "# One\nB = 1\r\n\n\"my secret\" = '''\n\n'''\n[A.x]\ny = nan\n[A]\nz = 1\n";
        let contents = read(text).expect("TOML");
        let found =
            contents.entries.iter().map(|entry| (entry.line, entry.name.as_deref(), entry.value.is_ok()));
        let expected = [(2, Some("B"), true), (4, Some("my secret"), true), (9, Some("A"), false)];
        assert_eq!(found.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn types_that_json_lacks_are_refused() {
        for value in [
            "2026-11-21", "[2026-11-21T14:05:00Z]", "{x = 14:05:00}", "inf", "[nan]", "1e400",
            "9223372036854775808",
        ] {
            let error = secrets(&format!("A = 1\nB = {value}")).expect_err("not JSON").to_string();
            assert!(error.starts_with("the secret B: ") && !error.contains("9223"), "{error}");
        }
    }

    #[test]
    fn errors_name_the_place_and_repeat_nothing() {
        for marked in ["A = ^hunter2", "\"é\" = 1\nA = 'hunter2^", "A = 1\n^A = 'hunter2'", "A ^hunter2"] {
            let (text, place) = place_of_mark(marked);
            let Err(Invalid::Place { line, column, rule }) = secrets(&text) else { panic!("{text}") };
            assert_eq!((line, column), place, "{text}: {rule}");
            assert!(!rule.contains("hunter2"), "{rule}");
        }
    }

    #[test]
    fn values_that_toml_lacks_are_refused() {
        for value in ["null", "[null]", "9223372036854775808", "1.00000000000000000001", "1e400", "0.1e-400"]
        {
            let value: Value = serde_json::from_str(value).expect("JSON");
            let error = write(&vec![("A".to_owned(), Json::new(value))]).expect_err("not TOML").to_string();
            assert!(error.starts_with("the secret A: TOML has no "), "{error}");
        }
    }

    #[test]
    fn equal_numbers_are_written() {
        for (value, expected) in [
            ("1.10", "A = 1.1\n"),
            ("1e2", "A = 100.0\n"),
            ("-5", "A = -5\n"),
            ("0.0", "A = 0.0\n"),
            ("-0", "A = -0.0\n"),
        ] {
            let value: Value = serde_json::from_str(value).expect("JSON");
            assert_eq!(*write(&vec![("A".to_owned(), Json::new(value))]).expect("TOML"), expected);
        }
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            any::<bool>().prop_map(Value::Bool),
            any::<i64>().prop_map(Value::from),
            prop::num::f64::NORMAL.prop_map(Value::from),
            any::<String>().prop_map(Value::String),
        ];
        leaf.prop_recursive(3, 24, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
                prop::collection::hash_map(any::<String>(), inner, 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn written_values_are_read_back(values in prop::collection::hash_map("[^\0]+", any_json(), 0..5)) {
            let mut before: Secrets = values.into_iter().map(|(name, value)| (name, Json::new(value))).collect();
            let text = write(&before).expect("TOML");
            let mut after = secrets(&text).expect("TOML");
            before.sort_by(|a, b| a.0.cmp(&b.0));
            after.sort_by(|a, b| a.0.cmp(&b.0));
            prop_assert!(before == after, "{}", *text);
        }
    }
}
