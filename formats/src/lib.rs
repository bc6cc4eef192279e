//! The formats of files with secrets, and hints about suspicious values, for the page and the command line.
//!
//! Content that a format can't represent exactly, and duplicate names, are refused with an error that gives their
//! position and never their content. Names may be repeated.
//!
//! To add a format: a file with `read`, and `write` for exports, a variant of [`Format`] and its lines here. To add a hint: a
//! line in the table of [`check`].

#![expect(clippy::missing_errors_doc, reason = "[`Invalid`] says it")]

pub mod check;
pub mod env;
pub mod import;
pub mod json;
pub mod prefect;
pub mod toml;

use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;
use strongroom_shared::{Json, place, text_enum};
use thiserror::Error;
use zeroize::Zeroizing;

/// Names and values, in the order of the file.
pub type Secrets = Vec<(String, Json)>;

/// A secret of a file, or a part of the file that is refused.
#[derive(Debug, PartialEq)]
pub struct Entry {
    /// From 1.
    pub line: usize,
    /// `None` if the refused part has none.
    pub name: Option<String>,
    /// The value, or why it is refused.
    pub value: Result<Json, Invalid>,
}

/// The content of a file.
#[derive(Debug, Default, PartialEq)]
pub struct Contents {
    /// In the order of the file.
    pub entries: Vec<Entry>,
    /// The lines of a `.env` file with escapes that other programs read differently.
    pub escapes: Vec<usize>,
    /// The entry that the reader refused first. It may be the reason to refuse one before it.
    first_refused: Option<usize>,
}

impl Contents {
    fn push(&mut self, line: usize, name: Option<&str>, value: Result<Json, Invalid>) {
        if value.is_err() {
            self.first_refused.get_or_insert(self.entries.len());
        }
        self.entries.push(Entry { line, name: name.map(str::to_owned), value });
    }

    /// All secrets, or why the file is refused.
    pub fn secrets(mut self) -> Result<Secrets, Invalid> {
        if let Some(index) = self.first_refused {
            self.entries.swap(0, index);
        }
        self.entries.into_iter().map(|entry| Ok((entry.name.unwrap_or_default(), entry.value?))).collect()
    }
}

/// Reads a file.
pub fn read(text: &str, format: Format) -> Result<Contents, Invalid> {
    match format {
        Format::Env => Ok(env::read(text)),
        Format::Json => json::read(text),
        Format::Toml => toml::read(text),
        Format::Prefect => prefect::read(text),
    }
}

text_enum! {
    /// A format of files.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    Format {
        Env = "env", "NAME=value, line by line";
        Json = "json", "An object of names and values";
        Toml = "toml", "Names and values, also tables";
        Prefect = "prefect", "The secrets of Prefect's config.toml";
    }
}

/// Why a file, or a secret of it, is refused. Names may be repeated, values never.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[expect(missing_docs, reason = "the messages say it")]
pub enum Invalid {
    #[error("line {line}, column {column}: {rule}")]
    Place { line: usize, column: usize, rule: String },
    #[error("duplicate name {name}, in line {first} and line {second}.")]
    Duplicate { name: String, first: usize, second: usize },
    #[error("the secret {name}: {rule}")]
    Secret { name: String, rule: String },
    #[error("{0}")]
    Whole(String),
}

impl Invalid {
    /// The byte `offset` of `text` breaks `rule`.
    fn at(text: &str, offset: usize, rule: impl Into<String>) -> Self {
        let (line, column) = place::of_offset(text, offset);
        Self::Place { line, column, rule: rule.into() }
    }

    /// The name is at two byte offsets of `text`.
    fn duplicate(text: &str, name: &str, first: usize, second: usize) -> Self {
        let line = |offset| place::of_offset(text, offset).0;
        Self::Duplicate { name: name.to_owned(), first: line(first), second: line(second) }
    }

    /// The secret of that name breaks `rule`.
    pub fn secret(name: &str, rule: impl Into<String>) -> Self {
        Self::Secret { name: name.to_owned(), rule: rule.into() }
    }

    /// The rule, for a reader who sees the name and the line beside it.
    pub fn rule(&self) -> String {
        match self {
            Self::Place { rule, .. } | Self::Secret { rule, .. } | Self::Whole(rule) => rule.clone(),
            Self::Duplicate { first, second, .. } => {
                format!("duplicate name, in line {first} and line {second}.")
            }
        }
    }
}

/// Counts the lines of a text in one pass: counting from the start for each secret would take quadratic time.
struct Lines<'text> {
    text: &'text str,
    at: usize,
    line: usize,
}

impl<'text> Lines<'text> {
    const fn new(text: &'text str) -> Self {
        Self { text, at: 0, line: 1 }
    }

    /// The line of a byte offset, which is not before the previous one.
    fn of(&mut self, offset: usize) -> usize {
        self.line += self.text.get(self.at..offset).unwrap_or_default().matches('\n').count();
        self.at = offset.max(self.at);
        self.line
    }
}

/// The text without a byte order mark, with which some editors start a file.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The text without a byte order mark, and with LF line endings, so that line endings don't get into values.
fn with_unix_lines(text: &str) -> Zeroizing<String> {
    let text = Zeroizing::new(without_mark(text).replace("\r\n", "\n"));
    Zeroizing::new(text.replace('\r', "\n"))
}

/// A string unchanged, anything else as compact JSON.
pub fn plain_text(value: &Json) -> Zeroizing<String> {
    Zeroizing::new(match value.value() {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    })
}

impl Format {
    /// The format of a file, by its name or else by its content. A text of several formats is a `.env` file.
    pub fn detect(name: Option<&str>, text: &str) -> Self {
        let is_header = |line: &str| line.starts_with('[') && line.trim_end().ends_with(']');
        let format = name.and_then(|name| Self::of_name(Path::new(name))).unwrap_or_else(|| {
            if without_mark(text).trim_start().starts_with('{') {
                Self::Json
            } else if text.lines().any(is_header) {
                Self::Toml
            } else {
                Self::Env
            }
        });
        let is_prefects = format == Self::Toml && prefect::is_meant(name, text);
        if is_prefects { Self::Prefect } else { format }
    }

    /// The format by the file's name. Prefect's files are `.toml`, too; [`prefect::is_meant`] recognises their content.
    pub fn of_name(path: &Path) -> Option<Self> {
        let name = path.file_name().and_then(OsStr::to_str)?;
        match path.extension().and_then(OsStr::to_str) {
            Some("json") => Some(Self::Json),
            Some("toml") => Some(Self::Toml),
            Some("env") => Some(Self::Env),
            _ if name == ".env" || name.starts_with(".env.") => Some(Self::Env),
            _ => None,
        }
    }
}

/// The text without the mark `^`, and the line and column of the mark.
#[cfg(test)]
fn place_of_mark(marked: &str) -> (String, (usize, usize)) {
    let lines = with_unix_lines(marked);
    (marked.replacen('^', "", 1), place::of_offset(&lines, lines.find('^').expect("a mark")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_determine_the_format() {
        for (format, names) in [
            (Some(Format::Env), &[".env", "a/.env.production", "production.env"][..]),
            (Some(Format::Json), &[".env.json", "secrets.json"]),
            (Some(Format::Toml), &["config.toml"]),
            (None, &["secrets", "secrets.yaml", "-", "env"]),
        ] {
            for name in names {
                assert_eq!(Format::of_name(Path::new(name)), format, "{name}");
            }
        }
    }

    #[test]
    fn texts_without_a_name_have_the_format_of_their_content() {
        for (name, text, expected) in [
            (None, "A=1\nB=2", Format::Env),
            (None, "", Format::Env),
            (None, "A=[1]\n", Format::Env),
            (None, " \n{\"A\": 1}", Format::Json),
            (None, "A = 1\n[table]\nB = 2", Format::Toml),
            (None, "[context.secrets]\nA = 1", Format::Prefect),
            (Some("notes.txt"), "A=1", Format::Env),
            (Some("config.toml"), "[context]\nA = 1", Format::Prefect),
            (Some("other.toml"), "[context]\nA = 1", Format::Toml),
            (Some(".env"), "{\"A\": 1}", Format::Env),
        ] {
            assert_eq!(Format::detect(name, text), expected, "{name:?} {text}");
        }
    }
}
