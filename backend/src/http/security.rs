//! What every answer carries, and which requests are refused before anything else.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use url::Url;

use super::App;
use crate::service::SINGLE_SIGN_ON_CALLBACK;

/// The usual headers. `page` sets its own for caching and its own policy, which is wider than this one for everything
/// else.
const HEADERS: [(HeaderName, &str); 9] = [
    (header::CACHE_CONTROL, "no-store"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"),
];

/// Puts the security headers on every answer, refusals included.
pub async fn set_headers(State(app): State<App>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // Below a path, other applications share the host: the proxy decides whether all of it needs TLS.
    if app.public_url.is_some_and(|url| url.scheme() == "https" && url.path() == "/") {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static("max-age=31536000; includeSubDomains"),
        );
    }
    response
}

pub async fn refuse_other_sites(State(app): State<App>, request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD)
        // Some providers make the browser post their response.
        || request.uri().path() == SINGLE_SIGN_ON_CALLBACK;
    if reads || is_same_site(request.headers(), app.public_url.as_deref()) {
        next.run(request).await
    } else {
        super::error(StatusCode::FORBIDDEN, "Requests from another site's page are refused.")
    }
}

/// Whether a request comes from our own page, or from no page at all.
///
/// Browsers say so themselves with `Sec-Fetch-Site`, which no page can forge and which stays right behind proxies;
/// older ones send `Origin`, to compare with where the request went. Programs send neither.
fn is_same_site(headers: &HeaderMap, public_url: Option<&Url>) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, None) => true,
        (None, Some(origin)) => {
            let Ok(origin) = Url::parse(origin) else {
                return false;
            };
            let went_to =
                text("host").and_then(|host| Url::parse(&format!("{}://{host}", origin.scheme())).ok());
            let ours = |url: &Url| url.origin() == origin.origin() && url.has_host();
            went_to.as_ref().is_some_and(ours) || public_url.is_some_and(ours)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &'static str)], expected: bool) {
        let map = headers
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)))
            .collect();
        let public_url = Url::parse("https://secrets.example.com").expect("a URL");
        assert_eq!(is_same_site(&map, Some(&public_url)), expected, "{headers:?}");
    }

    #[test]
    fn our_page_and_programs_are_let_in_and_other_sites_are_not() {
        check(&[("host", "127.0.0.1:4300")], true);
        check(&[("host", "127.0.0.1:4300"), ("origin", "http://127.0.0.1:4300")], true);
        check(&[("host", "10.0.0.1"), ("origin", "https://secrets.example.com")], true);
        check(&[("host", "127.0.0.1:4300"), ("sec-fetch-site", "same-origin")], true);
        check(&[("host", "127.0.0.1:4300"), ("origin", "http://127.0.0.1:4301")], false);
        check(&[("host", "127.0.0.1:4300"), ("origin", "https://evil.example")], false);
        check(&[("host", "127.0.0.1:4300"), ("origin", "null")], false);
        check(&[("host", "127.0.0.1:4300"), ("sec-fetch-site", "cross-site")], false);
        check(&[("host", "127.0.0.1:4300"), ("sec-fetch-site", "same-site")], false);
    }
}
