//! `restore`: restores deleted secrets, all or none.

use strongroom::Client;

use crate::command_line::{exit, output};

/// Restore deleted secrets, all or none
///
/// Restores the most recently deleted secret of each name, with its value and history. Fails if a secret of that name exists.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  strongroom restore OLD_TOKEN
  strongroom restore OLD_A OLD_B")]
pub struct Arguments {
    /// The secrets' names
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
}

pub async fn run(client: &Client, arguments: Arguments) -> anyhow::Result<()> {
    let names = arguments.names;
    let (what, verb) = output::subject(&names);
    let restored = match &names[..] {
        [name] => client.restore_secret(name).await,
        names => client.restore_secrets(names).await,
    };
    exit::with_outcome(restored, &format!("{what} {verb} restored"), &format!("Could not restore {what}"))?;
    output::note(&format!("Restored {what}."));
    Ok(())
}
