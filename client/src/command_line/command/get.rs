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
/// The key needs the role runner, and the audit log records the read. Strings are printed unchanged, with a line break only on
/// a terminal, and anything else as JSON. To pass secrets to a program, prefer `strongroom run`: it puts them into no
/// argument and no file.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// The secret's name
    name: String,
    /// Print strings as JSON, too: in quotes, with escapes
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
