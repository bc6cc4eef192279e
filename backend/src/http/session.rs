//! Credentials in headers, and cookies: of sessions and of pending single sign-ons.

use std::net::Ipv4Addr;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use url::Url;

use crate::crypto::Token;
use crate::graphql::SessionChange;
use crate::service::Credential;

const SESSION: Cookie<'static> = Cookie { name: "strongroom_session", same_site: "Strict" };

/// The prefix of cookies that are sent over TLS only. Browsers accept them only from this host and for all of its paths, so
/// neither a sibling domain nor a page without TLS can plant one.
const HOST_PREFIX: &str = "__Host-";
/// The prefix below a path, where browsers refuse `__Host-`. A sibling domain can plant such a cookie, but browsers don't
/// send ours to other applications on this host.
const PATH_PREFIX: &str = "__Secure-";
/// The prefix below a path without TLS, where browsers also send the cookies of the whole host.
const PLAIN_PATH_PREFIX: &str = "path-";

/// Where browsers send our cookies: only over TLS or not, and to the whole host or below a path.
#[derive(Clone, Copy, Debug)]
pub struct Scope<'a> {
    is_secure: bool,
    /// Empty for the whole host.
    base: &'a str,
}

impl<'a> Scope<'a> {
    /// The scope of a request's cookies. Only a server on this machine does without TLS.
    pub fn of(headers: &HeaderMap, public_url: Option<&'a Url>) -> Self {
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        Self {
            is_secure: public_url.is_some_and(|url| url.scheme() == "https")
                || !host.is_some_and(is_loopback),
            base: base_path(public_url),
        }
    }

    const fn prefix(self) -> &'static str {
        match (self.is_secure, self.base.is_empty()) {
            (false, true) => "",
            (false, false) => PLAIN_PATH_PREFIX,
            (true, true) => HOST_PREFIX,
            (true, false) => PATH_PREFIX,
        }
    }
}

/// The path of the public URL: empty, or `/strongroom` for example.
pub fn base_path(public_url: Option<&Url>) -> &str {
    public_url.map_or("", |url| url.path().trim_end_matches('/'))
}

/// A cookie of ours, inaccessible to scripts.
pub struct Cookie<'n> {
    /// The name without the prefix.
    pub name: &'n str,
    pub same_site: &'static str,
}

#[derive(Debug, PartialEq, Eq)]
pub enum Found<'a> {
    Nothing,
    One(&'a str),
    /// One of them was planted, and the server can't tell which.
    Several,
}

impl Cookie<'_> {
    pub fn find<'a>(&self, headers: &'a HeaderMap, scope: Scope<'_>) -> Found<'a> {
        let mut values = pairs(headers, scope)
            .filter(|(name, _)| *name == self.name.as_bytes())
            .map(|(_, value)| std::str::from_utf8(value).unwrap_or_default());
        match (values.next(), values.next()) {
            (None, _) => Found::Nothing,
            (Some(value), None) => Found::One(value),
            (Some(_), Some(_)) => Found::Several,
        }
    }

    /// The `Set-Cookie` header; `until` is the lifetime, such as `Max-Age=600`.
    pub fn set(&self, value: &str, until: &str, scope: Scope<'_>) -> String {
        let Self { name, same_site } = self;
        let (prefix, secure) = (scope.prefix(), if scope.is_secure { "; Secure" } else { "" });
        let path = if scope.base.is_empty() { "/" } else { scope.base };
        format!("{prefix}{name}={value}; Path={path}; HttpOnly; SameSite={same_site}; {until}{secure}")
    }
}

/// The names and values of our cookies whose names start with `start`. Browsers send the oldest first.
pub fn cookies<'a>(
    headers: &'a HeaderMap,
    start: &str,
    scope: Scope<'_>,
) -> impl Iterator<Item = (&'a str, &'a str)> {
    pairs(headers, scope)
        .filter_map(|(name, value)| Some((std::str::from_utf8(name).ok()?, std::str::from_utf8(value).ok()?)))
        .filter(move |(name, _)| name.starts_with(start))
}

/// The names, without the prefix, and values of our cookies, in bytes: other applications' cookies may not be ASCII.
fn pairs<'a>(headers: &'a HeaderMap, scope: Scope<'_>) -> impl Iterator<Item = (&'a [u8], &'a [u8])> {
    let prefix = scope.prefix().as_bytes();
    headers
        .get_all(header::COOKIE)
        .iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'))
        .filter_map(move |cookie| {
            let mut parts = cookie.trim_ascii().strip_prefix(prefix)?.splitn(2, |byte| *byte == b'=');
            Some((parts.next()?, parts.next()?))
        })
}

/// The `Authorization` header of a request.
enum Authorization<'a> {
    Nothing,
    Bearer(&'a str),
    OtherScheme,
    Malformed,
}

impl<'a> Authorization<'a> {
    fn of(headers: &'a HeaderMap) -> Self {
        let mut values = headers.get_all(header::AUTHORIZATION).iter();
        match (values.next(), values.next()) {
            (None, _) => Self::Nothing,
            (Some(_), Some(_)) => Self::Malformed,
            (Some(value), None) => {
                let value = value.to_str().unwrap_or_default().trim();
                let (scheme, key) = value.split_once(' ').unwrap_or((value, ""));
                match (scheme.eq_ignore_ascii_case("bearer"), key.trim()) {
                    (false, _) => Self::OtherScheme,
                    (true, "") => Self::Malformed,
                    (true, key) => Self::Bearer(key),
                }
            }
        }
    }
}

/// The credential of a request. A bearer token takes precedence over a session, and a session over another scheme, because a
/// proxy with its own password may forward that.
pub fn credential(headers: &HeaderMap, scope: Scope<'_>) -> Credential {
    let other_scheme = match Authorization::of(headers) {
        Authorization::Malformed => return Credential::Malformed,
        Authorization::Bearer(key) => return Credential::Key(Token::parse(key)),
        Authorization::OtherScheme => true,
        Authorization::Nothing => false,
    };
    match SESSION.find(headers, scope) {
        Found::Nothing if other_scheme => Credential::Malformed,
        Found::Nothing => Credential::Nothing,
        Found::One(token) => Credential::Session(Token::parse(token)),
        Found::Several => Credential::Ambiguous,
    }
}

/// The key of a request to Vault's API, whose own header takes precedence. A session does nothing there.
pub fn vault_credential(headers: &HeaderMap) -> Credential {
    let token = headers.get("x-vault-token").filter(|token| !token.is_empty());
    match (token, Authorization::of(headers)) {
        (Some(token), _) => Credential::Key(token.to_str().ok().and_then(|token| Token::parse(token.trim()))),
        (None, Authorization::Bearer(key)) => Credential::Key(Token::parse(key)),
        (None, Authorization::Nothing) => Credential::Nothing,
        (None, Authorization::OtherScheme | Authorization::Malformed) => Credential::Malformed,
    }
}

pub fn apply(change: &SessionChange, scope: Scope<'_>, headers: &mut HeaderMap) {
    if let Ok(cookie) = HeaderValue::try_from(cookie(change, scope)) {
        headers.insert(header::SET_COOKIE, cookie);
    }
    if matches!(change, SessionChange::Ended) {
        // Not `cookies`, which would end sessions of other applications on the domain, nor `storage`, with the theme.
        headers.insert(HeaderName::from_static("clear-site-data"), HeaderValue::from_static("\"cache\""));
    }
}

pub fn cookie(change: &SessionChange, scope: Scope<'_>) -> String {
    match change {
        SessionChange::Started(logged_in) => {
            let expires = logged_in.expires.format("Expires=%a, %d %b %Y %H:%M:%S GMT");
            SESSION.set(logged_in.token.expose(), &expires.to_string(), scope)
        }
        SessionChange::Ended => SESSION.set("", "Max-Age=0", scope),
    }
}

fn is_loopback(host: &str) -> bool {
    let Ok(url) = Url::parse(&format!("http://{host}/")) else { return false };
    match url.host() {
        Some(url::Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(url::Host::Ipv4(address)) => Ipv4Addr::is_loopback(&address),
        Some(url::Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: header::HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    const PLAIN: Scope<'static> = Scope { is_secure: false, base: "" };
    const SECURE: Scope<'static> = Scope { is_secure: true, base: "" };
    const BELOW: Scope<'static> = Scope { is_secure: true, base: "/strongroom" };

    #[test]
    fn another_authorization_scheme_counts_only_without_a_session() {
        for (value, is_malformed, is_for_a_proxy) in [
            ("sr_x", true, true),
            ("Basic eDp5", true, true),
            ("Negotiate YII=", true, true),
            ("", true, true),
            ("Bearer", true, false),
            ("Bearer ", true, false),
            ("bearer x", false, false),
        ] {
            let mut request = headers(header::AUTHORIZATION, value);
            let found = credential(&request, PLAIN);
            assert_eq!(matches!(found, Credential::Malformed), is_malformed, "{value}");
            assert_eq!(matches!(found, Credential::Key(None)), !is_malformed, "{value}");
            request.append(header::COOKIE, HeaderValue::from_static("strongroom_session=x"));
            let found = credential(&request, PLAIN);
            assert_eq!(matches!(found, Credential::Session(_)), is_for_a_proxy, "{value}");
            request.append(header::AUTHORIZATION, HeaderValue::from_static("bearer y"));
            let found = credential(&request, PLAIN);
            assert!(matches!(found, Credential::Malformed), "{value}, and a second header");
        }
    }

    #[test]
    fn one_cookie_counts_and_two_are_ambiguous() {
        const NAME: &str = "strongroom_session";
        const HOST: &str = "__Host-strongroom_session";
        const PATH: &str = "__Secure-strongroom_session";
        for (cookies, plain, secure, below) in [
            (format!("a=b; {NAME}=x; c=d"), Found::One("x"), Found::Nothing, Found::Nothing),
            (format!("a=b;{HOST}=x; {PATH}=y"), Found::Nothing, Found::One("x"), Found::One("y")),
            (format!("{NAME}=x; {HOST}=y"), Found::One("x"), Found::One("y"), Found::Nothing),
            (format!("{HOST}=x; {NAME}=y; {HOST}=x"), Found::One("y"), Found::Several, Found::Nothing),
            (format!("{NAME}=x; {NAME}=; {PATH}=; {PATH}="), Found::Several, Found::Nothing, Found::Several),
            (format!("é=1; {NAME}=x"), Found::One("x"), Found::Nothing, Found::Nothing),
            (format!("{NAME}x=x; x{NAME}=x; {NAME}"), Found::Nothing, Found::Nothing, Found::Nothing),
        ] {
            let value = HeaderValue::from_bytes(cookies.as_bytes()).expect("a header's value");
            let headers = HeaderMap::from_iter([(header::COOKIE, value)]);
            for (scope, expected) in [(PLAIN, plain), (SECURE, secure), (BELOW, below)] {
                assert_eq!(SESSION.find(&headers, scope), expected, "{cookies} {scope:?}");
            }
        }
        let mut two = headers(header::COOKIE, "strongroom_session=x");
        two.append(header::COOKIE, HeaderValue::from_static("strongroom_session=y"));
        assert_eq!(SESSION.find(&two, PLAIN), Found::Several);
    }

    #[test]
    fn cookies_stay_below_the_path_and_need_tls_except_on_this_machine() {
        let check = |host: &'static str, public_url: Option<&str>, prefix: &str, path: &str| {
            let public_url = public_url.map(|url| Url::parse(url).expect("a URL"));
            let scope = Scope::of(&headers(header::HOST, host), public_url.as_ref());
            let cookie = SESSION.set("x", "Max-Age=1", scope);
            let start = format!("{prefix}strongroom_session=x; Path={path}; ");
            assert!(cookie.starts_with(&start), "{host} {cookie}");
            assert_eq!(cookie.ends_with("; Secure"), prefix.starts_with("__"), "{host} {cookie}");
        };
        for host in ["localhost", "localhost:4300", "127.0.0.1:4300", "127.9.9.9", "[::1]:80", "a.localhost"]
        {
            check(host, None, "", "/");
        }
        for host in ["example.com", "10.0.0.1:4300", "127.0.0.1.example.com", "localhost.example.com", ""] {
            check(host, None, "__Host-", "/");
        }
        check("localhost", Some("https://secrets.example.com"), "__Host-", "/");
        check("localhost", Some("https://example.com/strongroom/"), "__Secure-", "/strongroom");
        check("localhost", Some("http://localhost/a/b"), "path-", "/a/b");
    }
}
