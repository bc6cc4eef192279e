//! `import`: sets all secrets of a file, or none. The server compares them, so that unchanged secrets stay as they are, and
//! secrets that changed since the preview are not overwritten.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use anyhow::{Context as _, anyhow, bail};
use serde_json::json;
use strongroom::local::{Configuration, Surroundings};
use strongroom::{Client, Error, ImportChange, Json, SecretChange};
use strongroom_formats::{self as formats, Contents, Format, Invalid, Secrets, check, prefect};
use strongroom_shared::SecretName;

use crate::command_line::{exit, input, lookalike, output, time};

const SHOWN: usize = 20;

/// Set all secrets of a file, or none
///
/// Shows the new, overwritten and unchanged secrets, asks, and sets all of them in one step. If one of them changes in between,
/// nothing is imported. Unchanged secrets stay as they are, so an import can be repeated.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  strongroom import .env                        shows a preview, and asks
  strongroom import ~/.prefect/config.toml
  strongroom import secrets.json --dry-run
  sops -d secrets.json | strongroom import - --format json --yes

Formats, by the file's name or --format:
  env      .env, .env.*, *.env: NAME=value, comments, '…' and \"…\". Nothing is
           substituted, every value is a string, and lines that dotenv, Node,
           python-dotenv or Docker Compose would read differently are refused
  json     *.json: an object; each value is any JSON
  toml     *.toml: strings, numbers, booleans, arrays and tables, as JSON
  prefect  *.toml with [context.secrets]: as Prefect on this machine reads them")]
pub struct Arguments {
    /// The file; `-` is standard input
    file: PathBuf,
    /// The format, if the file's name does not determine it
    #[arg(long, value_name = "FORMAT", value_parser = input::format(&Format::ALL))]
    format: Option<Format>,
    /// Don't ask
    #[arg(long, short)]
    yes: bool,
    /// Only show a preview
    #[arg(long, short = 'n')]
    dry_run: bool,
    /// Print the changes as JSON, for programs
    #[arg(long)]
    json: bool,
}

pub async fn run(client: &Client, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let can_ask = input::is_terminal() && !input::is_standard_input(&arguments.file);
    if !can_ask && !arguments.yes && !arguments.dry_run {
        let reason = if input::is_standard_input(&arguments.file) {
            ", because standard input is the file"
        } else {
            " without a terminal"
        };
        return Err(exit::usage(format!(
            "Can't ask for confirmation{reason}: pass --yes to import, or --dry-run to preview."
        )));
    }
    let secrets = read(&arguments)?;
    check_limits(&secrets)?;
    warn(&secrets);
    if secrets.is_empty() {
        return report(&arguments, &Changes::default(), false);
    }

    if arguments.yes && !arguments.dry_run {
        let changes = import(client, &secrets, None).await?;
        return report(&arguments, &changes, true);
    }
    let wait = output::wait("comparing");
    let preview = client.preview_import(&secrets).await;
    wait.finish_and_clear();
    let preview = preview.map_err(|error| named(error, &secrets))?;
    let changes = Changes::of(&preview.changes);
    if arguments.dry_run || changes.number() == 0 {
        return report(&arguments, &changes, false);
    }

    output::say(changes.listed(SHOWN).trim_end());
    let question = format!("Import {}?", output::count(changes.number(), "secret"));
    if !input::confirm(&question)? {
        output::note("Nothing was imported.");
        if arguments.json {
            changes.print(false)?;
        }
        return Ok(ExitCode::from(exit::NO));
    }
    let changes = import(client, &secrets, preview.state).await?;
    report(&arguments, &changes, true)
}

async fn import(client: &Client, secrets: &Secrets, state: Option<String>) -> anyhow::Result<Changes> {
    let wait = output::wait("importing");
    let payload = client.import_secrets(secrets, state).await;
    wait.finish_and_clear();
    let payload = exit::with_outcome(
        payload.map_err(|error| named(error, secrets)),
        "the secrets were imported (all or none; the import can be repeated)",
        "Nothing was imported",
    )?;
    lookalike::warn(client, secrets.iter().map(|(name, _)| name.as_str())).await;
    Ok(Changes::of(&payload.changes))
}

/// Names the secret that the server refers to by number.
fn named(error: Error, secrets: &Secrets) -> Error {
    if let Error::Refused { message } = &error
        && let Some((index, rule)) = formats::import::refused_secret(message)
        && let Some((name, _)) = secrets.get(index)
    {
        return Error::Refused { message: format!("the secret {name}: {rule}") };
    }
    error
}

fn read(arguments: &Arguments) -> anyhow::Result<Secrets> {
    let path = &arguments.file;
    let is_standard_input = input::is_standard_input(path);
    let Some(format) = arguments.format.or_else(|| Format::of_name(path)) else {
        let others = if is_standard_input { "json or toml" } else { "json, toml or prefect" };
        let name = name_of(path);
        return Err(exit::usage(format!("The format of {name} is unknown: add --format env, {others}.")));
    };
    if format == Format::Prefect {
        if is_standard_input {
            return Err(exit::usage("Prefect's configuration is read from a file, not from standard input."));
        }
        return read_prefect(path);
    }
    let text = input::text(path, input::Content::Secrets)?;
    if is_standard_input && text.is_empty() {
        bail!("Nothing was given on standard input. Did the command before it fail?");
    }
    if arguments.format.is_none() && format == Format::Toml && prefect::is_meant(path.to_str(), &text) {
        return read_prefect(path);
    }
    let contents = formats::read(&text, format);
    if let Ok(contents) = &contents {
        warn_of_escapes(path, &contents.escapes);
    }
    contents.and_then(Contents::secrets).with_context(|| name_of(path))
}

/// The secrets of Prefect's `config.toml`, as Prefect on this machine reads them, so that a flow gets the same values from the
/// server as from the file.
fn read_prefect(path: &Path) -> anyhow::Result<Secrets> {
    let configuration = Configuration::of_file(path, &Surroundings::of_process())?;
    let mut secrets = Secrets::new();
    for (name, value) in configuration.secrets() {
        let value = value.to_json().map_err(|error| Invalid::secret(name, error.to_string()))?;
        secrets.push((name.to_owned(), Json::new(value)));
    }
    Ok(secrets)
}

fn warn_of_escapes(path: &Path, lines: &[usize]) {
    if lines.is_empty() {
        return;
    }
    let name = name_of(path);
    let lines: Vec<String> = lines.iter().map(ToString::to_string).collect();
    let lines = output::list(&lines.iter().map(String::as_str).collect::<Vec<_>>());
    output::warn(&format!(
        "{name}: programs disagree about the backslash of `\\\"`, `\\\\`, `\\$` and a backslash before a backquote in double \
         quotes. Here it is removed, as by shells. Lines: {lines}."
    ));
}

fn name_of(path: &Path) -> String {
    if input::is_standard_input(path) { "standard input".to_owned() } else { path.display().to_string() }
}

/// Refuses invalid input before sending anything.
fn check_limits(secrets: &Secrets) -> anyhow::Result<()> {
    for (index, (name, _)) in secrets.iter().enumerate() {
        // Don't repeat an invalid name: it may be a value pasted into the wrong place.
        SecretName::parse(name.as_str())
            .with_context(|| format!("The name of secret {} of the file", index + 1))?;
    }
    let secrets = secrets.iter().map(|(name, value)| (name.as_str(), value));
    formats::import::check_size(secrets).map_err(|rule| anyhow!(rule))
}

fn warn(secrets: &Secrets) {
    let now = time::seconds();
    let hints = secrets.iter().filter_map(|(name, value)| Some((name, check::describe(name, value, now)?)));
    let hints: Vec<_> = hints.collect();
    for (name, hint) in hints.iter().take(SHOWN) {
        output::warn(&format!("The value of {name} {hint}. It is stored as given."));
    }
    if hints.len() > SHOWN {
        output::warn(&format!("The same applies to {} more.", output::count(hints.len() - SHOWN, "value")));
    }
}

#[derive(Default)]
struct Changes {
    created: Vec<String>,
    overwritten: Vec<String>,
    unchanged: Vec<String>,
}

impl Changes {
    fn of(changes: &[SecretChange]) -> Self {
        let names = |kind| {
            changes.iter().filter(|change| change.change == kind).map(|change| change.name.clone()).collect()
        };
        Self {
            created: names(ImportChange::Created),
            overwritten: names(ImportChange::Overwritten),
            unchanged: names(ImportChange::Unchanged),
        }
    }

    const fn number(&self) -> usize {
        self.created.len() + self.overwritten.len()
    }

    fn listed(&self, shown: usize) -> String {
        let mut text = String::new();
        for (kind, names, sign, style) in [
            ("new", &self.created, '+', AnsiColor::Green.on_default()),
            ("overwritten", &self.overwritten, '~', AnsiColor::Yellow.on_default()),
            ("unchanged", &self.unchanged, '=', Style::new().dimmed()),
        ] {
            let _ = writeln!(text, "{kind}: {}", names.len());
            for name in names.iter().take(shown) {
                let _ = writeln!(text, "  {style}{sign} {}{style:#}", output::printable(name));
            }
            if names.len() > shown {
                let _ = writeln!(text, "  … and {} more", names.len() - shown);
            }
        }
        text
    }

    fn print(&self, imported: bool) -> anyhow::Result<()> {
        output::json(&json!({
            "created": self.created,
            "overwritten": self.overwritten,
            "unchanged": self.unchanged,
            "imported": imported,
        }))
    }
}

fn report(arguments: &Arguments, changes: &Changes, done: bool) -> anyhow::Result<ExitCode> {
    let number = changes.number();
    let done = done && number > 0;
    if arguments.json {
        changes.print(done)?;
    } else if arguments.dry_run {
        let shown = if output::is_terminal() { SHOWN } else { usize::MAX };
        output::styled(&changes.listed(shown))?;
    }
    let unchanged = changes.unchanged.len();
    output::note(&if number == 0 && unchanged == 0 {
        format!("There are no secrets in {}.", name_of(&arguments.file))
    } else if number == 0 {
        format!("Nothing to import: {} unchanged.", output::count(unchanged, "secret"))
    } else if done {
        format!(
            "Imported {}: {} new, {} overwritten; {unchanged} {} unchanged.",
            output::count(number, "secret"),
            changes.created.len(),
            changes.overwritten.len(),
            if unchanged == 1 { "was" } else { "were" },
        )
    } else {
        "This is a preview: nothing was imported.".to_owned()
    });
    Ok(ExitCode::SUCCESS)
}
