//! Credentials in headers, and cookies: the session's, and that of a pending single sign-on.
//!
//! To add a cookie, add a [`Cookie`]. Not here: whether a credential is valid, which `service` decides.

use std::net::Ipv4Addr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use url::Url;

use crate::graphql::SessionChange;
use crate::service::Credential;

/// The cookie that carries a session's token.
const SESSION: Cookie<'static> = Cookie { name: "strongroom_session", same_site: "Strict" };

/// The prefix of cookies that travel over TLS only. Browsers then accept them only from this host and for all of its
/// paths: neither a sibling domain nor a page without TLS can plant one.
const PREFIX: &str = "__Host-";

/// A cookie of ours, for all paths, never seen by a script.
pub struct Cookie<'n> {
    /// Its name where there is no TLS.
    pub name: &'n str,
    /// The `SameSite` attribute: whether it is sent when the navigation began at another site.
    pub same_site: &'static str,
}

/// A request's values for a cookie.
#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    /// No cookie.
    Nothing,
    /// One, with this value.
    One(&'a str),
    /// Several: somebody planted one of them, and the server can't tell which.
    Several,
}

impl Cookie<'_> {
    /// Looks for the cookie in a request.
    pub fn find<'a>(&self, headers: &'a HeaderMap, is_secure: bool) -> Found<'a> {
        let mut values = pairs(headers, is_secure)
            .filter(|(name, _)| *name == self.name.as_bytes())
            .map(|(_, value)| std::str::from_utf8(value).unwrap_or_default());
        match (values.next(), values.next()) {
            (None, _) => Found::Nothing,
            (Some(value), None) => Found::One(value),
            (Some(_), Some(_)) => Found::Several,
        }
    }

    /// The `Set-Cookie` that sets it. `until` says when it ends: `Max-Age=600`.
    pub fn set(&self, value: &str, until: &str, is_secure: bool) -> String {
        let Self { name, same_site } = self;
        let (prefix, secure) = if is_secure { (PREFIX, "; Secure") } else { ("", "") };
        format!("{prefix}{name}={value}; Path=/; HttpOnly; SameSite={same_site}; {until}{secure}")
    }
}

/// The names and values of a request's cookies whose names begin with `start`. Browsers send the oldest first.
pub fn cookies<'a>(
    headers: &'a HeaderMap,
    start: &str,
    is_secure: bool,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    pairs(headers, is_secure)
        .filter_map(|(name, value)| Some((std::str::from_utf8(name).ok()?, std::str::from_utf8(value).ok()?)))
        .filter(move |(name, _)| name.starts_with(start))
}

/// The names, without the prefix, and values of those cookies that count. As bytes, because other applications' cookies
/// in the header may not be ASCII.
fn pairs(headers: &HeaderMap, is_secure: bool) -> impl Iterator<Item = (&[u8], &[u8])> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        .filter_map(move |cookie| {
            let cookie = cookie.trim_ascii();
            let cookie = if is_secure { cookie.strip_prefix(PREFIX.as_bytes())? } else { cookie };
            let mut parts = cookie.splitn(2, |byte| *byte == b'=');
            Some((parts.next()?, parts.next()?))
        })
}

/// The credential of a request. A key takes precedence over a session.
pub fn credential(headers: &HeaderMap, public_url: Option<&Url>) -> Credential {
    let mut authorizations = headers.get_all(header::AUTHORIZATION).iter();
    if let Some(value) = authorizations.next() {
        let bearer = value.to_str().ok().and_then(|value| {
            let (scheme, key) = value.trim().split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| key.trim())
        });
        return match bearer {
            Some(key) if !key.is_empty() && authorizations.next().is_none() => Credential::key(key),
            _ => Credential::Malformed,
        };
    }
    match SESSION.find(headers, is_secure(headers, public_url)) {
        Found::Nothing => Credential::Nothing,
        Found::One(token) => Credential::session(token),
        Found::Several => Credential::Ambiguous,
    }
}

/// Tells the browser to set or drop its session cookie.
pub fn apply(change: &SessionChange, is_secure: bool, headers: &mut HeaderMap) {
    if let Ok(cookie) = HeaderValue::try_from(cookie(change, is_secure)) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    if matches!(change, SessionChange::Ended) {
        // Not `cookies`, which would end the sessions of all applications on the same domain; and not `storage`, which
        // holds only the theme and the choice of columns.
        headers.insert(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\""));
    }
}

/// The `Set-Cookie` that starts or ends a session.
pub fn cookie(change: &SessionChange, is_secure: bool) -> String {
    match change {
        SessionChange::Started(logged_in) => {
            let expires = logged_in.expires.format("Expires=%a, %d %b %Y %H:%M:%S GMT");
            SESSION.set(logged_in.token.expose(), &expires.to_string(), is_secure)
        }
        SessionChange::Ended => SESSION.set("", "Max-Age=0", is_secure),
    }
}

/// Whether cookies may travel over TLS only: always, except on the machine itself, where there is no TLS.
pub fn is_secure(headers: &HeaderMap, public_url: Option<&Url>) -> bool {
    public_url.is_some_and(|url| url.scheme() == "https")
        || !headers.get(header::HOST).and_then(|host| host.to_str().ok()).is_some_and(is_loopback)
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
            let found = credential(&headers(header::AUTHORIZATION, value), None);
            assert!(matches!(found, Credential::Malformed), "{value}");
        }
        let mut one = headers(header::AUTHORIZATION, "bearer x");
        assert!(matches!(credential(&one, None), Credential::Key(None)));
        one.append(header::AUTHORIZATION, HeaderValue::from_static("bearer y"));
        assert!(matches!(credential(&one, None), Credential::Malformed));
    }

    #[test]
    fn one_cookie_counts_and_two_are_ambiguous() {
        const PLAIN: &str = "strongroom_session";
        const HOST: &str = "__Host-strongroom_session";
        for (cookies, plain, secure) in [
            (format!("a=b; {PLAIN}=x; c=d"), Found::One("x"), Found::Nothing),
            (format!("a=b;{HOST}=x"), Found::Nothing, Found::One("x")),
            (format!("{PLAIN}=x; {HOST}=y"), Found::One("x"), Found::One("y")),
            (format!("{HOST}=x; {PLAIN}=y; {HOST}=x"), Found::One("y"), Found::Several),
            (format!("{PLAIN}=x; {PLAIN}="), Found::Several, Found::Nothing),
            (format!("é=1; {PLAIN}=x"), Found::One("x"), Found::Nothing),
            (format!("{PLAIN}x=x; x{PLAIN}=x; {PLAIN}"), Found::Nothing, Found::Nothing),
        ] {
            let value = HeaderValue::from_bytes(cookies.as_bytes()).expect("a header's value");
            let headers = HeaderMap::from_iter([(header::COOKIE, value)]);
            assert_eq!(SESSION.find(&headers, false), plain, "{cookies}");
            assert_eq!(SESSION.find(&headers, true), secure, "{cookies}");
        }
        let mut two = headers(header::COOKIE, "strongroom_session=x");
        two.append(header::COOKIE, HeaderValue::from_static("strongroom_session=y"));
        assert_eq!(SESSION.find(&two, false), Found::Several);
    }

    #[test]
    fn only_this_machine_goes_without_tls() {
        for host in ["localhost", "localhost:4300", "127.0.0.1:4300", "127.9.9.9", "[::1]:80", "a.localhost"]
        {
            assert!(!is_secure(&headers(header::HOST, host), None), "{host}");
        }
        for host in ["example.com", "10.0.0.1:4300", "127.0.0.1.example.com", "localhost.example.com", ""] {
            assert!(is_secure(&headers(header::HOST, host), None), "{host}");
        }
        let https = Url::parse("https://secrets.example.com").expect("a URL");
        assert!(is_secure(&headers(header::HOST, "localhost"), Some(&https)));
    }
}
