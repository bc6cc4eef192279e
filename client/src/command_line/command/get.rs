//! `get`: prints a value.

use strongroom::Client;
use strongroom_formats::plain_text;
use zeroize::Zeroizing;

use crate::command_line::output;

/// Print a secret's value
///
/// The key needs the runner role, and the audit log records the read. Strings are printed unchanged, with a line break
/// only on a terminal, and anything else as JSON. To pass secrets to a program, prefer `strongroom run`, which puts them
/// into no argument and no file.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  strongroom get DATABASE_PASSWORD
  psql \"$(strongroom get DATABASE_URL)\"
  strongroom get TLS_KEY > key.pem
  strongroom get DATABASE | jq -r .user")]
pub struct Arguments {
    /// The secret's name
    name: String,
    /// Print strings as JSON, too: in quotes, with escapes
    #[arg(long)]
    json: bool,
}

pub async fn run(client: &Client, arguments: Arguments) -> anyhow::Result<()> {
    let value = client.secret_value(&arguments.name).await?;
    let mut text =
        if arguments.json { Zeroizing::new(value.value().to_string()) } else { plain_text(&value) };
    if arguments.json || (output::is_terminal() && !text.ends_with('\n')) {
        text.push('\n');
    }
    output::exactly(text.as_bytes())
}
