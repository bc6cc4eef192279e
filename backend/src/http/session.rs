//! Credentials in headers, and the session's cookie.

use std::net::Ipv4Addr;

use axum::http::{HeaderMap, header};
use url::Url;

use crate::graphql::SessionChange;
use crate::service::Credential;

const COOKIE: &str = "strongroom_session";

/// What a request shows for itself. A key goes before a cookie.
pub fn credential(headers: &HeaderMap) -> Credential {
    if let Some(value) = headers.get(header::AUTHORIZATION) {
        let bearer = value.to_str().ok().and_then(|value| {
            let (scheme, key) = value.trim().split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
        });
        return match bearer {
            Some(key) if !key.is_empty() => Credential::key(key),
            _ => Credential::Malformed,
        };
    }
    find_cookie(headers, COOKIE).map_or(Credential::Nothing, Credential::session)
}

/// The value of a cookie.
pub fn find_cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|cookie| cookie.trim().strip_prefix(name)?.strip_prefix('='))
}

/// The `Set-Cookie` that makes or ends a session.
pub fn cookie(change: &SessionChange, secure: bool) -> String {
    let secure = if secure { "; Secure" } else { "" };
    let attributes = format!("Path=/; HttpOnly; SameSite=Strict{secure}");
    match change {
        SessionChange::Started(logged_in) => {
            let expires = logged_in.expires.format("%a, %d %b %Y %H:%M:%S GMT");
            format!(
                "{COOKIE}={}; {attributes}; Expires={expires}",
                logged_in.token.expose()
            )
        }
        SessionChange::Ended => format!("{COOKIE}=; {attributes}; Max-Age=0"),
    }
}

/// Whether the cookie may only travel over TLS: always, but on the machine itself, where there is no TLS.
pub fn is_secure(headers: &HeaderMap, public_url: Option<&Url>) -> bool {
    public_url.is_some_and(|url| url.scheme() == "https")
        || !headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .is_some_and(is_loopback)
}

/// Whether a `Host` header names this machine.
fn is_loopback(host: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{host}/")) else {
        return false;
    };
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => Ipv4Addr::is_loopback(&address),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_scheme_other_than_bearer_is_malformed_and_not_ignored() {
        for value in ["sr_x", "Basic eDp5", "Bearer", "Bearer ", ""] {
            let found = credential(&headers(header::AUTHORIZATION, value));
            assert!(matches!(found, Credential::Malformed), "{value}");
        }
        assert!(matches!(
            credential(&headers(header::AUTHORIZATION, "bearer x")),
            Credential::Key(None)
        ));
    }

    #[test]
    fn the_session_is_found_among_other_cookies() {
        let found = credential(&headers(header::COOKIE, "a=b; strongroom_session=x; c=d"));
        assert!(matches!(found, Credential::Session(None)));
        assert!(matches!(
            credential(&headers(header::COOKIE, "strongroom_sessionx=x")),
            Credential::Nothing
        ));
    }

    #[test]
    fn only_this_machine_goes_without_tls() {
        for host in [
            "localhost",
            "localhost:4300",
            "127.0.0.1:4300",
            "127.9.9.9",
            "[::1]:80",
            "a.localhost",
        ] {
            assert!(!is_secure(&headers(header::HOST, host), None), "{host}");
        }
        for host in [
            "example.com",
            "10.0.0.1:4300",
            "127.0.0.1.example.com",
            "localhost.example.com",
            "",
        ] {
            assert!(is_secure(&headers(header::HOST, host), None), "{host}");
        }
        let https = Url::parse("https://secrets.example.com").expect("a URL");
        assert!(is_secure(&headers(header::HOST, "localhost"), Some(&https)));
    }
}
