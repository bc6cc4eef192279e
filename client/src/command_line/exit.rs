//! The exit codes, which `docs/command-line.md` lists, and the message on standard error. `run` ends with its command's
//! code, or like `env` with 125, 126 or 127.

use std::io;
use std::process::ExitCode;

use strongroom::Error;

use super::output;

pub const NO: u8 = 1;
pub const USAGE: u8 = 2;
pub const NOT_ALLOWED: u8 = 3;
pub const UNAVAILABLE: u8 = 4;
/// `run` failed before its command started.
pub const RUN_FAILED: u8 = 125;

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

pub fn usage(message: impl Into<String>) -> anyhow::Error {
    Usage(message.into()).into()
}

pub fn with(error: &anyhow::Error, code: u8) -> ExitCode {
    // As in `strongroom list | head -1`.
    if is_closed_pipe(error) {
        return ExitCode::SUCCESS;
    }
    output::failure(&format!("{error:#}"));
    ExitCode::from(code)
}

fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

pub fn code(error: &anyhow::Error) -> u8 {
    if error.is::<Usage>() {
        return USAGE;
    }
    match error.downcast_ref::<Error>() {
        Some(
            Error::NoKey | Error::MalformedKey | Error::Unauthenticated { .. } | Error::Forbidden { .. },
        ) => NOT_ALLOWED,
        Some(
            Error::Unreachable { .. }
            | Error::Unavailable { .. }
            | Error::MalformedAnswer { .. }
            | Error::Redirected { .. },
        ) => UNAVAILABLE,
        Some(Error::Settings(_) | Error::Address { .. } | Error::Outbound(_)) => USAGE,
        _ => NO,
    }
}

#[cfg(test)]
mod tests {
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
            (Error::Unavailable { message: message() }.into(), UNAVAILABLE),
        ] {
            assert_eq!(code(&error), expected, "{error}");
        }
    }

    #[test]
    fn a_closed_pipe_is_distinguished_from_other_errors() {
        assert!(is_closed_pipe(&io::Error::from(io::ErrorKind::BrokenPipe).into()));
        assert!(!is_closed_pipe(&io::Error::from(io::ErrorKind::StorageFull).into()));
        assert!(!is_closed_pipe(&Error::NoKey.into()));
    }
}
