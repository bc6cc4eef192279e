//! What is printed: results on standard output, everything else on standard error. Colour where a terminal shows it.
//!
//! What others chose, a description or a server's message, does not steer the terminal it is shown on: see [`printable`].
//! A result that programs read is written byte by byte, as it is.
//!
//! Not here: what a command has to say. To add a kind of output: a function that ends with a flush, so that a full disk
//! is noticed, and that hands on its error, so that a closed pipe ends quietly.

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
const UNWRITABLE: &str = "Standard output can't be written";
const LISTED: usize = 10;
/// How often the sign turns that something is being waited for.
const TURN: Duration = Duration::from_millis(100);

pub fn error(error: &anyhow::Error) {
    failure(&format!("{error:#}"));
}

pub fn failure(message: &str) {
    say(&format!("{BAD}error:{BAD:#} {}", printable_lines(message)));
}

pub fn warn(message: &str) {
    say(&format!("{CAREFUL}warning:{CAREFUL:#} {}", printable_lines(message)));
}

pub fn note(message: &str) {
    say(&printable_lines(message));
}

/// Writes a line on standard error, with the colours in it where they are shown. That nobody listens is no reason to fail.
pub fn say(line: &str) {
    let _ = writeln!(anstream::stderr(), "{line}");
}

pub fn json(result: &impl Serialize) -> anyhow::Result<()> {
    let mut text = serde_json::to_string_pretty(result)?;
    text.push('\n');
    exactly(text.as_bytes())
}

pub fn exactly(result: &[u8]) -> anyhow::Result<()> {
    let mut stdout = io::stdout().lock();
    let written = stdout.write_all(result).and_then(|()| stdout.flush());
    written.context(UNWRITABLE)
}

/// Prints a result for people, with the colours in it where they are shown.
pub fn styled(result: &str) -> anyhow::Result<()> {
    let mut stdout = anstream::stdout().lock();
    let written = stdout.write_all(result.as_bytes()).and_then(|()| stdout.flush());
    written.context(UNWRITABLE)
}

pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// How many columns people see of the results; `None` if it is not people who read them.
pub fn width() -> Option<u16> {
    if !is_terminal() {
        return None;
    }
    let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
    Some(width.0)
}

/// A sign that something is being waited for, on a terminal, until [`ProgressBar::finish_and_clear`].
pub fn wait(for_what: &'static str) -> ProgressBar {
    let sign = ProgressBar::new_spinner().with_message(for_what);
    sign.enable_steady_tick(TURN);
    sign
}

/// One line, with codes for characters that are invisible, control a terminal or change the writing direction.
pub fn printable(text: &str) -> Cow<'_, str> {
    const TURNS: [char; 3] = ['\n', '\r', '\t'];
    if text.contains(TURNS) {
        Cow::Owned(visible::shown(&text.replace(TURNS, " ")).into_owned())
    } else {
        visible::shown(text)
    }
}

/// The same of each line, for a message of several.
fn printable_lines(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(printable).collect();
    lines.join("\n")
}

/// `1 secret`, `2 secrets`.
pub fn count(number: usize, of_what: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{number} {of_what}{s}")
}

/// Prints names, one a line: unchanged to a pipe, with visible codes on a terminal.
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

/// Names as programs read them: one a line, as they are.
pub fn lines(names: &[String]) -> String {
    let mut lines = names.join("\n");
    if !lines.is_empty() {
        lines.push('\n');
    }
    lines
}

/// A name as it is typed in a shell.
pub fn typed(name: &str) -> String {
    let is_plain = |character: char| character.is_alphanumeric() || "_-./:@%+,".contains(character);
    if !name.is_empty() && !name.starts_with('-') && name.chars().all(is_plain) {
        return name.to_owned();
    }
    let quoted = format!("'{}'", name.replace('\'', r"'\''"));
    if name.starts_with('-') {
        // Or it would be taken for an option.
        return format!("-- {quoted}");
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_shown_steers_the_terminal() {
        assert_eq!(printable("für Ada 🔑"), "für Ada 🔑");
        assert_eq!(printable("a\tb\nc"), "a b c");
        assert_eq!(printable("\u{1b}[2Jgone\u{9b}1m"), "‹U+001B›[2Jgone‹U+009B›1m");
        assert_eq!(printable("abc\u{202e}txt.exe"), "abc‹U+202E›txt.exe");
        assert_eq!(printable_lines("a\nb\u{7}"), "a\nb‹U+0007›");
    }

    #[test]
    fn a_name_is_shown_as_a_shell_takes_it() {
        for (name, expected) in [
            ("DB_URL", "DB_URL"),
            ("my secret", "'my secret'"),
            ("it's", r"'it'\''s'"),
            ("$HOME", "'$HOME'"),
            ("-x", "-- '-x'"),
        ] {
            assert_eq!(typed(name), expected);
        }
    }

    #[test]
    fn long_list_is_shortened() {
        let names: Vec<_> = (0..12).map(|number| number.to_string()).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        assert_eq!(list(&names), "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(count(1, "secret"), "1 secret");
        assert_eq!(count(0, "secret"), "0 secrets");
    }
}
