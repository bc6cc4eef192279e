//! Security headers, and the refusal of requests from other sites.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use url::Url;

use super::{App, events, kv};
use crate::service::SINGLE_SIGN_ON_CALLBACK;

/// The default headers. `page` sets its own for caching and a wider content security policy.
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

const OTHER_SITE: &str = "Requests from another site's page are refused.";

/// Refuses requests from other sites' pages, and puts the security headers on every answer.
pub async fn guard(State(app): State<Arc<App>>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    // The browser sends the session's cookie for a sibling domain's page, too, which could use up the session's streams.
    let reads = matches!(*request.method(), Method::GET | Method::HEAD) && path != events::PATH
        // Some providers make the browser post their response.
        || path == SINGLE_SIGN_ON_CALLBACK;
    let is_kv = app.is_kv(&request);
    let mut response = if reads || is_same_site(request.headers(), app.public_url.as_ref()) {
        next.run(request).await
    } else if is_kv {
        kv::error(StatusCode::FORBIDDEN, OTHER_SITE)
    } else {
        super::error(StatusCode::FORBIDDEN, OTHER_SITE)
    };
    let headers = response.headers_mut();
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // Below a path, other applications share the host: whether all of it needs TLS is up to the proxy.
    if app.public_url.as_ref().is_some_and(|url| url.scheme() == "https" && url.path() == "/") {
        let value = HeaderValue::from_static("max-age=31536000; includeSubDomains");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    response
}

/// Whether a request comes from our own page, or from no page at all.
///
/// Browsers send `Sec-Fetch-Site`, which no page can forge and which stays right behind proxies; old ones send `Origin`, to
/// compare with the request's target. Programs send neither.
fn is_same_site(headers: &HeaderMap, public_url: Option<&Url>) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (text("sec-fetch-site"), text("origin")) {
        (Some(site), _) => matches!(site, "same-origin" | "none"),
        (None, None) => true,
        (None, Some(origin)) => {
            let Ok(origin) = Url::parse(origin) else { return false };
            let target =
                text("host").and_then(|host| Url::parse(&format!("{}://{host}", origin.scheme())).ok());
            let is_ours = |url: &Url| url.origin() == origin.origin() && url.has_host();
            target.as_ref().is_some_and(is_ours) || public_url.is_some_and(is_ours)
        }
    }
}
