//! From a value to the variable that makes a Prefect program see it.
//!
//! Prefect reads a variable as [`super`] says: references, a cast, again references and a cast, references to settings, and
//! at last `json.loads`. The plain text is kept when all that changes nothing; otherwise the text is JSON, quoted once for
//! each cast, with no `$` left in it.

use thiserror::Error;
use zeroize::Zeroizing;

use super::names::{self, PREFIX, setting};
use super::{expand, flat, json, literal, text};
use crate::value::Value;

/// Why no variable can carry a secret to a Prefect program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Unfit {
    /// A name of a variable has no `=` and no NUL.
    #[error("a variable's name can't have = or NUL in it")]
    Character,
    /// Prefect would make the secret one of several below another name.
    #[error("Prefect splits a variable's name at __")]
    Separator,
    /// Prefect would refuse to start.
    #[error("Prefect refuses to start with a secret that has a method's name")]
    RefusedName,
}

/// The variable that passes a secret of that name to Prefect.
///
/// # Errors
/// When no variable can carry the name.
pub fn variable_name(name: &str) -> Result<String, Unfit> {
    let variable = format!("{PREFIX}CONTEXT__SECRETS__{name}");
    if name.contains(['=', '\0']) {
        return Err(Unfit::Character);
    }
    if names::is_refused(name) {
        return Err(Unfit::RefusedName);
    }
    if setting(&variable).is_none_or(|path| path != ["context", "secrets", name]) {
        return Err(Unfit::Separator);
    }
    Ok(variable)
}

/// The variable and the text that make Prefect's `Secret(name).get()` return `value` as the API would, whatever other
/// variables exist.
///
/// # Errors
/// No variable can have the name.
pub fn to_variable(name: &str, value: &serde_json::Value) -> Result<(String, Zeroizing<String>), Unfit> {
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
    // In JSON, `$` can only be in text, where an escape can stand for it.
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
        // What is left are references to settings.
        Value::Text(text) => expand::is_plain(text) || !text.contains("${"),
        // Prefect makes a dict of a class of its own of it. It stays one: what reads `prefect.context.secrets` itself, as
        // Prefect's AWS and Google helpers do, needs a dict there, not text.
        Value::Dict(entries) => flat::validate(entries, &mut Vec::new()).is_ok(),
        _ => true,
    };
    is_kept && found.loads().is_identical(&Value::from_json(value.clone()).loads())
}

/// Whether no variable changes the text, and Python casts it as we do. With half a surrogate pair it may not.
fn is_stable(text: &str) -> bool {
    expand::is_plain(text) && !literal::has_escaped_half(text)
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
    fn what_reads_back_is_plain() {
        for plain in [
            "hello", "", "a b\n", "pa$", "$$", "x~", "42", "042", "{\"a\": true}", "null", "é😀", "it's",
            "1.5",
        ] {
            check(&json!(plain), plain);
        }
        check(&json!(42), "42");
        check(&json!(null), "null");
        check(&json!(true), "true");
        check(&json!([1, "b"]), "[1,\"b\"]");
        check(&json!({"a": {"b": 1}}), "{\"a\":{\"b\":1}}");
    }

    #[test]
    fn what_would_not_is_quoted() {
        check(&json!("$HOME"), r#"'\'"\\\\u0024HOME"\''"#);
        check(&json!("~/x"), r#"'\'"~/x"\''"#);
        check(&json!("True"), r#"'\'"True"\''"#);
        check(&json!("0x1F"), r#"'\'"0x1F"\''"#);
        check(&json!("'q'"), r#"'\'"\\\'q\\\'"\''"#);
        check(&json!({"items": 1}), r#"'\'{"items":1}\''"#);
        check(&json!(r#"["\ud83d\ude00"]"#), r#"'\'["\\\\ud83d\\\\ude00"]\''"#);
        check(&json!("a\0"), r#"'\'"a\\\\u0000"\''"#);
    }

    #[test]
    fn some_names_fit_no_variable() {
        let of = |name: &str| to_variable(name, &json!(1)).unwrap_err();
        assert_eq!(of("A=B"), Unfit::Character);
        assert_eq!(of("A\0"), Unfit::Character);
        assert_eq!(of("A__B"), Unfit::Separator);
        assert_eq!(of("__A"), Unfit::Separator);
        assert_eq!(of("keys"), Unfit::RefusedName);
        for name in ["a b", "_A", "A_", "é", "a.b", "KEYS"] {
            assert!(to_variable(name, &json!(1)).is_ok(), "{name}");
        }
    }
}
