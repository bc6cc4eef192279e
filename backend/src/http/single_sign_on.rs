//! Log-in through a provider: to it, and back.
//!
//! What has to be remembered meanwhile goes with the browser, in a cookie of its own: `Lax`, because the way back begins
//! at another site. For the same reason the session cookie is not sent with it, so this cookie also holds the digest of
//! the token of the session to be replaced.

use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::session::{Cookie, Found};
use super::{App, peer, session};
use crate::graphql::SessionChange;
use crate::oidc::Pending;
use crate::service::{self, Problem, TokenHash};

const COOKIE: Cookie = Cookie { name: "strongroom_oidc", same_site: "Lax" };
/// How long someone may take at the provider, in seconds.
const PATIENCE: u32 = 600;

/// What the provider sends people back with.
#[derive(Deserialize)]
pub struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
}

/// `GET /log-in/oidc`
pub async fn begin(State(app): State<App>, parts: Parts) -> Response {
    match app.service.begin_single_sign_on().await {
        None => no_provider(),
        Some(Err(problem)) => problem_page(&app, &parts.headers, problem),
        Some(Ok((url, pending))) => {
            let Pending { state, nonce, verifier } = pending;
            let credential = session::credential(&parts.headers, app.public_url.as_deref());
            let replaced = credential.session_hash().map(|hash| hex::encode(hash.0));
            let value = format!("{state}.{nonce}.{verifier}.{}", replaced.unwrap_or_default());
            let cookie = cookie(&app, &parts.headers, &value, PATIENCE);
            redirect(url.as_str(), [cookie])
        }
    }
}

/// `GET /log-in/oidc/callback`
pub async fn finish(State(app): State<App>, Query(answer): Query<Answer>, parts: Parts) -> Response {
    if app.service.single_sign_on_name().is_none() {
        return no_provider();
    }
    let headers = &parts.headers;
    let is_secure = session::is_secure(headers, app.public_url.as_deref());
    let (code, pending, replaced) = match check(headers, answer, is_secure) {
        Ok(checked) => checked,
        Err(problem) => return problem_page(&app, headers, problem),
    };
    let device = peer::device(headers, &parts.extensions, &app.trusted_proxies);
    let finish = app.service.finish_single_sign_on(code, pending, &device, replaced);
    match service::settled(Box::pin(finish)).await.flatten() {
        Ok(Ok(logged_in)) => {
            let session = session::cookie(&SessionChange::Started(logged_in), is_secure);
            redirect("/", [session, cookie(&app, headers, "", 0)])
        }
        Ok(Err(problem)) => problem_page(&app, headers, problem),
        Err(error) => {
            // Logs what broke.
            let _ = crate::graphql::error::describe(&error);
            problem_page(&app, headers, Problem::Provider)
        }
    }
}

/// The code, the pending login from the cookie, and the session to be replaced, if they belong together.
fn check(
    headers: &HeaderMap,
    answer: Answer,
    is_secure: bool,
) -> Result<(String, Pending, Option<TokenHash>), Problem> {
    let Found::One(value) = COOKIE.find(headers, is_secure) else {
        return Err(Problem::Expired);
    };
    let [state, nonce, verifier, replaced] = value.split('.').collect::<Vec<_>>()[..] else {
        return Err(Problem::Expired);
    };
    if answer.state.as_deref() != Some(state) {
        return Err(Problem::Expired);
    }
    let pending = Pending { state: state.to_owned(), nonce: nonce.to_owned(), verifier: verifier.to_owned() };
    let mut hash = [0; 32];
    let replaced = hex::decode_to_slice(replaced, &mut hash).ok().map(|()| TokenHash(hash));
    match (answer.code, answer.error.as_deref()) {
        (Some(code), None) => Ok((code, pending, replaced)),
        (_, Some("access_denied")) => Err(Problem::Cancelled),
        _ => Err(Problem::Provider),
    }
}

fn no_provider() -> Response {
    super::error(StatusCode::NOT_FOUND, "There is no provider to log in through.")
}

fn problem_page(app: &App, headers: &HeaderMap, problem: Problem) -> Response {
    let page = format!("/log-in?problem={}", problem.as_str());
    let is_secure = session::is_secure(headers, app.public_url.as_deref());
    // Of two cookies, the browser would drop ours and keep the planted one.
    let is_ours = COOKIE.find(headers, is_secure) != Found::Several;
    redirect(&page, is_ours.then(|| cookie(app, headers, "", 0)))
}

fn cookie(app: &App, headers: &HeaderMap, value: &str, seconds: u32) -> String {
    let is_secure = session::is_secure(headers, app.public_url.as_deref());
    COOKIE.set(value, &format!("Max-Age={seconds}"), is_secure)
}

/// Sends a browser elsewhere, with cookies.
fn redirect(to: &str, cookies: impl IntoIterator<Item = String>) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(to) = HeaderValue::try_from(to) {
        headers.insert(header::LOCATION, to);
    }
    for cookie in cookies.into_iter().filter_map(|cookie| HeaderValue::try_from(cookie).ok()) {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}
