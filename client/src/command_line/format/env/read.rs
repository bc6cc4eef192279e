//! Reads `.env` files.

use std::collections::HashMap;

use serde_json::Value;
use strongroom::Json;
use zeroize::Zeroizing;

use super::super::{Invalid, Secrets, with_unix_lines};

const EXPECTED_NAME: &str = "expected a name of letters, digits, `_`, `-` and `.` that does not begin with a digit. \
    Put a value of several lines in quotes.";
const UNCLOSED: &str = "this quote is not closed.";
const BEHIND_QUOTE: &str = "only a comment after a space may follow the closing quote. Write a quote in the value as \
    `\\\"`, in double quotes.";
const BACKQUOTE: &str = "programs disagree on whether backquotes are quotes: put the value in '…'.";
const SHELL_QUOTE: &str =
    "only shells understand $'…' and $\"…\": put the value itself in '…', where it may have several lines.";
const SUBSTITUTED: &str = "some programs replace `${…}` by a variable's value, others don't: write the intended value, \
    or put a literal `${` in single quotes.";
const ESCAPED: &str = "programs disagree on this escape: write the character itself, or put a value with backslashes in \
    single quotes.";
const ESCAPED_QUOTE: &str = "programs disagree on whether `\\'` ends the value: put a value that has a single quote or ends \
    in a backslash in double quotes, with `\\\\` for a backslash.";
const HASH: &str = "programs disagree on whether a `#` without a space before it begins a comment: put the value in \
    quotes, or a space before the comment.";
const ODD_QUOTES: &str = "an unpaired quote, in a value without quotes or before a ` #`: put the whole value in '…', or in \
    \"…\" with `\\\"` for each quote in it.";
const OUTER_WHITESPACE: &str = "the value begins or ends with unusual whitespace, which some programs trim: put it in \
    quotes, or remove the whitespace.";
const SEPARATOR: &str = "only JavaScript takes this character (U+2028 or U+2029) for a line break: remove it, or put the \
    value in quotes.";

/// Reads a file, and returns the lines with escapes that other programs read differently.
pub fn read(text: &str) -> Result<(Secrets, Vec<usize>), Invalid> {
    let text = with_unix_lines(text);
    let mut reader = Reader { text: &text, at: 0, escapes: Vec::new() };
    let mut starts: HashMap<&str, usize> = HashMap::new();
    let mut secrets = Secrets::new();
    while reader.skip_to_name()? {
        let start = reader.at;
        let name = reader.name()?;
        if let Some(first) = starts.insert(name, start) {
            return Err(Invalid::duplicate(&text, name, first, start));
        }
        let value = reader.value()?;
        secrets.push((name.to_owned(), Json::new(Value::String(value))));
    }
    // Counted in one pass: counting from the start for each escape would take quadratic time.
    let (mut line, mut at) = (1, 0);
    let mut lines: Vec<usize> = Vec::new();
    for escape in reader.escapes {
        line += text[at..escape].matches('\n').count();
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
        &self.text[self.at..]
    }

    /// The rest of the line, if programs agree on its end.
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

    /// Skips to the next name; false at the end.
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
        let name = &rest[..rest.len() - rest.trim_start_matches(is_in_name).len()];
        if name.is_empty() || name.starts_with(|character: char| character.is_ascii_digit()) {
            return Err(self.wrong(0, EXPECTED_NAME));
        }
        self.at += name.len();
        self.skip_while(is_blank);
        if !self.rest().starts_with('=') {
            return Err(self.wrong(0, "expected a `=`, as in NAME=value."));
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
        let content = &self.rest()[1..];
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

    /// After a closing quote, only a comment may follow.
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

/// Whether some program trims the character: JavaScript trims the byte order mark, Python some control characters.
fn is_unusual_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\u{feff}' | '\u{1c}'..='\u{1f}')
}

fn is_in_name(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_-.".contains(character)
}

#[cfg(test)]
mod tests {
    use super::super::super::place_of_mark;
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let (secrets, _) = read(text).unwrap_or_else(|error| panic!("{text:?}: {error}"));
        let found =
            secrets.iter().map(|(name, value)| (name.as_str(), value.value().as_str().expect("text")));
        assert_eq!(found.collect::<Vec<_>>(), expected, "{text:?}");
    }

    fn check_wrong(marked: &str) {
        let (text, place) = place_of_mark(marked);
        match read(&text) {
            Err(Invalid::Place { line, column, rule }) => {
                assert_eq!((line, column), place, "{text:?}: {rule}");
                assert!(!rule.contains("hunter2"), "{rule}");
            }
            other => panic!("{text:?}: {other:?}"),
        }
    }

    #[test]
    fn lines_and_names_are_read() {
        let cases: &[(&str, &[(&str, &str)])] = &[
            ("", &[]),
            ("\n# A=1\n  # B=2\n\n", &[]),
            ("A=1\nB=2", &[("A", "1"), ("B", "2")]),
            ("A=1\r\nB=2\r\n", &[("A", "1"), ("B", "2")]),
            ("A=1\rB=2\r", &[("A", "1"), ("B", "2")]),
            ("\u{feff}A=1", &[("A", "1")]),
            ("  A = 1 ", &[("A", "1")]),
            ("export A=1\nexport\tB=2", &[("A", "1"), ("B", "2")]),
            ("export=1\nexported=2", &[("export", "1"), ("exported", "2")]),
            ("my.name-2=1\n_x=2", &[("my.name-2", "1"), ("_x", "2")]),
        ];
        for (text, expected) in cases {
            check(text, expected);
        }
    }

    #[test]
    fn values_are_read() {
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
            ("' a # \\n ${b} \" ` \\\\ '", " a # \\n ${b} \" ` \\\\ "),
            ("'' # comment", ""),
            ("'a\n# b\r\n\rc'", "a\n# b\n\nc"),
            (r#""a\nb\rc\"e\\f\$g\`h""#, "a\nb\rc\"e\\f$g`h"),
            (r#""\d\x41 it's""#, r"\d\x41 it's"),
            (r#""$b \${c} # d" # comment"#, "$b ${c} # d"),
            ("\"a\r\nb\"", "a\nb"),
            (r#" "b" "#, "b"),
        ] {
            check(&format!("A={value}"), &[("A", expected)]);
            check(&format!("A={value}\r\nB=1"), &[("A", expected), ("B", "1")]);
        }
    }

    #[test]
    fn errors_name_the_place_and_repeat_nothing() {
        for text in [
            "hunter2^", "A=1\nhunter2 ^hunter2", "A^: hunter2", "^=hunter2", "^1A=hunter2", "^é=hunter2",
            "  ^\"A\"=hunter2", "export ^=hunter2", "A=^\"hunter2", "A= ^'hunter2\nB=1\n", "A=^\"hunter2\\",
            "A='é'^hunter2", "A=\"hunter2\"^#b", "B=1\nA='a\nb' ^c", "B=1\rA='a\r\nb' ^c",
        ] {
            check_wrong(text);
        }
    }

    #[test]
    fn lines_with_ambiguous_escapes_are_named() {
        let text = "A=\"\\n\"\nB=\"a\n\\$x \\\\ \\\"\"\nC='\\\\x'\nD=\"\\`\"";
        assert_eq!(read(text).map(|(_, lines)| lines), Ok(vec![3, 5]));
    }

    #[test]
    fn duplicate_names_are_refused() {
        let error = read("A=1\n\nB='a\nb'\nexport A=hunter2").expect_err("a duplicate");
        assert_eq!(error.to_string(), "duplicate name A, in line 1 and line 5.");
    }

    #[test]
    fn lines_that_programs_read_differently_are_refused() {
        for value in [
            "hunter2^#b", "^#hunter2", "^\u{a0}hunter2", "^hunter2\u{feff}", "^hunter2\u{1c}",
            "hunter2^\u{2028}b", "hunter2 # a^\u{2029}b", "'hunter2' # a^\u{2028}b", "a\u{a0}^# hunter2",
            "hunter2^${b}", "\"^${b}hunter2\"", "^`hunter2`", "^$'hunter2'", "^$\"hunter2\"", "hunter2^'s",
            "{\"a\": ^\"b # hunter2\"}", "a^`hunter2", "\"a^\\thunter2\"", "\"a^\\0hunter2\"",
            "\"a^\\'hunter2\"", "'hunter2^\\'", "'it^\\'s hunter2'",
        ] {
            check_wrong(&format!("B=1\nA={value}"));
        }
    }
}
