//! Where values come in: standard input, a file, or a prompt that does not show what is typed.
//!
//! What is read here is overwritten in memory when it is done with. No message repeats any of it.
//!
//! Not here: what the text means, which is [`format`](super::format)'s business.

use std::fs::File;
use std::io::{self, BufRead as _, IsTerminal as _, Read, Write as _};
use std::path::Path;

use anyhow::{Context as _, bail};
use zeroize::Zeroizing;

use super::output;

/// How much a request to the server may hold, in bytes. A larger one is refused there, so it is not sent.
pub const REQUEST_BYTES: usize = 5 * 1024 * 1024;

/// The most that is read of anything, in bytes: escapes can make a text six times as long as what it means, and space
/// and comments are free, but nobody means an endless file.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// The value for the secret `name`: every byte of `file`, or standard input but for a line break at its end, or what is
/// typed at a prompt.
///
/// # Errors
/// It can't be read, is no text, or there is nothing.
pub fn value(name: &str, file: Option<&Path>) -> anyhow::Result<Zeroizing<String>> {
    if let Some(path) = file {
        return text(path);
    }
    if is_terminal() {
        return typed(name);
    }
    let text = standard_input()?;
    // `echo value | strongroom set NAME` means the value, not the line.
    let line = text.strip_suffix('\n').unwrap_or(&text);
    let line = line.strip_suffix('\r').filter(|_| line.len() < text.len()).unwrap_or(line);
    if line.is_empty() {
        bail!(
            "Nothing was given on standard input, so nothing is set: did the command before it fail, or is a variable \
             not set? Empty text is set by `--file /dev/null`."
        );
    }
    Ok(Zeroizing::new(line.to_owned()))
}

/// The text of a file; `-` is standard input.
///
/// # Errors
/// It can't be read, or is no text.
pub fn text(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    if is_standard_input(path) {
        return standard_input();
    }
    let name = path.display().to_string();
    let file = File::open(path).with_context(|| format!("{name} can't be read"))?;
    read(file, &name)
}

/// Whether `path` stands for standard input.
pub fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Whether somebody sits there who can be asked.
pub fn is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// Asks a question that is answered by yes or no; whoever just presses Enter, or goes away, says no.
///
/// # Errors
/// The answer can't be read.
pub fn confirm(question: &str) -> anyhow::Result<bool> {
    let mut stderr = io::stderr();
    write!(stderr, "{} [y/N] ", output::printable(question))?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if !answer.ends_with('\n') {
        output::say("");
    }
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

fn standard_input() -> anyhow::Result<Zeroizing<String>> {
    read(io::stdin().lock(), "standard input")
}

fn read(source: impl Read, name: &str) -> anyhow::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::new());
    source.take(MOST_BYTES + 1).read_to_end(&mut bytes).with_context(|| format!("{name} can't be read"))?;
    if bytes.len() as u64 > MOST_BYTES {
        bail!("{name} is larger than {} MiB.", MOST_BYTES / 1024 / 1024);
    }
    let text = String::from_utf8(std::mem::take(&mut *bytes)).map_err(|error| {
        let at = error.utf8_error().valid_up_to() + 1;
        // Bytes that are no text are a value all the same.
        drop(Zeroizing::new(error.into_bytes()));
        anyhow::anyhow!(
            "{name} is not UTF-8 text: byte {at} is no part of any. Other bytes are set as text, in base64 for instance: \
             `base64 FILE | strongroom set NAME`."
        )
    })?;
    Ok(Zeroizing::new(text))
}

fn typed(name: &str) -> anyhow::Result<Zeroizing<String>> {
    let prompt = format!("Value of {} (it is not shown): ", output::printable(name));
    let value = unseen(|| rpassword::prompt_password(prompt)).map(Zeroizing::new);
    match value {
        Ok(value) if !value.is_empty() => Ok(value),
        Ok(_) => bail!("Nothing was typed, so nothing is set. Empty text is set by `--file /dev/null`."),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            // The prompt is still on this line.
            output::say("");
            bail!("Nothing was typed, so nothing is set.")
        }
        Err(error) => Err(error).context("The value can't be asked for"),
    }
}

/// Asks in a terminal that does not show what is typed, from before the question is: whoever sees it may answer.
///
/// Ctrl-C ends the program only after that, for the terminal has to be put back first.
#[cfg(unix)]
fn unseen<T>(ask: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    use nix::sys::signal::{SigSet, Signal};
    use nix::sys::termios::{LocalFlags, SetArg, tcgetattr, tcsetattr};

    let terminal = File::open("/dev/tty")?;
    let before = tcgetattr(&terminal)?;
    let mut hidden = before.clone();
    // As the prompt sets them itself, too late: Ctrl-C is a key that it reads.
    hidden.local_flags.remove(LocalFlags::ECHO | LocalFlags::ECHONL | LocalFlags::ICANON | LocalFlags::ISIG);
    tcsetattr(&terminal, SetArg::TCSANOW, &hidden)?;
    let mut interrupt = SigSet::empty();
    interrupt.add(Signal::SIGINT);
    let is_held = interrupt.thread_block().is_ok();
    let answer = ask();
    let is_put_back = tcsetattr(&terminal, SetArg::TCSANOW, &before);
    if is_held {
        // A Ctrl-C that waited until now ends the program here.
        let _ = interrupt.thread_unblock();
    }
    is_put_back?;
    answer
}

#[cfg(not(unix))]
fn unseen<T>(ask: impl FnOnce() -> io::Result<T>) -> io::Result<T> {
    ask()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_refused_by_its_place() {
        let error = read(&b"hunter2\xff"[..], "FILE").expect_err("no text");
        assert!(error.to_string().starts_with("FILE is not UTF-8 text: byte 8"), "{error}");
    }

    #[test]
    fn text_is_read_byte_by_byte() {
        let text = " \u{feff}a\r\nb\n\0".to_owned();
        assert_eq!(*read(text.as_bytes(), "FILE").expect("text"), text);
    }
}
