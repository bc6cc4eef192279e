//! `.env` files: `NAME=value`, line by line.
//!
//! There is no standard. We read a line if npm's `dotenv`, Node itself, `python-dotenv` and Docker Compose agree on it,
//! and refuse it otherwise: we don't guess secrets. The exceptions, for files that can only mean one thing, and the
//! refusals are listed in `docs/command-line.md`; a test runs those readers on them. Nothing is substituted, and every
//! value is a string.
//!
//! [`write()`] uses a spelling that those readers and a shell's `.` agree on; [`Written`] lists the values that have
//! none.

use std::collections::HashMap;

use serde_json::Value;
use strongroom::Json;
use strongroom_shared::place;
use zeroize::Zeroizing;

use super::{Invalid, Secrets, with_unix_lines};

const EXPECTED_NAME: &str = "a name is expected here, of letters, digits, `_`, `-` and `.`, and not beginning with a digit. A \
                             value of several lines goes in quotes.";
const UNCLOSED: &str = "the quote that opens here is not closed.";
const BEHIND_QUOTE: &str = "the line has to end after the closing quote, but for a comment after a space. A quote in the value is \
                            written `\\\"`, in double quotes.";
const BACKQUOTE: &str =
    "some programs take backquotes for quotes, others for a part of the value: put the value in '…' instead.";
const SHELL_QUOTE: &str =
    "only a shell understands $'…' and $\"…\": put the value itself in '…', where it may have several lines.";
const SUBSTITUTED: &str = "some programs replace `${…}` by a variable's value, others don't: write the intended value, or put a \
                           literal `${` in single quotes.";
const ESCAPED: &str = "programs take this escape for different things: write the character itself, or put a value with \
                       backslashes in single quotes.";
const ESCAPED_QUOTE: &str = "some programs take `\\'` for a quote in the value, others for its end: put a value that has a single \
                             quote or ends in a backslash in double quotes, with `\\\\` for a backslash.";
const HASH: &str = "some programs take a `#` without a space before it for a comment, others for a part of the value: put the \
                    value in quotes, or a space before the comment.";
const ODD_QUOTES: &str = "a quote without its partner, in a value that is not in quotes or that a ` #` cuts off: put the whole \
                          value in '…', or in \"…\" with `\\\"` for each quote in it.";
const OUTER_WHITESPACE: &str = "the value begins or ends with unusual whitespace, which some programs cut off: put it in quotes, or \
                                remove the whitespace.";
const SEPARATOR: &str = "JavaScript takes this character (U+2028 or U+2029) for the end of a line, other programs don't: remove it, or \
                         put the value in quotes.";

/// Reads a file, and returns the lines with escapes that other programs read differently.
///
/// # Errors
/// The file contains something other than names and values, programs disagree on it, or a name occurs twice.
pub fn read(text: &str) -> Result<(Secrets, Vec<usize>), Invalid> {
    let text = with_unix_lines(text);
    let mut reader = Reader { text: &text, at: 0, escapes: Vec::new() };
    let mut starts: HashMap<&str, usize> = HashMap::new();
    let mut secrets = Secrets::new();
    while reader.skip_to_name()? {
        let start = reader.at;
        let name = reader.name()?;
        if let Some(first) = starts.insert(name, start) {
            // Only now, because counting lines at each name takes quadratic time.
            let line = |start| place::of_offset(&text, start).0;
            return Err(Invalid::Twice { name: name.to_owned(), first: line(first), second: line(start) });
        }
        let value = reader.value()?;
        secrets.push((name.to_owned(), Json::new(Value::String(value))));
    }
    let (mut line, mut at) = (1, 0);
    let mut lines: Vec<usize> = Vec::new();
    for escape in reader.escapes {
        line += text.get(at..escape).unwrap_or_default().matches('\n').count();
        at = escape;
        lines.push(line);
    }
    lines.dedup();
    Ok((secrets, lines))
}

struct Reader<'text> {
    text: &'text str,
    at: usize,
    escapes: Vec<usize>,
}

impl<'text> Reader<'text> {
    fn rest(&self) -> &'text str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// The rest of the line, if all programs agree on its end.
    fn line(&self) -> Result<&'text str, Invalid> {
        let line = self.rest().split('\n').next().unwrap_or_default();
        line.find(['\u{2028}', '\u{2029}']).map_or(Ok(line), |at| Err(self.wrong(at, SEPARATOR)))
    }

    fn wrong(&self, further: usize, rule: &str) -> Invalid {
        Invalid::at(self.text, self.at + further, rule)
    }

    fn skip_while(&mut self, is_skipped: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(is_skipped).len();
    }

    /// Goes to where the next name begins; false if there is none any more.
    fn skip_to_name(&mut self) -> Result<bool, Invalid> {
        loop {
            self.skip_while(|character| is_blank(character) || character == '\n');
            if !self.rest().starts_with('#') {
                return Ok(!self.rest().is_empty());
            }
            self.at += self.line()?.len();
        }
    }

    fn name(&mut self) -> Result<&'text str, Invalid> {
        if self.rest().strip_prefix("export").is_some_and(|rest| rest.starts_with(is_blank)) {
            self.at += "export".len();
            self.skip_while(is_blank);
        }
        let rest = self.rest();
        let name = rest.get(..rest.len() - rest.trim_start_matches(is_in_name).len()).unwrap_or_default();
        if name.is_empty() || name.starts_with(|character: char| character.is_ascii_digit()) {
            return Err(self.wrong(0, EXPECTED_NAME));
        }
        self.at += name.len();
        self.skip_while(is_blank);
        if !self.rest().starts_with('=') {
            return Err(self.wrong(0, "a `=` is expected here, as in NAME=value."));
        }
        self.at += 1;
        Ok(name)
    }

    fn value(&mut self) -> Result<String, Invalid> {
        let blanks = self.at;
        self.skip_while(is_blank);
        let rest = self.rest();
        match rest.chars().next() {
            Some(quote @ ('\'' | '"')) => self.quoted(quote),
            Some('`') => Err(self.wrong(0, BACKQUOTE)),
            Some('$') if rest.starts_with("$'") || rest.starts_with("$\"") => Err(self.wrong(0, SHELL_QUOTE)),
            _ => self.unquoted(self.at > blanks),
        }
    }

    fn unquoted(&mut self, after_blank: bool) -> Result<String, Invalid> {
        let line = self.line()?;
        let value = match line.split_once('#') {
            Some((before, _)) if before.ends_with(is_blank) || before.is_empty() && after_blank => before,
            Some((before, _)) => return Err(self.wrong(before.len(), HASH)),
            None => line,
        };
        let value = value.trim_end_matches(is_blank);
        if value.starts_with(is_unusual_space) || value.ends_with(is_unusual_space) {
            return Err(self.wrong(0, OUTER_WHITESPACE));
        }
        if let Some(at) = value.find("${") {
            return Err(self.wrong(at, SUBSTITUTED));
        }
        for quote in ['"', '\'', '`'] {
            if value.matches(quote).count() % 2 == 1 {
                return Err(self.wrong(value.rfind(quote).unwrap_or_default(), ODD_QUOTES));
            }
        }
        self.at += line.len();
        Ok(value.to_owned())
    }

    fn quoted(&mut self, quote: char) -> Result<String, Invalid> {
        let content = self.rest().get(1..).unwrap_or_default();
        let mut value = Zeroizing::new(String::with_capacity(content.find(quote).unwrap_or(0)));
        let mut characters = content.char_indices().peekable();
        while let Some((index, character)) = characters.next() {
            let next = characters.peek().map(|(_, next)| *next);
            match (quote, character) {
                ('\'', '\'') if value.ends_with('\\') => return Err(self.wrong(index, ESCAPED_QUOTE)),
                (_, end) if end == quote => {
                    self.at += index + 2;
                    self.end_of_line()?;
                    return Ok(std::mem::take(&mut *value));
                }
                ('"', '$') if next == Some('{') => return Err(self.wrong(index + 1, SUBSTITUTED)),
                ('"', '\\') => {
                    match next {
                        Some('n') => value.push('\n'),
                        Some('r') => value.push('\r'),
                        Some(escaped @ ('"' | '\\' | '$' | '`')) => {
                            self.escapes.push(self.at + 1 + index);
                            value.push(escaped);
                        }
                        Some('\'' | '0' | 'a' | 'b' | 'f' | 't' | 'v') => {
                            return Err(self.wrong(index + 1, ESCAPED));
                        }
                        // Other backslashes are literal.
                        Some(other) => value.extend(['\\', other]),
                        None => break,
                    }
                    characters.next();
                }
                _ => value.push(character),
            }
        }
        Err(self.wrong(0, UNCLOSED))
    }

    /// What may follow a closing quote: nothing, or a comment.
    fn end_of_line(&mut self) -> Result<(), Invalid> {
        let closed = self.at;
        self.skip_while(is_blank);
        let line = self.line()?;
        if line.is_empty() || line.starts_with('#') && self.at > closed {
            self.at += line.len();
            return Ok(());
        }
        Err(self.wrong(0, BEHIND_QUOTE))
    }
}

const fn is_blank(character: char) -> bool {
    matches!(character, ' ' | '\t')
}

/// Whether some program trims that character: JavaScript trims the byte order mark, Python some control characters.
fn is_unusual_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{feff}' | '\u{1c}'..='\u{1f}')
}

fn is_in_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-.".contains(character)
}

/// Whether a variable can have that name in every shell.
pub fn is_name(name: &str) -> bool {
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

/// A written file.
pub struct Written {
    /// The file.
    pub text: Zeroizing<String>,
    /// The number of values written as JSON because they are not strings.
    pub others: usize,
    /// The secrets without a common spelling, each with the programs that read another value.
    pub misread: Vec<(String, Vec<&'static str>)>,
}

/// Writes a file that [`read`], a shell's `.` and other readers agree on, as far as possible.
///
/// # Errors
/// A name or a value is none that a variable can have.
pub fn write(secrets: &Secrets) -> Result<Written, Invalid> {
    check_names(secrets.iter().map(|(name, _)| name.as_str()))?;
    let mut written = Written { text: Zeroizing::default(), others: 0, misread: Vec::new() };
    // Misread values come last, because a program may misread the lines after one.
    let mut last = Zeroizing::new(String::new());
    for (name, value) in secrets {
        let value = if let Value::String(value) = value.value() {
            Zeroizing::new(value.clone())
        } else {
            written.others += 1;
            Zeroizing::new(value.value().to_string())
        };
        if value.contains('\0') {
            return Err(Invalid::secret(
                name,
                "its value has a NUL, which no variable can. Write JSON instead: --format json.",
            ));
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

    use super::*;

    fn texts(secrets: &Secrets) -> Vec<(&str, &str)> {
        secrets.iter().map(|(name, value)| (name.as_str(), value.value().as_str().expect("text"))).collect()
    }

    fn check(text: &str, expected: &[(&str, &str)]) {
        let (secrets, _) = read(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
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
        check("A=1\rB=2\r", &[("A", "1"), ("B", "2")]);
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
            ("a # b # c#d", "a"),
            (" # comment", ""),
            ("a$b$$c$(d)`e`", "a$b$$c$(d)`e`"),
            ("a\\nb\\", "a\\nb\\"),
            ("it's a dog's", "it's a dog's"),
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
        check("A=' a # \\n ${b} \" ` \\\\ '", &[("A", " a # \\n ${b} \" ` \\\\ ")]);
        check("A='' # comment", &[("A", "")]);
        check("A='a\n# b\r\n\rc'\nB=1", &[("A", "a\n# b\n\nc"), ("B", "1")]);
    }

    #[test]
    fn double_quotes_know_escapes() {
        check(r#"A="a\nb\rc\"e\\f\$g\`h""#, &[("A", "a\nb\rc\"e\\f$g`h")]);
        check(r#"A="\d\x41 it's""#, &[("A", r"\d\x41 it's")]);
        check(r#"A="$b \${c} # d" # comment"#, &[("A", "$b ${c} # d")]);
        check("A=\"a\r\nb\"\r\nB=1", &[("A", "a\nb"), ("B", "1")]);
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
        check_wrong("B=1\rA='a\r\nb' c", 3, 4);
    }

    #[test]
    fn lines_with_ambiguous_escapes_are_named() {
        let text = "A=\"\\n\"\nB=\"a\n\\$x \\\\ \\\"\"\nC='\\\\x'\nD=\"\\`\"";
        assert_eq!(read(text).map(|(_, lines)| lines), Ok(vec![3, 5]));
    }

    #[test]
    fn a_name_that_is_there_twice_is_refused() {
        let error = read("A=1\n\nB='a\nb'\nexport A=hunter2").expect_err("twice");
        assert_eq!(error.to_string(), "A is there twice: in line 1 and in line 5.");
    }

    #[test]
    fn lines_that_programs_read_differently_are_refused() {
        for (value, column) in [
            ("hunter2#b", 8),
            ("#hunter2", 1),
            ("\u{a0}hunter2", 1),
            ("hunter2\u{feff}", 1),
            ("hunter2\u{1c}", 1),
            ("hunter2\u{2028}b", 8),
            ("hunter2 # a\u{2029}b", 12),
            ("'hunter2' # a\u{2028}b", 14),
            ("a\u{a0}# hunter2", 3),
            ("hunter2${b}", 8),
            ("\"${b}hunter2\"", 2),
            ("`hunter2`", 1),
            ("$'hunter2'", 1),
            ("$\"hunter2\"", 1),
            ("hunter2's", 8),
            ("{\"a\": \"b # hunter2\"}", 7),
            ("a`hunter2", 2),
            ("\"a\\thunter2\"", 3),
            ("\"a\\0hunter2\"", 3),
            ("\"a\\'hunter2\"", 3),
            ("'hunter2\\'", 9),
            ("'it\\'s hunter2'", 4),
        ] {
            check_wrong(&format!("B=1\nA={value}"), 2, column + 2);
        }
    }

    #[test]
    fn names_that_no_variable_has_are_not_written() {
        let secrets = vec![
            ("A".to_owned(), Json::new("1".into())),
            ("my secret".to_owned(), Json::new("2".into())),
            ("1A".to_owned(), Json::new("3".into())),
        ];
        let Err(error) = write(&secrets) else { panic!("no names") };
        assert!(error.to_string().contains("my secret, 1A."), "{error}");
    }

    #[test]
    fn what_is_not_text_is_written_as_json_and_counted() {
        let secrets = vec![
            ("A".to_owned(), Json::new(serde_json::json!({"a": [1, "$x"]}))),
            ("B".to_owned(), Json::new("text".into())),
        ];
        let Ok(written) = write(&secrets) else { panic!("refused") };
        assert_eq!(*written.text, "A='{\"a\":[1,\"$x\"]}'\nB=text\n");
        assert_eq!(written.others, 1);
    }

    #[test]
    fn a_value_is_spelled_as_most_programs_read_it() {
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
        fn what_is_written_is_read_back(values in proptest::collection::vec("[^\0]*", 0..5)) {
            let secrets: Secrets = values
                .into_iter()
                .enumerate()
                .map(|(index, value)| (format!("A{index}"), Json::new(Value::String(value))))
                .collect();
            let Ok(written) = write(&secrets) else { panic!("refused") };
            let (mut read, _) = read(&written.text).expect("read");
            read.sort_by(|(one, _), (other, _)| one.cmp(other));
            prop_assert!(read == secrets);
        }

        #[test]
        fn any_text_is_read_or_refused(text in "[A='\"\\\\#\n\r $é]*") {
            let _ = read(&text);
        }
    }
}
