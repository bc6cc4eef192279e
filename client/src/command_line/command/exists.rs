//! `exists`: tests whether a secret exists.

use std::process::ExitCode;

use strongroom::Client;

use crate::command_line::{exit, output};

/// Test whether a secret exists
///
/// Exits with 0 if it exists and the key can access it, otherwise with 1, and prints nothing. Any other code, such as 3 or 4,
/// is an error. The audit log records no read.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  strongroom exists SENTRY_DSN && echo yes
  if ! strongroom exists SALT; then openssl rand -hex 32 | strongroom set SALT; fi")]
pub struct Arguments {
    /// The secret's name
    name: String,
    /// Also print true or false
    #[arg(long)]
    json: bool,
}

pub async fn run(client: &Client, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let exists = client.secret_names().await?.contains(&arguments.name);
    if arguments.json {
        output::json(&exists)?;
    }
    Ok(if exists { ExitCode::SUCCESS } else { ExitCode::from(exit::NO) })
}
