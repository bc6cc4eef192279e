//! The log and the metrics of requests.
//!
//! Labels come from fixed lists, never from a request: a path or a name could hold anything, a secret for instance,
//! and would grow without bound.

use std::time::Instant;

use async_graphql::Response as GraphqlResponse;
use axum::extract::{Request, State};
use axum::http::{Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use metrics::{counter, histogram};
use strongroom_shared::ErrorCode;
use tower_http::request_id::RequestId;
use tracing::Instrument;

use super::App;
use crate::service::{SINGLE_SIGN_ON_CALLBACK, SINGLE_SIGN_ON_PATH};

/// Logs and counts a request.
pub async fn observe(request: Request, next: Next) -> Response {
    let started = Instant::now();
    let (method, route) = (method(request.method()), route(&request));
    let id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or_default();
    let span = tracing::info_span!("request", id, method, route);
    let response = next.run(request).instrument(span.clone()).await;
    let status = response.status().as_u16();
    let elapsed = started.elapsed();
    counter!("strongroom_http_requests_total", "method" => method, "route" => route, "status" => status.to_string())
        .increment(1);
    histogram!("strongroom_http_request_seconds", "route" => route).record(elapsed.as_secs_f64());
    span.in_scope(|| tracing::info!(status, micros = elapsed.as_micros(), "answered"));
    response
}

/// Makes each panic an entry of the log, under its request's id, and counts it. What it says is left out: it may quote
/// a request.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        counter!("strongroom_panics_total").increment(1);
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panicked");
    }));
}

/// Counts an operation by what became of it.
pub fn count_operation(response: &GraphqlResponse) {
    let code = response
        .errors
        .first()
        .and_then(|error| error.extensions.as_ref()?.get("code").cloned())
        .and_then(|code| match code {
            async_graphql::Value::String(code) => ErrorCode::parse(&code),
            _ => None,
        });
    let outcome = code.map_or("ok", ErrorCode::as_str);
    counter!("strongroom_graphql_operations_total", "outcome" => outcome).increment(1);
}

/// The metrics so far, in Prometheus's form.
pub async fn metrics(State(app): State<App>) -> Response {
    (
        [(header::CONTENT_TYPE, "text/plain; version=0.0.4")],
        app.metrics.render(),
    )
        .into_response()
}

fn method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        _ => "other",
    }
}

fn route(request: &Request) -> &'static str {
    match request.uri().path() {
        "/healthz" => "healthz",
        "/readyz" => "readyz",
        "/metrics" => "metrics",
        "/audit-log.jsonl" | "/audit-log.csv" => "export",
        SINGLE_SIGN_ON_PATH | SINGLE_SIGN_ON_CALLBACK => "single_sign_on",
        path if *request.method() == Method::POST && super::is_graphql(path) => "graphql",
        _ if matches!(*request.method(), Method::GET | Method::HEAD) => "page",
        _ => "other",
    }
}
