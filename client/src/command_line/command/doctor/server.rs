//! The server: its address, whether it answers, and its clock.

use std::time::{Duration, SystemTime};

use strongroom::settings::{Settings, Source};
use strongroom::{Client, Error, Obstacle, OutboundError, Probe, Proxy, is_this_machine};
use url::Url;

use super::check::Check;
use super::key;
use super::settings::ASK_FOR_A_KEY;
use crate::command_line::time;

/// How far this machine's clock may be from the server's.
const CLOCK: Duration = Duration::from_secs(30);

const TIMEOUT: Duration = Duration::from_secs(10);

/// Checks the server, and the key by what the server says of it. Returns the client, if its settings are usable.
pub async fn examine(settings: &Settings, checks: &mut Vec<Check>) -> Option<Client> {
    let client = match Client::with_settings(settings).timeout(TIMEOUT).retries(1).build() {
        Ok(client) => client,
        Err(error) => {
            match error {
                Error::MalformedKey => checks.push(Check::error("key", error.to_string(), ASK_FOR_A_KEY)),
                Error::Outbound(error) => {
                    checks.push(outbound(&error));
                    checks.extend(key::given(settings));
                }
                error => {
                    let advice = format!("It is from {}.", settings.server.source);
                    checks.push(Check::error("address", error.to_string(), advice));
                }
            }
            return None;
        }
    };
    checks.push(address(&client.server(), &settings.server.source));
    let found = client.probe().await;
    let time = SystemTime::from(time::now());
    let found = match found {
        Ok(found) => found,
        Err(error) => {
            checks.push(unreachable(&error, &client.server(), client.proxy()));
            checks.extend(key::given(settings));
            return Some(client);
        }
    };
    checks.push(Check::ok("reachable", format!("{} answers.", client.server())));
    let identity = match &settings.key {
        Some(_) => Some(client.who_am_i().await),
        None => None,
    };
    // A key that is refused was refused by Strongroom.
    let speaks = identity.as_ref().is_some_and(|identity| {
        matches!(identity, Ok(_) | Err(Error::Unauthenticated { .. } | Error::Forbidden { .. }))
    });
    checks.push(answers(&found, speaks));
    checks.extend(found.time.map(|server| clock(server, time)));
    checks.extend(key::given(settings));
    if let Some(identity) = identity.filter(|_| speaks || found.alive) {
        checks.extend(key::examine(&client, identity, time).await);
    }
    Some(client)
}

fn address(server: &str, source: &Source) -> Check {
    let name = "address";
    let found = format!("{server}, from {source}");
    let is_open = Url::parse(server).is_ok_and(|url| url.scheme() == "http" && !is_this_machine(&url));
    if is_open {
        return Check::warning(
            name,
            format!("{found}: what is sent there is not encrypted, the key and the values included."),
            "Use an address with https://. Without a certificate of its own, the server can stand behind a proxy that \
             has one.",
        );
    }
    Check::ok(name, found)
}

fn outbound(error: &OutboundError) -> Check {
    let name = match error {
        OutboundError::NoCertificates { .. } => "certificates",
        OutboundError::Proxy { .. } => "proxy",
        _ => "reachable",
    };
    Check::error(name, sentence(&error.problem()), sentence(&error.remedy()))
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
    let obstacle = match error {
        Error::Unreachable { obstacle, .. } => *obstacle,
        _ => Obstacle::Other,
    };
    let advice = match obstacle {
        Obstacle::Certificate => {
            "The address and the certificate don't match, or this machine does not trust the certificate's issuer. Add \
             the issuer's certificate to this machine's, or set SSL_CERT_FILE to a file with it."
        }
        Obstacle::Tls => "That port does not speak TLS. Did you mean http://, or a different port?",
        Obstacle::Name => "The name is not known here. Is it spelled right, and does it need a VPN?",
        Obstacle::Refused => {
            "Nothing listens there. Is the server running (`strongroom-server`), and is the port right?"
        }
        Obstacle::Timeout => "Check whether a firewall or a missing VPN is in between.",
        _ => "Check that the address and the port are right, and that the server is running.",
    };
    let Some(proxy) = proxy else { return Check::error("reachable", message, advice) };
    let host = Url::parse(server).ok();
    let host = host.as_ref().and_then(Url::host_str).unwrap_or("the server");
    let advice = format!(
        "{advice} Requests go through {proxy}: check that it is correct and running. {}=… names another, and \
         NO_PROXY={host} makes them go straight.",
        proxy.variable()
    );
    Check::error("reachable", message, advice)
}

/// Whether what answers is Strongroom, and can do its work. `speaks`: to the key it answers as Strongroom does.
fn answers(found: &Probe, speaks: bool) -> Check {
    let name = "server";
    if found.alive && found.ready {
        return Check::ok(name, "It is a Strongroom server, and ready.");
    }
    if found.alive {
        return Check::error(
            name,
            "It is a Strongroom server, but not ready: it can't use its store.",
            "Whoever runs it finds the reason in its log. After a start or an upgrade it may take a moment.",
        );
    }
    if speaks {
        return Check::warning(
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
    Check::error(name, message, advice)
}

fn clock(server: SystemTime, here: SystemTime) -> Check {
    let name = "clock";
    let (difference, direction) = match here.duration_since(server) {
        Ok(ahead) => (ahead, "ahead of"),
        Err(error) => (error.duration(), "behind"),
    };
    if difference <= CLOCK {
        return Check::ok(name, "This machine's clock and the server's agree.");
    }
    let difference = humantime::format_duration(Duration::from_secs(difference.as_secs()));
    Check::warning(
        name,
        format!("This machine's clock is {difference} {direction} the server's."),
        "Set the clocks by the network (`timedatectl set-ntp true`): certificates, expiry and the audit log go by them.",
    )
}

#[cfg(test)]
mod tests {
    use super::super::check::Outcome;
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
    }

    #[test]
    fn only_what_leaves_the_machine_in_the_open_is_worth_a_look() {
        for safe in
            ["https://secrets.example.com", "http://127.0.0.1:4300", "http://localhost", "http://[::1]:1"]
        {
            address(safe, &Source::Default).assert(Outcome::Ok, "the default");
        }
        for open in ["http://secrets.example.com", "http://10.0.0.1:4300"] {
            address(open, &Source::Argument).assert(Outcome::Warning, "not encrypted");
        }
    }

    #[test]
    fn each_obstacle_has_its_own_advice() {
        for (obstacle, advice) in [
            (Obstacle::Certificate, "SSL_CERT_FILE"),
            (Obstacle::Tls, "http://"),
            (Obstacle::Name, "spelled right"),
            (Obstacle::Refused, "Nothing listens"),
            (Obstacle::Timeout, "firewall"),
            (Obstacle::Other, "running"),
        ] {
            let (server, reason) = ("https://h".to_owned(), String::new());
            let error = Error::Unreachable { server, obstacle, reason, may_have_arrived: false };
            unreachable(&error, "https://h", None).assert(Outcome::Error, advice);
        }
        let none = outbound(&OutboundError::NoCertificates { named: None });
        none.assert(Outcome::Error, "Install ca-certificates, or name a file in SSL_CERT_FILE.");
        let host = "h".to_owned();
        let unusable = outbound(&OutboundError::Proxy { variable: "http_proxy", scheme: None, host });
        unusable.assert(Outcome::Error, "http_proxy does not name a proxy. Name one");
    }

    fn probe(alive: bool, ready: bool, status: u16) -> Probe {
        let mut probe = Probe::default();
        (probe.alive, probe.ready, probe.status) = (alive, ready, status);
        probe
    }

    #[test]
    fn what_answers_is_told_apart() {
        answers(&probe(true, true, 200), false).assert(Outcome::Ok, "ready");
        answers(&probe(true, false, 200), true).assert(Outcome::Error, "store");
        answers(&probe(false, false, 404), true).assert(Outcome::Warning, "/healthz");
        answers(&probe(false, false, 404), false).assert(Outcome::Error, "address right");
        answers(&probe(false, false, 502), false).assert(Outcome::Error, "proxy");
        let mut elsewhere = probe(false, false, 301);
        elsewhere.sends_to = Some("https://h".to_owned());
        answers(&elsewhere, false).assert(Outcome::Error, "use that address");
    }

    #[test]
    fn clocks_that_differ_by_more_than_half_a_minute_are_worth_a_look() {
        clock(at(1000), at(1030)).assert(Outcome::Ok, "agree");
        clock(at(1030), at(1000)).assert(Outcome::Ok, "agree");
        clock(at(1000), at(1100)).assert(Outcome::Warning, "1m 40s ahead of");
        clock(at(4600), at(1000)).assert(Outcome::Warning, "1h behind");
    }
}
