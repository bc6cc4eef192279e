//! Reads values from standard input, a file, or a [`prompt`] that does not echo.
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
use super::prompt::{self, End, MOST_BYTES};

/// How much a request to the server may hold, in bytes. A larger one is refused there, so it is not sent.
pub const REQUEST_BYTES: usize = 5 * 1024 * 1024;

/// The kind of input, for the advice about bytes that are not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    Value,
    Secrets,
}

/// The value for the secret `name`: every byte of `file`, or standard input or the answer to a prompt, of which a
/// single line loses its line break.
pub fn value(name: &str, file: Option<&Path>) -> anyhow::Result<Zeroizing<String>> {
    if let Some(path) = file {
        return text(path, Content::Value);
    }
    if is_terminal() {
        return typed(name);
    }
    let text = standard_input(Content::Value)?;
    let value = without_line_end(&text);
    if value.is_empty() {
        bail!(
            "Nothing was given on standard input, so nothing is set: did the command before it fail, or is a variable \
             not set? Empty text is set by `--file /dev/null`."
        );
    }
    Ok(Zeroizing::new(value.to_owned()))
}

/// For `echo value | strongroom set NAME`. Several lines, such as a private key, keep all line breaks.
fn without_line_end(text: &str) -> &str {
    if text.trim_end_matches(['\r', '\n']).contains(['\r', '\n']) {
        return text;
    }
    text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text)
}

/// The text of a file; `-` is standard input.
pub fn text(path: &Path, content: Content) -> anyhow::Result<Zeroizing<String>> {
    if is_standard_input(path) {
        return standard_input(content);
    }
    let name = path.display().to_string();
    let file = File::open(path).with_context(|| format!("{name} can't be read"))?;
    read(file, &name, content)
}

pub fn is_standard_input(path: &Path) -> bool {
    path.as_os_str() == "-"
}

pub fn is_terminal() -> bool {
    io::stdin().is_terminal()
}

/// Asks a question that is answered by yes or no; whoever just presses Enter, or goes away, says no.
pub fn confirm(question: &str) -> anyhow::Result<bool> {
    let mut stderr = io::stderr();
    write!(stderr, "{} [y/N] ", output::printable(question))?;
    stderr.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    if !answer.ends_with('\n') {
        output::say("");
    }
    if prompt::discard() {
        output::say("More than an answer was typed or pasted; the rest of it is discarded.");
        return Ok(false);
    }
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

fn standard_input(content: Content) -> anyhow::Result<Zeroizing<String>> {
    if is_terminal() {
        let bytes = prompt::hidden("Paste or type it, then press Ctrl-D (it is not shown): ", End::EndOfFile);
        return utf8(bytes.context("It can't be asked for")?, "what was typed", content);
    }
    read(io::stdin().lock(), "standard input", content)
}

fn read(source: impl Read, name: &str, content: Content) -> anyhow::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::new());
    source.take(MOST_BYTES + 1).read_to_end(&mut bytes).with_context(|| format!("{name} can't be read"))?;
    if bytes.len() as u64 > MOST_BYTES {
        bail!("{name} is larger than {} MiB.", MOST_BYTES / 1024 / 1024);
    }
    utf8(bytes, name, content)
}

fn utf8(mut bytes: Zeroizing<Vec<u8>>, name: &str, content: Content) -> anyhow::Result<Zeroizing<String>> {
    // UTF-16 begins with a byte order mark, or with an ASCII letter and a NUL.
    let is_marked = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
    let has_nul = content == Content::Secrets && bytes.iter().take(2).any(|byte| *byte == 0);
    if is_marked || has_nul {
        bail!("{name} is UTF-16, not UTF-8 text. Convert it first: `iconv -f UTF-16 -t UTF-8 FILE`.");
    }
    let text = String::from_utf8(std::mem::take(&mut *bytes)).map_err(|error| {
        let at = error.utf8_error().valid_up_to();
        // Bytes that are no text are a value all the same.
        let bytes = Zeroizing::new(error.into_bytes());
        let line = bytes.iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        let remedy = match content {
            Content::Value => {
                "Other bytes are set as text, in base64 for instance: `base64 FILE | strongroom set NAME`."
            }
            Content::Secrets => {
                "Save it as UTF-8, or convert it first; a file from Windows: `iconv -f WINDOWS-1252 -t UTF-8 FILE`."
            }
        };
        anyhow::anyhow!("{name} is not UTF-8 text: byte {}, in line {line}, is invalid. {remedy}", at + 1)
    })?;
    Ok(Zeroizing::new(text))
}

fn typed(name: &str) -> anyhow::Result<Zeroizing<String>> {
    let question = format!("Value of {} (it is not shown): ", output::printable(name));
    let typed = prompt::hidden(&question, End::Enter);
    let bytes = match typed {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            bail!("Nothing was typed, so nothing is set.")
        }
        typed => typed.context("The value can't be asked for")?,
    };
    let mut text = utf8(bytes, "what was typed", Content::Value)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    if line.trim_end_matches('\n').contains('\n') {
        // Enter ended the answer, and with it the last line, unless the paste did.
        if line.ends_with('\n') {
            text.pop();
        }
        output::note(&format!("{} were taken.", output::count(text.lines().count(), "line")));
        return Ok(text);
    }
    let value = without_line_end(line);
    if value.is_empty() {
        bail!("Nothing was typed, so nothing is set. Empty text is set by `--file /dev/null`.");
    }
    Ok(Zeroizing::new(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_refused_by_its_place() {
        let error = read(&b"A\nhunter2\xff"[..], "FILE", Content::Value).expect_err("no text");
        assert!(error.to_string().starts_with("FILE is not UTF-8 text: byte 10, in line 2,"), "{error}");
    }

    #[test]
    fn text_is_read_byte_by_byte() {
        let text = " \u{feff}a\r\nb\n\0".to_owned();
        assert_eq!(*read(text.as_bytes(), "FILE", Content::Value).expect("text"), text);
    }
}
