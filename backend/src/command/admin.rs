//! `strongroom-server admin …`: administration without a browser, with or without a running server.

use std::io::{IsTerminal as _, Read as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use clap::Subcommand;
use clap::builder::{StringValueParser, TypedValueParser as _};
use strongroom_shared::RoleName;

use crate::domain::clock::parse_time;
use crate::domain::{Checkpoint, EmailAddress, Slug, TeamName, Time};
use crate::service::{Archived, KeptCheckpoint, Service, Verification};

#[derive(Subcommand, Clone, Debug)]
pub enum Command {
    /// Create a team
    CreateTeam {
        /// Its short name: lower-case letters, digits and dashes
        #[arg(long, value_parser = Slug::parse)]
        slug: Slug,
        /// The name people read
        #[arg(long, value_parser = TeamName::parse)]
        name: TeamName,
    },
    /// Add a person to a team
    CreateUser {
        /// The team's slug
        #[arg(long, value_parser = Slug::parse)]
        team: Slug,
        /// The person's email address
        #[arg(long, value_parser = EmailAddress::parse)]
        email: EmailAddress,
        /// administrator, user, read-only, or one of the team's own roles
        #[arg(long, value_parser = StringValueParser::new().map(RoleName))]
        role: RoleName,
        /// A file with the password, `-` for standard input
        #[arg(long, value_name = "FILE")]
        password_file: PathBuf,
    },
    /// Create an API key for a program and print it; it can't be shown again
    CreateKey {
        /// The team's slug
        #[arg(long, value_parser = Slug::parse)]
        team: Slug,
        /// What the key is for
        #[arg(long)]
        name: String,
        /// runner (reads values), read-only, user, administrator, or one of the team's own roles
        #[arg(long, value_parser = StringValueParser::new().map(RoleName))]
        role: RoleName,
        /// The secrets it is limited to: a name, or a prefix such as `DB_*`; can be repeated [default: all]
        #[arg(long, value_name = "PATTERN")]
        secrets: Vec<String>,
        /// When it expires: 90d, 12h [default: never]
        #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
        expires: Option<Duration>,
    },
    /// Give a person a new password and end their sessions
    ResetPassword {
        /// The person's email address
        #[arg(long, value_parser = EmailAddress::parse)]
        email: EmailAddress,
        /// A file with the password, `-` for standard input
        #[arg(long, value_name = "FILE")]
        password_file: PathBuf,
    },
    /// End all sessions of a person; they can log in again
    EndSessions {
        /// The person's email address
        #[arg(long, value_parser = EmailAddress::parse)]
        email: EmailAddress,
    },
    /// Verify and archive the audit logs, and print checkpoints
    #[command(subcommand)]
    Audit(AuditCommand),
}

#[derive(Subcommand, Clone, Debug)]
pub enum AuditCommand {
    /// Verify the logs and name the first entry that was changed, removed or moved
    Verify {
        /// Only the log of this team
        #[arg(long, value_name = "SLUG", value_parser = Slug::parse)]
        team: Option<Slug>,
        /// An earlier line of `audit checkpoint`, `SLUG COUNT HASH`, to detect a tail that was cut off or rewritten; can be
        /// repeated
        #[arg(long, value_name = "LINE", value_parser = parse_checkpoint)]
        checkpoint: Vec<KeptCheckpoint>,
        /// Verify these archives first, the oldest first, and check that the log continues where they end
        #[arg(long, value_name = "FILE", num_args = 1..)]
        archive: Vec<PathBuf>,
    },
    /// Move the oldest entries into a new file and remove them from the store; servers may be running
    Archive {
        /// Archive the entries before this day in UTC, or before this RFC 3339 time
        #[arg(long, value_name = "DATE", value_parser = parse_date)]
        before: Time,
        /// The file to write
        file: PathBuf,
        /// Only the log of this team
        #[arg(long, value_name = "SLUG", value_parser = Slug::parse)]
        team: Option<Slug>,
    },
    /// Print the end of each log, to be kept elsewhere: a line `SLUG COUNT HASH`
    Checkpoint {
        /// Only the log of this team
        #[arg(long, value_name = "SLUG", value_parser = Slug::parse)]
        team: Option<Slug>,
    },
}

impl Command {
    pub const fn creates_store(&self) -> bool {
        matches!(self, Self::CreateTeam { .. })
    }
}

/// Runs a command, and returns the text for standard output.
pub async fn run(service: &Service, command: Command) -> anyhow::Result<String> {
    match command {
        Command::CreateTeam { slug, name } => {
            let team = service.create_team(slug, name).await?;
            Ok(format!("Created the team {} ({}).", team.name.as_str(), team.slug.as_str()))
        }
        Command::CreateUser { team, email, role, password_file } => {
            let is_new = service.create_user(&team, &email, &role, read_password(&password_file)?).await?;
            let kept = if is_new { "" } else { " They already had an account and keep their password." };
            Ok(format!("Added {} to the team {} as {}.{kept}", email.as_str(), team.as_str(), role.0))
        }
        Command::CreateKey { team, name, role, secrets, expires } => {
            let token = service.create_program_key(&team, name, &role, secrets, expires).await?;
            Ok(token.expose().to_owned())
        }
        Command::ResetPassword { email, password_file } => {
            service.reset_password(&email, read_password(&password_file)?).await?;
            Ok(format!("Set a new password for {} and ended all sessions.", email.as_str()))
        }
        Command::EndSessions { email } => {
            service.end_sessions(&email).await?;
            Ok(format!("Ended all sessions of {}.", email.as_str()))
        }
        Command::Audit(command) => run_audit(service, command).await,
    }
}

async fn run_audit(service: &Service, command: AuditCommand) -> anyhow::Result<String> {
    match command {
        AuditCommand::Verify { team, checkpoint, archive } => {
            let found = service.verify_audit_logs(team.as_ref(), &checkpoint, &archive).await?;
            let is_broken = found.iter().any(|verification| verification.broken.is_some());
            let line = |verification: Verification| {
                let (slug, count) = (verification.team.slug.as_str(), verification.end.count);
                match (verification.broken, verification.base.count) {
                    (Some(broken), _) => format!("{slug}: {broken}"),
                    (None, 0) => format!("{slug}: {count} entries, intact"),
                    (None, archived) => {
                        let checked = if verification.has_archives { " and checked" } else { "" };
                        format!("{slug}: {count} entries, intact, {archived} of them archived{checked}")
                    }
                }
            };
            let lines = found.into_iter().map(line).collect::<Vec<_>>().join("\n");
            ensure!(!is_broken, "the audit log is broken\n{lines}");
            Ok(lines)
        }
        AuditCommand::Archive { before, file, team } => {
            let archived = service.archive_audit_logs(before, &file, team.as_ref()).await?;
            if archived.is_empty() {
                return Ok("Nothing to archive: no file was written.".to_owned());
            }
            let line =
                |Archived { count, end }: Archived| format!("Archived {count} entries. Checkpoint: {end}");
            Ok(archived.into_iter().map(line).collect::<Vec<_>>().join("\n"))
        }
        AuditCommand::Checkpoint { team } => {
            let kept = service.list_audit_checkpoints(team.as_ref()).await?;
            Ok(kept.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        }
    }
}

fn parse_checkpoint(text: &str) -> Result<KeptCheckpoint, &'static str> {
    const FORM: &str = "a checkpoint is a line `SLUG COUNT HASH`, as `audit checkpoint` prints it";
    let [slug, count, hash] = text.split_whitespace().collect::<Vec<_>>()[..] else { return Err(FORM) };
    let count = count.parse().ok().filter(|count| *count >= 0).ok_or(FORM)?;
    let hash = hex::decode(hash).ok().filter(|hash| hash.len() == 32).ok_or(FORM)?;
    let slug = Slug::parse(slug).map_err(|_| FORM)?;
    Ok(KeptCheckpoint { slug, checkpoint: Checkpoint { count, hash } })
}

fn parse_date(text: &str) -> Result<Time, &'static str> {
    parse_time(text).ok_or("write a date as 2030-12-31, or a time as 2030-12-31T23:59:59Z")
}

/// Reads a password, without the line break that editors add.
fn read_password(path: &Path) -> anyhow::Result<String> {
    let mut text = zeroize::Zeroizing::new(String::new());
    if path == Path::new("-") {
        let mut stdin = std::io::stdin().lock();
        let read = if stdin.is_terminal() {
            rpassword::prompt_password("Password: ").map(|password| *text = password)
        } else {
            stdin.read_to_string(&mut text).map(drop)
        };
        read.context("the password can't be read from standard input")?;
    } else {
        let mut file = std::fs::File::open(path)
            .with_context(|| format!("the password file {} can't be opened", path.display()))?;
        file.read_to_string(&mut text)
            .with_context(|| format!("the password file {} can't be read", path.display()))?;
    }
    // Some editors start a file with a byte order mark, which no user can type.
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let password = text.lines().next().unwrap_or_default();
    ensure!(text.lines().skip(1).all(str::is_empty), "the password file has more than one line");
    Ok(password.to_owned())
}
