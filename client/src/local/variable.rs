//! From a value to the variable from which Prefect reads that value.
//!
//! Prefect expands and casts a variable twice, expands references to settings, and applies `json.loads`. If that leaves the
//! plain text unchanged, it is kept. Otherwise the text is JSON without `$`, quoted once for each cast.

use strongroom_formats::prefect::{self, is_plain};
use thiserror::Error;
use zeroize::Zeroizing;

use super::names::{PREFIX, setting};
use super::{expand, flat, json, literal};
use crate::value::{Value, text};

/// Why no variable can pass a secret to Prefect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say it")]
#[non_exhaustive]
pub enum Unmappable {
    #[error("a variable's name can't contain = or NUL")]
    Character,
    #[error("Prefect splits a variable's name at __")]
    Separator,
    #[error("Prefect refuses to start with a secret that has a method's name")]
    RefusedName,
}

/// The variable that passes a secret of that name to Prefect.
pub fn variable_name(name: &str) -> Result<String, Unmappable> {
    let variable = format!("{PREFIX}CONTEXT__SECRETS__{name}");
    if name.contains(['=', '\0']) {
        return Err(Unmappable::Character);
    }
    if prefect::is_refused(name) {
        return Err(Unmappable::RefusedName);
    }
    if setting(&variable).is_none_or(|path| path != ["context", "secrets", name]) {
        return Err(Unmappable::Separator);
    }
    Ok(variable)
}

/// The variable and the text from which Prefect's `Secret(name).get()` returns `value` as from the API, whatever other
/// variables exist.
pub fn to_variable(name: &str, value: &serde_json::Value) -> Result<(String, Zeroizing<String>), Unmappable> {
    let variable = variable_name(name)?;
    let (plain, json) = match value {
        serde_json::Value::String(text) => {
            let json = if json::is_json(text) { Zeroizing::new(text.clone()) } else { to_json(value) };
            (Zeroizing::new(text.clone()), json)
        }
        _ => (to_json(value), to_json(value)),
    };
    if reads_back(&plain, value) {
        return Ok((variable, plain));
    }
    // In JSON, `$` occurs only in strings, which can escape it.
    let json = Zeroizing::new(json.replace('$', "\\u0024"));
    Ok((variable, text::quote(&text::quote(&json))))
}

fn to_json(value: &serde_json::Value) -> Zeroizing<String> {
    Zeroizing::new(value.to_string())
}

fn reads_back(plain: &str, value: &serde_json::Value) -> bool {
    if plain.contains('\0') || !is_stable(plain) {
        return false;
    }
    let found = match expand::cast(Zeroizing::new(plain.to_owned())) {
        Value::Text(text) if is_stable(&text) => expand::cast(text),
        Value::Text(_) => return false,
        other => other,
    };
    let is_kept = match &found {
        // References to settings are still to be expanded.
        Value::Text(text) => is_plain(text) || !text.contains("${"),
        // Readers of `prefect.context.secrets`, such as Prefect's AWS and Google helpers, need a dict there, not text.
        Value::Dict(entries) => flat::validate(entries, &mut Vec::new()).is_ok(),
        _ => true,
    };
    is_kept && found.loads().is_identical(&Value::from_json(value.clone()).loads())
}

/// Whether no variable changes the text, and Python casts it as we do, which it may not with half of a surrogate pair.
fn is_stable(text: &str) -> bool {
    is_plain(text) && !literal::has_escaped_half(text)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn check(value: &serde_json::Value, expected: &str) {
        let (variable, text) = to_variable("NAME", value).unwrap();
        assert_eq!(variable, "PREFECT__CONTEXT__SECRETS__NAME");
        assert_eq!(text.as_str(), expected, "{value}");
    }

    #[test]
    fn values_that_prefect_reads_unchanged_are_plain() {
        for plain in [
            "hello", "", "a b\n", "pa$", "$$", "x~", "42", "042", "{\"a\": true}", "null", "é😀", "it's",
            "1.5",
        ] {
            check(&json!(plain), plain);
        }
        for json in ["42", "null", "true", "[1,\"b\"]", "{\"a\":{\"b\":1}}"] {
            check(&serde_json::from_str(json).unwrap(), json);
        }
    }

    #[test]
    fn other_values_are_quoted() {
        for (value, expected) in [
            (json!("$HOME"), r#"'\'"\\\\u0024HOME"\''"#),
            (json!("~/x"), r#"'\'"~/x"\''"#),
            (json!("True"), r#"'\'"True"\''"#),
            (json!("0x1F"), r#"'\'"0x1F"\''"#),
            (json!("'q'"), r#"'\'"\\\'q\\\'"\''"#),
            (json!({"items": 1}), r#"'\'{"items":1}\''"#),
            (json!(r#"["\ud83d\ude00"]"#), r#"'\'["\\\\ud83d\\\\ude00"]\''"#),
            (json!("a\0"), r#"'\'"a\\\\u0000"\''"#),
        ] {
            check(&value, expected);
        }
    }

    #[test]
    fn some_names_have_no_variable() {
        for (name, expected) in [
            ("A=B", Unmappable::Character),
            ("A\0", Unmappable::Character),
            ("A__B", Unmappable::Separator),
            ("__A", Unmappable::Separator),
            ("keys", Unmappable::RefusedName),
            ("values", Unmappable::RefusedName),
            ("__class__", Unmappable::RefusedName),
            ("_Box__box_config", Unmappable::RefusedName),
        ] {
            assert_eq!(variable_name(name), Err(expected), "{name}");
        }
        for name in ["a b", "_A", "A_", "é", "a.b", "KEYS", ""] {
            assert!(to_variable(name, &json!(1)).is_ok(), "{name}");
        }
    }
}
