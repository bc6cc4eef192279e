//! What is almost never meant in a value: the byte order mark of an editor, a blank that was copied along, a line break.
//!
//! Such a value is kept as it is. The page and the command line say so, without repeating any of it.

use std::fmt;

use crate::visible;

/// Something that a value almost never has on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ValueHint {
    /// U+FEFF at the start, as some editors write it.
    ByteOrderMark,
    /// One line begins with white space.
    LeadingBlank,
    /// One line ends with white space.
    TrailingBlank,
    /// One line begins or ends with a line break.
    OuterLineBreak,
    /// Lines end as on Windows, which OpenSSH for one does not read in a key.
    CarriageReturn,
    /// A character that shows nowhere, a zero-width space for instance.
    Invisible(char),
    /// A control character other than a tab or a line break, such as a terminal writes for an arrow key.
    Control(char),
}

impl fmt::Display for ValueHint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByteOrderMark => f.write_str("begins with a byte order mark (U+FEFF)"),
            Self::LeadingBlank => f.write_str("begins with a blank"),
            Self::TrailingBlank => f.write_str("ends with a blank"),
            Self::OuterLineBreak => f.write_str("is one line with a line break before or after it"),
            Self::CarriageReturn => f.write_str("has carriage returns, as line breaks of Windows do"),
            Self::Invisible(character) => {
                write!(f, "has an invisible character (U+{:04X})", u32::from(*character))
            }
            Self::Control(character) => {
                write!(f, "has a control character (U+{:04X})", u32::from(*character))
            }
        }
    }
}

/// What a text that is to be stored has and is probably not meant, in the order of the variants.
pub fn hints(value: &str) -> Vec<ValueHint> {
    let mut hints = Vec::new();
    let unmarked = value.strip_prefix('\u{feff}').unwrap_or(value);
    if unmarked.len() < value.len() {
        hints.push(ValueHint::ByteOrderMark);
    }
    let line = unmarked.trim_matches(is_line_break);
    let is_one_line = !line.contains(is_line_break);
    if is_one_line {
        if line.starts_with(char::is_whitespace) {
            hints.push(ValueHint::LeadingBlank);
        }
        if line.ends_with(char::is_whitespace) && !line.trim().is_empty() {
            hints.push(ValueHint::TrailingBlank);
        }
        if line.len() < unmarked.len() {
            hints.push(ValueHint::OuterLineBreak);
        }
    }
    if unmarked.contains('\r') {
        hints.push(ValueHint::CarriageReturn);
    }
    hints.extend(unmarked.chars().find(|character| is_invisible(*character)).map(ValueHint::Invisible));
    hints.extend(unmarked.chars().find(|character| is_control(*character)).map(ValueHint::Control));
    hints
}

/// All hints at a value in one phrase, "begins with a blank and ends with a blank", which a subject goes before; `None` if
/// there are none.
pub fn describe(value: &str) -> Option<String> {
    let hints: Vec<String> = hints(value).iter().map(ToString::to_string).collect();
    match hints.as_slice() {
        [] => None,
        [one] => Some(one.clone()),
        [first @ .., last] => Some(format!("{} and {last}", first.join(", "))),
    }
}

const fn is_line_break(character: char) -> bool {
    matches!(character, '\n' | '\r')
}

/// Joiners are not among them, because scripts and emoji need them.
const fn is_invisible(character: char) -> bool {
    matches!(character, '\u{ad}' | '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hints_are_given_for_each_kind_and_for_nothing_usual() {
        for (value, expected) in [
            ("", None),
            ("hunter2 hunter2", None),
            ("für Ada 👩\u{200d}🔑", None),
            ("-----BEGIN KEY-----\nMIIE\n-----END KEY-----\n", None),
            ("user: ada\n  port: 1 \n", None),
            ("{\n\t\"a\": 1\n}", None),
            ("\u{feff}a", Some("begins with a byte order mark (U+FEFF)")),
            (" a", Some("begins with a blank")),
            ("\ta ", Some("begins with a blank and ends with a blank")),
            ("a\u{a0}", Some("ends with a blank and has an invisible character (U+00A0)")),
            (" ", Some("begins with a blank")),
            ("a\n", Some("is one line with a line break before or after it")),
            ("\n", Some("is one line with a line break before or after it")),
            (
                "a\r",
                Some(
                    "is one line with a line break before or after it and has carriage returns, as line breaks of Windows do",
                ),
            ),
            ("a\r\nb\r\n", Some("has carriage returns, as line breaks of Windows do")),
            ("a\nb\r", Some("has carriage returns, as line breaks of Windows do")),
            ("a\rb", Some("has carriage returns, as line breaks of Windows do")),
            ("a\u{200b}b", Some("has an invisible character (U+200B)")),
            ("a\u{1b}[Db", Some("has a control character (U+001B)")),
            (
                "\u{feff} a\0",
                Some(
                    "begins with a byte order mark (U+FEFF), begins with a blank and has a control character (U+0000)",
                ),
            ),
        ] {
            assert_eq!(describe(value).as_deref(), expected, "{value:?}");
        }
    }
}
