//! Vault's API below `/v1/`: its KV engines of both versions over the team's secrets, and the parts of `sys/` and `auth/` that
//! their clients ask for first. A Strongroom API key is the token. See `docs/vault-api.md`.
//!
//! Not here: any rule about secrets, which are in `service::secret::kv` and `domain::kv`; the body guards, budgets and the
//! log, which are those of every request. The opposite direction, our values in a Vault, is `vault`.
//!
//! To add an operation: a case in `plain`, `versioned`, `sys` or `auth`, its label in `plan`, and rows in `tests/kv`.

mod auth;
mod failure;
mod json;
mod plain;
mod plan;
mod reply;
mod request;
mod route;
mod sys;
mod versioned;

use std::panic::AssertUnwindSafe;

use axum::body::Body;
use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, StatusCode};
use axum::response::Response;
use futures_util::FutureExt as _;
use metrics::counter;

use self::failure::Failure;
use self::plan::Plan;
use self::reply::Reply;
use self::request::{Call, Fields, Public};
use self::route::{Operation, Route, Target};
use super::endpoint::PATIENCE;
use super::intake::{Held, Received, Refused};
use super::{App, observe, peer, session};
use crate::domain::Actor;
use crate::graphql::{AUTHENTICATED, Bounds, UNAUTHENTICATED};
use crate::pool::Principal;
use crate::service::{self, Credential, KvEngine, KvMounts};

const PREFIX: &str = "/v1/";

type Handled = Result<Reply, Failure>;

/// Whether a request is for Vault's API. A Prefect client may be configured with any path that ends in `/graphql`, but a
/// secret may have such a name. Without engines, only `auth/` is served.
pub fn serves(mounts: &KvMounts, method: &Method, path: &str) -> bool {
    let Some(behind) = path.strip_prefix(PREFIX) else { return false };
    let may_be_graphql = *method == Method::POST && super::is_graphql(path);
    if mounts.is_empty() {
        return behind.starts_with("auth/") && !may_be_graphql;
    }
    !may_be_graphql
        || Route::parse(behind).is_ok_and(|route| !matches!(route.target(mounts), Target::Nothing))
}

/// An error outside an operation, in Vault's form.
pub fn error(status: StatusCode, message: &'static str) -> Response {
    Failure::new(status, [message]).reply().respond()
}

pub async fn answer(app: &App, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let plan = Plan::of(&app.kv_mounts, &parts);
    let label = plan.as_ref().map_or("read", |plan| plan.label);
    let mut principal = None;
    let handled = AssertUnwindSafe(handle(app, &parts, body, plan, &mut principal)).catch_unwind().await;
    let is_denial = matches!(&handled, Ok(Err(failure)) if failure.is_denial());
    let reply = match handled {
        Ok(Ok(reply)) => reply,
        Ok(Err(failure)) => failure.reply(),
        Err(_) => Failure::internal().reply(),
    };
    let outcome = if is_denial { "denied" } else { outcome(reply.status) };
    counter!("strongroom_kv_requests_total", "operation" => label, "outcome" => outcome).increment(1);
    let response = reply.respond_within(&app.intake, principal);
    response.unwrap_or_else(|| Failure::busy().reply().respond())
}

fn outcome(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::FORBIDDEN => "denied",
        status if status.is_success() => "ok",
        status if status.is_client_error() => "invalid",
        _ => "error",
    }
}

async fn handle(
    app: &App,
    parts: &Parts,
    body: Body,
    plan: Result<Plan, Failure>,
    principal: &mut Principal,
) -> Handled {
    let device = peer::device(&parts.headers, &parts.extensions, &app.trusted_proxies);
    let credential = session::vault_credential(&parts.headers);
    let namespace = namespace(&parts.headers);
    let is_public = plan.as_ref().is_ok_and(|plan| plan.is_public);
    let actor = match &plan {
        Ok(_) if !is_public => app.service.authenticate_in(&credential, namespace, &device.address).await,
        Ok(_) | Err(_) => Err(service::Error::NoCredential),
    };
    let bounds = if actor.is_ok() { &AUTHENTICATED } else { &UNAUTHENTICATED };
    *principal = actor.as_ref().ok().map(Actor::user_id);
    // Also of a refused request, whose client may not listen before it has sent everything.
    let read = read_fields(app, parts, body, plan.as_ref().ok(), bounds, *principal).await;
    let (fields, _held) = match read {
        Ok((fields, held)) => (Ok(fields), held),
        Err(failure) => (Err(failure), Held::default()),
    };
    let Plan { route, operation, query, .. } = plan?;
    let request_id = observe::request_id(&parts.extensions);
    let target = route.target(&app.kv_mounts);
    if is_public {
        let (query, address) = (&query, device.address.as_str());
        let call = Public { app, operation, query, fields, namespace, address, request_id };
        return match target {
            Target::Sys(path) => sys::answer_anybody(&call, path).await,
            Target::Auth(path) => auth::answer_anybody(call, path).await,
            Target::Mount { .. } | Target::Nothing => Err(Failure::internal()),
        };
    }
    let actor = actor?;
    let fields = fields?;
    let token = if let Credential::Key(token) = &credential { token.as_ref() } else { None };
    let call = Call { app, actor: &actor, operation, route: &route, query: &query, fields, request_id };
    let handled = match target {
        Target::Sys(path) => sys::answer(&call, path).await,
        Target::Auth(path) => auth::answer(&call, path, token).await,
        Target::Mount { engine, rest, .. } => match engine {
            KvEngine::Plain => plain::answer(&call, rest).await,
            KvEngine::Versioned => versioned::answer(&call, rest).await,
        },
        Target::Nothing => Err(failure::no_route(&route.text())),
    };
    // Denied reads of values are recorded by the service.
    if let Err(Failure::Service(service::Error::Denied(denied))) = &handled
        && !denied.is_about_values()
    {
        app.service.record_denied(&actor, denied.to_string()).await;
    }
    handled
}

/// The fields of a body, and its parts of the pools, to be kept until the reply is made.
async fn read_fields(
    app: &App,
    parts: &Parts,
    body: Body,
    plan: Option<&Plan>,
    bounds: &'static Bounds,
    principal: Principal,
) -> Result<(Fields, Held), Failure> {
    let read = app.intake.read(body, bounds, principal);
    let Received { bytes, held } = match tokio::time::timeout(PATIENCE, read).await {
        Ok(Ok(received)) => received,
        Ok(Err(Refused::TooLarge)) => {
            return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE, ["http: request body too large"]));
        }
        Ok(Err(Refused::Broken)) => return Err(failure::wrong("the request body broke off")),
        Ok(Err(Refused::Busy)) => return Err(Failure::busy()),
        Err(_) => return Err(failure::wrong("the request body did not arrive within 30 seconds")),
    };
    let operation = plan.map(|plan| plan.operation);
    if !matches!(operation, Some(Operation::Write | Operation::Patch)) {
        return Ok((Fields::default(), held));
    }
    let turn = app.schema.turn(principal, bytes.len()).await.ok_or_else(Failure::busy)?;
    let parse = || Fields::parse(&bytes, &parts.headers, operation == Some(Operation::Patch), bounds);
    Ok((turn.work(parse)?, held))
}

/// The team that a request names, if it names one.
fn namespace(headers: &HeaderMap) -> Option<&str> {
    let namespace = headers.get("x-vault-namespace")?.to_str().unwrap_or("not ASCII").trim_matches('/');
    Some(namespace).filter(|namespace| !matches!(*namespace, "" | "root"))
}
