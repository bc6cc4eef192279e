//! The key: where it is from, whether the server accepts it, and what it may do.

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use strongroom::settings::{KEY_FILE_VARIABLE, KEY_VARIABLE, Settings, Source};
use strongroom::{Client, Error, Identity, Permission};

use super::check::Check;
use super::settings::{ASK_FOR_A_KEY, open_to_others, others_can_read};
use crate::command_line::output;

/// How long before its end a key is worth a word.
const SOON: Duration = Duration::from_hours(14 * 24);

const KEY_BEGINNING: &str = "sr_";

pub fn given(settings: &Settings) -> Vec<Check> {
    let name = "key";
    let Some(key) = &settings.key else {
        return vec![Check::error(
            name,
            "There is no API key.",
            format!(
                "{ASK_FOR_A_KEY} Put it into {KEY_VARIABLE}, or into a file that {KEY_FILE_VARIABLE} names."
            ),
        )];
    };
    let mut checks = vec![key_form(&key.value, &key.source)];
    if let Source::File(path) = &key.source
        && settings.file.as_ref() != Some(path)
        && others_can_read(path)
    {
        checks.push(open_to_others(name, path));
    }
    if key.source == Source::Argument {
        checks.push(Check::warning(
            name,
            "It is an argument: other users of this machine can see it, and it stands in the shell's history.",
            format!("Put it into a file that only you can read, and name that with {KEY_FILE_VARIABLE} or --key-file."),
        ));
    }
    checks
}

fn key_form(key: &str, source: &Source) -> Check {
    if key.trim().starts_with(KEY_BEGINNING) {
        Check::ok("key", format!("There is one, from {source}."))
    } else {
        Check::warning(
            "key",
            format!(
                "There is one, from {source}, but it does not begin with {KEY_BEGINNING} as Strongroom's keys do."
            ),
            "Is it another service's?",
        )
    }
}

pub async fn examine(client: &Client, identity: strongroom::Result<Identity>, now: SystemTime) -> Vec<Check> {
    let identity = match identity {
        Ok(identity) => identity,
        Err(error) => return vec![refused(&error)],
    };
    let Identity { name, team, slug, .. } = &identity;
    let mut checks = vec![
        Check::ok("team", format!("The key {name} is accepted, in the team {team} ({slug}).")),
        expiry(identity.expires_at.as_deref(), now),
        role(&identity),
    ];
    if identity.may(Permission::ReadSecret) {
        checks.push(secrets(identity.secrets.as_deref(), client.secret_names().await));
    }
    checks
}

fn refused(error: &Error) -> Check {
    let advice = match error {
        Error::Unauthenticated { .. } => {
            "It is wrong, cut off, revoked or expired, or another server's. An administrator sees on the page \"API \
             keys\" whether it is there, and makes another."
        }
        Error::Unavailable { .. } | Error::Unreachable { .. } => "Try again in a moment.",
        _ => "Is the address right?",
    };
    Check::error("key", error.to_string(), advice)
}

fn expiry(expires_at: Option<&str>, now: SystemTime) -> Check {
    let name = "expiry";
    let Some(text) = expires_at else {
        return Check::ok(name, "The key does not expire.");
    };
    let Ok(end) = DateTime::parse_from_rfc3339(text) else {
        return Check::warning(
            name,
            "The server says when the key expires, but not as a time.",
            "Update `strongroom`.",
        );
    };
    let end = end.with_timezone(&Utc);
    let shown = end.format("%Y-%m-%d %H:%M UTC");
    let advice = "Ask an administrator for another key before it stops working.";
    match SystemTime::from(end).duration_since(now) {
        Err(_) => Check::error(name, format!("The key has expired: {shown}."), advice),
        Ok(left) if left < SOON => {
            let days = left.as_secs() / (24 * 60 * 60);
            let left = match days {
                0 => "in less than a day".to_owned(),
                1 => "in a day".to_owned(),
                days => format!("in {days} days"),
            };
            Check::warning(name, format!("The key expires {left}: {shown}."), advice)
        }
        Ok(_) => Check::ok(name, format!("The key expires at {shown}.")),
    }
}

/// What the key may do, by the commands that work with it.
fn role(identity: &Identity) -> Check {
    let name = "role";
    let may = |permission| identity.may(permission);
    let mut commands = Vec::new();
    if may(Permission::ReadSecret) {
        commands.extend(["list", "exists"]);
    }
    if may(Permission::ReadSecretValue) {
        commands.extend(["get", "run", "export"]);
    }
    if may(Permission::CreateSecret) || may(Permission::UpdateSecret) {
        commands.extend(["set", "import"]);
    }
    if may(Permission::DeleteSecret) {
        commands.push("delete");
    }
    if may(Permission::CreateSecret) {
        commands.push("restore");
    }
    if commands.is_empty() {
        return Check::warning(
            name,
            format!("{}: it may do nothing with secrets.", identity.role),
            "Ask an administrator for a key with another role.",
        );
    }
    let commands = commands.join(", ");
    let values = if may(Permission::ReadSecretValue) {
        ""
    } else {
        " It may not read values: that takes the role runner."
    };
    Check::ok(name, format!("{}, with which these work: {commands}.{values}", identity.role))
}

fn secrets(limits: Option<&[String]>, names: strongroom::Result<Vec<String>>) -> Check {
    let name = "secrets";
    let names = match names {
        Ok(names) => names,
        Err(error) => return Check::error(name, error.to_string(), "Try again in a moment."),
    };
    let seen = output::count(names.len(), "secret");
    match limits {
        None if names.is_empty() => {
            Check::ok(name, "The team has none yet. `strongroom set NAME` makes the first.")
        }
        None => Check::ok(name, format!("It sees all of the team's: {seen}.")),
        Some(limits) => {
            let limits = limits.join(", ");
            if names.is_empty() {
                Check::warning(
                    name,
                    format!("The key is limited to {limits}, and there is no such secret."),
                    "Check the names, or ask an administrator to widen the key's limits.",
                )
            } else {
                Check::ok(name, format!("The key is limited to {limits}: {seen}."))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use strongroom_shared::Uuid;

    use super::super::check::Outcome;
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    fn identity(permissions: &[Permission]) -> Identity {
        Identity {
            name: "flows".to_owned(),
            role: "of-ours".to_owned(),
            team: "Acme".to_owned(),
            slug: "acme".to_owned(),
            tenant_id: Uuid::nil(),
            permissions: permissions.iter().map(|permission| permission.as_str().to_owned()).collect(),
            secrets: None,
            expires_at: None,
        }
    }

    #[test]
    fn a_key_that_ends_soon_is_worth_a_look() {
        let now = at(0);
        expiry(None, now).assert(Outcome::Ok, "does not expire");
        expiry(Some("1970-01-15T00:00:01Z"), now).assert(Outcome::Ok, "1970-01-15");
        expiry(Some("1970-01-14T23:59:59Z"), now).assert(Outcome::Warning, "in 13 days");
        expiry(Some("1970-01-01T01:00:00+00:00"), now).assert(Outcome::Warning, "less than a day");
        expiry(Some("1969-12-31T00:00:00Z"), now).assert(Outcome::Error, "has expired");
        expiry(Some("soon"), now).assert(Outcome::Warning, "not as a time");
    }

    #[test]
    fn a_role_is_told_by_what_works_with_it() {
        let reader = identity(&[Permission::ReadSecret, Permission::ReadSecretValue]);
        role(&reader).assert(Outcome::Ok, "list, exists, get, run, export.");
        let writer = identity(&[Permission::ReadSecret, Permission::UpdateSecret]);
        role(&writer).assert(Outcome::Ok, "may not read values");
        role(&identity(&[])).assert(Outcome::Warning, "nothing");
    }

    #[test]
    fn a_limit_that_fits_nothing_is_worth_a_look() {
        let limits = ["DB_*".to_owned()];
        secrets(None, Ok(vec!["A".to_owned()])).assert(Outcome::Ok, "1 secret");
        secrets(None, Ok(Vec::new())).assert(Outcome::Ok, "none yet");
        secrets(Some(&limits), Ok(Vec::new())).assert(Outcome::Warning, "DB_*");
        secrets(Some(&limits), Ok(vec!["DB_A".to_owned()])).assert(Outcome::Ok, "DB_*: 1 secret");
    }

    #[test]
    fn no_key_is_shown() {
        let found = key_form("hunter2", &Source::Argument);
        found.assert(Outcome::Warning, "another service's");
        assert!(!format!("{found:?}").contains("hunter2"));
    }
}
