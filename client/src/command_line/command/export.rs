//! `export`: writes values to a private file, or names.

use std::collections::BTreeMap;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use strongroom::Client;
use zeroize::Zeroizing;

use crate::command_line::format::{self, Format, Invalid, Secrets};
use crate::command_line::{exit, input, output, private_file, selection};

/// Write values to a private file, or names
///
/// The key needs the role runner, and the audit log records each read. The file is written atomically, and only you can read
/// it; `strongroom import` reads it back. To pass secrets to a program, prefer `strongroom run`, which writes none to disk.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  strongroom export backup.json
  strongroom export .env --only 'DATABASE_*,SENTRY_DSN'
  strongroom export --names > names.txt

Formats, by the file's name or --format:
  json   any other name: keeps every value exactly
  env    .env, .env.*, *.env: NAME=value, NAME='value'; anything but a string, as
         JSON. Shells, npm's dotenv, Node, python-dotenv and Docker Compose read it;
         `docker run --env-file` makes quotes part of the value
  toml   *.toml: TOML has no null, and no number of more than some 17 digits")]
pub struct Arguments {
    /// The file to write; with --names, by default standard output
    #[arg(required_unless_present = "names")]
    file: Option<PathBuf>,
    /// Write only names, one per line, as any key may
    #[arg(long, conflicts_with = "format")]
    names: bool,
    #[command(flatten)]
    selection: selection::Options,
    /// The format, if the file's name does not determine it
    #[arg(long, value_name = "FORMAT", value_parser = format_to_write())]
    format: Option<Format>,
    /// Replace an existing file
    #[arg(long)]
    force: bool,
}

/// All but Prefect's configuration, which is only read.
fn format_to_write() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(["env", "json", "toml"]).map(|name| match name.as_str() {
        "env" => Format::Env,
        "toml" => Format::Toml,
        _ => Format::Json,
    })
}

pub async fn run(client: &Client, arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { file, names: only_names, selection, format, force } = arguments;
    if let Some(path) = &file {
        if input::is_standard_input(path) {
            return Err(exit::usage(if only_names {
                "Omit `-`: without a file, names go to standard output."
            } else {
                "Values are written to a file, never to standard output. `strongroom get NAME` prints one."
            }));
        }
        // Fail before any value is read.
        private_file::check(path, force)?;
    }
    let there = client.secret_names().await?;
    let names = selection.selection(&there)?.choose(&there)?;
    let Some(path) = file else { return output::names(&names) };
    if names.is_empty() {
        bail!("There are no secrets to export: {} is not written.", path.display());
    }
    let what = if only_names {
        private_file::write(&path, output::lines(&names).as_bytes(), force)?;
        output::count(names.len(), "name")
    } else {
        let format = format.or_else(|| Format::of_name(&path)).unwrap_or(Format::Json);
        let not_written = || format!("{} is not written", path.display());
        // Fail before any value is read.
        if format == Format::Env {
            format::env::check_names(names.iter().map(String::as_str)).with_context(not_written)?;
        }
        let secrets = values(client, &names).await?;
        let text = written(&secrets, format).with_context(not_written)?;
        private_file::write(&path, text.as_bytes(), force)?;
        output::count(secrets.len(), "secret")
    };
    output::note(&format!("Wrote {what} to {}, readable only by you.", path.display()));
    Ok(())
}

async fn values(client: &Client, names: &[String]) -> anyhow::Result<Secrets> {
    let wait = output::wait("reading");
    let values = client.secret_values(names).await;
    wait.finish_and_clear();
    Ok(values?.into_iter().map(|secret| (secret.name, secret.value)).collect())
}

fn written(secrets: &Secrets, format: Format) -> Result<Zeroizing<String>, Invalid> {
    match format {
        Format::Json | Format::Prefect => Ok(format::json::write(secrets)),
        Format::Toml => format::toml::write(secrets),
        Format::Env => {
            let format::env::Written { text, others, misread } = format::env::write(secrets)?;
            let mut by_readers: BTreeMap<Vec<&str>, Vec<String>> = BTreeMap::new();
            for (name, readers) in misread {
                by_readers.entry(readers).or_default().push(name);
            }
            for (readers, names) in by_readers {
                output::warn(&format!(
                    "No spelling in this format suits every program: {} are misread by {}. JSON has no such limit.",
                    names.join(", "),
                    readers.join(", "),
                ));
            }
            if others > 0 {
                output::warn(&format!(
                    "In this format, every value is a string: {} of another type would be read back as strings. JSON keeps types.",
                    output::count(others, "value"),
                ));
            }
            Ok(text)
        }
    }
}
