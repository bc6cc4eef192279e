//! Rules that inputs break.

use std::borrow::Cow;

use thiserror::Error;

/// The rule that an input breaks, in words for its sender. It repeats nothing of the input.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{0}")]
pub struct Rule(Cow<'static, str>);

impl Rule {
    pub(crate) fn new(text: impl Into<Cow<'static, str>>) -> Self {
        Self(text.into())
    }

    /// Refuses an input unless the rule holds.
    pub(crate) fn require(holds: bool, rule: &'static str) -> Result<(), Self> {
        if holds { Ok(()) } else { Err(Self::new(rule)) }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn into_text(self) -> Cow<'static, str> {
        self.0
    }
}

impl<Text: Into<Cow<'static, str>>> From<Text> for Rule {
    fn from(text: Text) -> Self {
        Self::new(text)
    }
}
