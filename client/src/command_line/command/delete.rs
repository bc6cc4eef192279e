//! `delete`: deletes a secret.

use strongroom::Client;

use crate::command_line::{exit, output};

/// Delete a secret
///
/// It can be restored for 7 days, unless the server has another retention. Then its value is deleted for good.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  strongroom delete OLD_TOKEN
  strongroom restore OLD_TOKEN    restores it")]
pub struct Arguments {
    /// The secret's name
    name: String,
    /// Delete it only if it is at this version
    #[arg(long, value_name = "N")]
    expected_version: Option<i32>,
}

pub async fn run(client: &Client, arguments: Arguments) -> anyhow::Result<()> {
    let name = arguments.name;
    exit::with_outcome(
        client.delete_secret_at(&name, arguments.expected_version).await,
        &format!("{name} is deleted"),
        &format!("{name} is not deleted"),
    )?;
    let typed = output::typed(&name);
    output::note(&format!("Deleted {name}. `strongroom restore {typed}` restores it."));
    Ok(())
}
