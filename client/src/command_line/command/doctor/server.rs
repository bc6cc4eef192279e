//! The server: its address, whether it answers, and its clock.

use std::time::{Duration, SystemTime};

use strongroom::settings::{Settings, Source};
use strongroom::{Client, Error, Obstacle, OutboundError, Probe, Proxy, is_this_machine};
use url::Url;

use super::settings::ASK_FOR_A_KEY;
use super::{Check, key};
use crate::command_line::time;

/// How much this machine's clock may differ from the server's.
const CLOCK: Duration = Duration::from_secs(30);

const TIMEOUT: Duration = Duration::from_secs(10);

/// Checks the server, and with it the key. Returns the client if its settings are usable.
pub async fn examine(settings: &Settings, checks: &mut Vec<Check>) -> Option<Client> {
    let client = match Client::with_settings(settings).timeout(TIMEOUT).retries(1).build() {
        Ok(client) => client,
        Err(error) => {
            match error {
                Error::EmptyKey | Error::MalformedKey => {
                    checks.push(Check::error("key", error.to_string(), ASK_FOR_A_KEY));
                }
                Error::Outbound(error) => {
                    checks.push(outbound(&error));
                    checks.extend(key::given(settings));
                }
                error => {
                    let advice = format!("Correct it in {}.", settings.server.source);
                    checks.push(Check::error("address", error.to_string(), advice));
                }
            }
            return None;
        }
    };
    checks.push(address(&client.server(), &settings.server.source));
    let found = match client.probe().await {
        Ok(found) => found,
        Err(error) => {
            checks.push(unreachable(&error, &client.server(), client.proxy()));
            checks.extend(key::given(settings));
            return Some(client);
        }
    };
    let now = SystemTime::from(time::now());
    checks.push(Check::ok("reachable", format!("{} responds.", client.server())));
    let can_ask =
        settings.key.is_some() || client.login().is_some_and(|login| login.token_source().is_some());
    let identity = if can_ask { Some(client.who_am_i().await) } else { None };
    // Strongroom may be reachable through a proxy that does not pass on the probes.
    let speaks = identity.as_ref().is_some_and(|identity| {
        let Err(error) = identity else { return true };
        matches!(error, Error::Unauthenticated { .. } | Error::Forbidden { .. } | Error::LoginRefused { .. })
    });
    checks.push(answers(&found, speaks));
    checks.extend(found.time.map(|server| clock(server, now)));
    checks.extend(key::given(settings));
    if let Some(identity) = identity.filter(|_| speaks || found.alive) {
        checks.extend(key::examine(&client, identity, now).await);
    }
    Some(client)
}

fn address(server: &str, source: &Source) -> Check {
    let name = "address";
    let found = format!("{server}, from {source}");
    if !Url::parse(server).is_ok_and(|url| url.scheme() == "http" && !is_this_machine(&url)) {
        return Check::ok(name, found);
    }
    let message = format!("{found}: the key and the values are not encrypted on the way.");
    let advice =
        "Use an https:// address. A server without a certificate can be behind a proxy that has one.";
    Check::warning(name, message, advice)
}

fn outbound(error: &OutboundError) -> Check {
    let name = match error {
        OutboundError::NoCertificates { .. } => "certificates",
        OutboundError::Proxy { .. } => "proxy",
        _ => "reachable",
    };
    Check::error(name, sentence(&error.problem()), sentence(&error.remedy()))
}

/// Turns `words`, which may begin with a variable's name, into a sentence.
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
    let Error::Unreachable { obstacle, .. } = error else {
        return Check::error("reachable", message, "Check the address.");
    };
    let advice = match obstacle {
        Obstacle::Certificate => {
            "The certificate is for another name, or this machine does not trust its issuer. Add the issuer's \
             certificate to this machine's, or set SSL_CERT_FILE to a file with it."
        }
        Obstacle::Tls => "Check the scheme and the port: a server without TLS needs http://.",
        Obstacle::Name => "The name can't be resolved. Check its spelling, and whether it needs a VPN.",
        Obstacle::Refused => "Nothing listens there. Check the port, and that the server is running.",
        Obstacle::Timeout => "Check for a firewall in between or a missing VPN.",
        _ => "Check that the address and the port are right, and that the server is running.",
    };
    let Some(proxy) = proxy else { return Check::error("reachable", message, advice) };
    let host = Url::parse(server).ok();
    let host = host.as_ref().and_then(Url::host_str).unwrap_or("the server");
    let advice = format!(
        "{advice} Requests go through {proxy}: check that it is correct and running. Set {}=… to use another, or \
         NO_PROXY={host} to use none.",
        proxy.variable()
    );
    Check::error("reachable", message, advice)
}

/// Whether the server is Strongroom, and ready. `speaks` means that it treats the key like Strongroom.
fn answers(found: &Probe, speaks: bool) -> Check {
    let name = "server";
    if found.alive && found.ready {
        return Check::ok(name, "It is a Strongroom server, and ready.");
    }
    if found.alive {
        let message = "It is a Strongroom server, but not ready: its store is unusable.";
        return Check::error(
            name,
            message,
            "Its log has the reason. After a start or an upgrade, wait a moment.",
        );
    }
    let status = found.status;
    if speaks {
        let message = format!("It is a Strongroom server, but does not answer /healthz (HTTP {status}).");
        let advice = "A proxy does not pass on /healthz and /readyz. Allow them if you monitor the server.";
        return Check::warning(name, message, advice);
    }
    let message = format!("It is not a Strongroom server (HTTP {status}).");
    let advice = match &found.sends_to {
        Some(place) => format!("It redirects to {place}: if that is your server, use that address."),
        None if matches!(status, 502..=504) => {
            "A proxy responds: the server behind it is not running, or unreachable from it.".to_owned()
        }
        None => "Check the address with its port and, behind a proxy, its path.".to_owned(),
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
    let message = format!("This machine's clock is {difference} {direction} the server's.");
    let advice = "Synchronise the clocks (`timedatectl set-ntp true`): certificates, expiry and the audit log depend on them.";
    Check::warning(name, message, advice)
}

#[cfg(test)]
mod tests {
    use insta::assert_snapshot;

    use super::super::{Outcome, plain};
    use super::*;

    #[test]
    fn unencrypted_addresses_elsewhere_cause_a_warning() {
        let checks = [
            ("https://secrets.example.com", Source::Default),
            ("http://127.0.0.1:4300", Source::Default),
            ("http://localhost", Source::Default),
            ("http://[::1]:1", Source::Default),
            ("http://secrets.example.com", Source::Argument),
            ("http://10.0.0.1:4300", Source::Argument),
        ]
        .map(|(server, source)| address(server, &source));
        assert_snapshot!(plain(checks), @"
        ✓ address  https://secrets.example.com, from the default
        ✓ address  http://127.0.0.1:4300, from the default
        ✓ address  http://localhost, from the default
        ✓ address  http://[::1]:1, from the default
        ! address  http://secrets.example.com, from an argument: the key and the values are not encrypted on the way.
                   → Use an https:// address. A server without a certificate can be behind a proxy that has one.
        ! address  http://10.0.0.1:4300, from an argument: the key and the values are not encrypted on the way.
                   → Use an https:// address. A server without a certificate can be behind a proxy that has one.
        ");
    }

    #[test]
    fn each_obstacle_has_its_own_advice() {
        let obstacles = [
            Obstacle::Certificate,
            Obstacle::Tls,
            Obstacle::Name,
            Obstacle::Refused,
            Obstacle::Timeout,
            Obstacle::Other,
        ];
        let advice = obstacles.map(|obstacle| {
            let (server, reason) = ("https://h".to_owned(), String::new());
            let error = Error::Unreachable { server, obstacle, reason, may_have_arrived: false };
            let found = unreachable(&error, "https://h", None);
            assert_eq!(found.outcome, Outcome::Error, "{found:?}");
            found.advice.unwrap_or_default()
        });
        assert_snapshot!(advice.join("\n"), @"
        The certificate is for another name, or this machine does not trust its issuer. Add the issuer's certificate to this machine's, or set SSL_CERT_FILE to a file with it.
        Check the scheme and the port: a server without TLS needs http://.
        The name can't be resolved. Check its spelling, and whether it needs a VPN.
        Nothing listens there. Check the port, and that the server is running.
        Check for a firewall in between or a missing VPN.
        Check that the address and the port are right, and that the server is running.
        ");
        let none = OutboundError::NoCertificates { named: None };
        let proxy = OutboundError::Proxy { variable: "http_proxy", scheme: None, host: "h".to_owned() };
        assert_snapshot!(plain([none, proxy].iter().map(outbound)), @"
        ✗ certificates  There are no CA certificates on this machine, and https needs them.
                        → Install ca-certificates, or name a file in SSL_CERT_FILE.
        ✗ proxy         http_proxy does not name a proxy.
                        → Name one such as http://proxy.example.com:3128, with `/`, `?` and `#` in its password as %2F, %3F and %23, or set NO_PROXY=h to connect directly.
        ");
    }

    #[test]
    fn servers_are_distinguished() {
        let checks = [
            (true, true, 200, false),
            (true, false, 200, true),
            (false, false, 404, true),
            (false, false, 404, false),
            (false, false, 502, false),
            (false, false, 301, false),
        ]
        .map(|(alive, ready, status, speaks)| {
            let mut probe = Probe::default();
            (probe.alive, probe.ready, probe.status) = (alive, ready, status);
            probe.sends_to = (status == 301).then(|| "https://h".to_owned());
            answers(&probe, speaks)
        });
        assert_snapshot!(plain(checks), @"
        ✓ server  It is a Strongroom server, and ready.
        ✗ server  It is a Strongroom server, but not ready: its store is unusable.
                  → Its log has the reason. After a start or an upgrade, wait a moment.
        ! server  It is a Strongroom server, but does not answer /healthz (HTTP 404).
                  → A proxy does not pass on /healthz and /readyz. Allow them if you monitor the server.
        ✗ server  It is not a Strongroom server (HTTP 404).
                  → Check the address with its port and, behind a proxy, its path.
        ✗ server  It is not a Strongroom server (HTTP 502).
                  → A proxy responds: the server behind it is not running, or unreachable from it.
        ✗ server  It is not a Strongroom server (HTTP 301).
                  → It redirects to https://h: if that is your server, use that address.
        ");
    }

    #[test]
    fn clocks_that_differ_by_more_than_half_a_minute_cause_a_warning() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let clocks = [(1000, 1030), (1030, 1000), (1000, 1100), (4600, 1000)];
        assert_snapshot!(plain(clocks.map(|(server, here)| clock(at(server), at(here)))), @"
        ✓ clock  This machine's clock and the server's agree.
        ✓ clock  This machine's clock and the server's agree.
        ! clock  This machine's clock is 1m 40s ahead of the server's.
                 → Synchronise the clocks (`timedatectl set-ntp true`): certificates, expiry and the audit log depend on them.
        ! clock  This machine's clock is 1h behind the server's.
                 → Synchronise the clocks (`timedatectl set-ntp true`): certificates, expiry and the audit log depend on them.
        ");
    }
}
