//! The key or the login: its source, whether the server accepts it, and its permissions.

use std::time::{Duration, SystemTime};

use strongroom::settings::{KEY_FILE_VARIABLE, KEY_VARIABLE, Setting, Settings, Source};
use strongroom::{Client, Error, Identity, Login, Permission};

use super::Check;
use super::settings::{ASK_FOR_A_KEY, open_to_others, others_can_read};
use crate::command_line::{output, time};

const DAY: Duration = Duration::from_hours(24);

/// How long before its expiry a key causes a warning.
const SOON: Duration = Duration::from_hours(14 * 24);

const PREFIX: &str = "sr_";

const TOKENS: &str = "`strongroom help login` lists where the token may come from.";

pub fn given(settings: &Settings) -> Vec<Check> {
    let name = "key";
    let Some(key) = &settings.key else {
        if let (Some(role), Some(login)) = (&settings.role, Login::of_settings(settings)) {
            return vec![login_form(role, login.token_source())];
        }
        let advice = format!(
            "{ASK_FOR_A_KEY} Set {KEY_VARIABLE} to it, or {KEY_FILE_VARIABLE} to a file that holds it."
        );
        return vec![Check::error(name, "There is no API key.", advice)];
    };
    let mut checks = vec![key_form(&key.value, &key.source)];
    match &key.source {
        Source::File(path) if settings.file.as_ref() != Some(path) && others_can_read(path) => {
            checks.push(open_to_others(name, path));
        }
        Source::Argument => checks.push(Check::warning(
            name,
            "It is an argument: other users of this machine can see it, and the shell's history keeps it.",
            format!("Put it into a file that only you can read, and use --key-file or {KEY_FILE_VARIABLE}."),
        )),
        _ => {}
    }
    if let Some(role) = &settings.role {
        let message =
            format!("The role {} from {} is not used, because of the key.", role.value, role.source);
        checks.push(Check::ok("login", message));
    }
    checks
}

fn login_form(role: &Setting<String>, token: Option<String>) -> Check {
    let role = format!("Logs in without a key. The role {} is from {}", role.value, role.source);
    match token {
        Some(token) => Check::ok("login", format!("{role}, the token from {token}.")),
        None => Check::error("login", format!("{role}, but there is no token."), TOKENS),
    }
}

fn key_form(key: &str, source: &Source) -> Check {
    if key.trim().starts_with(PREFIX) {
        Check::ok("key", format!("Found in {source}."))
    } else {
        let message = format!("Found in {source}, but it does not begin with {PREFIX} like Strongroom's.");
        Check::warning("key", message, "Is it another service's?")
    }
}

pub async fn examine(client: &Client, identity: strongroom::Result<Identity>, now: SystemTime) -> Vec<Check> {
    let credential = if client.login().is_some() { "login" } else { "key" };
    let identity = match identity {
        Ok(identity) => identity,
        Err(error) => return vec![refused(credential, &error)],
    };
    let Identity { name, team, slug, .. } = &identity;
    let accepted = format!("The server accepts the {credential} {name}, in the team {team} ({slug}).");
    let mut checks = vec![Check::ok("team", accepted)];
    // A login expires soon, and is replaced then.
    if client.login().is_none() {
        checks.push(expiry(identity.expires_at.as_deref(), now));
    }
    checks.push(role(&identity));
    if identity.may(Permission::ReadSecret) {
        checks.push(secrets(credential, identity.secrets.as_deref(), client.secret_names().await));
    }
    checks
}

fn refused(credential: &'static str, error: &Error) -> Check {
    let advice = match error {
        Error::Unauthenticated { .. } if credential == "key" => {
            "It is wrong, truncated, revoked or expired, or another server's. Administrators see the keys on the \
             \"API keys\" page, and can create another."
        }
        Error::LoginRefused { .. } => {
            "Compare the role, the token's audience and its claims with the team's trusts. Administrators can test a \
             token there."
        }
        Error::Token { .. } | Error::Settings(_) => TOKENS,
        Error::Unauthenticated { .. }
        | Error::Unavailable { .. }
        | Error::LoginUnavailable { .. }
        | Error::Unreachable { .. } => "Try again in a moment.",
        _ => "Check the address.",
    };
    Check::error(credential, error.to_string(), advice)
}

fn expiry(expires_at: Option<&str>, now: SystemTime) -> Check {
    let name = "expiry";
    let Some(text) = expires_at else { return Check::ok(name, "The key does not expire.") };
    let Some(end) = time::parse(text) else {
        let message = "The server sends the expiry of the key in an unknown format.";
        return Check::warning(name, message, "Update `strongroom`.");
    };
    let shown = format!("{} UTC", time::exact(text));
    let advice = "Ask an administrator for another key before it expires.";
    match SystemTime::from(end).duration_since(now) {
        Err(_) => Check::error(name, format!("The key has expired: {shown}."), ASK_FOR_A_KEY),
        Ok(left) if left < DAY => {
            Check::warning(name, format!("The key expires in less than a day: {shown}."), advice)
        }
        Ok(left) if left < SOON => {
            let days = usize::try_from(left.as_secs() / DAY.as_secs()).unwrap_or(usize::MAX);
            let left = output::count(days, "day");
            Check::warning(name, format!("The key expires in {left}: {shown}."), advice)
        }
        Ok(_) => Check::ok(name, format!("The key expires at {shown}.")),
    }
}

/// The commands that the role permits.
fn role(identity: &Identity) -> Check {
    let name = "role";
    let may = |permission| identity.may(permission);
    let values = may(Permission::ReadSecretValue);
    let permitted = [
        (may(Permission::ReadSecret), "list, exists"),
        (values, "get, run, export"),
        (may(Permission::CreateSecret) || may(Permission::UpdateSecret), "set, import"),
        (may(Permission::DeleteSecret), "delete"),
        (may(Permission::CreateSecret), "restore"),
    ];
    let permitted = permitted.into_iter().filter_map(|(may, commands)| may.then_some(commands));
    let commands = permitted.collect::<Vec<_>>().join(", ");
    let role = &identity.role;
    if commands.is_empty() {
        let message = format!("The {role} role has no permission for secrets.");
        return Check::warning(name, message, "Ask an administrator for a key with another role.");
    }
    let values = if values { "" } else { " Reading values needs the runner role." };
    Check::ok(name, format!("The {role} role permits {commands}.{values}"))
}

fn secrets(credential: &str, limits: Option<&[String]>, names: strongroom::Result<Vec<String>>) -> Check {
    let name = "secrets";
    let names = match names {
        Ok(names) => names,
        Err(error) => return Check::error(name, error.to_string(), "Try again in a moment."),
    };
    let count = output::count(names.len(), "secret");
    match limits.map(|limits| limits.join(", ")) {
        None if names.is_empty() => {
            Check::ok(name, "The team has none yet. `strongroom set NAME` creates the first.")
        }
        None => Check::ok(name, format!("The {credential} can access all of the team's: {count}.")),
        Some(limits) if names.is_empty() => Check::warning(
            name,
            format!("The {credential} is limited to {limits}, and there is no such secret."),
            format!("Check the names, or ask an administrator to widen the {credential}'s limits."),
        ),
        Some(limits) => Check::ok(name, format!("The {credential} is limited to {limits}: {count}.")),
    }
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;
    use strongroom_shared::Uuid;

    use super::super::plain;
    use super::*;

    #[test]
    fn keys_that_expire_soon_cause_a_warning() {
        let times = [
            "1970-01-15T00:00:01Z", "1970-01-14T23:59:59Z", "1970-01-01T01:00:00+00:00",
            "1969-12-31T00:00:00Z", "soon",
        ];
        let times = [None].into_iter().chain(times.map(Some));
        assert_snapshot!(plain(times.map(|time| expiry(time, SystemTime::UNIX_EPOCH))), @"
        ✓ expiry  The key does not expire.
        ✓ expiry  The key expires at 1970-01-15 00:00 UTC.
        ! expiry  The key expires in 13 days: 1970-01-14 23:59 UTC.
                  → Ask an administrator for another key before it expires.
        ! expiry  The key expires in less than a day: 1970-01-01 01:00 UTC.
                  → Ask an administrator for another key before it expires.
        ✗ expiry  The key has expired: 1969-12-31 00:00 UTC.
                  → Ask an administrator of the team for a key; reading values needs the runner role. It begins with sr_.
        ! expiry  The server sends the expiry of the key in an unknown format.
                  → Update `strongroom`.
        ");
    }

    #[test]
    fn roles_are_shown_by_their_commands() {
        let identity = |permissions: &[Permission]| Identity {
            name: "flows".to_owned(),
            role: "of-ours".to_owned(),
            team: "Acme".to_owned(),
            slug: "acme".to_owned(),
            tenant_id: Uuid::nil(),
            permissions: permissions.iter().map(|permission| permission.as_str().to_owned()).collect(),
            secrets: None,
            expires_at: None,
        };
        let permissions = [
            &[Permission::ReadSecret, Permission::ReadSecretValue][..],
            &[Permission::ReadSecret, Permission::UpdateSecret],
            &[],
        ];
        assert_snapshot!(plain(permissions.map(|permissions| role(&identity(permissions)))), @"
        ✓ role  The of-ours role permits list, exists, get, run, export.
        ✓ role  The of-ours role permits list, exists, set, import. Reading values needs the runner role.
        ! role  The of-ours role has no permission for secrets.
                → Ask an administrator for a key with another role.
        ");
    }

    #[test]
    fn limits_without_a_secret_cause_a_warning() {
        let limits = ["DB_*".to_owned()];
        let found =
            [(None, &["A"][..]), (None, &[]), (Some(&limits[..]), &[]), (Some(&limits[..]), &["DB_A"])];
        let names = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        assert_snapshot!(plain(found.map(|(limits, there)| secrets("key", limits, Ok(names(there))))), @"
        ✓ secrets  The key can access all of the team's: 1 secret.
        ✓ secrets  The team has none yet. `strongroom set NAME` creates the first.
        ! secrets  The key is limited to DB_*, and there is no such secret.
                   → Check the names, or ask an administrator to widen the key's limits.
        ✓ secrets  The key is limited to DB_*: 1 secret.
        ");
    }

    #[test]
    fn each_failure_of_a_login_has_its_own_advice() {
        let role = Setting { value: "acme/deploy".to_owned(), source: Source::Argument };
        let given = [Some("/run/token".to_owned()), None].map(|token| login_form(&role, token));
        let no = || "no".to_owned();
        let ended = Error::Unauthenticated { credential: "login", message: no() };
        let failures = [Error::LoginRefused { message: no() }, ended].map(|error| refused("login", &error));
        assert_snapshot!(plain(given.into_iter().chain(failures)), @"
        ✓ login  Logs in without a key. The role acme/deploy is from an argument, the token from /run/token.
        ✗ login  Logs in without a key. The role acme/deploy is from an argument, but there is no token.
                 → `strongroom help login` lists where the token may come from.
        ✗ login  The server refused the login: no
                 → Compare the role, the token's audience and its claims with the team's trusts. Administrators can test a token there.
        ✗ login  The server does not accept the login: no
                 → Try again in a moment.
        ");
    }

    #[test]
    fn no_key_is_shown() {
        let found = key_form("hunter2", &Source::Argument);
        assert!(!format!("{found:?}").contains("hunter2"));
        assert_snapshot!(plain([found]), @"
        ! key  Found in an argument, but it does not begin with sr_ like Strongroom's.
               → Is it another service's?
        ");
    }
}
