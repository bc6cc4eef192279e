//! Output: results on standard output, everything else on standard error, and colours on terminals.
//!
//! Text from others, such as a description or a server's message, can't control the terminal: see [`printable`]. Results for
//! programs are written unchanged. They are flushed, so that a full disk is an error and a closed pipe ends quietly.

use std::borrow::Cow;
use std::io::{self, IsTerminal as _, Write as _};
use std::time::Duration;

use anstyle::{AnsiColor, Style};
use anyhow::Context as _;
use indicatif::ProgressBar;
use serde::Serialize;
use strongroom_shared::visible;

const BAD: Style = AnsiColor::Red.on_default().bold();
const CAREFUL: Style = AnsiColor::Yellow.on_default().bold();
const LISTED: usize = 10;
const TURN: Duration = Duration::from_millis(100);

pub fn failure(message: &str) {
    say(&format!("{BAD}error:{BAD:#} {}", printable_lines(message)));
}

pub fn warn(message: &str) {
    say(&format!("{CAREFUL}warning:{CAREFUL:#} {}", printable_lines(message)));
}

pub fn note(message: &str) {
    say(&printable_lines(message));
}

/// Writes a line to standard error. A failure to do so is ignored.
pub fn say(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

pub fn json(result: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(result)?;
    text.push('\n');
    exactly(text.as_bytes())
}

pub fn exactly(result: &[u8]) -> anyhow::Result<()> {
    write(io::stdout().lock(), result)
}

/// Prints a result for people, with colours on a terminal.
pub fn styled(result: &str) -> anyhow::Result<()> {
    write(anstream::stdout().lock(), result.as_bytes())
}

fn write(mut stdout: impl io::Write, result: &[u8]) -> anyhow::Result<()> {
    stdout.write_all(result).and_then(|()| stdout.flush()).context("Standard output can't be written")
}

pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// The terminal's width in columns, if standard output is one.
pub fn width() -> Option<u16> {
    let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
    is_terminal().then_some(width.0)
}

/// Shows a spinner on a terminal until [`ProgressBar::finish_and_clear`].
pub fn wait(for_what: &'static str) -> ProgressBar {
    let sign = ProgressBar::new_spinner().with_message(for_what);
    sign.enable_steady_tick(TURN);
    sign
}

/// One line, with codes for characters that are invisible, control a terminal or change the writing direction.
pub fn printable(text: &str) -> Cow<'_, str> {
    const BREAKS: [char; 3] = ['\n', '\r', '\t'];
    if text.contains(BREAKS) {
        Cow::Owned(visible::shown(&text.replace(BREAKS, " ")).into_owned())
    } else {
        visible::shown(text)
    }
}

/// As [`printable`], for each line.
fn printable_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(printable).collect();
    lines.join("\n")
}

/// `1 secret`, `2 secrets`.
pub fn count(number: usize, of_what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {of_what}{s}")
}

/// Prints one name per line: unchanged to a pipe, with visible codes on a terminal.
pub fn names(names: &[String]) -> anyhow::Result<()> {
    let lines = lines(names);
    if is_terminal() { styled(&visible::shown(&lines)) } else { exactly(lines.as_bytes()) }
}

pub fn list(names: &[&str]) -> String {
    if names.len() <= LISTED {
        return names.join(", ");
    }
    format!("{} and {} more", names[..LISTED].join(", "), names.len() - LISTED)
}

/// The secrets of a change as the subject of a sentence, and its verb.
pub fn subject(names: &[String]) -> (String, &'static str) {
    match names {
        [name] => (name.clone(), "was"),
        names => (count(names.len(), "secret"), "were"),
    }
}

pub fn lines(names: &[String]) -> String {
    names.iter().flat_map(|name| [name.as_str(), "\n"]).collect()
}

/// A name quoted for a shell.
pub fn typed(name: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "_-./:@%+,".contains(character);
    if !name.is_empty() && name.chars().all(is_plain) {
        return name.to_owned();
    }
    format!("'{}'", name.replace('\'', r"'\''"))
}

/// Names as arguments, quoted for a shell. The first that begins with a dash, which would be an option, comes after `--`.
pub fn typed_arguments(names: &[String]) -> String {
    let dash = names.iter().position(|name| name.starts_with('-'));
    let mut words: Vec<String> = names.iter().map(|name| typed(name)).collect();
    if let Some(first) = dash {
        words.insert(first, "--".to_owned());
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shown_text_does_not_control_the_terminal() {
        assert_eq!(printable("für Ada 🔑"), "für Ada 🔑");
        assert_eq!(printable("a\tb\nc"), "a b c");
        assert_eq!(printable("\u{1b}[2Jgone\u{9b}1m"), "‹U+001B›[2Jgone‹U+009B›1m");
        assert_eq!(printable("abc\u{202e}txt.exe"), "abc‹U+202E›txt.exe");
        assert_eq!(printable_lines("a\nb\u{7}"), "a\nb‹U+0007›");
    }

    #[test]
    fn names_are_quoted_for_a_shell() {
        for (name, expected) in [
            ("DB_URL", "DB_URL"),
            ("my secret", "'my secret'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("-x", "-x"),
        ] {
            assert_eq!(typed(name), expected);
        }
        let arguments = |names: &[&str]| {
            typed_arguments(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>())
        };
        assert_eq!(arguments(&["A", "my secret"]), "A 'my secret'");
        assert_eq!(arguments(&["A", "-x", "--y z"]), "A -- -x '--y z'");
    }

    #[test]
    fn lists_are_shortened_and_counts_have_a_plural() {
        assert_eq!(list(&["A"; 10]), ["A"; 10].join(", "));
        assert_eq!(list(&["A"; 12]), format!("{} and 2 more", ["A"; 10].join(", ")));
        assert_eq!((count(1, "secret"), count(0, "secret")), ("1 secret".to_owned(), "0 secrets".to_owned()));
    }
}
