//! Suspicious values: a byte order mark from an editor, a space copied along, a trailing line break. The page and the
//! command line warn about them, without repeating any of the value, and keep them unchanged.

use crate::visible;

/// Describes what is suspicious about a value, as a predicate such as "begins with a space and ends with a space";
/// `None` if nothing is.
pub fn describe(value: &str) -> Option<String> {
    let mut hints: Vec<String> = Vec::new();
    let mut push = |is_so: bool, hint: &str| {
        if is_so {
            hints.push(hint.to_owned());
        }
    };
    let unmarked = value.strip_prefix('\u{feff}').unwrap_or(value);
    push(unmarked.len() < value.len(), "begins with a byte order mark (U+FEFF)");
    let line = unmarked.trim_matches(is_line_break);
    if !line.contains(is_line_break) {
        push(line.starts_with(char::is_whitespace), "begins with a space");
        push(line.ends_with(char::is_whitespace) && !line.trim().is_empty(), "ends with a space");
        push(line.len() < unmarked.len(), "is one line with a line break before or after it");
    }
    push(unmarked.contains('\r'), "has carriage returns, as line breaks of Windows do");
    let code = |kind: &str, character: char| format!("has {kind} character (U+{:04X})", u32::from(character));
    hints.extend(visible::hidden(unmarked).next().map(|character| code("an invisible", character)));
    hints.extend(unmarked.chars().find(|found| is_control(*found)).map(|found| code("a control", found)));
    let last = hints.pop()?;
    Some(if hints.is_empty() { last } else { format!("{} and {last}", hints.join(", ")) })
}

const fn is_line_break(character: char) -> bool {
    matches!(character, '\n' | '\r')
}

fn is_control(character: char) -> bool {
    character.is_control() && !matches!(character, '\t' | '\n' | '\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suspicious_values_are_described() {
        const MARK: &str = "begins with a byte order mark (U+FEFF)";
        const LINE: &str = "is one line with a line break before or after it";
        const RETURNS: &str = "has carriage returns, as line breaks of Windows do";
        let key = "-----BEGIN KEY-----\nMIIE\n-----END KEY-----\n";
        for value in ["", "hunter2 hunter2", "für Ada 👩\u{200d}🔑", key, "a:\n  b: 1 \n", "{\n\t\"a\": 1\n}"]
        {
            assert_eq!(describe(value), None, "{value:?}");
        }
        for (value, expected) in [
            ("\u{feff}a", MARK),
            (" a", "begins with a space"),
            ("\ta ", "begins with a space and ends with a space"),
            ("a\u{a0}", "ends with a space and has an invisible character (U+00A0)"),
            (" ", "begins with a space"),
            ("a\n", LINE),
            ("\n", LINE),
            ("a\r", &format!("{LINE} and {RETURNS}")),
            ("a\r\nb\r\n", RETURNS),
            ("a\nb\r", RETURNS),
            ("a\rb", RETURNS),
            ("a\u{200b}b", "has an invisible character (U+200B)"),
            ("a\u{1b}[Db", "has a control character (U+001B)"),
            ("\u{feff} a\0", &format!("{MARK}, begins with a space and has a control character (U+0000)")),
        ] {
            assert_eq!(describe(value).as_deref(), Some(expected), "{value:?}");
        }
    }
}
