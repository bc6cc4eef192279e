//! Adds to the error of a requested change whether the change was made.

use anyhow::{Context as _, Result};
use strongroom::Error;

/// `done` is like `A is deleted`, `not_done` like `A is not deleted`.
pub fn with_outcome<T>(result: Result<T, Error>, done: &str, not_done: &str) -> Result<T> {
    match result {
        Ok(value) => Ok(value),
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

    fn check(error: Error, expected: &str) {
        let result: Result<(), _> = Err(error);
        let error = with_outcome(result, "A is set", "A is not set").expect_err("an error");
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
        check(Error::Refused { message: text() }, "A is not set: no.");
        check(Error::Forbidden { message: text() }, "no.");
        check(unreachable(false), "http://h can't be reached: no.");
        check(unreachable(true), "It is not known whether A is set: http://h can't be reached: no.");
    }
}
