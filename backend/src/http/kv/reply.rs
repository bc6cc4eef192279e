//! Responses in Vault's form. Clients compare the media type as a whole, and expect every key of the envelope.

use std::fmt;

use axum::body::Bytes;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use serde::Serialize;
use strongroom_shared::json::encode;

use crate::http::intake::Intake;
use crate::pool::Principal;

/// The kinds of mounts.
pub const KV: &str = "kv";
pub const SYSTEM: &str = "system";
pub const TOKEN: &str = "token";
pub const APP_ROLE: &str = "approle";
pub const JWT: &str = "jwt";
pub const KUBERNETES: &str = "kubernetes";

pub struct Reply {
    pub status: StatusCode,
    /// Empty for no content. It may have a value.
    text: Vec<u8>,
}

impl fmt::Debug for Reply {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.debug_struct("Reply").field("status", &self.status).finish_non_exhaustive()
    }
}

/// The keys of an [`Envelope`].
pub const KEYS: [&str; 9] = [
    "request_id", "lease_id", "renewable", "lease_duration", "data", "wrap_info", "warnings", "auth",
    "mount_type",
];

#[derive(Serialize)]
pub struct Envelope<'a, Data, Auth> {
    request_id: &'a str,
    lease_id: &'static str,
    renewable: bool,
    /// 0, even for version 1: clients of templates then look again after minutes, not days.
    lease_duration: u32,
    data: Data,
    wrap_info: (),
    pub warnings: Option<[&'a str; 1]>,
    auth: Auth,
    mount_type: &'static str,
}

impl<'a, Data> Envelope<'a, Data, ()> {
    pub fn new(request_id: &'a str, mount_type: &'static str, data: Data) -> Self {
        Self::with_auth(request_id, mount_type, data, ())
    }
}

impl<'a, Data, Auth> Envelope<'a, Data, Auth> {
    pub fn with_auth(request_id: &'a str, mount_type: &'static str, data: Data, auth: Auth) -> Self {
        Self {
            request_id,
            lease_id: "",
            renewable: false,
            lease_duration: 0,
            data,
            wrap_info: (),
            warnings: None,
            auth,
            mount_type,
        }
    }
}

impl Reply {
    pub fn new(status: StatusCode, body: &impl Serialize) -> Self {
        let text = encode(body).map(|mut text| std::mem::take(&mut *text));
        match text {
            Ok(text) => Self { status, text },
            // Every body is made of texts, numbers and JSON.
            Err(_) => Self { status: StatusCode::INTERNAL_SERVER_ERROR, text: Vec::new() },
        }
    }

    pub fn ok(body: &impl Serialize) -> Self {
        Self::new(StatusCode::OK, body)
    }

    pub const fn no_content() -> Self {
        Self { status: StatusCode::NO_CONTENT, text: Vec::new() }
    }

    /// The response, with memory from the pool until its client has read it; `None` if too much is in use.
    pub fn respond_within(self, intake: &Intake, principal: Principal) -> Option<Response> {
        Some(respond(self.status, intake.respond(principal, self.text)?))
    }

    pub fn respond(self) -> Response {
        respond(self.status, self.text.into())
    }
}

fn respond(status: StatusCode, text: Bytes) -> Response {
    (status, [(header::CONTENT_TYPE, "application/json")], text).into_response()
}
