//! Time as a parameter.

pub type Time = chrono::DateTime<chrono::Utc>;

pub trait Clock: Send + Sync {
    fn now(&self) -> Time;
}

/// Parses RFC 3339, or ISO 8601 without an offset, which Python prints, as UTC. Only years of four digits, like RFC 3339.
pub fn parse_time(text: &str) -> Option<Time> {
    let forms = ["%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M"];
    let with_offset = chrono::DateTime::parse_from_rfc3339(text).ok();
    let time = with_offset.map(|time| time.to_utc()).or_else(|| {
        let time = forms.into_iter().find_map(|form| chrono::NaiveDateTime::parse_from_str(text, form).ok());
        let day = || chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
        time.or_else(day).map(|time| time.and_utc())
    });
    time.filter(|time| (0..=9999).contains(&chrono::Datelike::year(time)))
}

/// RFC 3339 with microseconds, the precision of every database.
pub fn format_time(time: Time) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true)
}

/// Times in JSON.
pub(super) mod json {
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    use super::{Time, format_time, parse_time};

    pub fn serialize<S: Serializer>(time: &Time, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&format_time(*time))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Time, D::Error> {
        let text = String::deserialize(from)?;
        parse_time(&text).ok_or_else(|| D::Error::custom("not a time"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Option<&str>) {
        assert_eq!(parse_time(text).map(format_time).as_deref(), expected, "{text}");
    }

    #[test]
    fn times_with_offsets_and_in_python_s_forms_are_read() {
        check("2030-01-02T03:04:05+02:00", Some("2030-01-02T01:04:05.000000Z"));
        check("2030-01-02T03:04:05.123456Z", Some("2030-01-02T03:04:05.123456Z"));
        check("2030-01-02T03:04:05", Some("2030-01-02T03:04:05.000000Z"));
        check("2030-01-02", Some("2030-01-02T00:00:00.000000Z"));
        check("tomorrow", None);
        check("+12345-01-02T03:04:05", None);
        check("-0001-01-02", None);
        check("9999-12-31T23:59:59-01:00", None);
    }
}
