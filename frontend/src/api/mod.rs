//! Sends the operations of `strongroom_shared::operation`, and turns everything that may go wrong into an [`ApiError`].
//!
//! Each page decides what to do about an error. The session is a cookie that scripts can't read; the browser sends it by
//! itself.
//!
//! To add a mutation: declare it in `strongroom_shared::operation`, and pass its input to [`change`]. To add a query:
//! declare it there, too, and add a function to [`query`].

mod early;
mod query;

use std::collections::BTreeMap;
use std::mem;
use std::pin::Pin;

use cynic::Operation;
use gloo_net::http::Request;
use leptos::task::spawn_local;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use strongroom_shared::operation::MutationInput;
use strongroom_shared::payload::SuccessPayload;
use strongroom_shared::{ErrorCode, Uuid, json};
use web_sys::AbortSignal;
use zeroize::Zeroizing;

pub use self::query::*;
use crate::browser;
use crate::session::Session;

const PATH: &str = "/graphql";

const TEAM_HEADER: &str = "X-PREFECT-TENANT-ID";

pub const SESSION_ENDED: &str = "Your session has ended. Please log in again.";

/// Long enough for a slow connection, short enough for an impatient user.
const TIMEOUT_MS: u32 = 30_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// No session, with the server's reason.
    Unauthenticated(String),
    Forbidden(String),
    Refused(String),
    /// A network error, a server that is down, or a timeout.
    Unreachable,
    /// An internal error of the server, or a malformed response.
    Failed(String),
}

impl ApiError {
    pub const fn is_unauthenticated(&self) -> bool {
        matches!(self, Self::Unauthenticated(_))
    }

    pub fn message(&self) -> String {
        match self {
            Self::Unauthenticated(_) => SESSION_ENDED.to_owned(),
            Self::Forbidden(message) | Self::Refused(message) | Self::Failed(message) => message.clone(),
            Self::Unreachable => {
                "The server can't be reached. Check your connection and try again.".to_owned()
            }
        }
    }
}

/// A pending response. Boxed, so that code that waits for one is compiled once and not for each operation.
pub type Reply<Answer> = Pin<Box<dyn Future<Output = Result<Answer, ApiError>>>>;

/// The `data` of a response, not parsed yet.
type Data = Box<RawValue>;

/// Sends a mutation in the name of the tab's team.
pub fn mutate<Input: MutationInput>(input: Input) -> Reply<Input::Payload> {
    payload(ask_for_team(encode(input.operation())))
}

/// Sends a mutation that can only succeed or be refused, in the name of the tab's team.
pub fn change<Input: MutationInput<Payload = SuccessPayload>>(input: Input) -> Reply<()> {
    done(mutate(input))
}

/// The same in the name of the session's own team, if any.
pub fn change_as_person<Input: MutationInput<Payload = SuccessPayload>>(input: Input) -> Reply<()> {
    done(payload(ask(None, encode(input.operation()))))
}

/// Sends a query in the name of the tab's team. A response that `take` rejects is [`ApiError::Failed`].
fn send<Answer: DeserializeOwned + 'static, Taken: 'static>(
    operation: Operation<Answer, impl Serialize>,
    take: fn(Answer) -> Option<Taken>,
) -> Reply<Taken> {
    taken(ask_for_team(encode(operation)), take)
}

/// The same in the name of `team` or, without one, of the session's own team.
fn send_as<Answer: DeserializeOwned + 'static, Taken: 'static>(
    team: Option<Uuid>,
    operation: Operation<Answer, impl Serialize>,
    take: fn(Answer) -> Option<Taken>,
) -> Reply<Taken> {
    taken(ask(team, encode(operation)), take)
}

fn taken<Answer: DeserializeOwned + 'static, Taken: 'static>(
    asked: Reply<Data>,
    take: fn(Answer) -> Option<Taken>,
) -> Reply<Taken> {
    Box::pin(async move {
        let answer = serde_json::from_str::<Answer>(asked.await?.get()).ok();
        answer.and_then(take).ok_or_else(malformed)
    })
}

/// The payload of a mutation. Its response has one field, whatever the name.
fn payload<Payload: DeserializeOwned + 'static>(asked: Reply<Data>) -> Reply<Payload> {
    taken(asked, |answer: BTreeMap<String, Payload>| answer.into_values().next())
}

fn done(asked: Reply<SuccessPayload>) -> Reply<()> {
    Box::pin(async move { asked.await?.into_result().map_err(ApiError::Refused) })
}

/// `false` if the server refused, because somebody else has done it already.
pub fn false_if_gone(asked: Reply<()>) -> Reply<bool> {
    Box::pin(async move {
        match asked.await {
            Ok(()) => Ok(true),
            Err(ApiError::Refused(_)) => Ok(false),
            Err(error) => Err(error),
        }
    })
}

fn ask_for_team(body: Option<Zeroizing<String>>) -> Reply<Data> {
    let session = Session::of_tab();
    let asked = ask(session.and_then(Session::team), body);
    Box::pin(async move {
        asked.await.inspect_err(|error| {
            // The user's permissions differ from those the page knows.
            if let (ApiError::Forbidden(_), Some(session)) = (error, session) {
                spawn_local(session.recheck());
            }
        })
    })
}

fn ask(team: Option<Uuid>, body: Option<Zeroizing<String>>) -> Reply<Data> {
    Box::pin(async move {
        let body = body.ok_or_else(malformed)?;
        if let Some(text) = early::take(&body).await {
            return read(200, &text);
        }
        let (status, text) = post(team, body).await?;
        read(status, &text)
    })
}

/// Posts a body; returns the status and text of the response.
async fn post(team: Option<Uuid>, body: Zeroizing<String>) -> Result<(u16, String), ApiError> {
    let mut request = Request::post(&browser::link(PATH))
        .header("content-type", "application/json")
        .header("accept", "application/json");
    if let Some(team) = team {
        request = request.header(TEAM_HEADER, &team.to_string());
    }
    let request = request
        .abort_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)))
        .body(body.as_str())
        .map_err(|_| ApiError::Unreachable)?;
    drop(body);
    let response = request.send().await.map_err(|_| ApiError::Unreachable)?;
    let text = response.text().await.map_err(|_| ApiError::Unreachable)?;
    Ok((response.status(), text))
}

/// The body to post.
fn encode(operation: impl Serialize) -> Option<Zeroizing<String>> {
    let mut body = json::encode(&operation).ok()?;
    drop(operation);
    String::from_utf8(mem::take(&mut *body)).ok().map(Zeroizing::new)
}

#[derive(Deserialize)]
struct Answer<'body> {
    #[serde(borrow)]
    data: Option<&'body RawValue>,
    #[serde(default)]
    errors: Vec<AnswerError>,
}

#[derive(Deserialize)]
struct AnswerError {
    #[serde(default)]
    message: String,
    #[serde(default)]
    extensions: AnswerExtensions,
}

#[derive(Default, Deserialize)]
struct AnswerExtensions {
    #[serde(default)]
    code: String,
}

fn read(status: u16, body: &str) -> Result<Data, ApiError> {
    let answer = serde_json::from_str::<Answer<'_>>(body);
    // Errors first: `data` may then be null where the type promises something.
    let (data, errors) = answer.map_or((None, Vec::new()), |answer| (answer.data, answer.errors));
    if let Some(error) = errors.into_iter().next() {
        return Err(classify(error));
    }
    if !(200..300).contains(&status) {
        return Err(match status {
            // Strongroom itself reports this through GraphQL.
            401 | 407 => ApiError::Failed(format!(
                "A proxy in front of Strongroom wants you to log in (status {status}). Reload the page."
            )),
            403 => ApiError::Forbidden("The server refused the request.".to_owned()),
            413 => ApiError::Refused("The request is too large for the server.".to_owned()),
            429 => ApiError::Refused("Too many attempts. Wait a moment and try again.".to_owned()),
            502..=504 => ApiError::Unreachable,
            _ => ApiError::Failed(format!("The server answered with an error (status {status}).")),
        });
    }
    data.map(ToOwned::to_owned).ok_or_else(malformed)
}

fn classify(error: AnswerError) -> ApiError {
    let message = if error.message.is_empty() {
        "The server refused without a reason.".to_owned()
    } else {
        error.message
    };
    match ErrorCode::parse(&error.extensions.code) {
        Some(ErrorCode::Unauthenticated) => ApiError::Unauthenticated(message),
        Some(ErrorCode::Forbidden) => ApiError::Forbidden(message),
        Some(ErrorCode::BadUserInput) => ApiError::Refused(message),
        _ => ApiError::Failed(message),
    }
}

fn malformed() -> ApiError {
    ApiError::Failed(
        "The server sent a response that the page can't read. Reload the page and try again.".to_owned(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, expected: Result<&str, ApiError>) {
        let found = read(status, body).map(|data| data.get().to_owned());
        assert_eq!(found, expected.map(ToOwned::to_owned), "{status} {body}");
    }

    #[test]
    fn responses_are_data_or_typed_errors() {
        let with = |code: &str| {
            format!(
                r#"{{"errors":[{{"message":"No.","extensions":{{"code":"{code}"}}}}],"data":{{"secret_names":null}}}}"#
            )
        };
        check(200, r#"{"data":{"secret_names":["a","b"]}}"#, Ok(r#"{"secret_names":["a","b"]}"#));
        check(200, &with("UNAUTHENTICATED"), Err(ApiError::Unauthenticated("No.".into())));
        check(200, &with("FORBIDDEN"), Err(ApiError::Forbidden("No.".into())));
        check(200, &with("BAD_USER_INPUT"), Err(ApiError::Refused("No.".into())));
        check(200, &with("API_ERROR"), Err(ApiError::Failed("No.".into())));
        check(400, &with("SOMETHING_NEW"), Err(ApiError::Failed("No.".into())));
        check(200, r#"{"errors":[{"message":"No."}]}"#, Err(ApiError::Failed("No.".into())));
        check(200, "<html>", Err(malformed()));
        check(200, "{}", Err(malformed()));
        check(502, "<html>", Err(ApiError::Unreachable));
        assert!(matches!(read(401, ""), Err(ApiError::Failed(message)) if message.contains("proxy")));
    }

    #[test]
    fn body_is_encoded_into_one_buffer() {
        let body = encode(serde_json::json!({ "a": "é\n" })).expect("encodable");
        assert_eq!(body.as_str(), "{\"a\":\"é\\n\"}");
        assert_eq!(body.capacity(), body.len());
    }
}
