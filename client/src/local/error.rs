//! Why a configuration can't be had. No message has a piece of a file's or a variable's content in it: only names, which
//! are no secrets, and places.

use std::io;
use std::path::PathBuf;

use thiserror::Error;

/// Why Prefect's configuration can't be had. Where Prefect itself fails, so does this.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum Error {
    /// A file that is there can't be read.
    #[error("could not read {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is not UTF-8.
    #[error("{} is not UTF-8 text", .0.display())]
    NotUtf8(PathBuf),
    /// A file is not TOML.
    #[error("{}, line {line}, column {column}: {reason}", path.display())]
    NotToml {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The character of the line, from 1.
        column: usize,
        /// What is wrong, without what stands there.
        reason: String,
    },
    /// A variable that is part of the configuration is not Unicode.
    #[error("the variable {0} is not Unicode text")]
    NotUnicode(String),
    /// A setting has the name of one of the methods of Prefect's configuration, such as `keys` or `items`.
    #[error("{key} has a key that Prefect refuses, because a method has the same name: {name}")]
    RefusedName {
        /// The setting.
        key: String,
        /// The refused name in it.
        name: String,
    },
    /// One variable or file says that a setting is a value, another that it is a table.
    #[error("{0} is below what is a value, not a table")]
    BelowValue(String),
    /// `context` or `context.secrets` is no table.
    #[error("{0} is not a table")]
    NotTable(String),
    /// References between settings lead back to where they began.
    #[error("{0} refers to itself, by way of other settings or directly")]
    Circle(String),
    /// A setting or variable has a value that Prefect fails on.
    #[error("{key}: {problem}")]
    Unusable {
        /// The setting or variable.
        key: String,
        /// What Prefect fails on.
        problem: Problem,
    },
}

/// What Prefect fails on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Problem {
    /// Prefect reads a variable's text twice. When variables lead to variables, the first time can leave none.
    #[error("the variables it refers to leave no text, which Prefect fails on; write the value itself")]
    NoText,
    /// References to variables or settings make it longer than 16 MiB.
    #[error("with its references written out it is longer than 16 MiB")]
    TooLong,
    /// `~` and a name that has a NUL in it.
    #[error("the account after ~ has a NUL in its name")]
    AccountName,
    /// A reference would put a number of more than 4,300 digits into a text.
    #[error("it refers to a number of more than 4,300 digits, which Python does not write")]
    TooManyDigits,
}
