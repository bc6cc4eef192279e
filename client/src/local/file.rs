//! A TOML file as Prefect reads it, with integers of any size and in the file's order. Errors name the place and the rule,
//! and repeat nothing of the file.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use num_bigint::BigInt;
use strongroom_shared::place;
use toml::de::{DeTable, DeValue};
use zeroize::Zeroizing;

use super::error::Error;
use crate::value::Value;

pub(super) fn read(path: &Path) -> Result<Vec<(Value, Value)>, Error> {
    let text = fs::read_to_string(path).map_err(|source| match source.kind() {
        ErrorKind::InvalidData => Error::NotUtf8(path.to_owned()),
        _ => Error::Unreadable { path: path.to_owned(), source },
    })?;
    let text = Zeroizing::new(text);
    // Python reads every kind of line ending as LF.
    if text.contains('\r') {
        parse(&Zeroizing::new(text.replace("\r\n", "\n").replace('\r', "\n")), path)
    } else {
        parse(&text, path)
    }
}

pub(super) fn parse(text: &str, path: &Path) -> Result<Vec<(Value, Value)>, Error> {
    let found = DeTable::parse(text).map_err(|error| {
        let (line, column) = place::of_offset(text, error.span().map_or(0, |span| span.start));
        Error::NotToml { path: path.to_owned(), line, column, reason: error.message().to_owned() }
    })?;
    Ok(table(found.into_inner()))
}

fn table(table: DeTable<'_>) -> Vec<(Value, Value)> {
    table
        .into_iter()
        .map(|(key, found)| (Value::from(key.into_inner().into_owned()), value(found.into_inner())))
        .collect()
}

fn value(found: DeValue<'_>) -> Value {
    match found {
        DeValue::String(text) => Value::from(text.into_owned()),
        DeValue::Integer(integer) => {
            let digits = integer.as_str().as_bytes();
            BigInt::parse_bytes(digits, integer.radix()).map_or(Value::None, Value::Integer)
        }
        DeValue::Float(float) => float.as_str().parse().map_or(Value::None, Value::Float),
        DeValue::Boolean(value) => Value::Bool(value),
        DeValue::Datetime(date_time) => Value::DateTime(date_time.to_string()),
        DeValue::Array(items) => {
            Value::List(items.into_iter().map(|item| value(item.into_inner())).collect())
        }
        DeValue::Table(found) => Value::Dict(table(found)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_place_and_repeat_nothing() {
        let check = |marked: &str| {
            let place = place::of_offset(marked, marked.find('^').unwrap());
            let error = parse(&marked.replacen('^', "", 1), Path::new("config.toml")).unwrap_err();
            assert!(!format!("{error} {error:?}").contains("hunter2"), "{error}");
            let Error::NotToml { line, column, .. } = error else { panic!("{error}") };
            assert_eq!((line, column), place, "{marked:?}");
        };
        for marked in [
            "a = 1\nhunter2^", "a = ^hunter2", "a = \"hunter2^", "a = \"hunter2\\^q\"", "[hunter2^\na = 1",
            "a = [1, ^hunter2]", "hunter2 = 1\n^hunter2 = 2", "a = 1\n^a.hunter2 = 2", "^é = 12hunter2",
            "a = 12^hunter2", "a = ^2020-13-hunter2", "a = { hunter2 ^}",
        ] {
            check(marked);
        }
        check("a = \"\"\"\nhunter2^\u{1}\"\"\"");
    }

    #[test]
    fn hostile_files_exhaust_nothing() {
        for (open, close) in [("[", "]"), ("{a=", "}")] {
            let text = format!("a = {}1{}", open.repeat(100_000), close.repeat(100_000));
            assert!(parse(&text, Path::new("")).is_err());
            assert!(parse(&format!("a = {}", open.repeat(100_000)), Path::new("")).is_err());
        }
        assert!(parse(&format!("{}a = 1", "a.".repeat(100_000)), Path::new("")).is_err());
        assert!(parse(&format!("[{}a]", "a.".repeat(100_000)), Path::new("")).is_err());
    }
}
