//! Log-in through a provider: to it, and back.
//!
//! What has to be remembered meanwhile goes with the browser, in a cookie of its own: `Lax`, because the way back begins
//! at another site.

use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::{App, peer, session};
use crate::graphql::SessionChange;
use crate::oidc::Pending;
use crate::service::{self, Problem, SINGLE_SIGN_ON_PATH};

const COOKIE: &str = "strongroom_oidc";
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
            let Pending {
                state,
                nonce,
                verifier,
            } = pending;
            let value = format!("{state}.{nonce}.{verifier}");
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
    let (code, pending) = match check(headers, answer) {
        Ok(checked) => checked,
        Err(problem) => return problem_page(&app, headers, problem),
    };
    let device = peer::device(headers, &parts.extensions, &app.trusted_proxies);
    let finish = app.service.finish_single_sign_on(code, pending, &device);
    match service::settled(Box::pin(finish)).await.flatten() {
        Ok(Ok(logged_in)) => {
            let is_secure = session::is_secure(headers, app.public_url.as_deref());
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

/// The code, and what the browser has remembered, if they belong together.
fn check(headers: &HeaderMap, answer: Answer) -> Result<(String, Pending), Problem> {
    let value = session::find_cookie(headers, COOKIE).ok_or(Problem::Expired)?;
    let [state, nonce, verifier] = value.split('.').collect::<Vec<_>>()[..] else {
        return Err(Problem::Expired);
    };
    if answer.state.as_deref() != Some(state) {
        return Err(Problem::Expired);
    }
    let pending = Pending {
        state: state.to_owned(),
        nonce: nonce.to_owned(),
        verifier: verifier.to_owned(),
    };
    match (answer.code, answer.error.as_deref()) {
        (Some(code), None) => Ok((code, pending)),
        (_, Some("access_denied")) => Err(Problem::Cancelled),
        _ => Err(Problem::Provider),
    }
}

fn no_provider() -> Response {
    super::error(StatusCode::NOT_FOUND, "There is no provider to log in through.")
}

fn problem_page(app: &App, headers: &HeaderMap, problem: Problem) -> Response {
    let page = format!("/log-in?problem={}", problem.as_str());
    redirect(&page, [cookie(app, headers, "", 0)])
}

fn cookie(app: &App, headers: &HeaderMap, value: &str, seconds: u32) -> String {
    let is_secure = session::is_secure(headers, app.public_url.as_deref());
    let secure = if is_secure { "; Secure" } else { "" };
    format!("{COOKIE}={value}; Path={SINGLE_SIGN_ON_PATH}; HttpOnly; SameSite=Lax; Max-Age={seconds}{secure}")
}

/// Sends a browser elsewhere, with cookies.
fn redirect<const N: usize>(to: &str, cookies: [String; N]) -> Response {
    let mut response = StatusCode::SEE_OTHER.into_response();
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Ok(to) = HeaderValue::try_from(to) {
        headers.insert(header::LOCATION, to);
    }
    for cookie in cookies
        .into_iter()
        .filter_map(|cookie| HeaderValue::try_from(cookie).ok())
    {
        headers.append(header::SET_COOKIE, cookie);
    }
    response
}
