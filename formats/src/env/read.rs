//! Reads `.env` files.

use std::collections::HashMap;

use serde_json::Value;
use strongroom_shared::Json;
use zeroize::Zeroizing;

use super::super::{Contents, Invalid, Lines, with_unix_lines};

const EXPECTED_NAME: &str = "expected a name of letters, digits, `_`, `-` and `.` that does not begin with a digit. \
    Put a value of several lines in quotes.";
const UNCLOSED: &str = "this quote is not closed.";
const BEHIND_QUOTE: &str = "unexpected text after the closing quote. Escape quotes in the value as `\\\"`, in double \
    quotes.";
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

const CONTINUED: &str = "the next line may belong to this value: put a value of several lines in quotes.";
const CONTINUATION: &str = "this line may belong to a value of several lines: put such a value in quotes.";
const TOO_MANY: &str = "too many lines are refused, so the rest of the file was not read.";

/// A file with more refused lines is hardly a `.env` file.
const MOST_REFUSED: usize = 100;

/// Reads a file. Refused lines don't hide the others, unless these could belong to a value of several lines.
pub fn read(text: &str) -> Contents {
    let text = with_unix_lines(text);
    let mut reader = Reader::new(&text);
    let (mut contents, mut lines) = (Contents::default(), Lines::new(&text));
    let mut known: HashMap<&str, (usize, usize)> = HashMap::new();
    let mut refused = 0;
    while let Some(Part { start, name, value, continues }) = reader.next() {
        let line = lines.of(start);
        if let Some(last) = contents.entries.last_mut().filter(|_| continues)
            && let (Some(name), Ok(_)) = (&last.name, &last.value)
        {
            last.value = Err(Invalid::secret(name, CONTINUED));
        }
        refused += usize::from(value.is_err());
        if refused > MOST_REFUSED {
            contents.push(line, None, Err(Invalid::Whole(TOO_MANY.to_owned())));
            break;
        }
        let index = contents.entries.len();
        let value = value.map(|value| Json::new(Value::String(value)));
        match name.and_then(|name| Some((name, known.insert(name, (start, index))?))) {
            Some((name, (first, before))) => {
                let duplicate = Invalid::duplicate(&text, name, first, start);
                contents.push(line, Some(name), value.and(Err(duplicate.clone())));
                contents.entries[before].value = Err(duplicate);
            }
            None => contents.push(line, name, value),
        }
    }
    let mut lines = Lines::new(&text);
    contents.escapes = reader.escapes.iter().map(|escape| lines.of(*escape)).collect();
    contents.escapes.dedup();
    contents
}

/// A secret, or a line that is refused.
struct Part<'text> {
    start: usize,
    name: Option<&'text str>,
    value: Result<String, Invalid>,
    /// Whether it could be a further line of the value before it.
    continues: bool,
}

struct Reader<'text> {
    text: &'text str,
    at: usize,
    escapes: Vec<usize>,
    /// Whether the last value had quotes, so that its end is certain.
    was_quoted: bool,
    /// Whether the last line could belong to a value of several lines.
    was_stray: bool,
}

impl<'text> Reader<'text> {
    const fn new(text: &'text str) -> Self {
        Self { text, at: 0, escapes: Vec::new(), was_quoted: true, was_stray: false }
    }

    fn next(&mut self) -> Option<Part<'text>> {
        let end = self.at;
        let found = self.skip_to_name();
        let start = self.at;
        if found == Ok(false) {
            return None;
        }
        let is_comment = found.is_err();
        let is_next_line = self.text[end..start].trim_matches(is_blank) == "\n";
        let (name, value) = match found {
            Err(invalid) => (None, Err(invalid)),
            Ok(_) if is_next_line && self.was_stray && self.is_base64() => {
                (None, Err(self.wrong(0, CONTINUATION)))
            }
            Ok(_) => self.secret(),
        };
        let is_stray = name.is_none() && !is_comment && self.has_no_assignment(start);
        let continues = is_stray && is_next_line && !self.was_quoted;
        self.was_quoted |= is_stray;
        self.was_stray = is_stray;
        if value.is_err() {
            self.at += self.first_line().len();
        }
        Some(Part { start, name, value, continues })
    }

    fn secret(&mut self) -> (Option<&'text str>, Result<String, Invalid>) {
        match self.name() {
            Ok(name) => (Some(name), self.value()),
            Err(invalid) => (None, Err(invalid)),
        }
    }

    fn first_line(&self) -> &'text str {
        self.rest().split('\n').next().unwrap_or_default()
    }

    /// Whether the line at `start` has no `=` but at its end, as the last line of a key in base64.
    fn has_no_assignment(&self, start: usize) -> bool {
        let line = self.text[start..].split('\n').next().unwrap_or_default();
        !line.trim_end_matches(is_blank).trim_end_matches('=').contains('=')
    }

    /// Whether the line could be the last one of a key in base64.
    fn is_base64(&self) -> bool {
        let line = self.first_line().trim_end_matches(is_blank);
        let digits = line.trim_end_matches('=');
        let is_digit = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
        line.len().is_multiple_of(4) && digits.len() < line.len() && digits.bytes().all(is_digit)
    }

    fn rest(&self) -> &'text str {
        &self.text[self.at..]
    }

    /// The rest of the line, if programs agree on its end.
    fn line(&self) -> Result<&'text str, Invalid> {
        let line = self.first_line();
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
        self.was_quoted = rest.starts_with(['\'', '"']);
        match rest.chars().next() {
            Some(quote @ ('\'' | '"')) => {
                let start = self.at;
                let value = self.quoted(quote);
                if value.is_err() && self.at == start {
                    // After a quote that is not closed, nothing is certain.
                    self.at += closing(&rest[1..], quote).map_or(rest.len(), |end| end + 2);
                }
                value
            }
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

/// The offset of the closing quote.
fn closing(content: &str, quote: char) -> Option<usize> {
    let mut characters = content.char_indices();
    while let Some((index, character)) = characters.next() {
        if character == quote {
            return Some(index);
        }
        if character == '\\' && quote == '"' {
            characters.next();
        }
    }
    None
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
    use super::super::super::{Entry, place_of_mark};
    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let secrets = read(text).secrets().unwrap_or_else(|error| panic!("{text:?}: {error}"));
        let found =
            secrets.iter().map(|(name, value)| (name.as_str(), value.value().as_str().expect("text")));
        assert_eq!(found.collect::<Vec<_>>(), expected, "{text:?}");
    }

    fn check_wrong(marked: &str) {
        let (text, place) = place_of_mark(marked);
        match read(&text).secrets() {
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
        assert_eq!(read(text).escapes, [3, 5]);
    }

    #[test]
    fn duplicate_names_are_refused() {
        let error = read("A=1\n\nB='a\nb'\nexport A=hunter2").secrets().expect_err("a duplicate");
        assert_eq!(error.to_string(), "duplicate name A, in line 1 and line 5.");
    }

    #[test]
    fn refused_lines_hide_no_others() {
        for (text, expected) in [
            ("A=1\nhunter2=\nB=${x}\nC=3", "A 1, hunter2 2, !B 3, C 4"),
            ("A=1\nB=x#y\n\nhunter2\n\nC=3", "A 1, !B 2, ! 4, C 6"),
            ("A=1\nB=\"\\t\"\nC=\"a\\\"\\t\nD=2\" # one\nE='x' y\nF=1", "A 1, !B 2, !C 3, !E 5, F 6"),
            ("A=1\nB=2\n# x\u{2028}\nA=3", "!A 1, B 2, ! 3, !A 4"),
            // The rest could be in the quotes.
            ("A=1\nB='hunter2\nC=3\n", "A 1, !B 2"),
            // Lines that could belong to a value before them.
            ("A=1\nB=-----BEGIN KEY-----\nMIIE+x/y\nZm9vYg==\nC=\n", "A 1, !B 2, ! 3, ! 4, C 5"),
            ("A='1'\nhunter2\n\nZm9v=", "A 1, ! 2, Zm9v 4"),
        ] {
            let contents = read(text);
            let found = contents.entries.iter().map(|Entry { line, name, value }| {
                let sign = if value.is_ok() { "" } else { "!" };
                format!("{sign}{} {line}", name.as_deref().unwrap_or_default())
            });
            assert_eq!(found.collect::<Vec<_>>().join(", "), expected, "{text:?}");
        }
        let contents = read(&"hunter2\n".repeat(1000));
        assert_eq!(contents.entries.len(), MOST_REFUSED + 1);
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
