//! `delete`: deletes secrets, all or none.

use strongroom::Client;

use crate::command_line::{exit, input, output};

/// Delete secrets, all or none
///
/// They can be restored for 7 days, unless the server is configured otherwise. After that, their values are purged.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  strongroom delete OLD_TOKEN
  strongroom restore OLD_TOKEN    restores it
  strongroom delete OLD_A OLD_B   deletes both, or none")]
pub struct Arguments {
    /// The secrets' names
    #[arg(required = true, value_name = "NAME")]
    names: Vec<String>,
    /// Delete a single secret only if it is at this version
    #[arg(long, value_name = "N", value_parser = input::version, allow_hyphen_values = true)]
    expected_version: Option<i32>,
}

pub async fn run(client: &Client, arguments: Arguments) -> anyhow::Result<()> {
    let Arguments { names, expected_version } = arguments;
    let (what, verb) = output::subject(&names);
    let deleted = match &names[..] {
        [name] => client.delete_secret_at(name, expected_version).await,
        _ if expected_version.is_some() => {
            return Err(exit::usage("--expected-version is for a single secret."));
        }
        names => client.delete_secrets(names).await,
    };
    exit::with_outcome(deleted, &format!("{what} {verb} deleted"), &format!("Could not delete {what}"))?;
    let it = if names.len() == 1 { "it" } else { "them" };
    let typed = output::typed_arguments(&names);
    output::note(&format!("Deleted {what}. `strongroom restore {typed}` restores {it}."));
    Ok(())
}
