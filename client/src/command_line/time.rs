//! Times for people: relative on a terminal, otherwise to the minute in UTC. Programs get them as the server writes them.

use std::time::Duration;

use chrono::{DateTime, Datelike as _, NaiveDate, NaiveTime, SecondsFormat, Utc};
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

/// When a secret expires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    Never,
    In(Duration),
    /// At the end of a day in UTC.
    On(NaiveDate),
}

impl Expiry {
    /// In RFC 3339; empty for never.
    pub fn at(self, now: DateTime<Utc>) -> String {
        let time = match self {
            Self::Never => return String::new(),
            Self::In(duration) => now + duration,
            Self::On(day) => day.and_time(LAST_SECOND).and_utc(),
        };
        time.to_rfc3339_opts(SecondsFormat::Secs, true)
    }
}

/// The longest time until an expiry: 100 years.
const LONGEST: Duration = Duration::from_hours(100 * 365 * 24);
const LAST_SECOND: NaiveTime = NaiveTime::from_hms_opt(23, 59, 59).expect("it is a time");

/// `5s`, `10m`.
pub fn parse_duration(text: &str) -> Result<Duration, &'static str> {
    humantime::parse_duration(text).map_err(|_| "must be a duration, such as 10s or 5m")
}

/// `90d` from now, or the end of `2030-12-31`.
pub fn parse_deadline(text: &str) -> Result<Expiry, &'static str> {
    let expiry = parse_expiry(text).ok().filter(|expiry| *expiry != Expiry::Never);
    expiry.ok_or("must be a duration of at most 100 years, such as 30d, or a day, such as 2030-12-31")
}

/// `90d`, `2030-12-31` or `never`.
pub fn parse_expiry(text: &str) -> Result<Expiry, String> {
    if text == "never" {
        return Ok(Expiry::Never);
    }
    if let Ok(day) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        let has_four_digits = (0..=9999).contains(&day.year());
        return has_four_digits.then_some(Expiry::On(day)).ok_or_else(|| "a year has four digits".to_owned());
    }
    match humantime::parse_duration(text) {
        Ok(duration) if duration <= LONGEST => Ok(Expiry::In(duration)),
        Ok(_) => Err("at most 100 years; never removes the expiry".to_owned()),
        Err(_) => Err("must be a duration, such as 90d, a day, such as 2030-12-31, or never".to_owned()),
    }
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
    fn expiry_is_a_duration_a_day_or_never() {
        let now = parse("2026-11-21T14:05:30Z").expect("a time");
        for (text, expected) in [
            ("90d", Some("2027-02-19T14:05:30Z")),
            ("12h", Some("2026-11-22T02:05:30Z")),
            ("2030-12-31", Some("2030-12-31T23:59:59Z")),
            ("never", Some("")),
            ("", None),
            ("soon", None),
            ("2030-13-01", None),
            ("36500d", Some("2126-10-28T14:05:30Z")),
            ("36501d", None),
            ("300000y", None),
            ("9999-12-31", Some("9999-12-31T23:59:59Z")),
            ("+12345-01-01", None),
        ] {
            let found = parse_expiry(text).ok().map(|expiry| expiry.at(now));
            assert_eq!(found.as_deref(), expected, "{text}");
            assert_eq!(
                parse_deadline(text).ok().map(|expiry| expiry.at(now)),
                found.filter(|at| !at.is_empty())
            );
        }
    }

    #[test]
    fn exact_times_are_to_the_minute() {
        assert_eq!(exact("2026-11-21T14:05:59.123456Z"), "2026-11-21 14:05");
        assert_eq!(exact("2026-11-21T14:05:59+02:00"), "2026-11-21 12:05");
        assert_eq!(exact("soon"), "soon");
    }
}
