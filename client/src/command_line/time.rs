//! Times for people: how long ago where they look on a terminal, and otherwise to the minute, in UTC.
//!
//! Not here: times for programs, which are handed on as the server writes them.

use chrono::{DateTime, TimeDelta, Utc};

#[expect(clippy::disallowed_methods, reason = "the command line is where the real clock is")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// An RFC 3339 time to the minute, in UTC: `2026-11-21 14:05`. What is no time is shown as it is.
pub fn exact(text: &str) -> String {
    parse(text).map_or_else(|| text.to_owned(), |time| time.format("%Y-%m-%d %H:%M").to_string())
}

/// How long ago an RFC 3339 time is, or how far ahead: `3 hours ago`, `in 12 days`.
pub fn relative(text: &str, now: DateTime<Utc>) -> String {
    let Some(time) = parse(text) else {
        return text.to_owned();
    };
    let passed = now - time;
    let length = length(passed.abs());
    match length {
        None => "just now".to_owned(),
        Some(length) if passed < TimeDelta::zero() => format!("in {length}"),
        Some(length) => format!("{length} ago"),
    }
}

fn parse(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

/// A length in its largest unit; `None` if it is less than a minute.
fn length(length: TimeDelta) -> Option<String> {
    let days = length.num_days();
    let (number, unit) = match (days, length.num_hours(), length.num_minutes()) {
        (730.., _, _) => (days / 365, "year"),
        (60.., _, _) => (days / 30, "month"),
        (2.., _, _) => (days, "day"),
        (_, 2.., _) => (length.num_hours(), "hour"),
        (_, _, 1..) => (length.num_minutes(), "minute"),
        _ => return None,
    };
    let s = if number == 1 { "" } else { "s" };
    Some(format!("{number} {unit}{s}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &str) {
        let now = parse("2026-11-21T14:05:30Z").expect("a time");
        assert_eq!(relative(text, now), expected);
    }

    #[test]
    fn a_time_is_told_in_its_largest_unit() {
        check("2026-11-21T14:05:00Z", "just now");
        check("2026-11-21T14:05:40Z", "just now");
        check("2026-11-21T14:04:30.5Z", "just now");
        check("2026-11-21T14:04:00Z", "1 minute ago");
        check("2026-11-21T13:00:00Z", "65 minutes ago");
        check("2026-11-21T14:00:00+01:00", "65 minutes ago");
        check("2026-11-21T11:00:00Z", "3 hours ago");
        check("2026-11-19T14:00:00Z", "2 days ago");
        check("2026-06-01T00:00:00Z", "5 months ago");
        check("2020-01-01T00:00:00Z", "6 years ago");
        check("2026-12-04T14:06:00Z", "in 13 days");
    }

    #[test]
    fn a_time_is_exact_to_the_minute() {
        assert_eq!(exact("2026-11-21T14:05:59.123456Z"), "2026-11-21 14:05");
        assert_eq!(exact("2026-11-21T14:05:59+02:00"), "2026-11-21 12:05");
        assert_eq!(exact("soon"), "soon");
    }
}
