//! `whoami`: shows the key's owner and permissions.

use std::fmt::Write as _;

use anstyle::Style;
use serde_json::json;
use strongroom::{Client, Identity, Permission};

use crate::command_line::{output, time};

const BOLD: Style = Style::new().bold();

/// Show the key's owner and permissions
///
/// Shows the key's name, role, team and server, the secrets it is limited to, and when it expires.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  strongroom whoami
  strongroom whoami --json | jq -r .team")]
pub struct Arguments {
    /// Print JSON, for programs
    #[arg(long)]
    json: bool,
}

pub async fn run(client: &Client, arguments: Arguments) -> anyhow::Result<()> {
    let identity = client.who_am_i().await?;
    if !arguments.json {
        return output::styled(&described(&identity, client));
    }
    output::json(&json!({
        "name": identity.name,
        "role": identity.role,
        "team": identity.slug,
        "team_name": identity.team,
        "tenant_id": identity.tenant_id,
        "server": client.server(),
        "secrets": identity.secrets,
        "expires_at": identity.expires_at,
        "permissions": identity.permissions,
    }))
}

fn described(identity: &Identity, client: &Client) -> String {
    let credential = if client.login().is_some() { "login" } else { "key" };
    let secrets = match &identity.secrets {
        None => "all of the team's".to_owned(),
        Some(patterns) => patterns.join(", "),
    };
    let expires = match &identity.expires_at {
        None => "never".to_owned(),
        Some(at) => format!("{} UTC, {}", time::exact(at), time::relative(at, time::now())),
    };
    let mut text = String::new();
    for (label, what) in [
        (credential, &identity.name),
        ("role", &identity.role),
        ("team", &format!("{} ({})", identity.slug, identity.team)),
        ("server", &client.server()),
        ("secrets", &secrets),
        ("expires", &expires),
    ] {
        let _ = writeln!(text, "{BOLD}{label:<7}{BOLD:#}  {}", output::printable(what));
    }
    for (index, permission) in identity.permissions.iter().enumerate() {
        let label = if index == 0 { "may" } else { "" };
        // A newer server may have other permissions.
        let words = Permission::parse(permission).map_or(permission.as_str(), |known| known.describe());
        let _ = writeln!(text, "{BOLD}{label:<7}{BOLD:#}  {}", output::printable(words));
    }
    text
}
