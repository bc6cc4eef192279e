//! Responses to failures: a status, and texts that Vault's clients know. The only place that maps errors.
//!
//! The first text is Vault's, if it has one for the case; another may say more. None repeats anything of a body but a
//! short unknown role.

use std::borrow::Cow;

use axum::http::StatusCode;
use serde_json::json;
use strongroom_shared::{ErrorCode, Permission};

use super::reply::Reply;
use crate::domain::Denied;
use crate::graphql;
use crate::http::observe;
use crate::service::{self, LoginRefusal};

const DENIED: &str = "1 error occurred:\n\t* permission denied\n\n";
const UNSUPPORTED: &str = "1 error occurred:\n\t* unsupported operation\n\n";

type Texts = Vec<Cow<'static, str>>;

#[derive(Debug)]
pub enum Failure {
    Service(service::Error),
    /// A login with a wrong role or key, and why. The client learns only that.
    Login(service::Error),
    /// A workload's login.
    Workload(LoginRefusal),
    Refused(StatusCode, Texts),
}

impl From<service::Error> for Failure {
    fn from(error: service::Error) -> Self {
        Self::Service(error)
    }
}

impl Failure {
    pub fn new<Text: Into<Cow<'static, str>>>(
        status: StatusCode,
        texts: impl IntoIterator<Item = Text>,
    ) -> Self {
        Self::Refused(status, texts.into_iter().map(Into::into).collect())
    }

    pub fn internal() -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, ["internal error"])
    }

    pub fn busy() -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, ["the server is busy; try again"])
    }

    /// Whether the caller is denied, rather than the request wrong.
    pub const fn is_denial(&self) -> bool {
        match self {
            Self::Login(_) => true,
            Self::Workload(refusal) => !matches!(refusal, LoginRefusal::Unreachable),
            _ => false,
        }
    }

    pub fn reply(self) -> Reply {
        let (status, texts) = match self {
            Self::Refused(status, texts) => (status, texts),
            Self::Service(error) => describe(&error),
            Self::Login(cause) => {
                observe::count_refusal(ErrorCode::Unauthenticated, Some(&cause));
                (StatusCode::BAD_REQUEST, vec!["invalid role or secret ID".into()])
            }
            Self::Workload(refusal) => {
                observe::count_refusal(ErrorCode::Unauthenticated, None);
                let status = match refusal {
                    LoginRefusal::Unreachable => StatusCode::SERVICE_UNAVAILABLE,
                    _ => StatusCode::BAD_REQUEST,
                };
                (status, vec![refusal.to_string().into()])
            }
        };
        Reply::new(status, &json!({ "errors": texts }))
    }
}

fn describe(error: &service::Error) -> (StatusCode, Texts) {
    use service::Error as Cause;
    let (code, message) = graphql::error::describe(error);
    observe::count_refusal(code, Some(error));
    let denied = |reason: Cow<'static, str>| (StatusCode::FORBIDDEN, vec![DENIED.into(), reason]);
    match (code, error) {
        (ErrorCode::Unauthenticated, _) => (StatusCode::FORBIDDEN, vec!["permission denied".into()]),
        (_, Cause::OtherTeam) => denied("the API key acts in another team".into()),
        (_, Cause::Denied(reason)) => denied(describe_denied(reason).into()),
        (ErrorCode::BadUserInput, _) => (StatusCode::BAD_REQUEST, vec![message.into()]),
        (_, Cause::NoValue) => (StatusCode::NOT_FOUND, Vec::new()),
        (_, outage) if outage.is_outage() => (
            StatusCode::SERVICE_UNAVAILABLE,
            vec!["the store or the values can't be reached; try again".into()],
        ),
        _ => (StatusCode::INTERNAL_SERVER_ERROR, vec!["internal error".into()]),
    }
}

fn describe_denied(denied: &Denied) -> String {
    match denied {
        Denied::Lacks { role, permission: Permission::ReadSecretValue } => {
            format!("the role {} does not read values", role.0)
        }
        other => other.to_string().trim_end_matches('.').to_owned(),
    }
}

pub fn wrong(text: impl Into<Cow<'static, str>>) -> Failure {
    Failure::new(StatusCode::BAD_REQUEST, [text])
}

/// Nothing is there.
pub fn missing() -> Failure {
    Failure::new(StatusCode::NOT_FOUND, [""; 0])
}

pub fn forbidden(reason: &'static str) -> Failure {
    Failure::new(StatusCode::FORBIDDEN, [DENIED, reason])
}

pub fn unsupported() -> Failure {
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, [UNSUPPORTED])
}

pub fn unsupported_because(reason: String) -> Failure {
    Failure::new(StatusCode::METHOD_NOT_ALLOWED, [UNSUPPORTED.to_owned(), reason])
}

/// No mount has the path.
pub fn no_route(path: &str) -> Failure {
    let text = format!("no handler for route \"{path}\". route entry not found.");
    Failure::new(StatusCode::NOT_FOUND, [text])
}
