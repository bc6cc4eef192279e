//! What Prefect does to each text of its configuration: `$VAR`, `${VAR}`, `~` and `~account`, over and over until nothing
//! changes, and the cast of text to what it looks like.
//!
//! Not here: `${section.key}`, which refers to other settings (`flat`).

use zeroize::Zeroizing;

use super::error::Problem;
use super::literal;
use super::surroundings::Surroundings;
use crate::value::Value;

/// How long a text may become by references, in bytes. Prefect has no limit; a hostile file could fill the memory.
pub(super) const MAX_LENGTH: usize = 16 << 20;

/// How often Prefect looks for something to replace.
const ROUNDS: usize = 10;

/// Prefect's `string_to_type`: `true` and `false` in any case, any literal of Python, else the text.
pub(super) fn cast(text: Zeroizing<String>) -> Value {
    let upper = (text.len() <= 8).then(|| text.to_uppercase());
    match upper.as_deref() {
        Some("TRUE") => Value::Bool(true),
        Some("FALSE") => Value::Bool(false),
        _ => literal::evaluate(&text).unwrap_or(Value::Text(text)),
    }
}

/// Prefect's `interpolate_env_vars`: text, a cast value after two or more rounds, nothing when ten are not enough.
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

/// Whether [`interpolate`] leaves the text as it is wherever it runs.
pub(super) fn is_plain(text: &str) -> bool {
    !text.starts_with('~')
        && !text.split('$').skip(1).any(|rest| rest.starts_with(|c: char| c == '{' || is_word(c)))
}

/// Python's `os.path.expandvars`: once from left to right. An unknown variable stays as it is written.
fn variables(text: &str, surroundings: &Surroundings) -> Result<Zeroizing<String>, Problem> {
    let mut result = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text;
    while let Some(at) = rest.find('$') {
        let (before, reference) = rest.split_at(at);
        result.push_str(before);
        let after = &reference[1..];
        let (name, length) = if let Some(inner) = after.strip_prefix('{') {
            match inner.split_once('}') {
                Some((name, _)) => (name, name.len() + 3),
                None => ("", 1),
            }
        } else {
            let name = &after[..after.find(|c| !is_word(c)).unwrap_or(after.len())];
            (name, name.len() + 1)
        };
        match surroundings.variable(name) {
            Some(value) if length > 1 => result.push_str(value),
            _ => result.push_str(&reference[..length]),
        }
        if result.len() > MAX_LENGTH {
            return Err(Problem::TooLong);
        }
        rest = &reference[length..];
    }
    result.push_str(rest);
    Ok(result)
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || character == '_'
}

/// Python's `os.path.expanduser`. An unknown account stays as it is written.
fn home(text: &str, surroundings: &Surroundings) -> Result<Zeroizing<String>, Problem> {
    let unchanged = || Ok(Zeroizing::new(text.to_owned()));
    let Some(after) = text.strip_prefix('~') else {
        return unchanged();
    };
    let (account, rest) = after.split_at(after.find('/').unwrap_or(after.len()));
    if account.contains('\0') {
        return Err(Problem::AccountName);
    }
    let Some(home) = surroundings.home(account) else {
        return unchanged();
    };
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
    fn variables_and_homes_are_written_out() {
        check("", "");
        check("x$C.", "x5.");
        check("${C}$C", "55");
        check("pa$HOMEword", "pa$HOMEword");
        check("$NOPE_X ${NOPE} $ $$ ${ $}", "$NOPE_X ${NOPE} $ $$ ${ $}");
        check("${a.b}${}", "dottedempty");
        check("~", "/home/me");
        check("~/x", "/home/me/x");
        check("x~", "x~");
        check("~no-such-account/x", "~no-such-account/x");
        check("$é", "$é");
    }

    #[test]
    fn after_two_rounds_it_is_cast() {
        check("$C", "5");
        check("$B", Value::Integer(5.into()));
        check("$A", Value::Integer(5.into()));
        check("$LOOP", Value::None);
        assert_eq!(interpolate("$GROWS", &surroundings()), Err(Problem::TooLong));
        assert_eq!(interpolate("~a\0", &surroundings()), Err(Problem::AccountName));
    }

    #[test]
    fn plain_is_what_no_variable_can_change() {
        for plain in ["", "a", "a~", "$", "a$", "$$", "$-", "$é", "5 $ "] {
            assert!(is_plain(plain), "{plain}");
        }
        for other in ["~", "~x", "$a", "x$1", "${", "$_"] {
            assert!(!is_plain(other), "{other}");
        }
    }
}
