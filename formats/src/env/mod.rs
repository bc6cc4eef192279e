//! `.env` files: `NAME=value`, line by line.
//!
//! There is no standard. [`read`] accepts lines on which npm's `dotenv`, Node itself, `python-dotenv` and Docker Compose
//! agree, or that can only mean one thing, and refuses all others: secrets are not guessed. `docs/command-line.md` lists the
//! exceptions and the refusals, and a test runs those readers on them. Nothing is substituted, and every value is a string.
//!
//! [`write()`] uses spellings on which those readers and a shell's `.` agree; [`Written`] lists the values that have none.

mod read;

use zeroize::Zeroizing;

pub use self::read::read;
use super::{Invalid, Secrets, plain_text};

/// Whether the name is valid for a variable in every shell.
pub fn is_name(name: &str) -> bool {
    name.starts_with(|character: char| character.is_ascii_alphabetic() || character == '_')
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
}

/// Refuses names that are not valid for variables.
pub fn check_names<'name>(names: impl Iterator<Item = &'name str>) -> Result<(), Invalid> {
    let invalid: Vec<&str> = names.filter(|name| !is_name(name)).collect();
    if invalid.is_empty() {
        return Ok(());
    }
    let names = invalid.join(", ");
    Err(Invalid::Whole(format!(
        "these are not valid names of variables: {names}. Use --format json instead."
    )))
}

/// The text of a file, and its difficulties.
pub struct Written {
    /// The file.
    pub text: Zeroizing<String>,
    /// The number of values written as JSON because they are not strings.
    pub others: usize,
    /// The secrets without a common spelling, each with the programs that read another value.
    pub misread: Vec<(String, Vec<&'static str>)>,
}

/// Writes a file on which [`read`], a shell's `.` and other readers agree, as far as possible.
pub fn write(secrets: &Secrets) -> Result<Written, Invalid> {
    check_names(secrets.iter().map(|(name, _)| name.as_str()))?;
    let mut written = Written { text: Zeroizing::default(), others: 0, misread: Vec::new() };
    // Misread values come last, because a program may misread the lines after one.
    let mut last = Zeroizing::new(String::new());
    for (name, value) in secrets {
        written.others += usize::from(!value.value().is_string());
        let value = plain_text(value);
        if value.contains('\0') {
            let rule = "a variable can't contain a NUL. Use --format json instead.";
            return Err(Invalid::secret(name, rule));
        }
        let (spelled, misreaders) = spelled(&value);
        let text = if misreaders.is_empty() { &mut written.text } else { &mut last };
        text.extend([name.as_str(), "=", spelled.as_str(), "\n"]);
        if !misreaders.is_empty() {
            written.misread.push((name.clone(), misreaders));
        }
    }
    written.text.push_str(&last);
    Ok(written)
}

const DOTENV: &str = "npm's dotenv";
const NODE: &str = "node --env-file";
const PYTHON: &str = "python-dotenv";
const COMPOSE: &str = "Docker Compose";
const SHELL: &str = "a shell";

fn spelled(value: &str) -> (Zeroizing<String>, Vec<&'static str>) {
    let in_quotes = |quote: char| Zeroizing::new(format!("{quote}{value}{quote}"));
    if value.chars().all(|character| character.is_ascii_alphanumeric() || "_-./:@%+,=".contains(character)) {
        return (Zeroizing::new(value.to_owned()), Vec::new());
    }
    // `python-dotenv` interprets escapes and variables in single quotes, too.
    let is_python_syntax = value.contains(r"\\") || value.contains("${") && value.contains('}');
    let suits_single = !value.contains(['\'', '\r']) && !value.ends_with('\\');
    if suits_single && !is_python_syntax {
        return (in_quotes('\''), Vec::new());
    }
    if !value.contains(['"', '$', '`', '\r']) && !has_escape(value) {
        return (in_quotes('"'), Vec::new());
    }
    if suits_single {
        return (in_quotes('\''), vec![PYTHON]);
    }
    let mut text = Zeroizing::new(String::with_capacity(2 * value.len() + 2));
    text.push('"');
    for character in value.chars() {
        match character {
            '\r' => text.push_str(r"\r"),
            '"' | '\\' | '$' | '`' => text.extend(['\\', character]),
            other => text.push(other),
        }
    }
    text.push('"');
    let has = |characters: &[char]| value.contains(characters);
    let misreaders = [
        (DOTENV, has(&['"', '\\', '$', '`'])),
        (NODE, has(&['"', '\\', '$', '`', '\r'])),
        (PYTHON, has(&['$', '`'])),
        (COMPOSE, value.ends_with('\\') || has(&['`'])),
        (SHELL, has(&['\r'])),
    ];
    (text, misreaders.into_iter().filter(|(_, misreads)| *misreads).map(|(reader, _)| reader).collect())
}

/// Whether some reader interprets a backslash of `value` in double quotes as an escape.
fn has_escape(value: &str) -> bool {
    value.split('\\').skip(1).any(|behind| {
        behind.is_empty() || behind.starts_with(['\'', '0', 'a', 'b', 'f', 'n', 'r', 't', 'v', '\n'])
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;
    use strongroom_shared::Json;

    use super::*;

    #[test]
    fn invalid_names_are_not_written_and_other_types_are_json() {
        let value = |value: Value| Json::new(value);
        let names = ["A", "my secret", "1A"].map(|name| (name.to_owned(), value("1".into())));
        let Err(error) = write(&names.into()) else { panic!("invalid names") };
        assert!(error.to_string().contains(": my secret, 1A."), "{error}");
        let document = value(serde_json::json!({"a": [1, "$x"]}));
        let secrets = vec![("A".to_owned(), document), ("B".to_owned(), value("text".into()))];
        let Ok(written) = write(&secrets) else { panic!("refused") };
        assert_eq!((written.text.as_str(), written.others), ("A='{\"a\":[1,\"$x\"]}'\nB=text\n", 1));
    }

    #[test]
    fn values_are_spelled_as_most_programs_read_them() {
        const ALL_BUT_SHELLS: &[&str] = &[DOTENV, NODE, PYTHON];
        let cases: &[(&str, &str, &[&str])] = &[
            ("", "", &[]),
            ("https://h/?a", "'https://h/?a'", &[]),
            ("a=b+c/d==", "a=b+c/d==", &[]),
            ("pa$$w0rd", "'pa$$w0rd'", &[]),
            ("say \"hi\"", "'say \"hi\"'", &[]),
            (r"C:\new\table", r"'C:\new\table'", &[]),
            ("it's", "\"it's\"", &[]),
            (r"it's C:\dir", "\"it's C:\\dir\"", &[]),
            ("a\nb\n", "'a\nb\n'", &[]),
            ("${a}", "'${a}'", &[PYTHON]),
            (r"\\a", r"'\\a'", &[PYTHON]),
            (r"a\", r#""a\\""#, &[DOTENV, NODE, COMPOSE]),
            (r"it's \0", r#""it's \\0""#, &[DOTENV, NODE]),
            ("it's `a`", r#""it's \`a\`""#, &[DOTENV, NODE, PYTHON, COMPOSE]),
            (r"it's C:\new", r#""it's C:\\new""#, &[DOTENV, NODE]),
            ("it's $5", r#""it's \$5""#, ALL_BUT_SHELLS),
            ("a\r\nb", "\"a\\r\nb\"", &[NODE, SHELL]),
        ];
        for (value, expected, misreaders) in cases {
            let (text, found) = spelled(value);
            assert_eq!((text.as_str(), found.as_slice()), (*expected, *misreaders), "{value:?}");
        }
    }

    proptest! {
        #[test]
        fn written_values_are_read_back(values in proptest::collection::vec("[^\0]*", 0..5)) {
            let values = values.into_iter().map(|value| Json::new(Value::String(value))).enumerate();
            let secrets: Secrets = values.map(|(index, value)| (format!("A{index}"), value)).collect();
            let Ok(written) = write(&secrets) else { panic!("refused") };
            let mut read = read(&written.text).secrets().expect("read");
            read.sort_by(|(one, _), (other, _)| one.cmp(other));
            prop_assert!(read == secrets);
        }
    }
}
