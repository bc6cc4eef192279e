//! `exists`: says by its exit code whether there is a secret.

use std::process::ExitCode;

use strongroom::Client;

use crate::command_line::{exit, output};

const EXAMPLES: &str = "\
Examples:
  strongroom exists SENTRY_DSN && echo yes
  if ! strongroom exists SALT; then openssl rand -hex 32 | strongroom set SALT; fi";

/// Say by the exit code whether there is a secret
///
/// Ends with 0 if there is one that the key may see, with 1 if not, and prints nothing. With any other code, such as 3 or
/// 4, it is not known. Nothing is recorded as read.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The secret's name
    name: String,
    /// Print true or false as well
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
