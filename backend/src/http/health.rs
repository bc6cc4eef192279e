//! Probes for load balancers and orchestrators. The answer names the reason, and nothing of the inside.

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use super::App;
use crate::service::Unready;

/// The process can do its work or recover by itself; if not, restart it.
pub async fn alive(State(app): State<App>) -> Response {
    answer("alive", app.service.check_alive())
}

pub async fn ready(State(app): State<App>) -> Response {
    answer("ready", app.service.check_ready().await)
}

fn answer(state: &str, outcome: Result<(), Unready>) -> Response {
    let (status, text) = match outcome {
        Ok(()) => (StatusCode::OK, format!("{state}\n")),
        Err(reason) => (StatusCode::SERVICE_UNAVAILABLE, format!("not {state}: {reason}\n")),
    };
    (status, text).into_response()
}
