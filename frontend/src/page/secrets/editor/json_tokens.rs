//! A tokeniser for colouring JSON.

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Brackets, commas, colons and white space.
    Plain,
    Key,
    String,
    Number,
    /// `true`, `false` or `null`.
    Literal,
}

impl Kind {
    /// The class that `style/dialog.css` colours.
    pub const fn class(self) -> &'static str {
        match self {
            Self::Plain => "json-plain",
            Self::Key => "json-key",
            Self::String => "json-string",
            Self::Number => "json-number",
            Self::Literal => "json-literal",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'text> {
    pub kind: Kind,
    pub text: &'text str,
}

/// The tokens of `json`, without gaps. Invalid JSON is tokenised somehow.
pub fn tokens(json: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let (kind, length) = match first {
            '"' => {
                let length = string_length(rest);
                let is_key = rest[length..].trim_start().starts_with(':');
                (if is_key { Kind::Key } else { Kind::String }, length)
            }
            '-' | '0'..='9' => (Kind::Number, length_while(rest, is_of_number)),
            _ if first.is_ascii_alphabetic() => {
                (Kind::Literal, length_while(rest, |c| c.is_ascii_alphabetic()))
            }
            _ => (Kind::Plain, length_while(rest, is_plain).max(first.len_utf8())),
        };
        let (text, remaining) = rest.split_at(length);
        tokens.push(Token { kind, text });
        rest = remaining;
    }
    tokens
}

fn length_while(text: &str, belongs: impl Fn(char) -> bool) -> usize {
    text.find(|character| !belongs(character)).unwrap_or(text.len())
}

fn is_of_number(character: char) -> bool {
    matches!(character, '0'..='9' | '-' | '+' | '.' | 'e' | 'E')
}

fn is_plain(character: char) -> bool {
    !matches!(character, '"' | '-' | '0'..='9') && !character.is_ascii_alphabetic()
}

fn string_length(text: &str) -> usize {
    let mut escaped = false;
    for (index, character) in text.char_indices().skip(1) {
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return index + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(json: &str, expected: &[(Kind, &str)]) {
        let found = tokens(json);
        assert_eq!(found.iter().map(|token| token.text).collect::<String>(), json, "no gaps");
        assert_eq!(found.iter().map(|token| (token.kind, token.text)).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn tokens_have_kinds() {
        use Kind::{Key, Literal, Number, Plain, String};
        check(
            "{\n  \"a\": [1.50, -2e+9, true, null, \"b\"]\n}",
            &[
                (Plain, "{\n  "),
                (Key, "\"a\""),
                (Plain, ": ["),
                (Number, "1.50"),
                (Plain, ", "),
                (Number, "-2e+9"),
                (Plain, ", "),
                (Literal, "true"),
                (Plain, ", "),
                (Literal, "null"),
                (Plain, ", "),
                (String, "\"b\""),
                (Plain, "]\n}"),
            ],
        );
    }

    #[test]
    fn strings_end_at_their_own_quote_and_invalid_json_has_no_gaps() {
        for string in [r#""a\"b\\""#, r#""{1: true}""#, "\"ключ\""] {
            check(string, &[(Kind::String, string)]);
        }
        for text in ["", "\"open", "\"open\\", "é", "-", "\u{1F511}1", "a\u{0}b"] {
            assert_eq!(tokens(text).iter().map(|token| token.text).collect::<String>(), text);
        }
    }
}
