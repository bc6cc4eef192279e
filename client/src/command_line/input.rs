//! Reads values from standard input, a file, or a [`prompt`] that does not echo. Buffers are zeroed, and no message repeats
//! their content.

use std::fs::File;
use std::io::{self, BufRead as _, IsTerminal as _, Read, Write as _};
use std::path::Path;

use anyhow::{Context as _, anyhow, bail, ensure};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use strongroom_formats::Format;
use zeroize::Zeroizing;

use super::output;
use super::prompt::{self, End, MOST_BYTES};

/// The kind of input, which determines the advice about bytes that are not UTF-8.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    Value,
    Secrets,
}

/// Parses the option `--format`.
pub fn format(formats: &'static [Format]) -> impl TypedValueParser<Value = Format> {
    let value = |format: &Format| PossibleValue::new(format.as_str()).help(format.describe());
    PossibleValuesParser::new(formats.iter().map(value))
        .try_map(|name| Format::parse(&name).ok_or("this format is unknown"))
}

/// Parses the option `--expected-version`.
pub fn version(text: &str) -> Result<i32, &'static str> {
    let version = text.parse().ok().filter(|version| *version >= 0);
    version.ok_or("must be a version number, such as 3")
}

/// The value for the secret `name`: every byte of `file`, or standard input or the answer to a prompt without the line
/// break of a single line.
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
            "Nothing was given on standard input, so nothing is set. Did the command before it fail, or is a variable \
             unset? To set an empty string, use `--file /dev/null`."
        );
    }
    Ok(Zeroizing::new(value.to_owned()))
}

/// Drops the line break of a single line, as from `echo`. Several lines, such as a private key, keep all of theirs.
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

/// Asks a yes-or-no question. An empty answer and the end of input mean no.
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
        output::say("More than an answer was typed or pasted, and is discarded.");
        return Ok(false);
    }
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

fn standard_input(content: Content) -> anyhow::Result<Zeroizing<String>> {
    if is_terminal() {
        let bytes = prompt::hidden("Paste or type it, then press Ctrl-D (it is not shown): ", End::EndOfFile);
        return utf8(bytes.context("The terminal can't be read")?, "The input", content);
    }
    read(io::stdin().lock(), "standard input", content)
}

fn read(source: impl Read, name: &str, content: Content) -> anyhow::Result<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::new());
    source.take(MOST_BYTES + 1).read_to_end(&mut bytes).with_context(|| format!("{name} can't be read"))?;
    ensure!(bytes.len() as u64 <= MOST_BYTES, "{name} is larger than {} MiB.", MOST_BYTES / 1024 / 1024);
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
        let bytes = Zeroizing::new(error.into_bytes());
        let line = bytes.iter().take(at).filter(|byte| **byte == b'\n').count() + 1;
        let remedy = match content {
            Content::Value => "Encode binary data as text, for example: `base64 FILE | strongroom set NAME`.",
            Content::Secrets => {
                "Convert it first; a file from Windows, for example: `iconv -f WINDOWS-1252 -t UTF-8 FILE`."
            }
        };
        anyhow!("{name} is not UTF-8 text: byte {}, in line {line}, is invalid. {remedy}", at + 1)
    })?;
    Ok(Zeroizing::new(text))
}

fn typed(name: &str) -> anyhow::Result<Zeroizing<String>> {
    let question = format!("Value of {} (it is not shown): ", output::printable(name));
    let bytes = match prompt::hidden(&question, End::Enter) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            bail!("Nothing was typed, so nothing is set.")
        }
        typed => typed.context("The terminal can't be read")?,
    };
    let mut text = utf8(bytes, "The input", Content::Value)?;
    let line = text.strip_suffix('\n').unwrap_or(&text);
    if line.trim_end_matches('\n').contains('\n') {
        // A paste that ends with a line break needs another one to end the answer.
        if line.ends_with('\n') {
            text.pop();
        }
        output::note(&format!("Read {}.", output::count(text.lines().count(), "line")));
        return Ok(text);
    }
    let value = without_line_end(line);
    if value.is_empty() {
        bail!("Nothing was typed, so nothing is set. To set an empty string, use `--file /dev/null`.");
    }
    Ok(Zeroizing::new(value.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_utf8_is_refused_by_its_place() {
        let error = read(&b"A\nhunter2\xff"[..], "FILE", Content::Value).expect_err("not text");
        assert!(error.to_string().starts_with("FILE is not UTF-8 text: byte 10, in line 2,"), "{error}");
    }

    #[test]
    fn text_keeps_every_byte() {
        let text = " \u{feff}a\r\nb\n\0".to_owned();
        assert_eq!(*read(text.as_bytes(), "FILE", Content::Value).expect("text"), text);
    }
}
