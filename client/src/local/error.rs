//! Errors in a configuration. They name settings, files and places, and repeat no value.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why Prefect's configuration is unusable. Prefect fails in the same cases.
#[derive(Debug, Error)]
#[expect(missing_docs, reason = "the messages and the fields' names say it")]
#[non_exhaustive]
pub enum Error {
    #[error("could not read {}", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} is not UTF-8 text", .0.display())]
    NotUtf8(PathBuf),
    #[error("{}, line {line}, column {column}: {reason}", path.display())]
    NotToml { path: PathBuf, line: usize, column: usize, reason: String },
    #[error("the variable {0} is not Unicode text")]
    NotUnicode(String),
    /// Prefect's configuration has methods such as `keys` and `items`.
    #[error("{key} has a key that Prefect refuses, because a method has the same name: {name}")]
    RefusedName { key: String, name: String },
    /// A file or variable treats a setting as a table, and another gives it a value.
    #[error("{0} is below a value that is not a table")]
    BelowValue(String),
    #[error("{0} is not a table")]
    NotTable(String),
    #[error("{0} refers to itself, directly or through other settings")]
    Circle(String),
    #[error("{key}: {problem}")]
    Unusable { key: String, problem: Problem },
}

/// Why Prefect fails on a setting or variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the messages say it")]
#[non_exhaustive]
pub enum Problem {
    /// Prefect expands a variable twice, and references to variables can be empty after the first time.
    #[error("its references to variables expand to nothing, on which Prefect fails; write the value itself")]
    NoText,
    #[error("with its references expanded it is longer than 16 MiB")]
    TooLong,
    #[error("the account after ~ has a NUL in its name")]
    AccountName,
    #[error("it refers to a number of more than 4,300 digits, which Python can't write")]
    TooManyDigits,
}
