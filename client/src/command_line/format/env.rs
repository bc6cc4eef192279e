//! `.env` files: `NAME=value`, line by line.
//!
//! There is no standard; this is what the usual ones agree on. `export` before a name, blank lines and `#` comments are
//! skipped. A value without quotes ends at a `#` that follows white space, and is trimmed. `'…'` is taken as it is;
//! `"…"` knows `\n`, `\r`, `\t`, `\"`, `\\`, `\$` and `` \` ``, and keeps any other backslash; both may span lines.
//! Nothing is substituted: a password with a `$` in it stays as it is. Every value is text.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde_json::Value;
use strongroom::Json;
use zeroize::Zeroizing;

use super::{Invalid, Secrets, place, without_mark};

/// Reads a file.
///
/// # Errors
/// It has something else than names and values, or a name twice.
pub fn read(text: &str) -> Result<Secrets, Invalid> {
    let mut reader = Reader { text: without_mark(text), at: 0 };
    let mut starts: HashMap<&str, usize> = HashMap::new();
    let mut secrets = Secrets::new();
    while reader.skip_to_name() {
        let start = reader.at;
        let name = reader.name()?;
        if let Some(first) = starts.insert(name, start) {
            // Only now, because counting lines at each name takes quadratic time.
            let line = |start| place(reader.text, start).0;
            return Err(Invalid::Twice { name: name.to_owned(), first: line(first), second: line(start) });
        }
        let value = reader.value()?;
        secrets.push((name.to_owned(), Json::new(Value::String(value))));
    }
    Ok(secrets)
}

/// Where one is in the text.
struct Reader<'text> {
    text: &'text str,
    at: usize,
}

impl<'text> Reader<'text> {
    fn rest(&self) -> &'text str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn next(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn wrong(&self, rule: &str) -> Invalid {
        Invalid::at(self.text, self.at, rule)
    }

    fn skip_while(&mut self, is_skipped: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(is_skipped).len();
    }

    fn skip_blanks(&mut self) {
        self.skip_while(is_blank);
    }

    fn skip_line(&mut self) {
        self.skip_while(|character| character != '\n');
    }

    /// Goes to where the next name begins; false if there is none any more.
    fn skip_to_name(&mut self) -> bool {
        loop {
            self.skip_while(char::is_whitespace);
            match self.next() {
                None => return false,
                Some('#') => self.skip_line(),
                Some(_) => return true,
            }
        }
    }

    /// A name and the `=` that follows it.
    fn name(&mut self) -> Result<&'text str, Invalid> {
        if let Some(rest) = self.rest().strip_prefix("export")
            && rest.starts_with(is_blank)
        {
            self.at += "export".len();
            self.skip_blanks();
        }
        let rest = self.rest();
        let name = rest.get(..rest.len() - rest.trim_start_matches(is_in_name).len());
        let name = name.unwrap_or_default();
        if !name.starts_with(|character: char| is_in_name(character) && !character.is_ascii_digit()) {
            return Err(self.wrong(
                "a name is expected here, of letters, digits, `_`, `-` and `.`, and not beginning with a digit. A value of \
                 several lines goes in quotes.",
            ));
        }
        self.at += name.len();
        self.skip_blanks();
        if self.next() != Some('=') {
            return Err(self.wrong("a `=` is expected here, as in NAME=value."));
        }
        self.at += 1;
        Ok(name)
    }

    /// A value, up to the end of its line.
    fn value(&mut self) -> Result<String, Invalid> {
        let start = self.at;
        self.skip_blanks();
        match self.next() {
            Some('\'') => self.single_quoted(),
            Some('"') => self.double_quoted(),
            _ => {
                self.at = start;
                Ok(self.unquoted())
            }
        }
    }

    fn unquoted(&mut self) -> String {
        let start = self.at;
        self.skip_line();
        let line = self.text.get(start..self.at).unwrap_or_default();
        let mut before = ' ';
        for (index, character) in line.char_indices() {
            if character == '#' && is_blank(before) && index > 0 {
                return line.get(..index).unwrap_or_default().trim().to_owned();
            }
            before = character;
        }
        line.trim().to_owned()
    }

    fn single_quoted(&mut self) -> Result<String, Invalid> {
        let content = self.rest().get(1..).unwrap_or_default();
        let Some(end) = content.find('\'') else {
            return Err(self.wrong(UNCLOSED));
        };
        self.at += end + 2;
        self.end_of_line()?;
        Ok(content.get(..end).unwrap_or_default().to_owned())
    }

    fn double_quoted(&mut self) -> Result<String, Invalid> {
        let content = self.rest().get(1..).unwrap_or_default();
        let mut value = Zeroizing::new(String::with_capacity(content.find('"').unwrap_or(0)));
        let mut characters = content.char_indices();
        while let Some((index, character)) = characters.next() {
            match character {
                '"' => {
                    self.at += index + 2;
                    self.end_of_line()?;
                    return Ok(std::mem::take(&mut *value));
                }
                '\\' => match characters.next() {
                    Some((_, escaped)) => push_escaped(&mut value, escaped),
                    None => break,
                },
                other => value.push(other),
            }
        }
        Err(self.wrong(UNCLOSED))
    }

    /// What may follow a closing quote: nothing, or a comment.
    fn end_of_line(&mut self) -> Result<(), Invalid> {
        let closed = self.at;
        self.skip_blanks();
        match self.next() {
            None | Some('\n') => Ok(()),
            Some('#') if self.at > closed => {
                self.skip_line();
                Ok(())
            }
            Some(_) => Err(self.wrong(
                "the line has to end after the closing quote, but for a comment after a space. A quote in the value is \
                 written `\\\"`, in double quotes.",
            )),
        }
    }
}

const UNCLOSED: &str = "the quote that opens here is not closed.";

fn push_escaped(value: &mut String, escaped: char) {
    match escaped {
        'n' => value.push('\n'),
        'r' => value.push('\r'),
        't' => value.push('\t'),
        '"' | '\\' | '$' | '`' => value.push(escaped),
        // As a shell does: a backslash that means nothing is one.
        other => value.extend(['\\', other]),
    }
}

/// White space within a line. A file of Windows' has `\r` at the end of its lines.
fn is_blank(character: char) -> bool {
    character != '\n' && character.is_whitespace()
}

fn is_in_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-.".contains(character)
}

/// Whether a variable can have that name in every shell.
fn is_name(name: &str) -> bool {
    name.starts_with(|character: char| character.is_ascii_alphabetic() || character == '_')
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
}

/// Says which names no variable can have.
///
/// # Errors
/// There are some.
pub fn check_names<'name>(names: impl Iterator<Item = &'name str>) -> Result<(), Invalid> {
    let unfit: Vec<&str> = names.filter(|name| !is_name(name)).collect();
    if unfit.is_empty() {
        return Ok(());
    }
    Err(Invalid::Whole(format!(
        "no variable can be called {}. Write JSON instead, which has no such rule: --format json.",
        unfit.join(", ")
    )))
}

/// Writes a file that [`read`] and a shell's `.` read back alike. What is not text is written as JSON; how many of them
/// there are is answered, too.
///
/// # Errors
/// A name or a value is none that a variable can have.
pub fn write(secrets: &Secrets) -> Result<(Zeroizing<String>, usize), Invalid> {
    check_names(secrets.iter().map(|(name, _)| name.as_str()))?;
    let mut text = Zeroizing::new(String::new());
    let mut others = 0;
    for (name, value) in secrets {
        let value = if let Value::String(value) = value.value() {
            Zeroizing::new(value.clone())
        } else {
            others += 1;
            Zeroizing::new(value.value().to_string())
        };
        if value.contains('\0') {
            return Err(Invalid::secret(
                name,
                "its value has a NUL, which no variable can. Write JSON instead: --format json.",
            ));
        }
        // Writing to a text can't fail.
        let _ = write!(text, "{name}=\"");
        for character in value.chars() {
            if matches!(character, '"' | '\\' | '$' | '`') {
                text.push('\\');
            }
            text.push(character);
        }
        text.push_str("\"\n");
    }
    Ok((text, others))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn texts(secrets: &Secrets) -> Vec<(&str, &str)> {
        secrets.iter().map(|(name, value)| (name.as_str(), value.value().as_str().expect("text"))).collect()
    }

    fn check(text: &str, expected: &[(&str, &str)]) {
        let secrets = read(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        assert_eq!(texts(&secrets), expected, "{text:?}");
    }

    fn check_wrong(text: &str, line: usize, column: usize) {
        match read(text) {
            Err(Invalid::Place { line: found_line, column: found_column, rule }) => {
                assert_eq!((found_line, found_column), (line, column), "{text:?}: {rule}");
                assert!(!rule.contains("hunter2"), "{rule}");
            }
            other => panic!("{text:?}: {other:?}"),
        }
    }

    #[test]
    fn lines_comments_and_blank_lines() {
        check("", &[]);
        check("\n# A=1\n  # B=2\n\n", &[]);
        check("A=1\nB=2", &[("A", "1"), ("B", "2")]);
        check("A=1\r\nB=2\r\n", &[("A", "1"), ("B", "2")]);
        check("\u{feff}A=1", &[("A", "1")]);
        check("  A = 1 ", &[("A", "1")]);
        check("export A=1\nexport\tB=2", &[("A", "1"), ("B", "2")]);
        check("export=1\nexported=2", &[("export", "1"), ("exported", "2")]);
        check("my.name-2=1\n_x=2", &[("my.name-2", "1"), ("_x", "2")]);
    }

    #[test]
    fn values_without_quotes_are_trimmed_and_end_at_a_comment() {
        for (value, expected) in [
            ("", ""),
            ("   ", ""),
            (" a b ", "a b"),
            ("a # comment", "a"),
            ("a\t# comment", "a"),
            ("a#b", "a#b"),
            ("#a", "#a"),
            (" # comment", ""),
            ("a$b${c}$(d)`e`", "a$b${c}$(d)`e`"),
            ("a\\nb\\", "a\\nb\\"),
            ("it's", "it's"),
            ("a\"b\"", "a\"b\""),
            ("a=b=c==", "a=b=c=="),
            ("für 🔑", "für 🔑"),
        ] {
            check(&format!("A={value}"), &[("A", expected)]);
            check(&format!("A={value}\r\nB=1"), &[("A", expected), ("B", "1")]);
        }
    }

    #[test]
    fn single_quotes_keep_all_of_it() {
        check("A=' a # \\n $b \" '", &[("A", " a # \\n $b \" ")]);
        check("A='' # comment", &[("A", "")]);
        check("A='a\n# b\r\n'\nB=1", &[("A", "a\n# b\r\n"), ("B", "1")]);
    }

    #[test]
    fn double_quotes_know_escapes() {
        check(r#"A="a\nb\rc\td\"e\\f\$g\`h""#, &[("A", "a\nb\rc\td\"e\\f$g`h")]);
        check(r#"A="\d\x41\'""#, &[("A", r"\d\x41\'")]);
        check(r#"A="$b ${c} # d" # comment"#, &[("A", "$b ${c} # d")]);
        check("A=\"a\nb\"\nB=1", &[("A", "a\nb"), ("B", "1")]);
        check(r#"A = "b" "#, &[("A", "b")]);
    }

    #[test]
    fn what_is_wrong_is_told_by_its_place_and_not_its_content() {
        check_wrong("hunter2", 1, 8);
        check_wrong("A=1\nhunter2 hunter2", 2, 9);
        check_wrong("A: hunter2", 1, 2);
        check_wrong("=hunter2", 1, 1);
        check_wrong("1A=hunter2", 1, 1);
        check_wrong("é=hunter2", 1, 1);
        check_wrong("  \"A\"=hunter2", 1, 3);
        check_wrong("export =hunter2", 1, 8);
        check_wrong("A=\"hunter2", 1, 3);
        check_wrong("A= 'hunter2\nB=1\n", 1, 4);
        check_wrong("A=\"hunter2\\", 1, 3);
        check_wrong("A='é'hunter2", 1, 6);
        check_wrong("A=\"hunter2\"#b", 1, 12);
        check_wrong("B=1\nA='a\nb' c", 3, 4);
    }

    #[test]
    fn a_name_that_is_there_twice_is_refused() {
        let error = read("A=1\n\nB='a\nb'\nexport A=hunter2").expect_err("twice");
        assert_eq!(error.to_string(), "A is there twice: in line 1 and in line 5.");
    }

    #[test]
    fn names_that_no_variable_has_are_not_written() {
        let secrets = vec![
            ("A".to_owned(), Json::new("1".into())),
            ("my secret".to_owned(), Json::new("2".into())),
            ("1A".to_owned(), Json::new("3".into())),
        ];
        let error = write(&secrets).expect_err("no names").to_string();
        assert!(error.contains("my secret, 1A."), "{error}");
    }

    #[test]
    fn what_is_not_text_is_written_as_json_and_counted() {
        let secrets = vec![
            ("A".to_owned(), Json::new(serde_json::json!({"a": [1, "$x"]}))),
            ("B".to_owned(), Json::new("text".into())),
        ];
        let (text, others) = write(&secrets).expect("written");
        assert_eq!(*text, "A=\"{\\\"a\\\":[1,\\\"\\$x\\\"]}\"\nB=\"text\"\n");
        assert_eq!(others, 1);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(values in proptest::collection::vec("[^\0]*", 0..5)) {
            let secrets: Secrets = values
                .into_iter()
                .enumerate()
                .map(|(index, value)| (format!("A{index}"), Json::new(Value::String(value))))
                .collect();
            let (text, _) = write(&secrets).expect("written");
            prop_assert!(read(&text).expect("read") == secrets);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[A='\"\\\\#\n\r $é]*") {
            let _ = read(&text);
        }
    }
}
