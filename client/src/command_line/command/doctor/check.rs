//! The result of a check.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use crate::command_line::output;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    Ok,
    Warning,
    Error,
}

impl Outcome {
    const fn mark(self) -> (char, Style) {
        match self {
            Self::Ok => ('✓', AnsiColor::Green.on_default()),
            Self::Warning => ('!', AnsiColor::Yellow.on_default().bold()),
            Self::Error => ('✗', AnsiColor::Red.on_default().bold()),
        }
    }
}

#[derive(Debug, Serialize)]
pub struct Check {
    name: &'static str,
    pub outcome: Outcome,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl Check {
    pub fn ok(name: &'static str, message: impl Into<String>) -> Self {
        Self { name, outcome: Outcome::Ok, message: message.into(), advice: None }
    }

    pub fn warning(name: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { outcome: Outcome::Warning, advice: Some(advice.into()), ..Self::ok(name, message) }
    }

    pub fn error(name: &'static str, message: impl Into<String>, advice: impl Into<String>) -> Self {
        Self { outcome: Outcome::Error, ..Self::warning(name, message, advice) }
    }

    #[cfg(test)]
    pub fn assert(&self, outcome: Outcome, part: &str) {
        let text = format!("{} {}", self.message, self.advice.as_deref().unwrap_or_default());
        assert_eq!(self.outcome, outcome, "{text}");
        assert!(text.contains(part), "{text}");
        assert_eq!(self.advice.is_none(), outcome == Outcome::Ok, "anything but OK has advice: {text}");
    }
}

pub fn shown(checks: &[Check]) -> String {
    let width = checks.iter().map(|check| check.name.len()).max().unwrap_or(0);
    let mut text = String::new();
    for check in checks {
        let (mark, style) = check.outcome.mark();
        let message = output::printable(&check.message);
        // Writing to a string can't fail.
        let _ = writeln!(text, "{style}{mark}{style:#} {:width$}  {message}", check.name);
        if let Some(advice) = &check.advice {
            let _ = writeln!(text, "  {:width$}  → {}", "", output::printable(advice));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_have_a_line_each_and_one_for_advice() {
        let checks = [Check::ok("a", "well."), Check::error("longer", "bad\u{1b}[2J.", "Do it.")];
        let text = anstream::adapter::strip_str(&shown(&checks)).to_string();
        assert_eq!(text, "✓ a       well.\n✗ longer  bad‹U+001B›[2J.\n          → Do it.\n");
    }
}
