//! Times for people: relative on a terminal, otherwise to the minute in UTC. Programs get them as the server writes them.

use chrono::{DateTime, Utc};
use indicatif::HumanDuration;

#[expect(clippy::disallowed_methods, reason = "the command line reads the real clock")]
pub fn now() -> DateTime<Utc> {
    Utc::now()
}

/// An RFC 3339 time to the minute, in UTC: `2026-11-21 14:05`. Other text stays unchanged.
pub fn exact(text: &str) -> String {
    parse(text).map_or_else(|| text.to_owned(), |time| time.format("%Y-%m-%d %H:%M").to_string())
}

/// An RFC 3339 time relative to now: `3 hours ago`, `in 9 days`.
pub fn relative(text: &str, now: DateTime<Utc>) -> String {
    let Some(time) = parse(text) else { return text.to_owned() };
    let passed = now - time;
    let length = HumanDuration(passed.abs().to_std().unwrap_or_default());
    match passed.num_minutes() {
        0 => "just now".to_owned(),
        1.. => format!("{length} ago"),
        _ => format!("in {length}"),
    }
}

fn parse(text: &str) -> Option<DateTime<Utc>> {
    DateTime::parse_from_rfc3339(text).ok().map(|time| time.to_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_times_are_in_one_unit() {
        let now = parse("2026-11-21T14:05:30Z").expect("a time");
        for (text, expected) in [
            ("2026-11-21T14:05:00Z", "just now"),
            ("2026-11-21T14:05:40Z", "just now"),
            ("2026-11-21T14:04:30.5Z", "just now"),
            ("2026-11-21T14:03:30Z", "2 minutes ago"),
            ("2026-11-21T14:00:00+01:00", "66 minutes ago"),
            ("2026-11-21T11:00:00Z", "3 hours ago"),
            ("2026-11-19T14:00:00Z", "2 days ago"),
            ("2026-06-01T00:00:00Z", "25 weeks ago"),
            ("2020-01-01T00:00:00Z", "7 years ago"),
            ("2026-11-30T14:06:00Z", "in 9 days"),
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
