//! Prefect's `config.toml`: the secrets of `[context.secrets]`, without the machine that Prefect runs on.
//!
//! Prefect expands variables and home directories in each text, and evaluates it as a literal of Python. The command line
//! does the same, with `strongroom::local`. This reader, for the page, knows no variables and has no Python: it reads texts
//! that mean the same on every machine, and refuses the others. A property test compares the two.

mod names;
mod text;

use serde_json::{Map, Number, Value};
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

pub use self::names::is_refused;
pub use self::text::is_plain;
use crate::toml::{not_toml, secrets_of, to_json};
use crate::{Contents, Invalid, with_unix_lines};

const FILE: &str = "config.toml";

const METHOD: &str =
    "Prefect refuses this name or a key of the value, because one of its methods has the same name.";
const RADIX: &str = "this number is too long. Write it in decimal.";

/// Whether a TOML file is Prefect's: it has Prefect's secrets, or its name and a context.
pub fn is_meant(name: Option<&str>, text: &str) -> bool {
    let text = with_unix_lines(text);
    let Ok(table) = DeTable::parse(&text) else { return false };
    let Some(DeValue::Table(context)) = find(table.get_ref(), "context") else { return false };
    let is_named = name.is_some_and(|name| name.rsplit('/').next() == Some(FILE));
    is_named || matches!(find(context, "secrets"), Some(DeValue::Table(_)))
}

/// Reads the secrets that mean the same on every machine, and refuses the others.
pub fn read(text: &str) -> Result<Contents, Invalid> {
    let text = with_unix_lines(text);
    let table = DeTable::parse(&text).map_err(|error| not_toml(&text, &error))?;
    let Some(context) = table_in(table.get_ref(), "context")? else { return Ok(Contents::default()) };
    let Some(secrets) = table_in(context, "secrets")? else { return Ok(Contents::default()) };
    let read = |name: &str, value: &DeValue<'_>| if is_refused(name) { Err(METHOD) } else { setting(value) };
    Ok(secrets_of(secrets, &text, read))
}

fn find<'a, 'text>(table: &'a DeTable<'text>, key: &str) -> Option<&'a DeValue<'text>> {
    table.get(key).map(Spanned::get_ref)
}

fn table_in<'a, 'text>(table: &'a DeTable<'text>, key: &str) -> Result<Option<&'a DeTable<'text>>, Invalid> {
    match find(table, key) {
        None => Ok(None),
        Some(DeValue::Table(found)) => Ok(Some(found)),
        Some(_) => Err(Invalid::Whole(format!("`{key}` is not a table."))),
    }
}

/// A setting; `None` for an empty table.
fn setting(value: &DeValue<'_>) -> Result<Option<Value>, &'static str> {
    let value = match value {
        DeValue::String(text) => text::evaluate(text)?,
        DeValue::Table(table) => {
            let mut fields = Map::new();
            for (key, value) in table {
                let key = key.get_ref();
                if is_refused(key) {
                    return Err(METHOD);
                }
                if let Some(value) = setting(value.get_ref())? {
                    fields.insert(key.to_string(), value);
                }
            }
            return Ok((!fields.is_empty()).then_some(Value::Object(fields)));
        }
        // Prefect leaves lists unchanged.
        other => to_json(other, number)?,
    };
    Ok(Some(value))
}

fn number(integer: &DeInteger<'_>) -> Result<Number, &'static str> {
    if integer.radix() != 10 {
        let number = u64::from_str_radix(integer.as_str(), integer.radix());
        return number.map(Number::from).map_err(|_| RADIX);
    }
    text::whole(integer.as_str().trim_start_matches('+')).ok_or(RADIX)
}

#[cfg(test)]
mod tests {
    use super::text::{ELSEWHERE, PYTHON};
    use super::*;
    use crate::toml::{NO_DATE, NO_NUMBER};

    #[test]
    fn prefects_files_are_recognised() {
        for (name, text, expected) in [
            ("any.toml", "[context.secrets]\nA = 1", true),
            ("any.toml", "context.secrets.A = 1", true),
            ("any.toml", "[context]\nA = 1", false),
            ("any.toml", "context = 'x'", false),
            ("a/config.toml", "[context]\nA = 1", true),
            ("config.toml", "A = 1", false),
            ("config.toml", "A = ", false),
        ] {
            assert_eq!(is_meant(Some(name), text), expected, "{name}: {text}");
        }
    }

    fn check(written: &str, expected: Result<&str, &str>) {
        let contents = read(&format!("[context.secrets]\nA = {written}")).expect("TOML");
        let [entry] = contents.entries.as_slice() else { panic!("{written}: {contents:?}") };
        assert_eq!((entry.line, entry.name.as_deref()), (2, Some("A")));
        let found = entry.value.as_ref().map(|value| value.value().to_string()).map_err(Invalid::rule);
        let expected = expected.map(str::to_owned).map_err(str::to_owned);
        assert_eq!(found, expected, "{written}");
    }

    #[test]
    fn texts_that_mean_the_same_everywhere_are_read_as_by_prefect() {
        for (written, expected) in [
            ("'hunter2 hunter2'", "\"hunter2 hunter2\""),
            ("'7hunter2'", "\"7hunter2\""),
            ("'pa$ $-x ~'", "\"pa$ $-x ~\""),
            ("'https://h:5432/x?y'", "\"https://h:5432/x?y\""),
            ("'192.168.0.1'", "\"192.168.0.1\""),
            ("'2026-11-30'", "\"2026-11-30\""),
            ("'+49 170 1234567'", "\"+49 170 1234567\""),
            ("\"it's (one) # of 'many'\"", "\"it's (one) # of 'many'\""),
            ("'42'", "42"),
            ("'-123456789012345678901234567890'", "-123456789012345678901234567890"),
            ("'1.50'", "1.5"),
            ("'tRUE'", "true"),
            ("'None'", "null"),
            ("'null'", "\"null\""),
            ("'\"quoted\"'", "\"quoted\""),
            (r#"'{"user": "ada\n", "port": 5432}'"#, r#"{"user":"ada\n","port":5432}"#),
            (r#"'{"user": null}'"#, r#""{\"user\": null}""#),
            ("'[1, -0, 1.10]'", "[1,0,1.1]"),
            ("42", "42"),
            ("0xff", "255"),
            ("-1.5", "-1.5"),
            ("['$HOME', 1, { x = '1' }]", "[\"$HOME\",1,{\"x\":\"1\"}]"),
            ("{ user = 'ada', port = '5432', none = {} }", "{\"user\":\"ada\",\"port\":5432}"),
        ] {
            check(written, Ok(expected));
        }
    }

    #[test]
    fn texts_that_depend_on_the_machine_or_are_python_are_refused() {
        for text in ["$HOME", "x${a.b}", "~/x", "a$1"] {
            check(&format!("'{text}'"), Err(ELSEWHERE));
        }
        for text in [
            "[ 1,]", "{1: 2}", "...", "1e5", "1_0", "0x1f", "1+2j", "00", "u\\\"x\\\"", "(1)", " 1", "1, 2",
            "set()", "1 # one", "1.", "1.e5", "['a']", "{\\\"a\\\": \\\"\\\\/\\\"}",
        ] {
            check(&format!("\"{text}\""), Err(PYTHON));
        }
        check("2026-11-21", Err(NO_DATE));
        check("[nan]", Err(NO_NUMBER));
        check("{ keys = 1 }", Err(METHOD));
        check("'{\"keys\": 1}'", Err(METHOD));
    }

    #[test]
    fn only_the_secrets_are_read() {
        let text = "[logging]\nlevel = 'x'\n[context.secrets]\nB = 1\nkeys = 2\n\nA = '$X'\n[context.secrets.C]\nx = 1\n";
        let contents = read(text).expect("TOML");
        let found =
            contents.entries.iter().map(|entry| (entry.line, entry.name.as_deref(), entry.value.is_ok()));
        let expected =
            [(4, Some("B"), true), (5, Some("keys"), false), (7, Some("A"), false), (8, Some("C"), true)];
        assert_eq!(found.collect::<Vec<_>>(), expected);
        assert_eq!(read("A = 1").map(|contents| contents.entries.len()), Ok(0));
        for text in ["context = 1", "context.secrets = 1", "A = "] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
