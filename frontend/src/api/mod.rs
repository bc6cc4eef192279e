//! Sends the operations of `strongroom_shared::operation`, and turns everything that may go wrong into an [`ApiError`].
//!
//! Each page decides what to do about an error. The session is a cookie that scripts can't read; the browser sends it by
//! itself.
//!
//! To add a mutation: declare it in `strongroom_shared::operation`, and pass its input to [`change`]. To add a query:
//! declare it there, too, and add a function to [`query`]. Only what the login page and the Secrets page need at once is in
//! [`first`].

mod early;
mod first;
mod json;
mod query;

use std::cell::Cell;
use std::pin::Pin;

use cynic::Operation;
use gloo_net::http::Request;
use js_sys::SyntaxError;
use leptos::prelude::{Callable as _, Callback, GetValue as _, StoredValue};
use serde::Serialize;
use serde::de::DeserializeOwned;
use strongroom_shared::operation::MutationInput;
use strongroom_shared::payload::SuccessPayload;
use strongroom_shared::{ErrorCode, Uuid};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

pub use self::first::*;
use self::json::Json;
pub use self::query::*;
use crate::browser;

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

/// What requests need of the session.
#[derive(Clone, Copy)]
pub struct Tab {
    pub team: StoredValue<Option<Uuid>>,
    pub denied: Callback<()>,
}

thread_local! {
    static TAB: Cell<Option<Tab>> = const { Cell::new(None) };
}

pub fn serve(tab: Tab) {
    TAB.set(Some(tab));
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
    asked: Reply<Json>,
    take: fn(Answer) -> Option<Taken>,
) -> Reply<Taken> {
    let read = move |text: &str| serde_json::from_str::<Answer>(text).ok().and_then(take);
    once_read(asked, Box::new(read))
}

type Reading<Taken> = Box<dyn FnOnce(&str) -> Option<Taken>>;

/// Does not know the type of the response, so that fewer waits are compiled.
fn once_read<Taken: 'static>(asked: Reply<Json>, read: Reading<Taken>) -> Reply<Taken> {
    Box::pin(async move { read(&asked.await?.to_text()).ok_or_else(malformed) })
}

/// The payload of a mutation. Its response has one field, whatever the name.
fn payload<Payload: DeserializeOwned + 'static>(asked: Reply<Json>) -> Reply<Payload> {
    taken(only_field(asked), Some)
}

fn only_field(asked: Reply<Json>) -> Reply<Json> {
    Box::pin(async move { asked.await?.only_field().ok_or_else(malformed) })
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

fn ask_for_team(body: Option<JsValue>) -> Reply<Json> {
    let tab = TAB.get();
    let asked = ask(tab.and_then(|tab| tab.team.get_value()), body);
    Box::pin(async move {
        asked.await.inspect_err(|error| {
            // The user's permissions differ from those the page knows.
            if let (ApiError::Forbidden(_), Some(tab)) = (error, tab) {
                tab.denied.run(());
            }
        })
    })
}

fn ask(team: Option<Uuid>, body: Option<JsValue>) -> Reply<Json> {
    Box::pin(async move {
        let body = body.ok_or_else(malformed)?;
        let (status, answer) = match early::take(&body).await {
            Some(answer) => (200, Some(answer)),
            None => post(team, body).await?,
        };
        read(status, answer.as_ref().map(Answer::of))
    })
}

/// Posts a body; returns the status and the content of the response, if that is JSON.
async fn post(team: Option<Uuid>, body: JsValue) -> Result<(u16, Option<Json>), ApiError> {
    let mut request = Request::post(&browser::link(PATH))
        .header("content-type", "application/json")
        .header("accept", "application/json");
    if let Some(team) = team {
        request = request.header(TEAM_HEADER, &team.to_string());
    }
    let request = request
        .abort_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)))
        .body(body)
        .map_err(|_| ApiError::Unreachable)?;
    let response = request.send().await.map_err(|_| ApiError::Unreachable)?;
    let status = response.status();
    let content = web_sys::Response::from(response).json().map_err(|_| ApiError::Unreachable)?;
    match JsFuture::from(content).await {
        Ok(content) => Ok((status, Some(Json(content)))),
        Err(error) if error.is_instance_of::<SyntaxError>() => Ok((status, None)),
        Err(_) => Err(ApiError::Unreachable),
    }
}

/// The body to post.
fn encode(operation: impl Serialize) -> Option<JsValue> {
    let body = strongroom_shared::json::encode(&operation).ok()?;
    drop(operation);
    str::from_utf8(&body).ok().map(JsValue::from_str)
}

/// The content of a response.
struct Answer<Data> {
    data: Option<Data>,
    error: Option<AnswerError>,
}

#[derive(Default)]
struct AnswerError {
    message: String,
    code: String,
}

impl Answer<Json> {
    fn of(content: &Json) -> Self {
        let error = content.list("errors", |error| {
            let code = error.field("extensions").and_then(|extensions| extensions.text("code"));
            let message = error.text("message").unwrap_or_default();
            Some(AnswerError { message, code: code.unwrap_or_default() })
        });
        Self { data: content.field("data"), error: error.and_then(|errors| errors.into_iter().next()) }
    }
}

fn read<Data>(status: u16, answer: Option<Answer<Data>>) -> Result<Data, ApiError> {
    // Errors first: `data` may then be null where the type promises something.
    let (data, error) = answer.map_or((None, None), |answer| (answer.data, answer.error));
    if let Some(error) = error {
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
    data.ok_or_else(malformed)
}

fn classify(error: AnswerError) -> ApiError {
    let message = if error.message.is_empty() {
        "The server refused, but gave no reason.".to_owned()
    } else {
        error.message
    };
    match ErrorCode::parse(&error.code) {
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

    /// As [`Answer::of`] reads it, without a browser.
    fn answer_of(body: &str) -> Option<Answer<String>> {
        let content = serde_json::from_str::<serde_json::Value>(body).ok()?;
        let error = content["errors"].get(0).map(|error| AnswerError {
            message: error["message"].as_str().unwrap_or_default().to_owned(),
            code: error["extensions"]["code"].as_str().unwrap_or_default().to_owned(),
        });
        Some(Answer { data: content.get("data").map(ToString::to_string), error })
    }

    fn check(status: u16, body: &str, expected: Result<&str, ApiError>) {
        let found = read(status, answer_of(body));
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
        assert!(
            matches!(read(401, answer_of("")), Err(ApiError::Failed(message)) if message.contains("proxy"))
        );
    }
}
