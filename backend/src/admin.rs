//! `strongroom-server admin …`: what an operator does without a browser, beside a running server or before it.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Subcommand;
use strongroom_shared::Role;

use crate::domain::{EmailAddress, Slug, TeamName};
use crate::service::Service;

/// The commands.
#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Make a team
    CreateTeam {
        /// Its short name: lower-case letters, digits and dashes
        #[arg(long)]
        slug: String,
        /// The name people read
        #[arg(long)]
        name: String,
    },
    /// Put a person into a team
    CreateUser {
        /// The team's slug
        #[arg(long)]
        team: String,
        /// The person's e-mail address
        #[arg(long)]
        email: String,
        /// administrator, user or read-only
        #[arg(long, value_parser = parse_role)]
        role: Role,
        /// A file with the password, `-` for standard input
        #[arg(long, value_name = "FILE")]
        password_file: PathBuf,
    },
    /// Make an API key for a program, and print it, once
    CreateKey {
        /// The team's slug
        #[arg(long)]
        team: String,
        /// What the key is for
        #[arg(long)]
        name: String,
        /// runner (reads values), read-only, user or administrator
        #[arg(long, value_parser = parse_role)]
        role: Role,
        /// When it stops working: 90d, 12h [default: never]
        #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
        expires: Option<Duration>,
    },
    /// Give a person a new password and end their sessions
    ResetPassword {
        /// The person's e-mail address
        #[arg(long)]
        email: String,
        /// A file with the password, `-` for standard input
        #[arg(long, value_name = "FILE")]
        password_file: PathBuf,
    },
}

/// Runs a command, and says what to print on standard output.
///
/// # Errors
/// What is wrong, in words for the operator.
pub async fn run(service: &Service, command: Command) -> anyhow::Result<String> {
    match command {
        Command::CreateTeam { slug, name } => {
            let (slug, name) = (parse(Slug::parse(&slug))?, parse(TeamName::parse(&name))?);
            let team = service.create_team(slug, name).await?;
            Ok(format!(
                "Made the team {} ({}).",
                team.name.as_str(),
                team.slug.as_str()
            ))
        }
        Command::CreateUser {
            team,
            email,
            role,
            password_file,
        } => {
            let (team, email) = (parse(Slug::parse(&team))?, parse(EmailAddress::parse(&email))?);
            let is_new = service
                .create_user(&team, &email, role, read_password(&password_file)?)
                .await?;
            let kept = if is_new {
                ""
            } else {
                " They were known already and keep their password."
            };
            Ok(format!(
                "{} is in the team {} as {role}.{kept}",
                email.as_str(),
                team.as_str()
            ))
        }
        Command::CreateKey {
            team,
            name,
            role,
            expires,
        } => {
            let team = parse(Slug::parse(&team))?;
            let token = service.create_program_key(&team, name, role, expires).await?;
            Ok(token.expose().to_owned())
        }
        Command::ResetPassword { email, password_file } => {
            let email = parse(EmailAddress::parse(&email))?;
            service
                .reset_password(&email, read_password(&password_file)?)
                .await?;
            Ok(format!("{} has a new password, and no session.", email.as_str()))
        }
    }
}

fn parse<T>(parsed: Result<T, &'static str>) -> anyhow::Result<T> {
    parsed.map_err(anyhow::Error::msg)
}

fn parse_role(text: &str) -> Result<Role, String> {
    Role::parse(text).ok_or_else(|| {
        let roles: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
        format!("the roles are {}", roles.join(", "))
    })
}

/// Reads a password: the first line, so that an editor's line end is no part of it.
fn read_password(path: &Path) -> anyhow::Result<String> {
    let mut text = zeroize::Zeroizing::new(String::new());
    if path == Path::new("-") {
        std::io::stdin()
            .read_to_string(&mut text)
            .context("the password can't be read from standard input")?;
    } else {
        let mut file = std::fs::File::open(path)
            .with_context(|| format!("the password file {} can't be opened", path.display()))?;
        file.read_to_string(&mut text)
            .with_context(|| format!("the password file {} can't be read", path.display()))?;
    }
    let password = text.lines().next().unwrap_or_default();
    if text.lines().skip(1).any(|line| !line.is_empty()) {
        bail!("the password file has more than one line");
    }
    Ok(password.to_owned())
}
