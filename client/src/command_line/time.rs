//! Times for people: relative on a terminal, otherwise to the minute in UTC. Programs get them as the server writes them.

use chrono::{DateTime, Utc};
use strongroom_shared::relative_time;

#[expect(clippy::disallowed_methods, reason = "the command line reads the real clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// In seconds since 1970.
pub fn seconds() -> u64 {
    now().timestamp().try_into().unwrap_or_default()
}

/// An RFC 3339 time to the minute, in UTC: `2026-11-21 14:05`. Other text stays unchanged.
pub fn exact(text: &str) -> String {
    parse(text).map_or_else(|| text.to_owned(), |time| time.format("%Y-%m-%d %H:%M").to_string())
}

/// An RFC 3339 time relative to now: `3 hours ago`, `in 9 days`.
pub fn relative(text: &str, now: DateTime<Utc>) -> String {
    let in_words = |time: DateTime<Utc>| relative_time::in_words((time - now).as_seconds_f64());
    parse(text).map_or_else(|| text.to_owned(), in_words)
}

pub fn parse(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_times_are_relative_to_now() {
        let now = parse("2026-11-21T14:05:30Z").expect("a time");
        for (text, expected) in [
            ("2026-11-21T14:04:30.5Z", "just now"),
            ("2026-11-21T14:00:00+01:00", "1 hour ago"),
            ("2026-11-30T14:06:00Z", "in 9 days"),
            ("soon", "soon"),
        ] {
            assert_eq!(relative(text, now), expected);
        }
    }

    #[test]
    fn exact_times_are_to_the_minute() {
        assert_eq!(exact("2026-11-21T14:05:59.123456Z"), "2026-11-21 14:05");
        assert_eq!(exact("2026-11-21T14:05:59+02:00"), "2026-11-21 12:05");
        assert_eq!(exact("soon"), "soon");
    }
}
