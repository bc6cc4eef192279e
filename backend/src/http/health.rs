//! Probes for whoever keeps the server running.

use axum::extract::State;
use axum::http::StatusCode;

use super::App;

/// The process answers.
pub async fn alive() -> &'static str {
    "alive\n"
}

/// The store is reachable and migrated, and so is Vault where it is set: requests may come.
pub async fn ready(State(app): State<App>) -> (StatusCode, &'static str) {
    match app.service.check().await {
        Ok(()) => (StatusCode::OK, "ready\n"),
        Err(error) => {
            tracing::warn!(%error, "not ready");
            (StatusCode::SERVICE_UNAVAILABLE, "not ready\n")
        }
    }
}
