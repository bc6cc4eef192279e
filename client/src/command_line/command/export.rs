//! `export`: writes values to a private file, or names.

use std::collections::BTreeMap;
use std::fs;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};
use strongroom::Client;
use strongroom_formats::{self as formats, Format, Invalid, Secrets};
use zeroize::Zeroizing;

use crate::command_line::{exit, input, output, selection};

/// All but Prefect's configuration, which is only read.
const WRITTEN: &[Format] = &[Format::Env, Format::Json, Format::Toml];

/// Write values to a private file, or names
///
/// The key needs the runner role, and the audit log records each read. The file is written atomically, and only you can
/// read it; `strongroom import` reads it back. To pass secrets to a program, prefer `strongroom run`, which writes
/// nothing to disk.
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
    #[arg(long, value_name = "FORMAT", value_parser = input::format(WRITTEN))]
    format: Option<Format>,
    /// Replace an existing file
    #[arg(long)]
    force: bool,
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
        check(path, force)?;
    }
    let there = client.secret_names().await?;
    let names = selection.selection(&there)?.choose(&there)?;
    let Some(path) = file else { return output::names(&names) };
    ensure!(!names.is_empty(), "There are no secrets to export: {} is not written.", path.display());
    let what = if only_names {
        write_private(&path, output::lines(&names).as_bytes(), force)?;
        output::count(names.len(), "name")
    } else {
        let format = format.or_else(|| Format::of_name(&path)).unwrap_or(Format::Json);
        let not_written = || format!("{} is not written", path.display());
        // Fail before any value is read.
        if format == Format::Env {
            formats::env::check_names(names.iter().map(String::as_str)).with_context(not_written)?;
        }
        let secrets = values(client, &names).await?;
        let text = written(&secrets, format).with_context(not_written)?;
        write_private(&path, text.as_bytes(), force)?;
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
        Format::Json | Format::Prefect => Ok(formats::json::write(secrets)),
        Format::Toml => formats::toml::write(secrets),
        Format::Env => {
            let formats::env::Written { text, others, misread } = formats::env::write(secrets)?;
            let mut by_readers: BTreeMap<Vec<&str>, Vec<String>> = BTreeMap::new();
            for (name, readers) in misread {
                by_readers.entry(readers).or_default().push(name);
            }
            for (readers, names) in by_readers {
                let (names, readers) = (names.join(", "), readers.join(", "));
                output::warn(&format!(
                    "No spelling suits every program: the values of {names} are misread by {readers}. JSON has no such limit."
                ));
            }
            if others > 0 {
                let others = output::count(others, "value");
                output::warn(&format!(
                    "Every value becomes a string here, including {others} of another type. JSON keeps types."
                ));
            }
            Ok(text)
        }
    }
}

/// Checks that the path is free, or a file that may be replaced.
fn check(path: &Path, replace: bool) -> anyhow::Result<()> {
    let name = path.display();
    let folder = folder(path);
    ensure!(folder.is_dir(), "{name} can't be written: {} is not a directory.", folder.display());
    let found = match fs::symlink_metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error).with_context(|| format!("{name} can't be written")),
    };
    ensure!(found.is_file(), "{name} exists, and is not a regular file. Name another.");
    ensure!(replace, "{name} already exists. Name another file, or add --force to replace it.");
    Ok(())
}

/// Writes a file that only its owner can read, atomically.
fn write_private(path: &Path, content: &[u8], replace: bool) -> anyhow::Result<()> {
    check(path, replace)?;
    let failed = || format!("{} can't be written", path.display());
    // Private from the start, whatever the umask.
    let mut file =
        tempfile::Builder::new().prefix(".strongroom-").tempfile_in(folder(path)).with_context(failed)?;
    file.write_all(content).with_context(failed)?;
    file.as_file().sync_all().with_context(failed)?;
    match if replace { file.persist(path) } else { file.persist_noclobber(path) } {
        Ok(_) => Ok(()),
        // Another process created it meanwhile.
        Err(error) if !replace && error.error.kind() == ErrorKind::AlreadyExists => check(path, replace),
        Err(error) => Err(error.error).with_context(failed),
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
