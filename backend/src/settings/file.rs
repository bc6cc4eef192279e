//! The configuration file: TOML with the names of the flags. Its entries become arguments, which clap checks.

use std::error::Error as _;
use std::fs;
use std::path::Path;
use std::slice;

use anyhow::{Context as _, anyhow, bail, ensure};
use clap::error::{ContextKind, ContextValue};
use clap::{Args as _, Command, FromArgMatches as _};
use toml::{Table, Value};
use url::Url;

use super::Settings;
use crate::secret_file;
use crate::service::Sensitive;

pub(super) fn read(path: &Path) -> anyhow::Result<Settings> {
    let unreadable = || format!("the configuration file {} can't be read", path.display());
    let text = fs::read_to_string(path).with_context(unreadable)?;
    let wrong = || format!("the configuration file {} is invalid", path.display());
    let table = toml::from_str(&text).map_err(|error| describe_syntax(&error, &text)).with_context(wrong)?;
    let settings = parse(&table).with_context(wrong)?;
    if settings.database_url.as_ref().is_some_and(holds_password) {
        secret_file::open(path).with_context(unreadable)?;
    }
    Ok(settings)
}

fn holds_password(url: &Sensitive) -> bool {
    Url::parse(url.expose())
        .is_ok_and(|url| url.password().is_some() || url.query_pairs().any(|(name, _)| name == "password"))
}

fn parse(table: &Table) -> anyhow::Result<Settings> {
    let command = Settings::augment_args(Command::new("").no_binary_name(true));
    let mut arguments = Vec::new();
    for (name, value) in table {
        let is_known = command.get_arguments().any(|argument| argument.get_long() == Some(name.as_str()));
        ensure!(
            is_known && name != "config",
            "there is no setting `{name}`; `strongroom-server --help` lists them"
        );
        for item in value.as_array().map_or(slice::from_ref(value), Vec::as_slice) {
            arguments.push(match item {
                Value::String(text) => format!("--{name}={text}"),
                Value::Integer(_) | Value::Boolean(_) => format!("--{name}={item}"),
                // The mounts of Vault's KV API, with their versions.
                Value::Table(pairs) => format!("--{name}={}", list(pairs)),
                _ => bail!("`{name}`: must be a string, a number, a boolean or an array of these"),
            });
        }
    }
    let matches = command.try_get_matches_from(arguments).map_err(|error| describe_value(&error))?;
    Ok(Settings::from_arg_matches(&matches)?)
}

/// A table as the text of a flag: `secret=2,kv=1`.
fn list(pairs: &Table) -> String {
    let pair = |(name, value): (&String, &Value)| match value {
        Value::String(text) => format!("{name}={text}"),
        other => format!("{name}={other}"),
    };
    pairs.iter().map(pair).collect::<Vec<_>>().join(",")
}

/// The position of a syntax error. The error's own text quotes the line, which may contain a password.
fn describe_syntax(error: &toml::de::Error, text: &str) -> anyhow::Error {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let number = before.matches('\n').count() + 1;
    let line = text.lines().nth(number - 1).unwrap_or_default();
    // In a string of several lines, `=` may follow anything.
    let is_name = |name: &&str| name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    match line.split_once('=').map(|(name, _)| name.trim()).filter(is_name) {
        Some(name) => anyhow!("line {number}, `{name}`: {}", error.message()),
        None => anyhow!("line {number}: {}", error.message()),
    }
}

/// The setting with a bad value, and the reason. The error's own text quotes the value, which may contain a password.
fn describe_value(error: &clap::Error) -> anyhow::Error {
    let argument = error.get(ContextKind::InvalidArg).map(ToString::to_string).unwrap_or_default();
    let name = argument.trim_start_matches('-').split([' ', '[', '=']).next().unwrap_or_default();
    let reason = match (error.source(), error.get(ContextKind::ValidValue)) {
        (Some(source), _) => source.to_string(),
        (None, Some(ContextValue::Strings(values))) if !values.is_empty() => {
            format!("must be one of {}", values.join(", "))
        }
        _ => "must be exactly one value".to_owned(),
    };
    anyhow!("`{name}`: {reason}")
}
