//! The GraphQL endpoint.

use std::sync::Arc;
use std::time::Duration;

use async_graphql::Response as GraphqlResponse;
use axum::body::{Body as RequestBody, HttpBody as _};
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt as _;
use serde_json::Value;
use strongroom_shared::ErrorCode;
use tower_http::request_id::RequestId;
use zeroize::Zeroizing;

use super::wire::{self, Body, Parsed};
use super::{App, peer, session};
use crate::graphql::Caller;
use crate::service::Credential;

/// The largest request body, in bytes: Prefect's server takes as much.
const MAX_BODY: usize = 5 * 1024 * 1024;
/// How long a body may take to arrive.
const PATIENCE: Duration = Duration::from_secs(30);
/// How much of a larger one is read and dropped.
const MAX_DRAINED: usize = 4 * MAX_BODY;

/// Answers a request, or a batch of them.
pub async fn graphql(app: App, request: Request) -> Response {
    let headers = request.headers().clone();
    let device = peer::device(&headers, request.extensions(), &app.trusted_proxies);
    let request_id = request
        .extensions()
        .get::<RequestId>()
        .and_then(|id| id.header_value().to_str().ok())
        .unwrap_or_default()
        .to_owned();
    let credential = session::credential(&headers);
    if matches!(credential, Credential::Session(_)) && !is_json(&headers) {
        // A form on another site can't send JSON.
        return refused("Requests of a browser session are application/json.");
    }
    let body = match tokio::time::timeout(PATIENCE, read(request.into_body())).await {
        Ok(Some(body)) => body,
        Ok(None) => return refused("A request has at most 5 MiB."),
        Err(_) => return refused("A request is sent within 30 seconds."),
    };
    let tenant = headers
        .get("x-prefect-tenant-id")
        .map(|value| value.to_str().unwrap_or_default());
    let actor = app
        .service
        .authenticate(&credential, tenant, &device.address)
        .await;
    let caller = Arc::new(Caller::new(actor, credential, device, request_id));
    let answer = match wire::parse(&body) {
        Body::Single(parsed) => execute(&app, &caller, *parsed).await,
        Body::Batch(batch) => {
            let mut answers = Vec::with_capacity(batch.len());
            for parsed in batch {
                answers.push(execute(&app, &caller, parsed).await);
            }
            join(&answers)
        }
    };
    let mut response = json(answer);
    if let Some(change) = caller.take_session_change() {
        let cookie = session::cookie(&change, session::is_secure(&headers, app.public_url.as_deref()));
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
    }
    response
}

/// Reads a body; `None` when it is too large, or breaks off. One that is too large is read on for a while, because a
/// client that is still sending would not see the answer, and Prefect's would send it all again.
async fn read(mut body: RequestBody) -> Option<Zeroizing<Vec<u8>>> {
    // Sized in advance, because a buffer that grows leaves pieces behind.
    let expected = usize::try_from(body.size_hint().lower()).map_or(MAX_BODY, |bytes| bytes.min(MAX_BODY));
    let mut bytes = Zeroizing::new(Vec::with_capacity(expected));
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.ok()?.into_data() else {
            continue;
        };
        length += data.len();
        if length <= MAX_BODY {
            bytes.extend_from_slice(&data);
        } else if length > MAX_DRAINED {
            break;
        }
    }
    (length <= MAX_BODY).then_some(bytes)
}

/// The answer to one request, as JSON text: through a `Value` it would be slower and no different.
async fn execute(app: &App, caller: &Arc<Caller>, parsed: Parsed) -> Vec<u8> {
    match parsed {
        Ok(request) => {
            let response = app.schema.execute(request, Arc::clone(caller)).await;
            super::observe::count_operation(&response);
            to_json(&response)
        }
        Err(message) => to_bytes(&wire::error_body(ErrorCode::BadUserInput, message)),
    }
}

fn to_json(response: &GraphqlResponse) -> Vec<u8> {
    serde_json::to_vec(response).unwrap_or_else(|_| {
        to_bytes(&wire::error_body(
            ErrorCode::ApiError,
            "The answer can't be written as JSON.",
        ))
    })
}

fn to_bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn join(answers: &[Vec<u8>]) -> Vec<u8> {
    let mut joined = b"[".to_vec();
    joined.extend(answers.join(&b','));
    joined.push(b']');
    joined
}

fn refused(message: &'static str) -> Response {
    json(to_bytes(&wire::error_body(ErrorCode::BadUserInput, message)))
}

fn json(body: Vec<u8>) -> Response {
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, body).into_response()
}

fn is_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.split(';').next())
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
