//! The formats of files with secrets. Content that a format can't represent exactly, and duplicate names, are refused, by
//! their place and never by their content. Names may be repeated.
//!
//! To add a format: a file with `read`, and `write` for exports, a variant of [`Format`] and its lines here.

pub mod env;
pub mod json;
pub mod prefect;
pub mod toml;

use std::ffi::OsStr;
use std::path::Path;

use clap::ValueEnum;
use serde_json::Value;
use strongroom::Json;
use strongroom_shared::place;
use thiserror::Error;
use zeroize::Zeroizing;

/// Names and values, in the order of the file.
pub type Secrets = Vec<(String, Json)>;

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// NAME=value, line by line
    Env,
    /// An object of names and values
    Json,
    /// Names and values, also tables
    Toml,
    /// The secrets of Prefect's config.toml
    Prefect,
}

#[derive(Debug, Error, PartialEq, Eq)]
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

    fn secret(name: &str, rule: impl Into<String>) -> Self {
        Self::Secret { name: name.to_owned(), rule: rule.into() }
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
}
