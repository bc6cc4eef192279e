//! Prefect's treatment of each text in its configuration: it expands `$VAR`, `${VAR}`, `~` and `~account` until nothing
//! changes, and casts the text. References to other settings, `${section.key}`, are in `flat`.

use std::sync::LazyLock;

use regex_lite::Regex;
use zeroize::Zeroizing;

use super::error::Problem;
use super::literal;
use super::surroundings::Surroundings;
use crate::value::Value;

/// The limit for an expanded text, in bytes. Prefect has none, and a hostile file could exhaust the memory.
pub(super) const MAX_LENGTH: usize = 16 << 20;

/// Python's own pattern.
static VARIABLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\$([0-9A-Za-z_]+|\{[^}]*\})").expect("a valid pattern"));

/// How often Prefect expands a text.
const ROUNDS: usize = 10;

/// Prefect's `string_to_type`: `true` and `false` in any case, a Python literal, or else the text.
pub(super) fn cast(text: Zeroizing<String>) -> Value {
    let upper = (text.len() <= 8).then(|| text.to_uppercase());
    match upper.as_deref() {
        Some("TRUE") => Value::Bool(true),
        Some("FALSE") => Value::Bool(false),
        _ => literal::evaluate(&text).unwrap_or(Value::Text(text)),
    }
}

/// Prefect's `interpolate_env_vars`: text, a cast value after two or more rounds, or nothing if ten rounds don't suffice.
pub(super) fn interpolate(text: &str, surroundings: &Surroundings) -> Result<Value, Problem> {
    let mut text = Zeroizing::new(text.to_owned());
    if text.is_empty() {
        return Ok(Value::Text(text));
    }
    for round in 0..ROUNDS {
        let expanded = home(&variables(&text, surroundings)?, surroundings)?;
        if expanded == text {
            return Ok(if round > 1 { cast(text) } else { Value::Text(text) });
        }
        text = expanded;
    }
    Ok(Value::None)
}

/// Python's `os.path.expandvars`, once from left to right. Unknown variables stay as written.
fn variables(text: &str, surroundings: &Surroundings) -> Result<Zeroizing<String>, Problem> {
    let mut result = Zeroizing::new(String::with_capacity(text.len()));
    let mut end = 0;
    for found in VARIABLE.find_iter(text) {
        let name = &found.as_str()[1..];
        let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
        result.push_str(&text[end..found.start()]);
        result.push_str(surroundings.variable(name).unwrap_or(found.as_str()));
        end = found.end();
        if result.len() > MAX_LENGTH {
            return Err(Problem::TooLong);
        }
    }
    result.push_str(&text[end..]);
    Ok(result)
}

/// Python's `os.path.expanduser`. An unknown account stays as written.
fn home(text: &str, surroundings: &Surroundings) -> Result<Zeroizing<String>, Problem> {
    let Some(after) = text.strip_prefix('~') else { return Ok(Zeroizing::new(text.to_owned())) };
    let (account, rest) = after.split_at(after.find('/').unwrap_or(after.len()));
    if account.contains('\0') {
        return Err(Problem::AccountName);
    }
    let Some(home) = surroundings.home(account) else { return Ok(Zeroizing::new(text.to_owned())) };
    let mut path = Zeroizing::new(home.trim_end_matches('/').to_owned());
    path.push_str(rest);
    if path.is_empty() {
        path.push('/');
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings() -> Surroundings {
        let grows = "$GROWS.".repeat(300);
        let variables = [
            ("HOME", "/home/me/"),
            ("A", "$B"),
            ("B", "$C"),
            ("C", "5"),
            ("LOOP", "$LOOP$LOOP"),
            ("GROWS", &grows),
            ("a.b", "dotted"),
            ("", "empty"),
        ];
        Surroundings::new(variables)
    }

    fn check(text: &str, expected: impl Into<Value>) {
        assert_eq!(interpolate(text, &surroundings()).unwrap(), expected.into(), "{text}");
    }

    #[test]
    fn variables_and_home_directories_are_expanded() {
        for case in [
            "x$C. => x5.", "${C}$C => 55", "$C => 5", "${a.b}${} => dottedempty", "~ => /home/me",
            "~/x => /home/me/x",
        ] {
            let (text, expected) = case.split_once(" => ").unwrap();
            check(text, expected);
        }
        for same in ["", "pa$HOMEword", "$NOPE_X ${NOPE} $ $$ ${ $}", "x~", "~no-such-account/x", "$é"] {
            check(same, same);
        }
    }

    #[test]
    fn text_is_cast_after_two_rounds() {
        check("$B", Value::Integer(5.into()));
        check("$A", Value::Integer(5.into()));
        check("$LOOP", Value::None);
        assert_eq!(interpolate("$GROWS", &surroundings()), Err(Problem::TooLong));
        assert_eq!(interpolate("~a\0", &surroundings()), Err(Problem::AccountName));
    }
}
