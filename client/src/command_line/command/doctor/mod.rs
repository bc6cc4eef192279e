//! `doctor`: checks everything on which reading a secret depends, and says how to fix it. Each check is a function from
//! findings to a [`Check`].
//!
//! To add a check: a function that returns a [`Check`], and its line in [`examine`] or in a module below it.

mod key;
mod prefect;
mod server;
mod settings;

use std::fmt::Write as _;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::json;
use strongroom::settings::Settings;

use crate::command_line::output;

/// Check whether this machine can read secrets, and say what to do if it can't
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

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Ok,
    Warning,
    Error,
}

impl Outcome {
    const fn mark(self) -> (char, Style) {
        match self {
            Self::Ok => ('✓', AnsiColor::Green.on_default()),
            Self::Warning => ('!', AnsiColor::Yellow.on_default().bold()),
            Self::Error => ('✗', AnsiColor::Red.on_default().bold()),
        }
    }
}

#[derive(Debug, Serialize)]
pub struct Check {
    name: &'static str,
    pub outcome: Outcome,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Check {
    pub fn ok(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Ok, message: message.into(), advice: None }
    }

    pub fn warning(name: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { outcome: Outcome::Warning, advice: Some(advice.into()), ..Self::ok(name, message) }
    }

    pub fn error(name: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { outcome: Outcome::Error, ..Self::warning(name, message, advice) }
    }
}

pub fn shown(checks: &[Check]) -> String {
    let width = checks.iter().map(|check| check.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for check in checks {
        let (mark, style) = check.outcome.mark();
        let message = output::printable(&check.message);
        // Writing to a string can't fail.
        let _ = writeln!(text, "{style}{mark}{style:#} {:width$}  {message}", check.name);
        if let Some(advice) = &check.advice {
            let _ = writeln!(text, "  {:width$}  → {}", "", output::printable(advice));
        }
    }
    text
}

/// The output for these checks, without colours.
#[cfg(test)]
fn plain(checks: impl IntoIterator<Item = Check>) -> String {
    let checks: Vec<Check> = checks.into_iter().collect();
    anstream::adapter::strip_str(&shown(&checks)).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_have_a_line_each_and_one_for_advice() {
        let checks = [Check::ok("a", "well."), Check::error("longer", "bad\u{1b}[2J.", "Do it.")];
        let text = plain(checks);
        assert!(text.ends_with('\n'), "a snapshot ignores the last line break: {text:?}");
        insta::assert_snapshot!(text, @"
        ✓ a       well.
        ✗ longer  bad‹U+001B›[2J.
                  → Do it.
        ");
    }
}
