//! `delete`: deletes a secret.

use std::process::ExitCode;

use strongroom::Client;

use crate::command_line::{outcome, output};

const EXAMPLES: &str = "\
Examples:
  strongroom delete OLD_TOKEN
  strongroom restore OLD_TOKEN    brings it back";

/// Delete a secret
///
/// It can be restored for a while: 7 days, unless the server is set otherwise. Then its value is gone for good.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The secret's name
    name: String,
    /// Delete it only if it is at this version
    #[arg(long, value_name = "N")]
    expected_version: Option<i32>,
}

pub async fn run(client: &Client, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let name = arguments.name;
    outcome::told(
        client.delete_secret_at(&name, arguments.expected_version).await,
        &format!("{name} is deleted"),
        &format!("{name} is not deleted"),
    )?;
    let typed = output::typed(&name);
    output::note(&format!("Deleted {name}. For a while, `strongroom restore {typed}` brings it back."));
    Ok(ExitCode::SUCCESS)
}
