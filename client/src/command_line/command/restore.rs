//! `restore`: brings back a secret that was deleted.

use std::process::ExitCode;

use strongroom::Client;

use crate::command_line::{outcome, output};

const EXAMPLES: &str = "\
Example:
  strongroom restore OLD_TOKEN";

/// Bring back a deleted secret
///
/// With its value and its history. Of several that had this name, the one that was deleted last. Not where there is a new
/// secret of that name.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The secret's name
    name: String,
}

pub async fn run(client: &Client, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let name = arguments.name;
    outcome::told(
        client.restore_secret(&name).await,
        &format!("{name} is restored"),
        &format!("{name} is not restored"),
    )?;
    output::note(&format!("Restored {name}."));
    Ok(ExitCode::SUCCESS)
}
