//! `restore`: restores a deleted secret.

use strongroom::Client;

use crate::command_line::{exit, output};

/// Restore a deleted secret
///
/// Restores the most recently deleted secret of that name, with its value and history. Fails if a secret of that name exists.
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  strongroom restore OLD_TOKEN")]
pub struct Arguments {
    /// The secret's name
    name: String,
}

pub async fn run(client: &Client, arguments: Arguments) -> anyhow::Result<()> {
    let name = arguments.name;
    exit::with_outcome(
        client.restore_secret(&name).await,
        &format!("{name} is restored"),
        &format!("{name} is not restored"),
    )?;
    output::note(&format!("Restored {name}."));
    Ok(())
}
