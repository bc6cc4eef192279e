//! The exit codes, which `docs/command-line.md` lists, and error messages. `run` ends with its command's
//! code, or like `env` with 125, 126 or 127.

use std::io;
use std::process::ExitCode;

use anyhow::Context as _;
use strongroom::Error;

use super::output;

pub const NO: u8 = 1;
pub const USAGE: u8 = 2;
pub const NOT_ALLOWED: u8 = 3;
pub const UNAVAILABLE: u8 = 4;
/// `run` failed before its command started.
pub const RUN_FAILED: u8 = 125;
pub const NOT_EXECUTABLE: u8 = 126;
pub const NOT_FOUND: u8 = 127;

/// An error with its own exit code.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
struct Failure {
    code: u8,
    message: String,
}

pub fn failure(code: u8, message: impl Into<String>) -> anyhow::Error {
    Failure { code, message: message.into() }.into()
}

pub fn usage(message: impl Into<String>) -> anyhow::Error {
    failure(USAGE, message)
}

pub fn report(error: &anyhow::Error, code: u8) -> ExitCode {
    // As in `strongroom list | head -1`.
    let io_error = error.downcast_ref::<io::Error>();
    if io_error.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    output::failure(&format!("{error:#}"));
    ExitCode::from(code)
}

pub fn code(error: &anyhow::Error) -> u8 {
    if let Some(Failure { code, .. }) = error.downcast_ref() {
        return *code;
    }
    match error.downcast_ref::<Error>() {
        Some(
            Error::NoKey
            | Error::EmptyKey
            | Error::MalformedKey
            | Error::Unauthenticated { .. }
            | Error::LoginRefused { .. }
            | Error::Forbidden { .. },
        ) => NOT_ALLOWED,
        Some(
            Error::Unreachable { .. }
            | Error::Unavailable { .. }
            | Error::LoginUnavailable { .. }
            | Error::NoLogins { .. }
            | Error::MalformedAnswer { .. }
            | Error::Redirected { .. },
        ) => UNAVAILABLE,
        Some(
            Error::Settings(_)
            | Error::Address { .. }
            | Error::Outbound(_)
            | Error::NoToken
            | Error::Token { .. },
        ) => USAGE,
        _ => NO,
    }
}

/// `run` has its own codes, by which a supervisor distinguishes its errors from the command's.
pub fn code_of_run(error: &anyhow::Error) -> u8 {
    match error.downcast_ref() {
        Some(Failure { code: code @ (NOT_EXECUTABLE | NOT_FOUND), .. }) => *code,
        _ => RUN_FAILED,
    }
}

/// Adds to the error of a change whether the change was made. `done` is like `A was deleted`, `not_done` like
/// `Could not delete A`, which is left out if the server's message begins with `Nothing was deleted`.
pub fn with_outcome<T>(result: Result<T, Error>, done: &str, not_done: &str) -> anyhow::Result<T> {
    match result {
        Ok(value) => Ok(value),
        Err(Error::Refused { message }) if message.starts_with("Nothing was ") => {
            Err(Error::Refused { message }.into())
        }
        Err(error @ Error::Refused { .. }) => Err(error).context(not_done.to_owned()),
        Err(error @ (Error::Unreachable { may_have_arrived: true, .. } | Error::Unavailable { .. })) => {
            Err(error).with_context(|| format!("It is not known whether {done}"))
        }
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use strongroom::Obstacle;

    use super::*;

    #[test]
    fn each_kind_of_error_has_its_code() {
        let message = || "no".to_owned();
        for (error, expected) in [
            (Error::SecretNotFound { name: message() }.into(), NO),
            (Error::Refused { message: message() }.into(), NO),
            (usage("no"), USAGE),
            (Error::NoKey.into(), NOT_ALLOWED),
            (anyhow::Error::from(Error::NoKey).context("while looking"), NOT_ALLOWED),
            (Error::Forbidden { message: message() }.into(), NOT_ALLOWED),
            (Error::LoginRefused { message: message() }.into(), NOT_ALLOWED),
            (Error::LoginUnavailable { message: message() }.into(), UNAVAILABLE),
            (Error::NoToken.into(), USAGE),
            (Error::Unavailable { message: message() }.into(), UNAVAILABLE),
        ] {
            assert_eq!(code(&error), expected, "{error}");
        }
    }

    fn check(error: Error, expected: &str) {
        let result: Result<(), _> = Err(error);
        let error = with_outcome(result, "A was set", "Could not set A").expect_err("an error");
        assert_eq!(format!("{error:#}"), expected);
        assert!(error.downcast_ref::<Error>().is_some(), "the error keeps its type");
    }

    #[test]
    fn an_error_says_whether_it_was_done() {
        let text = || "no.".to_owned();
        let unreachable = |may_have_arrived| Error::Unreachable {
            server: "http://h".to_owned(),
            obstacle: Obstacle::Other,
            reason: text(),
            may_have_arrived,
        };
        check(Error::Refused { message: text() }, "Could not set A: no.");
        let nothing = "Nothing was set: no.";
        check(Error::Refused { message: nothing.to_owned() }, nothing);
        check(Error::Forbidden { message: text() }, "no.");
        let login = Error::LoginUnavailable { message: text() };
        check(login, "Logging in is temporarily unavailable: no.");
        check(unreachable(false), "http://h can't be reached: no.");
        check(unreachable(true), "It is not known whether A was set: http://h can't be reached: no.");
    }
}
