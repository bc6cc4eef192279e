//! Characters that editors, terminals and clipboards add.

use strongroom_shared::visible;

use super::Subject;

const MARK: char = '\u{feff}';

pub(super) fn byte_order_mark(Subject { text, .. }: Subject<'_>) -> Option<String> {
    text.starts_with(MARK).then(|| "begins with a byte order mark (U+FEFF)".to_owned())
}

pub(super) fn blank_before(Subject { text, .. }: Subject<'_>) -> Option<String> {
    single_line(text)?.starts_with(char::is_whitespace).then(|| "begins with a space".to_owned())
}

pub(super) fn blank_after(Subject { text, .. }: Subject<'_>) -> Option<String> {
    let line = single_line(text)?;
    let is_so = line.ends_with(char::is_whitespace) && !line.trim().is_empty();
    is_so.then(|| "ends with a space".to_owned())
}

/// Several lines, such as a key, usually end with a line break.
pub(super) fn line_break(Subject { text, .. }: Subject<'_>) -> Option<String> {
    let is_so = single_line(text)?.len() < unmarked(text).len();
    is_so.then(|| "is one line with a line break before or after it".to_owned())
}

pub(super) fn carriage_return(Subject { text, .. }: Subject<'_>) -> Option<String> {
    text.contains('\r').then(|| "has carriage returns, like Windows line breaks".to_owned())
}

pub(super) fn invisible_character(Subject { text, .. }: Subject<'_>) -> Option<String> {
    visible::hidden(unmarked(text)).next().map(|found| code("an invisible", found))
}

pub(super) fn control_character(Subject { text, .. }: Subject<'_>) -> Option<String> {
    let is_control = |character: &char| character.is_control() && !matches!(character, '\t' | '\n' | '\r');
    text.chars().find(is_control).map(|found| code("a control", found))
}

fn unmarked(text: &str) -> &str {
    text.strip_prefix(MARK).unwrap_or(text)
}

/// The only line, without the line breaks around it.
fn single_line(text: &str) -> Option<&str> {
    let line = unmarked(text).trim_matches(['\n', '\r']);
    (!line.contains(['\n', '\r'])).then_some(line)
}

fn code(kind: &str, character: char) -> String {
    format!("has {kind} character (U+{:04X})", u32::from(character))
}
