//! Time as a parameter.

/// A point in time, UTC.
pub type Time = chrono::DateTime<chrono::Utc>;

/// Tells the time. `main` has the real one; tests move theirs.
pub trait Clock: Send + Sync {
    /// The time now.
    fn now(&self) -> Time;
}

/// Reads a time written as RFC 3339, or as ISO 8601 without an offset, which Python prints and which counts as UTC.
pub fn parse_time(text: &str) -> Option<Time> {
    if let Ok(time) = chrono::DateTime::parse_from_rfc3339(text) {
        return Some(time.to_utc());
    }
    ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"]
        .into_iter()
        .find_map(|form| chrono::NaiveDateTime::parse_from_str(text, form).ok())
        .or_else(|| {
            chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d")
                .ok()?
                .and_hms_opt(0, 0, 0)
        })
        .map(|time| time.and_utc())
}

/// Writes a time as RFC 3339 with microseconds, the finest that every database keeps.
pub fn format_time(time: Time) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(parse_time(text).map(format_time).as_deref(), expected, "{text}");
    }

    #[test]
    fn offsets_are_turned_into_utc_and_python_s_forms_are_read() {
        check("2030-01-02T03:04:05+02:00", Some("2030-01-02T01:04:05.000000Z"));
        check("2030-01-02T03:04:05.123456Z", Some("2030-01-02T03:04:05.123456Z"));
        check("2030-01-02T03:04:05", Some("2030-01-02T03:04:05.000000Z"));
        check("2030-01-02", Some("2030-01-02T00:00:00.000000Z"));
        check("tomorrow", None);
    }
}
