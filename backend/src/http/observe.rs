//! The log and the metrics of requests, and the probes.
//!
//! Labels come from fixed lists, never from a request: a path could hold a secret, and the number of labels must be bounded.

use std::sync::Arc;
use std::time::Instant;

use async_graphql::{Response as GraphqlResponse, ServerError, Value};
use axum::extract::{Request, State};
use axum::http::{Extensions, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics::{counter, histogram};
use strongroom_shared::{ErrorCode, text_enum};
use tracing::Instrument;

use super::App;
use crate::domain::Actor;
use crate::service::{self, LogInOutcome, SINGLE_SIGN_ON_CALLBACK, SINGLE_SIGN_ON_PATH, Service, Unready};

/// The id of a request: in its log lines, the header of its response, and the messages of internal errors. One that the
/// client has chosen does not count.
#[derive(Clone)]
struct RequestId(Arc<str>);

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

pub async fn observe(State(app): State<Arc<App>>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (method, route) = (method(request.method()), route(&app, &request));
    let id: Arc<str> = app.service.new_id().to_string().into();
    let span = tracing::info_span!("request", id = &*id, method, route);
    request.extensions_mut().insert(RequestId(Arc::clone(&id)));
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    counter!("strongroom_http_requests_total", "method" => method, "route" => route, "status" => status.to_string())
        .increment(1);
    histogram!("strongroom_http_request_seconds", "route" => route).record(elapsed.as_secs_f64());
    span.in_scope(|| tracing::info!(status, micros = elapsed.as_micros(), "answered"));
    response
}

pub fn request_id(extensions: &Extensions) -> &str {
    extensions.get::<RequestId>().map_or("", |RequestId(id)| id)
}

/// Logs and counts each panic, without its message, which may quote a request.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        counter!("strongroom_panics_total").increment(1);
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
}

/// Starts the counters at 0, so that the first panic or error is an increase that an alert sees.
pub fn start_counters(service: &Service) {
    counter!("strongroom_panics_total").increment(0);
    for worker in service.worker_names() {
        counter!("strongroom_worker_panics_total", "worker" => worker).increment(0);
    }
    for outcome in ["ok", "refused"].into_iter().chain(BY_SEVERITY.map(ErrorCode::as_str)) {
        counter!("strongroom_graphql_operations_total", "outcome" => outcome).increment(0);
    }
    for reason in Refusal::ALL {
        reason.count(0);
    }
    for outcome in LogInOutcome::ALL {
        outcome.count(0);
    }
}

text_enum! {
    /// Why a request was refused.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    Refusal {
        NoCredential = "no_credential";
        MalformedCredential = "malformed_credential";
        UnknownCredential = "unknown_credential";
        ExpiredKey = "expired_key";
        RevokedKey = "revoked_key";
        OtherTeam = "other_team";
        Forbidden = "forbidden";
        BadInput = "bad_input";
    }
}

impl Refusal {
    fn count(self, times: u64) {
        counter!("strongroom_requests_refused_total", "reason" => self.as_str()).increment(times);
    }
}

/// Codes by severity: an operation with several errors counts under the first of these.
const BY_SEVERITY: [ErrorCode; 7] = [
    ErrorCode::ApiError,
    ErrorCode::Forbidden,
    ErrorCode::Unauthenticated,
    ErrorCode::BadUserInput,
    ErrorCode::GraphqlValidationFailed,
    ErrorCode::GraphqlParseFailed,
    ErrorCode::InternalServerError,
];

pub fn count_operation(response: &GraphqlResponse, actor: &service::Result<Actor>) {
    let codes: Vec<_> = response.errors.iter().filter_map(code).collect();
    let worst = BY_SEVERITY.into_iter().find(|code| codes.contains(code));
    match worst {
        None if is_refused(&response.data) => count_outcome("refused"),
        None => count_outcome("ok"),
        Some(code) => {
            count_outcome(code.as_str());
            count_refusal(code, actor.as_ref().err());
        }
    }
}

pub fn count_unreadable() {
    count_outcome(ErrorCode::BadUserInput.as_str());
    count_refusal(ErrorCode::BadUserInput, None);
}

fn count_outcome(outcome: &'static str) {
    counter!("strongroom_graphql_operations_total", "outcome" => outcome).increment(1);
}

/// Counts a refusal by its reason. `error` is the failure of authentication, if it failed.
pub fn count_refusal(code: ErrorCode, error: Option<&service::Error>) {
    use service::Error::{ExpiredKey, MalformedCredential, OtherTeam, RevokedKey, UnknownCredential};
    let reason = match (code, error) {
        (ErrorCode::Unauthenticated, Some(MalformedCredential)) => Refusal::MalformedCredential,
        (ErrorCode::Unauthenticated, Some(ExpiredKey)) => Refusal::ExpiredKey,
        (ErrorCode::Unauthenticated, Some(RevokedKey)) => Refusal::RevokedKey,
        (ErrorCode::Unauthenticated, Some(UnknownCredential)) => Refusal::UnknownCredential,
        (ErrorCode::Unauthenticated, _) => Refusal::NoCredential,
        (ErrorCode::Forbidden, Some(OtherTeam)) => Refusal::OtherTeam,
        (ErrorCode::Forbidden, _) => Refusal::Forbidden,
        (ErrorCode::BadUserInput | ErrorCode::GraphqlParseFailed | ErrorCode::GraphqlValidationFailed, _) => {
            Refusal::BadInput
        }
        (ErrorCode::InternalServerError | ErrorCode::ApiError, _) => return,
    };
    reason.count(1);
}

fn code(error: &ServerError) -> Option<ErrorCode> {
    match error.extensions.as_ref()?.get("code")? {
        Value::String(code) => ErrorCode::parse(code),
        _ => None,
    }
}

/// Whether a change was refused.
fn is_refused(data: &Value) -> bool {
    let Value::Object(fields) = data else { return false };
    let is_false = |payload: &Value| matches!(payload, Value::Boolean(false));
    fields
        .values()
        .any(|field| matches!(field, Value::Object(field) if field.get("success").is_some_and(is_false)))
}

/// Whether the process works or can recover by itself; otherwise it needs a restart.
pub async fn alive(State(app): State<Arc<App>>) -> Response {
    probe("alive", app.service.check_alive())
}

pub async fn ready(State(app): State<Arc<App>>) -> Response {
    probe("ready", app.service.check_ready().await)
}

fn probe(state: &str, outcome: Result<(), Unready>) -> Response {
    match outcome {
        Ok(()) => (StatusCode::OK, format!("{state}\n")),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("not {state}: {reason}\n")),
    }
    .into_response()
}

pub async fn metrics(State(app): State<Arc<App>>) -> Response {
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], app.metrics.render()).into_response()
}

fn method(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "LIST"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

fn route(app: &App, request: &Request) -> &'static str {
    match request.uri().path() {
        _ if app.is_kv(request) => "kv",
        "/healthz" => "healthz",
        "/readyz" => "readyz",
        "/metrics" => "metrics",
        "/audit-log.jsonl" | "/audit-log.csv" => "export",
        super::events::PATH => "events",
        SINGLE_SIGN_ON_PATH | SINGLE_SIGN_ON_CALLBACK => "single_sign_on",
        path if *request.method() == Method::POST && super::is_graphql(path) => "graphql",
        _ if matches!(*request.method(), Method::GET | Method::HEAD) => "page",
        _ => "other",
    }
}
