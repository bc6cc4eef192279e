//! Login through a provider: the redirect to it, and its response.
//!
//! The state of each pending login is in a cookie of its own, so that several tabs don't interfere. The cookies are
//! `Lax`, because the browser returns from another site. The session cookie is not sent then, so these cookies also
//! hold the digest of the session token to replace.

use std::sync::Arc;
use std::time::Duration;

use axum::body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{AppendHeaders, IntoResponse, Redirect, Response};
use serde::Deserialize;
use url::form_urlencoded;

use super::session::{Cookie, Found, Scope};
use super::{App, Sender, session};
use crate::graphql::SessionChange;
use crate::oidc::{self, Pending};
use crate::service::{Credential, Problem, TokenHash, refuse_single_sign_on};

/// The prefix of the cookies' names, followed by part of the state.
const COOKIE: &str = "strongroom_oidc_";
/// The length of that part: enough to tell logins apart.
const NAMED: usize = 16;
/// The maximum number of pending logins of a browser; another one evicts the oldest. Browsers and proxies limit the size
/// of cookies.
const MAX_PENDING: usize = 5;
/// The time limit at the provider, in seconds.
const PATIENCE: u32 = 600;

/// The largest response that a browser may post, in bytes.
const MAX_FORM: usize = 16 * 1024;
/// The time limit for its arrival.
const FORM_PATIENCE: Duration = Duration::from_secs(10);

/// The parameters of the provider's response.
#[derive(Default, Deserialize)]
pub struct Answer {
    state: Option<String>,
    code: Option<String>,
    error: Option<String>,
    error_description: Option<String>,
}

/// The state of a pending login.
struct Memory {
    pending: Pending,
    replaced: Option<TokenHash>,
}

impl Memory {
    fn parse(value: &str) -> Option<Self> {
        let [state, nonce, verifier, replaced] = value.split('.').collect::<Vec<_>>()[..] else {
            return None;
        };
        let pending =
            Pending { state: state.to_owned(), nonce: nonce.to_owned(), verifier: verifier.to_owned() };
        let mut hash = [0; 32];
        let replaced = hex::decode_to_slice(replaced, &mut hash).ok().map(|()| TokenHash(hash));
        Some(Self { pending, replaced })
    }

    fn to_text(&self) -> String {
        let Pending { state, nonce, verifier } = &self.pending;
        let replaced = self.replaced.map(|hash| hex::encode(hash.0)).unwrap_or_default();
        format!("{state}.{nonce}.{verifier}.{replaced}")
    }

    fn find(state: &str, headers: &HeaderMap, scope: Scope<'_>) -> Option<Self> {
        let name = name(state)?;
        // If there are two, one was planted, and we can't tell which.
        let Found::One(value) = cookie(&name).find(headers, scope) else { return None };
        Self::parse(value).filter(|memory| memory.pending.state == state)
    }

    fn keep(&self, scope: Scope<'_>) -> Option<String> {
        let name = name(&self.pending.state)?;
        Some(cookie(&name).set(&self.to_text(), &format!("Max-Age={PATIENCE}"), scope))
    }
}

fn name(state: &str) -> Option<String> {
    let is_ours = state.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
    is_ours.then(|| state.get(..NAMED).map(|start| format!("{COOKIE}{start}")))?
}

fn cookie(name: &str) -> Cookie<'_> {
    Cookie { name, same_site: "Lax" }
}

fn forget(name: &str, scope: Scope<'_>) -> String {
    cookie(name).set("", "Max-Age=0", scope)
}

/// `GET /log-in/oidc`
pub async fn begin(State(app): State<Arc<App>>, parts: Parts) -> Response {
    let Sender { device, credential, scope } = app.sender(&parts);
    match app.service.begin_single_sign_on(&device.address).await {
        None => no_provider(),
        Some(Err(problem)) => problem_page(&app, problem, None),
        Some(Ok((url, pending))) => {
            let kept = Memory { pending, replaced: credential.session_hash() }.keep(scope);
            let before: Vec<_> =
                session::cookies(&parts.headers, COOKIE, scope).map(|(name, _)| name).collect();
            let excess = (before.len() + 1).saturating_sub(MAX_PENDING);
            let forgotten = before.into_iter().take(excess).map(|name| forget(name, scope));
            redirect(url.as_str(), forgotten.chain(kept))
        }
    }
}

/// `POST /log-in/oidc/callback`, for providers that make the browser post their response. It redirects to the same path
/// with `GET`, because browsers send no `Lax` cookies with a post from another site.
pub async fn relay(State(app): State<Arc<App>>, request: Request) -> Response {
    if app.service.single_sign_on_name().is_none() {
        return no_provider();
    }
    let form = tokio::time::timeout(FORM_PATIENCE, body::to_bytes(request.into_body(), MAX_FORM));
    let Ok(Ok(form)) = form.await else {
        return super::error(StatusCode::BAD_REQUEST, "The provider's response is too large or incomplete.");
    };
    let mut query = form_urlencoded::Serializer::for_suffix("?".to_owned(), 1);
    let known = ["state", "code", "error", "error_description"];
    query.extend_pairs(form_urlencoded::parse(&form).filter(|(name, _)| known.contains(&&**name)));
    // Relative to the current path, wherever that is.
    redirect(&query.finish(), [])
}

/// `GET /log-in/oidc/callback`
pub async fn finish(
    State(app): State<Arc<App>>,
    answer: Result<Query<Answer>, QueryRejection>,
    parts: Parts,
) -> Response {
    if app.service.single_sign_on_name().is_none() {
        return no_provider();
    }
    let headers = &parts.headers;
    let Sender { device, credential, scope } = app.sender(&parts);
    // A malformed response has no state.
    let answer = answer.map(|Query(answer)| answer).unwrap_or_default();
    let state = answer.state.clone().unwrap_or_default();
    let Some(memory) = Memory::find(&state, headers, scope) else {
        let mut why = NOT_PENDING.to_owned();
        if answer.error.is_some()
            && let Err((_, told)) = redeemable(answer)
        {
            why = format!("{why}; {told}");
        }
        let problem = refuse_single_sign_on(Problem::Expired, &why, &device.address);
        let is_session = matches!(credential, Credential::Session(_));
        if is_session && app.service.authenticate(&credential, None, &device.address).await.is_ok() {
            return redirect(&app.path("/"), []);
        }
        return problem_page(&app, problem, None);
    };
    let ours = name(&state);
    let forgotten = ours.as_deref().map(|name| forget(name, scope));
    let code = match redeemable(answer) {
        Ok(code) => code,
        Err((problem, why)) => {
            return problem_page(&app, refuse_single_sign_on(problem, &why, &device.address), forgotten);
        }
    };
    // If the provider is on the same site, the browser also sends its current session.
    let replaced = credential.session_hash().or(memory.replaced);
    let finish = app.service.finish_single_sign_on(code, memory.pending, &device, replaced);
    match finish.await {
        Ok(Ok(logged_in)) => {
            // The other pending logins will replace the new session.
            let replaced = Some(logged_in.token.hash());
            let others = session::cookies(headers, COOKIE, scope)
                .filter(|(name, _)| Some(*name) != ours.as_deref())
                .filter_map(|(_, value)| Memory { replaced, ..Memory::parse(value)? }.keep(scope));
            let session = session::cookie(&SessionChange::Started(logged_in), scope);
            redirect(&app.path("/"), [session].into_iter().chain(forgotten).chain(others))
        }
        Ok(Err(problem)) => problem_page(&app, problem, forgotten),
        Err(error) => {
            // Logs the cause.
            let _ = crate::graphql::error::describe(&error);
            problem_page(&app, Problem::Provider, forgotten)
        }
    }
}

const NOT_PENDING: &str =
    "this browser has no pending login with that state: it expired, was completed, or started elsewhere";

/// The code of a response, or why it has none.
fn redeemable(answer: Answer) -> Result<String, (Problem, String)> {
    let Answer { state, code, error, error_description } = answer;
    let error = error.filter(|error| !error.is_empty());
    let problem = match (code, error.as_deref()) {
        (Some(code), None) if !code.is_empty() => return Ok(code),
        (_, Some("access_denied" | "user_cancelled_authorize")) => Problem::Cancelled,
        _ => Problem::Provider,
    };
    let secrets = [state.as_deref().unwrap_or_default()];
    let told = oidc::complaint(error.as_deref(), error_description.as_deref(), &secrets);
    Err((problem, format!("the provider returned the user with {told}")))
}

fn no_provider() -> Response {
    super::error(StatusCode::NOT_FOUND, "There is no provider to log in through.")
}

/// Redirects to the login page, which shows the reason. The pending logins of other tabs are kept.
fn problem_page(app: &App, problem: Problem, forgotten: Option<String>) -> Response {
    redirect(&app.path(&format!("/log-in?problem={problem}")), forgotten)
}

fn redirect(to: &str, cookies: impl IntoIterator<Item = String>) -> Response {
    let cookies = cookies.into_iter().map(|cookie| (header::SET_COOKIE, cookie));
    (AppendHeaders(cookies), Redirect::to(to)).into_response()
}
