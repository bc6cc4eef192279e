//! Sends the operations of `strongroom_shared::operation`, and is the one place that turns what may go wrong into
//! an [`ApiError`].
//!
//! Not here: what to do about an error, which each page decides, and any state but the little in [`tab`]. The session is
//! a cookie that scripts can't read; the browser sends it by itself.
//!
//! To add an operation: write its document in `strongroom_shared::operation`, and a function in its aggregate's file
//! that sends it: a query with [`send`], a mutation with [`change`], both in the name of the team that the tab shows;
//! with [`send_as`] and [`change_as_person`] otherwise.

pub mod api_key;
pub mod audit;
pub mod member;
pub mod role;
pub mod secret;
pub mod session;
pub mod tab;
pub mod team;

use std::collections::BTreeMap;
use std::io;
use std::pin::Pin;

use cynic::Operation;
use gloo_net::http::Request;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use strongroom_shared::payload::SuccessPayload;
use strongroom_shared::{ErrorCode, Uuid};
use web_sys::AbortSignal;
use zeroize::Zeroizing;

use crate::browser;

const PATH: &str = "/graphql";

pub const SESSION_ENDED: &str = "Your session has ended. Please log in again.";

/// Long enough for a slow link, short enough that nobody wonders whether anything still happens.
const TIMEOUT_MS: u32 = 30_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// There is no session, or it has ended; with the server's reason.
    Unauthenticated(String),
    Forbidden(String),
    Refused(String),
    /// No answer: the network, the server, or the time is up.
    Unreachable,
    /// An answer that says something broke, or one that makes no sense.
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

/// An answer on its way. Boxed, so that whatever waits for it is compiled once and not for each operation.
pub type Reply<Answer> = Pin<Box<dyn Future<Output = Result<Answer, ApiError>>>>;

/// What an answer holds under `data`, not looked into yet.
type Data = Box<RawValue>;

/// Sends an operation in the name of the tab's team. An answer without what `take` wants is [`ApiError::Failed`].
fn send<Answer, Variables, Taken>(
    operation: Operation<Answer, Variables>,
    take: fn(Answer) -> Option<Taken>,
) -> Reply<Taken>
where
    Answer: DeserializeOwned + 'static,
    Variables: Serialize,
    Taken: 'static,
{
    taken(ask_for_team(encode(operation)), take)
}

/// The same in the name of `team` or, without one, of the team that the session is in.
fn send_as<Answer, Variables, Taken>(
    team: Option<Uuid>,
    operation: Operation<Answer, Variables>,
    take: fn(Answer) -> Option<Taken>,
) -> Reply<Taken>
where
    Answer: DeserializeOwned + 'static,
    Variables: Serialize,
    Taken: 'static,
{
    taken(ask(team, encode(operation)), take)
}

/// Sends a mutation that answers a [`SuccessPayload`], in the name of the team that the tab shows.
fn change<Answer, Variables: Serialize>(operation: Operation<Answer, Variables>) -> Reply<()> {
    done(ask_for_team(encode(operation)))
}

/// The same in the name of the team that the session is in, if any.
fn change_as_person<Answer, Variables: Serialize>(operation: Operation<Answer, Variables>) -> Reply<()> {
    done(ask(None, encode(operation)))
}

fn taken<Answer, Taken>(asked: Reply<Data>, take: fn(Answer) -> Option<Taken>) -> Reply<Taken>
where
    Answer: DeserializeOwned + 'static,
    Taken: 'static,
{
    Box::pin(async move {
        let data = asked.await?;
        let answer = serde_json::from_str::<Answer>(data.get()).ok();
        answer.and_then(take).ok_or_else(nonsense)
    })
}

/// A mutation's answer has one field, whatever that is called; so this need not be compiled for each of them.
fn done(asked: Reply<Data>) -> Reply<()> {
    Box::pin(async move {
        let data = asked.await?;
        serde_json::from_str::<BTreeMap<String, SuccessPayload>>(data.get())
            .ok()
            .and_then(|answer| answer.into_values().next())
            .ok_or_else(nonsense)?
            .into_result()
            .map_err(ApiError::Refused)
    })
}

/// For what others may have done meanwhile: `false` where the server refused because there is nothing left to do it to.
pub fn unless_gone(asked: Reply<()>) -> Reply<bool> {
    Box::pin(async move {
        match asked.await {
            Ok(()) => Ok(true),
            Err(ApiError::Refused(_)) => Ok(false),
            Err(error) => Err(error),
        }
    })
}

fn ask_for_team(body: Option<Zeroizing<String>>) -> Reply<Data> {
    let asked = ask(tab::team(), body);
    Box::pin(async move {
        let answer = asked.await;
        if matches!(answer, Err(ApiError::Forbidden(_))) {
            tab::tell_denied();
        }
        answer
    })
}

fn ask(team: Option<Uuid>, body: Option<Zeroizing<String>>) -> Reply<Data> {
    Box::pin(async move {
        let (status, text) = post(team, body.ok_or_else(nonsense)?).await?;
        read(status, &text)
    })
}

/// Posts a body and waits for the answer: its status and text.
async fn post(team: Option<Uuid>, body: Zeroizing<String>) -> Result<(u16, String), ApiError> {
    let mut request = Request::post(&browser::link(PATH))
        .header("content-type", "application/json")
        .header("accept", "application/json");
    if let Some(team) = team {
        request = request.header(tab::TEAM_HEADER, &team.to_string());
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

/// The body to post. It may hold a value or a password: one buffer of the right size, overwritten when dropped.
fn encode(operation: impl Serialize) -> Option<Zeroizing<String>> {
    // Behind `dyn`, the two writers share the code that writes.
    let write = |writer: &mut dyn io::Write| serde_json::to_writer(writer, &operation).ok();
    let mut length = ByteCount(0);
    write(&mut length)?;
    let mut body = Vec::with_capacity(length.0);
    write(&mut body)?;
    drop(operation);
    String::from_utf8(body).ok().map(Zeroizing::new)
}

/// Counts what is written and keeps nothing of it.
pub struct ByteCount(pub usize);

impl io::Write for ByteCount {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
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
    // Errors first, and without `data`: of a refused field, it is null where the type promises something.
    let (data, errors) = answer.map_or((None, Vec::new()), |answer| (answer.data, answer.errors));
    if let Some(error) = errors.into_iter().next() {
        return Err(meaning(error));
    }
    if !(200..300).contains(&status) {
        return Err(match status {
            // Strongroom itself reports this through GraphQL.
            401 | 407 => ApiError::Failed(format!(
                "A proxy in front of Strongroom asks for a login of its own (status {status}). Reload the page."
            )),
            403 => ApiError::Forbidden("The server refused the request.".to_owned()),
            413 => ApiError::Refused("That is more than the server accepts at once.".to_owned()),
            429 => ApiError::Refused("Too many attempts. Wait a moment and try again.".to_owned()),
            502..=504 => ApiError::Unreachable,
            _ => ApiError::Failed(format!("The server answered with an error (status {status}).")),
        });
    }
    data.map(ToOwned::to_owned).ok_or_else(nonsense)
}

fn meaning(error: AnswerError) -> ApiError {
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

fn nonsense() -> ApiError {
    ApiError::Failed("The server's answer could not be understood. Reload the page and try again.".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(status: u16, body: &str, expected: Result<&str, ApiError>) {
        let found = read(status, body).map(|data| data.get().to_owned());
        assert_eq!(found, expected.map(ToOwned::to_owned), "{status} {body}");
    }

    #[test]
    fn data_is_read() {
        check(200, r#"{"data":{"secret_names":["a","b"]}}"#, Ok(r#"{"secret_names":["a","b"]}"#));
    }

    #[test]
    fn codes_tell_errors_apart() {
        let with = |code: &str| {
            format!(
                r#"{{"errors":[{{"message":"No.","extensions":{{"code":"{code}"}}}}],"data":{{"secret_names":null}}}}"#
            )
        };
        check(200, &with("UNAUTHENTICATED"), Err(ApiError::Unauthenticated("No.".into())));
        check(200, &with("FORBIDDEN"), Err(ApiError::Forbidden("No.".into())));
        check(200, &with("BAD_USER_INPUT"), Err(ApiError::Refused("No.".into())));
        check(200, &with("API_ERROR"), Err(ApiError::Failed("No.".into())));
        check(400, &with("SOMETHING_NEW"), Err(ApiError::Failed("No.".into())));
        check(200, r#"{"errors":[{"message":"No."}]}"#, Err(ApiError::Failed("No.".into())));
    }

    #[test]
    fn answers_that_are_not_graphql_are_told_by_their_status() {
        check(502, "<html>", Err(ApiError::Unreachable));
        assert!(matches!(read(401, ""), Err(ApiError::Failed(message)) if message.contains("proxy")));
        check(200, "<html>", Err(nonsense()));
        check(200, "{}", Err(nonsense()));
    }

    #[test]
    fn a_body_is_encoded_in_one_piece() {
        let body = encode(serde_json::json!({ "a": "é\n" })).expect("encodable");
        assert_eq!(body.as_str(), "{\"a\":\"é\\n\"}");
        assert_eq!(body.capacity(), body.len());
    }
}
