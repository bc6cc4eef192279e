//! HTTP: the router and its middleware.
//!
//! Not here: any rule about secrets, and any SQL.

mod endpoint;
mod events;
mod export;
mod intake;
mod kv;
mod observe;
mod page;
mod peer;
mod security;
mod serve;
mod session;
mod single_sign_on;
mod wire;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::middleware;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use ipnet::IpNet;
use metrics_exporter_prometheus::PrometheusHandle;
use strongroom_shared::ErrorCode;
use tokio::sync::watch;
use tower_http::catch_panic::CatchPanicLayer;
use url::Url;

pub use self::serve::{Limits, serve};
use crate::domain::Device;
use crate::graphql::error::FAILED;
use crate::graphql::{self, Schema};
use crate::service::{self, Credential, KvMounts, SINGLE_SIGN_ON_CALLBACK, SINGLE_SIGN_ON_PATH, Service};

pub use intake::Intake;
pub use observe::{log_panics, start_counters};

pub struct App {
    pub service: Arc<Service>,
    pub schema: Schema,
    pub public_url: Option<Url>,
    /// The proxies trusted to forward the client's address.
    pub trusted_proxies: Arc<[IpNet]>,
    pub metrics: PrometheusHandle,
    pub intake: Intake,
    /// The mounts of Vault's API.
    pub kv_mounts: Arc<KvMounts>,
    /// Whether the server is stopping, which ends streams.
    pub stopping: watch::Receiver<bool>,
}

impl App {
    /// A path as browsers see it, below the public URL's path.
    fn path(&self, path: &str) -> String {
        format!("{}{path}", session::base_path(self.public_url.as_ref()))
    }

    /// Whether a request is for Vault's API.
    fn is_kv(&self, request: &Request) -> bool {
        kv::serves(&self.kv_mounts, request.method(), request.uri().path())
    }

    fn sender(&self, request: &Parts) -> Sender<'_> {
        let public_url = self.public_url.as_ref();
        let scope = session::Scope::of(&request.headers, public_url);
        Sender {
            device: peer::device(&request.headers, &request.extensions, &self.trusted_proxies),
            credential: session::credential(&request.headers, scope),
            scope,
        }
    }
}

/// The sender of a request.
struct Sender<'a> {
    device: Device,
    credential: Credential,
    scope: session::Scope<'a>,
}

/// The router, mounted at the root and below the public URL's path, because some proxies strip that path and others keep it.
pub fn router(app: App) -> Router {
    let base = app.path("");
    let router = root_router(Arc::new(app));
    if base.is_empty() {
        return router;
    }
    // `settings` refuses a path that is the start of a route.
    Router::new().nest_service(&base, router.clone()).fallback_service(router)
}

fn root_router(app: Arc<App>) -> Router {
    Router::new()
        .route("/healthz", get(observe::alive))
        .route("/readyz", get(observe::ready))
        .route("/metrics", get(observe::metrics))
        .route("/audit-log.jsonl", get(export::json_lines))
        .route("/audit-log.csv", get(export::csv))
        .route(events::PATH, get(events::listen))
        .route(SINGLE_SIGN_ON_PATH, get(single_sign_on::begin))
        .route(SINGLE_SIGN_ON_CALLBACK, get(single_sign_on::finish).post(single_sign_on::relay))
        .fallback(dispatch)
        .layer(CatchPanicLayer::custom(|_| error(StatusCode::INTERNAL_SERVER_ERROR, FAILED)))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), security::guard))
        .layer(middleware::from_fn_with_state(Arc::clone(&app), observe::observe))
        .with_state(app)
}

/// Serves Vault's API, GraphQL and the page. Not by routes, because Prefect's clients post to whatever path they are
/// configured with, and Vault's have a method of their own.
async fn dispatch(State(app): State<Arc<App>>, request: Request) -> Response {
    if app.is_kv(&request) {
        return kv::answer(&app, request).await;
    }
    let path = request.uri().path();
    match *request.method() {
        Method::POST if is_graphql(path) => endpoint::graphql(&app, request).await,
        Method::GET | Method::HEAD => page::serve(&request, &app.path("/")),
        Method::POST => {
            error(StatusCode::NOT_FOUND, "There is nothing to post to here. GraphQL is at /graphql.")
        }
        _ => error(StatusCode::METHOD_NOT_ALLOWED, "The method is not allowed."),
    }
}

/// Whether a Prefect client may be configured with a path.
fn is_graphql(path: &str) -> bool {
    let path = path.strip_suffix('/').unwrap_or(path);
    path.is_empty() || path.ends_with("/graphql") || path == "/graphql/alpha"
}

/// A failed use case outside GraphQL.
fn failure(failed: &service::Error) -> Response {
    let (code, message) = graphql::error::describe(failed);
    observe::count_refusal(code, Some(failed));
    let status = match code {
        ErrorCode::Unauthenticated => StatusCode::UNAUTHORIZED,
        ErrorCode::Forbidden => StatusCode::FORBIDDEN,
        ErrorCode::BadUserInput => StatusCode::BAD_REQUEST,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    };
    (status, axum::Json(wire::error_body(code, &message))).into_response()
}

/// An error outside GraphQL, in its form, because clients parse any response.
fn error(status: StatusCode, message: &str) -> Response {
    let code = match status {
        StatusCode::FORBIDDEN => ErrorCode::Forbidden,
        StatusCode::INTERNAL_SERVER_ERROR => ErrorCode::ApiError,
        _ => ErrorCode::BadUserInput,
    };
    (status, axum::Json(wire::error_body(code, message))).into_response()
}
