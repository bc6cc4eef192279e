//! The files that secrets come from and go into.
//!
//! Reading is careful: what a format can't hold exactly, or holds twice, is refused, by its place in the file and never
//! by its content. Names are not content: they are what a message is about.
//!
//! Not here: reading and writing the files themselves.
//!
//! To add a format: a file with `read`, and `write` if it is exported to, a variant of [`Format`] and its lines here.

pub mod env;
pub mod json;
pub mod prefect;
pub mod toml;

use std::ffi::OsStr;
use std::path::Path;

use clap::ValueEnum;
use strongroom::Json;
use strongroom_shared::place;
use thiserror::Error;
use zeroize::Zeroizing;

/// Names, and the values that go with them, in the order of the file.
pub type Secrets = Vec<(String, Json)>;

/// A format of files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// NAME=value, line by line
    Env,
    /// An object of names and values
    Json,
    /// Names and values, tables and all
    Toml,
    /// The secrets of Prefect's config.toml
    Prefect,
}

/// Why a file can't be used.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum Invalid {
    /// Something is wrong at that place.
    #[error("line {line}, column {column}: {rule}")]
    Place {
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What is wrong.
        rule: String,
    },
    /// A name is there twice.
    #[error("{name} is there twice: in line {first} and in line {second}.")]
    Twice {
        /// The name.
        name: String,
        /// The line of the first, from 1.
        first: usize,
        /// The line of the second, from 1.
        second: usize,
    },
    /// A secret has a value that can't be one, or not in this format.
    #[error("the secret {name}: {rule}")]
    Secret {
        /// The secret's name.
        name: String,
        /// What is wrong.
        rule: String,
    },
    /// The file as a whole is not right.
    #[error("{0}")]
    Whole(String),
}

impl Invalid {
    /// `rule` is broken at the byte `offset` of `text`.
    fn at(text: &str, offset: usize, rule: impl Into<String>) -> Self {
        let (line, column) = place::of_offset(text, offset);
        Self::Place { line, column, rule: rule.into() }
    }

    fn secret(name: &str, rule: impl Into<String>) -> Self {
        Self::Secret { name: name.to_owned(), rule: rule.into() }
    }
}

/// The text without the mark that some editors put before it.
fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// The text without a byte order mark, and with LF line endings, so that line endings don't get into values.
fn with_unix_lines(text: &str) -> Zeroizing<String> {
    let text = Zeroizing::new(without_mark(text).replace("\r\n", "\n"));
    Zeroizing::new(text.replace('\r', "\n"))
}

impl Format {
    /// The format that a file's name tells; `None` if it tells none. Prefect's files are called `.toml`, too:
    /// [`prefect::is_meant`] tells them by their content.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_file_tells_its_format() {
        for (name, expected) in [
            (".env", Some(Format::Env)),
            ("a/.env.production", Some(Format::Env)),
            (".env.json", Some(Format::Json)),
            ("production.env", Some(Format::Env)),
            ("secrets.json", Some(Format::Json)),
            ("config.toml", Some(Format::Toml)),
            ("secrets", None),
            ("secrets.yaml", None),
            ("-", None),
            ("env", None),
        ] {
            assert_eq!(Format::of_name(Path::new(name)), expected, "{name}");
        }
    }
}
