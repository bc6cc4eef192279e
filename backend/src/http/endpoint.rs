//! The GraphQL endpoint.

use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

use async_graphql::Response as GraphqlResponse;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;
use strongroom_shared::ErrorCode;

use super::intake::{Received, Refused};
use super::wire::{self, Body, Invalid, Parsed};
use super::{App, Sender, observe, page, session};
use crate::graphql::{self, Caller};
use crate::service::Credential;

/// The time limit for a body to arrive.
pub(super) const PATIENCE: Duration = Duration::from_secs(30);

const GZIP: &str = "gzip";
/// The minimum size that is worth compressing, in bytes: one packet.
const LONG: usize = 1400;

/// Answers a request or a batch. Authentication comes first, because it decides how large the body may be.
pub async fn graphql(app: &App, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let headers = &parts.headers;
    let Sender { device, credential, scope } = app.sender(&parts);
    if matches!(credential, Credential::Session(_) | Credential::Ambiguous) && !is_json(headers) {
        // A form of another site can't send JSON.
        return refused("Requests with a browser session must be application/json.");
    }
    let tenant = headers.get("x-prefect-tenant-id").map(|value| value.to_str().unwrap_or_default());
    let actor = app.service.authenticate(&credential, tenant, &device.address).await;
    let request_id = observe::request_id(&parts.extensions).to_owned();
    let caller = Arc::new(Caller::new(actor, credential, device, request_id));
    let principal = caller.principal();
    let read = app.intake.read(body, caller.bounds(), principal);
    let answer = match tokio::time::timeout(PATIENCE, read).await {
        Ok(Ok(received)) => answer(app, &caller, received).await,
        Ok(Err(Refused::Broken)) => return refused("The request body broke off."),
        Ok(Err(Refused::TooLarge)) => {
            finish(&graphql::refuse(&caller, "A request can have at most 5 MiB."), &caller)
        }
        Ok(Err(Refused::Busy)) => finish(&graphql::fail(&caller), &caller),
        Err(_) => return refused("The request body did not arrive within 30 seconds."),
    };
    let compressed = compress(app, &caller, headers, &answer).await;
    let encoding = compressed.as_ref().map(|_| [(header::CONTENT_ENCODING, GZIP)]);
    let mut response = match app.intake.respond(principal, compressed.unwrap_or(answer)) {
        Some(body) => (encoding, json(body)).into_response(),
        None => json(finish(&graphql::fail(&caller), &caller).into()),
    };
    if let Some(change) = caller.take_session_change() {
        session::apply(&change, scope, response.headers_mut());
    }
    response
}

async fn answer(app: &App, caller: &Arc<Caller>, received: Received) -> Vec<u8> {
    let Received { bytes, held: _held } = received;
    let size = bytes.len();
    let Some(turn) = app.schema.turn(caller.principal(), size).await else {
        return finish(&graphql::fail(caller), caller);
    };
    let body = turn.work(move || wire::parse(&bytes, caller.bounds()));
    drop(turn);
    match body {
        Body::Single(parsed) => execute(app, caller, *parsed, size).await,
        Body::Batch(batch) => {
            let mut answers = Vec::with_capacity(batch.len());
            let size = size / batch.len();
            for parsed in batch {
                answers.push(execute(app, caller, parsed, size).await);
            }
            [&b"["[..], &answers.join(&b','), b"]"].concat()
        }
    }
}

async fn execute(app: &App, caller: &Arc<Caller>, parsed: Parsed, size: usize) -> Vec<u8> {
    match parsed {
        Ok(request) => finish(&app.schema.execute(request, Arc::clone(caller), size).await, caller),
        Err(Invalid::TooLarge(message)) => finish(&graphql::refuse(caller, &message), caller),
        Err(Invalid::Malformed(message)) => unreadable(message),
    }
}

/// Compresses a long response; `None` if the client or [`Caller::may_compress`] does not allow it, or if every permit is
/// taken.
async fn compress(app: &App, caller: &Caller, headers: &HeaderMap, answer: &[u8]) -> Option<Vec<u8>> {
    if answer.len() < LONG || !page::accepts_encoding(headers, GZIP) || !caller.may_compress() {
        return None;
    }
    let turn = app.schema.turn(caller.principal(), answer.len()).await?;
    turn.work(|| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(answer).and_then(|()| encoder.finish()).ok()
    })
}

fn finish(response: &GraphqlResponse, caller: &Caller) -> Vec<u8> {
    observe::count_operation(response, &caller.actor);
    graphql::to_json(response)
}

fn unreadable(message: &str) -> Vec<u8> {
    observe::count_unreadable();
    wire::error_body(ErrorCode::BadUserInput, message).to_string().into_bytes()
}

fn refused(message: &str) -> Response {
    json(unreadable(message).into())
}

fn json(body: Bytes) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok()?.split(';').next());
    kind.is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}
