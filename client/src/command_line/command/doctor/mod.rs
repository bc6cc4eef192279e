//! `strongroom doctor`: checks everything that reading a secret depends on, and says how to fix what is wrong.
//!
//! Each check is a function from what was found to a [`Check`]; finding it (files, the server, the time) is the part around
//! them. Nothing is changed, no value is read, and no key is shown.
//!
//! To add a check: a function that makes a [`Check`], its line in [`examine`] or below, and a row in the documentation of
//! the command line.

mod check;
mod key;
mod prefect;
mod server;
mod settings;

use std::process::ExitCode;

use serde::Serialize;
use strongroom::settings::Settings;

use self::check::{Check, Outcome, shown};
use crate::command_line::output;

const EXAMPLES: &str = "\
✓ OK   ! warning   ✗ error. Exits with 1 if anything is ✗, otherwise with 0.

Examples:
  strongroom doctor
  strongroom doctor --server https://secrets.example.com --key-file ./key
  strongroom doctor --json | jq -r '.checks[] | select(.outcome != \"ok\") | .advice'";

/// Check whether this machine can read secrets, and say what to do if not
///
/// Checks the settings, the server, the clock, the key and what it may do, and Prefect's configuration. Nothing is
/// changed, and no value is read.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Print the checks as JSON
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Report<'a> {
    ok: bool,
    checks: &'a [Check],
}

/// Settings that can't be used are a finding, too.
pub async fn run(settings: strongroom::Result<Settings>, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let checks = examine(settings).await;
    let ok = checks.iter().all(|check| check.outcome != Outcome::Error);
    if arguments.json {
        output::json(&Report { ok, checks: &checks })?;
    } else {
        output::styled(&shown(&checks))?;
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The checks, in the order in which one depends on the other. What can't be known is left out.
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
