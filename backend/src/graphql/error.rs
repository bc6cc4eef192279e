//! Turns errors into what a client sees.
//!
//! Every error has `extensions.code`. No message repeats a value. An internal error is logged under the request's id.

use std::sync::Arc;

use async_graphql::indexmap::IndexSet;
use async_graphql::{Error, ErrorExtensions, Pos, Response, ServerError};
use strongroom_shared::ErrorCode;
use strongroom_shared::error_code::{MALFORMED_CREDENTIAL, NO_CREDENTIAL, NO_VALUE_FOUND};

use crate::domain::{Actor, Denied};
use crate::service;

pub const FAILED: &str = "Unable to complete operation. An internal API error occurred.";

/// The maximum number of validation errors in a response.
const MAX_VALIDATION_ERRORS: usize = 10;
/// The maximum number of field errors in a response: one for each alias that a document may have.
const MAX_FIELD_ERRORS: usize = 250;
/// The server can't remove a planted cookie, and removing its own would leave the user in the attacker's session.
pub(super) const AMBIGUOUS: &str =
    "The browser sent two session cookies; one was planted. Delete this site's cookies, then log in again.";

pub fn error(code: ErrorCode, message: impl Into<String>) -> Error {
    Error::new(message).extend_with(|_, extensions| extensions.set("code", code.as_str()))
}

impl From<service::Error> for Error {
    fn from(error: service::Error) -> Self {
        to_client(&error)
    }
}

pub(super) fn to_client(cause: &service::Error) -> Error {
    let (code, message) = describe(cause);
    let mut error = error(code, message);
    if let service::Error::Denied(denied) = cause {
        error.source = Some(Arc::new(denied.clone()));
    }
    error
}

/// The distinct reasons why an operation was forbidden, except reads of values, which the service itself records.
pub(super) fn denials(response: &Response) -> IndexSet<String> {
    let denied = response.errors.iter().filter_map(ServerError::source::<Denied>);
    denied.filter(|denied| !denied.is_about_values()).map(ToString::to_string).collect()
}

/// The code and message of an error for clients. An internal error is logged.
pub fn describe(cause: &service::Error) -> (ErrorCode, String) {
    use service::Error as Cause;
    let (code, message) = match cause {
        Cause::NoCredential => (ErrorCode::Unauthenticated, NO_CREDENTIAL),
        Cause::MalformedCredential => (ErrorCode::Unauthenticated, MALFORMED_CREDENTIAL),
        Cause::AmbiguousCredential => (ErrorCode::Unauthenticated, AMBIGUOUS),
        Cause::UnknownCredential | Cause::ExpiredKey | Cause::RevokedKey => (
            ErrorCode::Unauthenticated,
            "Unauthenticated: the API key or session is unknown, revoked or expired.",
        ),
        Cause::Denied(denied) => return (ErrorCode::Forbidden, format!("Unauthorized: {denied}")),
        Cause::OtherTeam => (ErrorCode::Forbidden, "Unauthorized: you can't act in that team."),
        Cause::Rule(rule) => (ErrorCode::BadUserInput, rule.as_str()),
        Cause::UnknownRole { .. } => {
            (ErrorCode::BadUserInput, "There is no such role in the team; `role` lists them.")
        }
        Cause::Busy => return (ErrorCode::ApiError, cause.to_string()),
        Cause::NoValue => (ErrorCode::InternalServerError, NO_VALUE_FOUND),
        Cause::UnknownTeam { .. }
        | Cause::Store(_)
        | Cause::Key(_)
        | Cause::Vault(_)
        | Cause::LostValue(_)
        | Cause::Sealed(_)
        | Cause::Broken(_) => {
            let error: Vec<_> = anyhow::Chain::new(cause).map(ToString::to_string).collect();
            tracing::error!(error = error.join(": "), "internal error");
            (ErrorCode::ApiError, FAILED)
        }
    };
    (code, message.to_owned())
}

pub(super) fn unauthenticated(actor: &service::Result<Actor>) -> Option<ServerError> {
    actor.as_ref().err().map(to_client).map(of_request)
}

/// An internal error, which a retry may fix.
pub(super) fn failure() -> ServerError {
    of_request(error(ErrorCode::ApiError, FAILED))
}

pub(super) fn of_request(error: Error) -> ServerError {
    let mut error = error.into_server_error(Pos::default());
    error.locations.clear();
    error
}

/// Finishes a response's errors: removes quotes of the request from the engine's, adds the request's id to internal ones,
/// and keeps only a few.
pub(super) fn for_client(mut response: Response, is_authenticated: bool, request_id: &str) -> Response {
    // A limit that the whole request exceeded is reported by several of its fields.
    response.errors.dedup_by(|next, error| {
        next.path.is_empty()
            && error.path.is_empty()
            && next.message == error.message
            && next.locations == error.locations
    });
    // Errors without a path come from validation or concern the whole request.
    let (mut validation, mut field) = (0..MAX_VALIDATION_ERRORS, 0..MAX_FIELD_ERRORS);
    response.errors.retain(|error| {
        let left = if error.path.is_empty() { &mut validation } else { &mut field };
        left.next().is_some()
    });
    response.errors.shrink_to_fit();
    for error in &mut response.errors {
        match error.extensions.as_ref().and_then(|extensions| extensions.get("code")) {
            None => sanitise(error, is_authenticated),
            Some(code) if *code == ErrorCode::ApiError.as_str().into() => {
                error.message = format!("{} (request {request_id})", error.message);
            }
            Some(_) => {}
        }
    }
    response
}

/// Where the engine's messages start to quote the request: `Failed to parse "UUID": invalid character: found …`,
/// `Expected input type "Int", found …`, `enumeration type "role" does not contain the value …`.
const QUOTES: [&str; 3] = [": ", ", found ", " does not contain the value"];

/// How the engine starts a suggestion, which discloses names of the schema.
const SUGGESTION: &str = " Did you mean";

fn sanitise(error: &mut ServerError, may_see_schema: bool) {
    // The parser, pest, quotes the line with the error.
    let unparsed = error.message.contains("-->");
    let code = if unparsed {
        let place = error.locations.first().map_or_else(String::new, |place| {
            format!(" There is an error at line {}, column {}.", place.line, place.column)
        });
        error.message = format!("The query is not a GraphQL document.{place}");
        ErrorCode::GraphqlParseFailed
    } else {
        for quote in QUOTES {
            if let Some(index) = error.message.find(quote) {
                error.message.truncate(index);
            }
        }
        if !may_see_schema && let Some(index) = error.message.find(SUGGESTION) {
            error.message.truncate(index);
        }
        ErrorCode::GraphqlValidationFailed
    };
    error.extensions.get_or_insert_default().set("code", code.as_str());
}
