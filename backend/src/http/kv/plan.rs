//! What a request asks for, before its credential and its body are looked at, and the label of its metrics.

use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};

use super::failure::{self, Failure};
use super::route::{Operation, Query, Route, Target};
use super::{PREFIX, auth, sys};
use crate::service::{KvEngine, KvMounts};

#[derive(Debug)]
pub struct Plan {
    pub route: Route,
    pub operation: Operation,
    pub query: Query,
    pub label: &'static str,
    /// Whether no key is needed.
    pub is_public: bool,
}

impl Plan {
    pub fn of(mounts: &KvMounts, parts: &Parts) -> Result<Self, Failure> {
        if is_given(&parts.headers, "x-vault-wrap-ttl") {
            return Err(failure::wrong(sys::NO_WRAPPING));
        }
        let route = Route::parse(parts.uri.path().strip_prefix(PREFIX).unwrap_or_default())?;
        let query = Query::parse(parts.uri.query());
        let target = route.target(mounts);
        let is_health = matches!(target, Target::Sys([only]) if only == "health");
        let operation = match parts.method.as_str() {
            "GET" if query.lists()? => Operation::List,
            "GET" => Operation::Read,
            "HEAD" if is_health => Operation::Read,
            "LIST" => Operation::List,
            "POST" | "PUT" => Operation::Write,
            "PATCH" => Operation::Patch,
            "DELETE" => Operation::Delete,
            _ => return Err(Failure::new(StatusCode::METHOD_NOT_ALLOWED, [""; 0])),
        };
        let is_public = match target {
            Target::Sys(path) => sys::is_public(path, operation),
            Target::Auth(path) => auth::is_public(path),
            Target::Mount { .. } | Target::Nothing => false,
        };
        let label = label(&target, operation);
        Ok(Self { route, operation, query, label, is_public })
    }
}

fn is_given(headers: &HeaderMap, name: &str) -> bool {
    headers.get(name).is_some_and(|value| !value.is_empty())
}

fn label(target: &Target<'_>, operation: Operation) -> &'static str {
    let kind = match target {
        Target::Sys(_) => return "sys",
        Target::Auth(_) => return "auth",
        Target::Mount { engine: KvEngine::Versioned, rest: [kind, ..] } => kind.as_str(),
        Target::Mount { .. } | Target::Nothing => "",
    };
    match (kind, operation) {
        (_, Operation::List) => "list",
        ("undelete", _) => "undelete",
        ("delete" | "destroy", _) | (_, Operation::Delete) => "delete",
        ("subkeys", _) => "subkeys",
        ("metadata" | "config", _) => "metadata",
        (_, Operation::Read) => "read",
        (_, Operation::Write) => "write",
        (_, Operation::Patch) => "patch",
    }
}
