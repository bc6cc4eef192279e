//! `strongroom doctor`: looks at everything that reading a secret depends on, and says what to do about what is wrong.
//!
//! Each check is a function from what was found to a [`Check`]; finding it (files, the server, the time) is the part around
//! them. Nothing is changed, no value is read, and no key is shown.
//!
//! To add a check: a function that makes a [`Check`], its line in [`examine`], and a row in the documentation of the
//! command line.

use std::collections::BTreeSet;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

use anstyle::{AnsiColor, Style};
use chrono::{DateTime, Utc};
use serde::Serialize;
use strongroom::local::{Configuration, Surroundings};
use strongroom::settings::{self, KEY_FILE_VARIABLE, KEY_VARIABLE, Settings, Source};
use strongroom::{Client, Error, Identity, OutboundError, Permission, Probe, Proxy, is_this_machine};
use url::Url;

use crate::command_line::{output, time};

/// How far this machine's clock may be from the server's.
const CLOCK: Duration = Duration::from_secs(30);
/// How long before its end a key is worth a word.
const SOON: Duration = Duration::from_hours(14 * 24);
/// The longest wait for an answer: who asks the doctor does not want to wait for what does not come.
const TIMEOUT: Duration = Duration::from_secs(10);
/// What Strongroom's keys begin with.
const KEY_BEGINNING: &str = "sr_";
const EXAMPLES: &str = "\
✓ is well, ! is worth a look, ✗ has to be put right. Ends with 0, and with 1 if there is a ✗.

Examples:
  strongroom doctor
  strongroom doctor --server https://secrets.example.com --key-file ./key
  strongroom doctor --json | jq -r '.checks[] | select(.outcome != \"well\") | .advice'";

/// Look whether this machine can read secrets, and say what to do if not
///
/// Looks at the settings, the server, the clock, the key and what it may do, and at Prefect's configuration here. Nothing
/// is changed, and no value is read.
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub struct Arguments {
    /// Print the checks as JSON
    #[arg(long)]
    json: bool,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    /// All is well.
    Well,
    /// Worth a look.
    Look,
    /// It has to be put right.
    Wrong,
}

impl Outcome {
    const fn mark(self) -> (char, Style) {
        match self {
            Self::Well => ('✓', AnsiColor::Green.on_default()),
            Self::Look => ('!', AnsiColor::Yellow.on_default().bold()),
            Self::Wrong => ('✗', AnsiColor::Red.on_default().bold()),
        }
    }
}

/// What was looked at, and how it is.
#[derive(Debug, Serialize)]
struct Check {
    /// What was looked at.
    name: &'static str,
    outcome: Outcome,
    /// How it is.
    message: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Check {
    fn well(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Well, message: message.into(), advice: None }
    }

    fn look(name: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { outcome: Outcome::Look, advice: Some(advice.into()), ..Self::well(name, message) }
    }

    fn wrong(name: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { outcome: Outcome::Wrong, ..Self::look(name, message, advice) }
    }
}

/// All of them, for programs.
#[derive(Serialize)]
struct Report<'a> {
    well: bool,
    checks: &'a [Check],
}

/// Looks at everything, at settings that can't be used as well.
///
/// # Errors
/// The result can't be printed.
pub async fn run(settings: strongroom::Result<Settings>, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let checks = examine(settings).await;
    let well = checks.iter().all(|check| check.outcome != Outcome::Wrong);
    if arguments.json {
        output::json(&Report { well, checks: &checks })?;
    } else {
        output::styled(&shown(&checks))?;
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A line for each, and one below with what to do.
fn shown(checks: &[Check]) -> String {
    let width = checks.iter().map(|check| check.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for check in checks {
        let (mark, style) = check.outcome.mark();
        let message = output::printable(&check.message);
        // Writing to a string does not fail.
        let _ = writeln!(text, "{style}{mark}{style:#} {:width$}  {message}", check.name);
        if let Some(advice) = &check.advice {
            let _ = writeln!(text, "  {:width$}  → {}", "", output::printable(advice));
        }
    }
    text
}

/// The checks, in the order in which one depends on the other. What can't be known is left out.
async fn examine(settings: strongroom::Result<Settings>) -> Vec<Check> {
    let mut checks = Vec::new();
    let mut server = None;
    match settings {
        Err(error) => checks.push(unusable_settings(&error)),
        Ok(settings) => {
            checks.push(settings_file(settings.file.as_deref()));
            let usable = examine_server(&settings, &mut checks).await;
            server = usable.map(|client| client.server());
        }
    }
    checks.push(examine_prefect(server.as_deref()));
    checks
}

/// The client, if its settings are usable.
async fn examine_server(settings: &Settings, checks: &mut Vec<Check>) -> Option<Client> {
    let client = match client(settings) {
        Ok(client) => client,
        Err(error @ Error::MalformedKey) => {
            checks.push(Check::wrong("key", error.to_string(), ASK_FOR_A_KEY));
            return None;
        }
        Err(Error::Outbound(error)) => {
            checks.push(outbound(&error));
            checks.extend(key_as_given(settings));
            return None;
        }
        Err(error) => {
            let from = format!("It is from {}.", settings.server.source);
            checks.push(Check::wrong("address", error.to_string(), from));
            return None;
        }
    };
    checks.push(address(&client.server(), &settings.server.source));
    let found = client.probe().await;
    let time = SystemTime::from(time::now());
    let Ok(found) = found.map_err(|error| checks.push(unreachable(&error, &client.server(), client.proxy())))
    else {
        checks.extend(key_as_given(settings));
        return Some(client);
    };
    checks.push(Check::well("reachable", format!("{} answers.", client.server())));
    let identity = match &settings.key {
        Some(_) => Some(client.who_am_i().await),
        None => None,
    };
    // A key that is refused was refused by Strongroom.
    let speaks = identity.as_ref().is_some_and(|identity| match identity {
        Ok(_) => true,
        Err(error) => matches!(error, Error::Unauthenticated { .. } | Error::Forbidden { .. }),
    });
    checks.push(answers(&found, speaks));
    checks.extend(found.time.map(|server| clock(server, time)));
    checks.extend(key_as_given(settings));
    if let Some(identity) = identity.filter(|_| speaks || found.alive) {
        match identity {
            Err(error) => checks.push(refused_key(&error)),
            Ok(identity) => {
                checks.push(Check::well(
                    "team",
                    format!(
                        "The key {} is accepted, in the team {} ({}).",
                        identity.name, identity.team, identity.slug
                    ),
                ));
                checks.push(expiry(identity.expires_at.as_deref(), time));
                checks.push(role(&identity));
                if identity.may(Permission::ReadSecret) {
                    let names = client.secret_names().await;
                    checks.push(secrets(identity.secrets.as_deref(), names));
                }
            }
        }
    }
    Some(client)
}

/// A client that does not wait for long.
fn client(settings: &Settings) -> strongroom::Result<Client> {
    let mut builder = Client::builder(&settings.server.value).timeout(TIMEOUT).retries(1);
    if let Some(key) = &settings.key {
        builder = builder.key(key.value.as_str());
    }
    builder.build()
}

const ASK_FOR_A_KEY: &str =
    "Ask an administrator of the team for a key; one with the role runner reads values. It begins with sr_.";

fn unusable_settings(error: &Error) -> Check {
    let advice = match error {
        Error::Settings(settings::Error::NoKey { .. }) => ASK_FOR_A_KEY,
        Error::Settings(settings::Error::Unreadable { .. }) => {
            "Look whether the path is right, and whether the file is yours (`ls -l`)."
        }
        _ => {
            "A settings file has lines such as server = \"https://secrets.example.com\" and key-file = \"key\"."
        }
    };
    Check::wrong("settings", error.to_string(), advice)
}

fn settings_file(path: Option<&Path>) -> Check {
    let name = "settings";
    let Some(path) = path else {
        let usual = settings::usual_file().map_or_else(String::new, |path| format!(" ({})", path.display()));
        return Check::well(name, format!("There is no settings file{usual}, and none is needed."));
    };
    let holds_key = fs::read_to_string(path).is_ok_and(|text| holds_key(&text));
    if holds_key && others_can_read(path) {
        return open_to_others(name, path);
    }
    Check::well(name, format!("{} is read.", path.display()))
}

fn holds_key(text: &str) -> bool {
    text.parse::<toml::Table>().is_ok_and(|table| table.contains_key("key"))
}

fn open_to_others(name: &'static str, path: &Path) -> Check {
    let path = path.display();
    Check::look(
        name,
        format!("{path} holds a key, and other users of this machine can read it."),
        format!("chmod 600 {}", output::typed(&path.to_string())),
    )
}

#[cfg(unix)]
fn others_can_read(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;

    let real_path = path.canonicalize();
    // The same rule by which the server reads its own files.
    real_path.is_ok_and(|path| {
        path.metadata().is_ok_and(|found| {
            found.is_file() && !strongroom_shared::secret_file::is_private(found.permissions().mode(), &path)
        })
    })
}

/// There, permissions are something else.
#[cfg(not(unix))]
fn others_can_read(_: &Path) -> bool {
    false
}

fn address(server: &str, source: &Source) -> Check {
    let name = "address";
    let found = format!("{server}, from {source}");
    let is_open = Url::parse(server).is_ok_and(|url| url.scheme() == "http" && !is_this_machine(&url));
    if is_open {
        return Check::look(
            name,
            format!("{found}: what is sent there is not encrypted, the key and the values included."),
            "Use an address with https://. Without a certificate of its own, the server can stand behind a proxy that \
             has one.",
        );
    }
    Check::well(name, found)
}

/// The check that reports why no request can be sent.
fn outbound(error: &OutboundError) -> Check {
    let name = match error {
        OutboundError::NoCertificates { .. } => "certificates",
        OutboundError::Proxy { .. } => "proxy",
        _ => "reachable",
    };
    Check::wrong(name, sentence(&error.problem()), sentence(&error.remedy()))
}

/// Turns `words` into a sentence; they may begin with a variable's name.
fn sentence(words: &str) -> String {
    let is_name = words.split(' ').next().is_some_and(|word| word.contains('_'));
    let mut sentence = format!("{words}.");
    if !is_name && let Some(first) = sentence.get_mut(..1) {
        first.make_ascii_uppercase();
    }
    sentence
}

fn unreachable(error: &Error, server: &str, proxy: Option<&Proxy>) -> Check {
    let message = error.to_string();
    let text = message.to_lowercase();
    let advice = if text.contains("certificate") {
        "The address and the certificate don't go together, or this machine does not trust who has issued it. Add the \
         issuer's certificate to this machine's, or set SSL_CERT_FILE to a file with it."
    } else if text.contains("tls") || text.contains("invalid message") || text.contains("corrupt message") {
        "What answers there speaks no TLS. Is it http:// that is meant, or another port?"
    } else if text.contains("lookup") || text.contains("dns") || text.contains("resolve") {
        "The name is not known here. Is it spelled right, and does it need a VPN?"
    } else if text.contains("refused") {
        "Nothing listens there. Is the server running (`strongroom-server`), and is the port right?"
    } else if text.contains("too long") {
        "Look whether a firewall or a missing VPN is in between."
    } else {
        "Look whether the address and the port are right, and whether the server is running."
    };
    let Some(proxy) = proxy else { return Check::wrong("reachable", message, advice) };
    let host = Url::parse(server).ok();
    let host = host.as_ref().and_then(Url::host_str).unwrap_or("the server");
    let advice = format!(
        "{advice} Requests go through {proxy}: check that it is correct and running. {}=… names another, and \
         NO_PROXY={host} makes them go straight.",
        proxy.variable()
    );
    Check::wrong("reachable", message, advice)
}

/// Whether what answers is Strongroom, and can do its work. `speaks`: to the key it answers as Strongroom does.
fn answers(found: &Probe, speaks: bool) -> Check {
    let name = "server";
    if found.alive && found.ready {
        return Check::well(name, "It is a Strongroom server, and ready.");
    }
    if found.alive {
        return Check::wrong(
            name,
            "It is a Strongroom server, but not ready: it can't use its store.",
            "Whoever runs it finds the reason in its log. After a start or an upgrade it may take a moment.",
        );
    }
    if speaks {
        return Check::look(
            name,
            format!(
                "It is a Strongroom server, but /healthz is answered by something else (status {}).",
                found.status
            ),
            "A proxy in front of it does not pass /healthz and /readyz on: whoever watches the server may want them.",
        );
    }
    let message = format!("What answers is no Strongroom server (status {}).", found.status);
    let advice = match &found.sends_to {
        Some(place) => format!("It redirects to {place}: if that is your server, use that address."),
        None if matches!(found.status, 502..=504) => {
            "A proxy answers in its place: the server behind it is not running, or can't be reached from there.".to_owned()
        }
        None => "Is the address right, with the port and, behind a proxy, the path?".to_owned(),
    };
    Check::wrong(name, message, advice)
}

fn clock(server: SystemTime, here: SystemTime) -> Check {
    let name = "clock";
    let (difference, direction) = match here.duration_since(server) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(error) => (error.duration(), "behind"),
    };
    if difference <= CLOCK {
        return Check::well(name, "This machine's clock and the server's agree.");
    }
    let difference = humantime::format_duration(Duration::from_secs(difference.as_secs()));
    Check::look(
        name,
        format!("This machine's clock is {difference} {direction} the server's."),
        "Set the clocks by the network (`timedatectl set-ntp true`): certificates, expiry and the audit log go by them.",
    )
}

/// What can be said of the key without the server.
fn key_as_given(settings: &Settings) -> Vec<Check> {
    let name = "key";
    let Some(key) = &settings.key else {
        return vec![Check::wrong(
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
        checks.push(Check::look(
            name,
            "It is an argument: other users of this machine can see it, and it stands in the shell's history.",
            format!("Put it into a file that only you can read, and name that with {KEY_FILE_VARIABLE} or --key-file."),
        ));
    }
    checks
}

fn key_form(key: &str, source: &Source) -> Check {
    if key.trim().starts_with(KEY_BEGINNING) {
        Check::well("key", format!("There is one, from {source}."))
    } else {
        Check::look(
            "key",
            format!(
                "There is one, from {source}, but it does not begin with {KEY_BEGINNING} as Strongroom's keys do."
            ),
            "Is it another service's?",
        )
    }
}

fn refused_key(error: &Error) -> Check {
    let advice = match error {
        Error::Unauthenticated { .. } => {
            "It is wrong, cut off, revoked or expired, or another server's. An administrator sees on the page \"API \
             keys\" whether it is there, and makes another."
        }
        Error::Unavailable { .. } | Error::Unreachable { .. } => "Try again in a moment.",
        _ => "Is the address right?",
    };
    Check::wrong("key", error.to_string(), advice)
}

fn expiry(expires_at: Option<&str>, now: SystemTime) -> Check {
    let name = "expiry";
    let Some(text) = expires_at else {
        return Check::well(name, "The key does not expire.");
    };
    let Ok(end) = DateTime::parse_from_rfc3339(text) else {
        return Check::look(
            name,
            "The server says when the key expires, but not as a time.",
            "Update `strongroom`.",
        );
    };
    let end = end.with_timezone(&Utc);
    let shown = end.format("%Y-%m-%d %H:%M UTC");
    let advice = "Ask an administrator for another key before it stops working.";
    match SystemTime::from(end).duration_since(now) {
        Err(_) => Check::wrong(name, format!("The key has expired: {shown}."), advice),
        Ok(left) if left < SOON => {
            let days = left.as_secs() / (24 * 60 * 60);
            let left = match days {
                0 => "in less than a day".to_owned(),
                1 => "in a day".to_owned(),
                days => format!("in {days} days"),
            };
            Check::look(name, format!("The key expires {left}: {shown}."), advice)
        }
        Ok(_) => Check::well(name, format!("The key expires at {shown}.")),
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
        return Check::look(
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
    Check::well(name, format!("{}, with which these work: {commands}.{values}", identity.role))
}

fn secrets(limits: Option<&[String]>, names: strongroom::Result<Vec<String>>) -> Check {
    let name = "secrets";
    let names = match names {
        Ok(names) => names,
        Err(error) => return Check::wrong(name, error.to_string(), "Try again in a moment."),
    };
    let seen = output::count(names.len(), "secret");
    match limits {
        None if names.is_empty() => {
            Check::well(name, "The team has none yet. `strongroom set NAME` makes the first.")
        }
        None => Check::well(name, format!("It sees all of the team's: {seen}.")),
        Some(limits) => {
            let limits = limits.join(", ");
            if names.is_empty() {
                Check::look(
                    name,
                    format!("The key is limited to {limits}, and there is no such secret."),
                    "Look whether the secrets are called so, or ask an administrator to change what the key sees.",
                )
            } else {
                Check::well(name, format!("The key is limited to {limits}: {seen}."))
            }
        }
    }
}

/// Prefect's own settings on this machine, where there are any. `server`: the server's address, where it is known.
fn examine_prefect(server: Option<&str>) -> Check {
    let is_used = env::vars_os().any(|(name, _)| name.to_string_lossy().starts_with("PREFECT__"))
        || env::home_dir().is_some_and(|home| home.join(".prefect").is_dir());
    if !is_used {
        return Check::well("prefect", "It has no settings here, and needs none with `strongroom run`.");
    }
    match Configuration::load(&Surroundings::of_process()) {
        Err(error) => {
            let error = anyhow::Error::from(error);
            Check::wrong(
                "prefect",
                format!("Its settings can't be used: {error:#}."),
                "A Prefect program fails here as well: put that place right.",
            )
        }
        Ok(configuration) => prefect(&Prefect::of(&configuration), server),
    }
}

/// What of Prefect's settings matters for secrets.
#[derive(Debug, Default)]
struct Prefect {
    asks_api: bool,
    backend: String,
    api: String,
    has_key: bool,
    local: BTreeSet<String>,
}

impl Prefect {
    fn of(configuration: &Configuration) -> Self {
        let backend = configuration.backend().unwrap_or_default();
        Self {
            asks_api: backend == "cloud" && !configuration.uses_local_secrets(),
            backend: backend.to_owned(),
            api: configuration.api().unwrap_or_default().to_owned(),
            has_key: configuration.api_key().is_some(),
            local: configuration.secrets().map(|(name, _)| name.to_owned()).collect(),
        }
    }
}

fn prefect(found: &Prefect, server: Option<&str>) -> Check {
    let name = "prefect";
    let local = match found.local.len() {
        0 => String::new(),
        number => {
            format!(" {} set here, and these go before the server's.", output::count(number, "local secret"))
        }
    };
    // Only the place: what stands around it may be secret.
    let place = |address: &str| Url::parse(address).ok().map(|url| url.origin().ascii_serialization());
    let api = place(&found.api);
    let is_here = api.is_some() && api == server.and_then(place);
    let api = api.unwrap_or_else(|| "no address".to_owned());
    if !found.asks_api {
        if is_here {
            let setting = if found.backend == "cloud" {
                "PREFECT__CLOUD__USE_LOCAL_SECRETS=false"
            } else {
                "PREFECT__BACKEND=cloud and PREFECT__CLOUD__USE_LOCAL_SECRETS=false"
            };
            return Check::look(
                name,
                format!("Its API is this server, but a program does not ask it for secrets.{local}"),
                format!("Set {setting}, or start programs with `strongroom run`."),
            );
        }
        return Check::well(
            name,
            format!(
                "A program looks for secrets on this machine only: start it with `strongroom run`.{local}"
            ),
        );
    }
    if !is_here {
        return Check::look(
            name,
            format!(
                "A program asks {api} for secrets, which is not the server that `strongroom` asks.{local}"
            ),
            "If it should ask this one, set PREFECT__CLOUD__API to its address.",
        );
    }
    if !found.has_key {
        return Check::wrong(
            name,
            format!("A program asks this server for secrets, but without a key.{local}"),
            "Set PREFECT__CLOUD__API_KEY to a key with the role runner, or start programs with `strongroom run`.",
        );
    }
    Check::well(name, format!("A program asks this server for secrets, with a key.{local}"))
}

#[cfg(test)]
mod tests {
    use strongroom_shared::Uuid;

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

    fn check(found: &Check, outcome: Outcome, part: &str) {
        let text = format!("{} {}", found.message, found.advice.as_deref().unwrap_or_default());
        assert_eq!(found.outcome, outcome, "{text}");
        assert!(text.contains(part), "{text}");
        assert_eq!(
            found.advice.is_none(),
            outcome == Outcome::Well,
            "what is not well says what to do: {text}"
        );
    }

    #[test]
    fn only_what_leaves_the_machine_in_the_open_is_worth_a_look() {
        for safe in
            ["https://secrets.example.com", "http://127.0.0.1:4300", "http://localhost", "http://[::1]:1"]
        {
            check(&address(safe, &Source::Default), Outcome::Well, "the default");
        }
        for open in ["http://secrets.example.com", "http://10.0.0.1:4300"] {
            check(&address(open, &Source::Argument), Outcome::Look, "not encrypted");
        }
    }

    #[test]
    fn each_way_not_to_be_reached_has_its_own_advice() {
        let of = |reason: &str| {
            let error = Error::Unreachable {
                server: "https://h".to_owned(),
                reason: reason.to_owned(),
                may_have_arrived: false,
            };
            unreachable(&error, "https://h", None)
        };
        check(&of("invalid peer certificate: UnknownIssuer"), Outcome::Wrong, "SSL_CERT_FILE");
        check(&of("failed to lookup address information"), Outcome::Wrong, "spelled right");
        check(&of("Connection refused (os error 111)"), Outcome::Wrong, "Nothing listens");
        check(&of("it takes too long"), Outcome::Wrong, "firewall");
        let none = outbound(&OutboundError::NoCertificates { named: None });
        check(&none, Outcome::Wrong, "Install ca-certificates, or name a file in SSL_CERT_FILE.");
        let host = "h".to_owned();
        let unusable = outbound(&OutboundError::Proxy { variable: "http_proxy", scheme: None, host });
        check(&unusable, Outcome::Wrong, "http_proxy does not name a proxy. Name one");
    }

    fn probe(alive: bool, ready: bool, status: u16) -> Probe {
        let mut probe = Probe::default();
        (probe.alive, probe.ready, probe.status) = (alive, ready, status);
        probe
    }

    #[test]
    fn what_answers_is_told_apart() {
        check(&answers(&probe(true, true, 200), false), Outcome::Well, "ready");
        check(&answers(&probe(true, false, 200), true), Outcome::Wrong, "store");
        check(&answers(&probe(false, false, 404), true), Outcome::Look, "/healthz");
        check(&answers(&probe(false, false, 404), false), Outcome::Wrong, "address right");
        check(&answers(&probe(false, false, 502), false), Outcome::Wrong, "proxy");
        let mut elsewhere = probe(false, false, 301);
        elsewhere.sends_to = Some("https://h".to_owned());
        check(&answers(&elsewhere, false), Outcome::Wrong, "use that address");
    }

    #[test]
    fn clocks_that_differ_by_more_than_half_a_minute_are_worth_a_look() {
        check(&clock(at(1000), at(1030)), Outcome::Well, "agree");
        check(&clock(at(1030), at(1000)), Outcome::Well, "agree");
        check(&clock(at(1000), at(1100)), Outcome::Look, "1m 40s ahead of");
        check(&clock(at(4600), at(1000)), Outcome::Look, "1h behind");
    }

    #[test]
    fn a_key_that_ends_soon_is_worth_a_look() {
        let now = at(0);
        check(&expiry(None, now), Outcome::Well, "does not expire");
        check(&expiry(Some("1970-01-15T00:00:01Z"), now), Outcome::Well, "1970-01-15");
        check(&expiry(Some("1970-01-14T23:59:59Z"), now), Outcome::Look, "in 13 days");
        check(&expiry(Some("1970-01-01T01:00:00+00:00"), now), Outcome::Look, "less than a day");
        check(&expiry(Some("1969-12-31T00:00:00Z"), now), Outcome::Wrong, "has expired");
        check(&expiry(Some("soon"), now), Outcome::Look, "not as a time");
    }

    #[test]
    fn a_role_is_told_by_what_works_with_it() {
        let reader = identity(&[Permission::ReadSecret, Permission::ReadSecretValue]);
        check(&role(&reader), Outcome::Well, "list, exists, get, run, export.");
        let writer = identity(&[Permission::ReadSecret, Permission::UpdateSecret]);
        check(&role(&writer), Outcome::Well, "may not read values");
        check(&role(&identity(&[])), Outcome::Look, "nothing");
    }

    #[test]
    fn a_limit_that_fits_nothing_is_worth_a_look() {
        let limits = ["DB_*".to_owned()];
        check(&secrets(None, Ok(vec!["A".to_owned()])), Outcome::Well, "1 secret");
        check(&secrets(None, Ok(Vec::new())), Outcome::Well, "none yet");
        check(&secrets(Some(&limits), Ok(Vec::new())), Outcome::Look, "DB_*");
        check(&secrets(Some(&limits), Ok(vec!["DB_A".to_owned()])), Outcome::Well, "DB_*: 1 secret");
    }

    #[test]
    fn no_key_is_shown() {
        let found = key_form("hunter2", &Source::Argument);
        check(&found, Outcome::Look, "another service's");
        assert!(!format!("{found:?}").contains("hunter2"));
    }

    #[test]
    fn a_key_in_the_settings_file_is_seen_whether_it_counts_or_not() {
        assert!(holds_key("server = \"https://h\"\nkey = \"sr_x\""));
        assert!(!holds_key("key-file = \"key\""));
    }

    #[test]
    fn prefects_settings_are_put_beside_ours() {
        let server = Some("http://127.0.0.1:4300");
        let of = |asks_api, backend: &str, api: &str, has_key| Prefect {
            asks_api,
            backend: backend.to_owned(),
            api: api.to_owned(),
            has_key,
            local: BTreeSet::new(),
        };
        let here = "http://127.0.0.1:4300/graphql";
        check(&prefect(&of(true, "cloud", here, true), server), Outcome::Well, "with a key");
        check(&prefect(&of(true, "cloud", here, false), server), Outcome::Wrong, "without a key");
        check(
            &prefect(&of(false, "cloud", here, true), server),
            Outcome::Look,
            "Set PREFECT__CLOUD__USE_LOCAL",
        );
        check(&prefect(&of(false, "server", here, true), server), Outcome::Look, "PREFECT__BACKEND=cloud");
        let elsewhere = of(true, "cloud", "https://user:hunter2@api.prefect.io", true);
        let found = prefect(&elsewhere, server);
        check(&found, Outcome::Look, "https://api.prefect.io");
        assert!(!format!("{found:?}").contains("hunter2"));
        check(
            &prefect(&of(false, "server", "http://localhost:4200", false), server),
            Outcome::Well,
            "strongroom run",
        );
    }

    #[test]
    fn what_is_shown_has_a_line_for_each_check_and_one_for_what_to_do() {
        let checks = [Check::well("a", "well."), Check::wrong("longer", "bad\u{1b}[2J.", "Do it.")];
        let text = anstream::adapter::strip_str(&shown(&checks)).to_string();
        assert_eq!(text, "✓ a       well.\n✗ longer  bad‹U+001B›[2J.\n          → Do it.\n");
    }
}
