//! `get`: prints a value.

use std::process::ExitCode;

use serde_json::Value;
use strongroom::Client;
use zeroize::Zeroizing;

use crate::command_line::output;

const EXAMPLES: &str = "\
Examples:
  strongroom get DATABASE_PASSWORD
  psql \"$(strongroom get DATABASE_URL)\"
  strongroom get TLS_KEY > key.pem
  strongroom get DATABASE | jq -r .user";

/// Print a secret's value
///
/// Takes a key with the role runner, and is in the audit log. Text is printed as it is, with a line break after it only
/// on a terminal; anything else is printed as JSON. To give a program its secrets, prefer `strongroom run`: they then
/// stand in no argument and no file.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The secret's name
    name: String,
    /// Print text as JSON, too: in quotes, with escapes
    #[arg(long)]
    json: bool,
}

pub async fn run(client: &Client, arguments: Arguments) -> anyhow::Result<ExitCode> {
    let value = client.secret_value(&arguments.name).await?;
    let mut text = match value.value() {
        Value::String(text) if !arguments.json => Zeroizing::new(text.clone()),
        other => Zeroizing::new(other.to_string()),
    };
    if arguments.json || (output::is_terminal() && !text.ends_with('\n')) {
        text.push('\n');
    }
    output::exactly(text.as_bytes())?;
    Ok(ExitCode::SUCCESS)
}
