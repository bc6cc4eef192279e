//! `login`: logs in with a workload's own identity, and prints the login's token.

use strongroom::Client;

use crate::command_line::output;

/// Log in with a workload's own identity, and print the login token
///
/// A workload that has an identity of its own, such as a job in GitHub Actions or GitLab or a pod in Kubernetes, needs no
/// API key: it logs in with a token that its platform issues. The role is one of the team's trusts, as `TEAM/NAME`. The login
/// token works as a key for at most an hour. Other commands don't need it: with a role, they log in by themselves.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  STRONGROOM_KEY=$(strongroom login --role acme/deploy) && export STRONGROOM_KEY
  strongroom run --role acme/deploy -- ./deploy
      Logs in by itself.

Sources of the workload's token, in order of precedence:
  file            --jwt-file, STRONGROOM_JWT_FILE, `jwt-file` in the configuration file; in
                  Kubernetes, that of a projected token
  variable        STRONGROOM_ID_TOKEN, such as an ID token of GitLab
  GitHub Actions  with the permission `id-token: write`. The audience is the server's address,
                  or STRONGROOM_AUDIENCE")]
pub struct Arguments;

pub async fn run(client: &Client) -> anyhow::Result<()> {
    let mut token = client.log_in().await?;
    token.push('\n');
    output::exactly(token.as_bytes())
}
