//! `doctor`: checks everything on which reading a secret depends, and says how to fix it. Each check is a function from
//! findings to a [`Check`].
//!
//! To add a check: a function that returns a [`Check`], and its line in [`examine`] or in a module below it.

mod check;
mod key;
mod prefect;
mod server;
mod settings;

use std::process::ExitCode;

use serde_json::json;
use strongroom::settings::Settings;

use self::check::{Check, Outcome, shown};
use crate::command_line::output;

/// Check whether this machine can read secrets, and say what to do if not
///
/// Checks the settings, the server, the clock, the key and its permissions, and Prefect's configuration. It changes nothing
/// and reads no value.
#[derive(clap::Args)]
#[command(after_help = "\
✓ OK   ! warning   ✗ error. Exits with 1 if anything is ✗, otherwise with 0.

Examples:
  strongroom doctor
  strongroom doctor --server https://secrets.example.com --key-file ./key
  strongroom doctor --json | jq -r '.checks[] | select(.outcome != \"ok\") | .advice'")]
pub struct Arguments {
    /// Print the checks as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(settings: strongroom::Result<Settings>, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let checks = examine(settings).await;
    let ok = checks.iter().all(|check| check.outcome != Outcome::Error);
    if arguments.json {
        output::json(&json!({"ok": ok, "checks": checks}))?;
    } else {
        output::styled(&shown(&checks))?;
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The checks, in the order of their dependencies, without those that an earlier error rules out.
async fn examine(settings: strongroom::Result<Settings>) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut client = None;
    match settings {
        Err(error) => checks.push(settings::unusable(&error)),
        Ok(settings) => {
            checks.push(settings::file(settings.file.as_deref()));
            client = server::examine(&settings, &mut checks).await;
        }
    }
    let server = client.map(|client| client.server());
    checks.push(prefect::examine(server.as_deref()));
    checks
}
