//! `GET /events`: tells a page that its team has changed, as server-sent events.

use std::convert::Infallible;
use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::watch;

use super::serve::Evictable;
use super::{App, Sender};
use crate::domain::Rule;
use crate::service::{self, EventStream};

pub const PATH: &str = "/events";

/// The message after which a page does not connect again: the session has ended, or the user has left the team. Not a
/// status, because a page can't read it, and browsers log it as an error.
const END: &str = "end";

#[derive(Deserialize)]
pub struct Parameters {
    /// The team, if not that of the session.
    team: Option<String>,
}

/// A stream until its end, and whether the server is stopping.
type Open = Option<(EventStream, watch::Receiver<bool>)>;

pub async fn listen(State(app): State<Arc<App>>, parts: Parts) -> Response {
    let messages = match open(&app, &parts).await {
        Ok(events) => Body::from_stream(stream::unfold(Some((events, app.stopping.clone())), next)),
        Err(error) => {
            let refusal = super::failure(&error);
            if !matches!(refusal.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN) {
                return refusal;
            }
            Body::from(data(END))
        }
    };
    let headers = [
        (header::CONTENT_TYPE, "text/event-stream"),
        // nginx would keep messages back until there are many.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (headers, Extension(Evictable), messages).into_response()
}

async fn open(app: &App, parts: &Parts) -> service::Result<EventStream> {
    let Query(parameters): Query<Parameters> =
        Query::try_from_uri(&parts.uri).map_err(|_| Rule::new("Give `team` at most once."))?;
    let Sender { device, credential, .. } = app.sender(parts);
    app.service.listen(&credential, parameters.team.as_deref(), &device.address).await
}

async fn next(open: Open) -> Option<(Result<Bytes, Infallible>, Open)> {
    let (mut events, mut stopping) = open?;
    let message = tokio::select! {
        () = async { _ = stopping.wait_for(|stopping| *stopping).await.is_ok() } => return None,
        message = events.next() => message,
    };
    match message {
        Ok(message) => Some((Ok(data(&message)), Some((events, stopping)))),
        Err(service::Error::UnknownCredential | service::Error::OtherTeam) => Some((Ok(data(END)), None)),
        // The browser connects again.
        Err(_) => None,
    }
}

fn data(message: &str) -> Bytes {
    format!("data: {message}\n\n").into()
}
