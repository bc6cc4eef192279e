//! Sends the operations of `strongroom_shared::operation`, and is the one place that turns what may go wrong into
//! an [`ApiError`].
//!
//! Not here: what to do about an error, which each page decides, and any state but the little in [`tab`]. The session is
//! a cookie that scripts can't read; the browser sends it by itself.
//!
//! To add an operation: write its document in `strongroom_shared::operation`, and a function in its aggregate's file
//! that sends it: with [`send`] in the name of the team that the tab shows, with [`send_as`] otherwise.

pub mod api_key;
pub mod audit;
pub mod member;
pub mod role;
pub mod secret;
pub mod session;
pub mod tab;
pub mod team;

use std::io;

use cynic::Operation;
use gloo_net::http::Request;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use strongroom_shared::payload::SuccessPayload;
use strongroom_shared::{ErrorCode, Uuid};
use web_sys::AbortSignal;
use zeroize::Zeroizing;

const PATH: &str = "/graphql";

/// Long enough for a slow link, short enough that nobody wonders whether anything still happens.
const TIMEOUT_MS: u32 = 30_000;

/// Why an operation did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// There is no session, or it has ended.
    Unauthenticated,
    /// The session's role does not allow it.
    Forbidden(String),
    /// The server understood and said no.
    Refused(String),
    /// No answer: the network, the server, or the time is up.
    Unreachable,
    /// An answer that says something broke, or one that makes no sense.
    Failed(String),
}

impl ApiError {
    /// What happened, in words for the person at the screen.
    pub fn message(&self) -> String {
        match self {
            Self::Unauthenticated => "Your session has ended. Please log in again.".to_owned(),
            Self::Forbidden(message) | Self::Refused(message) | Self::Failed(message) => message.clone(),
            Self::Unreachable => {
                "The server can't be reached. Check your connection and try again.".to_owned()
            }
        }
    }
}

fn done(payload: Option<SuccessPayload>) -> Result<(), ApiError> {
    payload
        .ok_or_else(nonsense)?
        .into_result()
        .map_err(ApiError::Refused)
}

/// Sends an operation in the name of the team that the tab shows.
async fn send<Answer, Variables>(operation: Operation<Answer, Variables>) -> Result<Answer, ApiError>
where
    Answer: DeserializeOwned,
    Variables: Serialize,
{
    let answer = send_as(tab::team(), operation).await;
    if matches!(answer, Err(ApiError::Forbidden(_))) {
        tab::tell_denied();
    }
    answer
}

/// Sends an operation in the name of `team` or, without one, of the team that the session is in.
async fn send_as<Answer, Variables>(
    team: Option<Uuid>,
    operation: Operation<Answer, Variables>,
) -> Result<Answer, ApiError>
where
    Answer: DeserializeOwned,
    Variables: Serialize,
{
    let body = encode(&operation).ok_or_else(nonsense)?;
    drop(operation);
    let (status, text) = post(team, body).await?;
    read(status, &text)
}

/// Posts a body and waits for the answer: its status and text. Not generic, so that it is compiled once.
async fn post(team: Option<Uuid>, body: Zeroizing<String>) -> Result<(u16, String), ApiError> {
    let mut request = Request::post(PATH)
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
fn encode(operation: &impl Serialize) -> Option<Zeroizing<String>> {
    let mut length = ByteCount(0);
    serde_json::to_writer(&mut length, operation).ok()?;
    let mut body = Vec::with_capacity(length.0);
    serde_json::to_writer(&mut body, operation).ok()?;
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
#[serde(bound = "Data: DeserializeOwned")]
struct Answer<Data> {
    data: Option<Data>,
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

/// What the server's answer means.
fn read<Data: DeserializeOwned>(status: u16, body: &str) -> Result<Data, ApiError> {
    // Errors first, and without `data`: of a refused field, it is null where the type promises something.
    if let Ok(Answer { errors, .. }) = serde_json::from_str::<Answer<serde::de::IgnoredAny>>(body)
        && let Some(error) = errors.into_iter().next()
    {
        return Err(meaning(error));
    }
    if !(200..300).contains(&status) {
        return Err(match status {
            401 => ApiError::Unauthenticated,
            403 => ApiError::Forbidden("The server refused the request.".to_owned()),
            413 => ApiError::Refused("That is more than the server accepts at once.".to_owned()),
            429 => ApiError::Refused("Too many attempts. Wait a moment and try again.".to_owned()),
            502..=504 => ApiError::Unreachable,
            _ => ApiError::Failed(format!("The server answered with an error (status {status}).")),
        });
    }
    serde_json::from_str::<Answer<Data>>(body)
        .ok()
        .and_then(|answer| answer.data)
        .ok_or_else(nonsense)
}

fn meaning(error: AnswerError) -> ApiError {
    let message = if error.message.is_empty() {
        "The server refused without a reason.".to_owned()
    } else {
        error.message
    };
    match ErrorCode::parse(&error.extensions.code) {
        Some(ErrorCode::Unauthenticated) => ApiError::Unauthenticated,
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

    #[derive(Debug, Deserialize, PartialEq)]
    struct Names {
        secret_names: Vec<String>,
    }

    fn check(status: u16, body: &str, expected: Result<&[&str], ApiError>) {
        let found = read::<Names>(status, body).map(|names| names.secret_names);
        let expected = expected.map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(found, expected, "{status} {body}");
    }

    #[test]
    fn data_is_read() {
        check(200, r#"{"data":{"secret_names":["a","b"]}}"#, Ok(&["a", "b"]));
    }

    #[test]
    fn codes_tell_errors_apart() {
        let with = |code: &str| {
            format!(
                r#"{{"errors":[{{"message":"No.","extensions":{{"code":"{code}"}}}}],"data":{{"secret_names":null}}}}"#
            )
        };
        check(200, &with("UNAUTHENTICATED"), Err(ApiError::Unauthenticated));
        check(200, &with("FORBIDDEN"), Err(ApiError::Forbidden("No.".into())));
        check(200, &with("BAD_USER_INPUT"), Err(ApiError::Refused("No.".into())));
        check(200, &with("API_ERROR"), Err(ApiError::Failed("No.".into())));
        check(400, &with("SOMETHING_NEW"), Err(ApiError::Failed("No.".into())));
        check(
            200,
            r#"{"errors":[{"message":"No."}]}"#,
            Err(ApiError::Failed("No.".into())),
        );
    }

    #[test]
    fn answers_that_are_not_graphql_are_told_by_their_status() {
        check(502, "<html>", Err(ApiError::Unreachable));
        check(401, "", Err(ApiError::Unauthenticated));
        check(200, "<html>", Err(nonsense()));
        check(200, "{}", Err(nonsense()));
    }

    #[test]
    fn a_body_is_encoded_in_one_piece() {
        let body = encode(&serde_json::json!({ "a": "é\n" })).expect("encodable");
        assert_eq!(body.as_str(), "{\"a\":\"é\\n\"}");
        assert_eq!(body.capacity(), body.len());
    }
}
