//! The lifetimes to choose from, and how soon a key expires.

use js_sys::Date;
use strongroom_shared::DateTime;
use wasm_bindgen::JsValue;

const DAY_MS: f64 = 24.0 * 60.0 * 60.0 * 1000.0;

/// How long before its expiry a key should be replaced.
const SOON_DAYS: f64 = 14.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lifetime {
    Month,
    Quarter,
    Year,
    Date,
    Never,
}

impl Lifetime {
    pub const ALL: [Self; 5] = [Self::Month, Self::Quarter, Self::Year, Self::Date, Self::Never];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Month => "In 30 days",
            Self::Quarter => "In 90 days",
            Self::Year => "In 1 year",
            Self::Date => "On a date",
            Self::Never => "Never",
        }
    }

    /// The value of the option. A number is one of days.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Month => "30",
            Self::Quarter => "90",
            Self::Year => "365",
            Self::Date => "date",
            Self::Never => "never",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lifetime| lifetime.as_str() == text)
    }

    fn days(self) -> Option<f64> {
        self.as_str().parse().ok()
    }

    /// When a key created now expires. `date` is the value of a date field: the last local day on which the key works.
    pub fn end(self, date: &str) -> Result<Option<DateTime>, &'static str> {
        let now = Date::now();
        let end = match (self, self.days()) {
            (Self::Never, _) => return Ok(None),
            (_, Some(days)) => now + days * DAY_MS,
            (_, None) => Date::parse(&format!("{date}T23:59:59")),
        };
        if end.is_nan() {
            Err("Choose a day.")
        } else if end <= now {
            Err("Choose today or a later day.")
        } else {
            let end = Date::new(&JsValue::from_f64(end));
            Ok(Some(DateTime(end.to_iso_string().into())))
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Urgency {
    Fine,
    Soon,
    Expired,
}

impl Urgency {
    pub fn of(end: &DateTime) -> Self {
        Self::at((Date::parse(&end.0) - Date::now()) / DAY_MS)
    }

    fn at(days: f64) -> Self {
        if days <= 0.0 {
            Self::Expired
        } else if days <= SOON_DAYS {
            Self::Soon
        } else {
            Self::Fine
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lifetimes_are_read_back() {
        for lifetime in Lifetime::ALL {
            assert_eq!(Lifetime::parse(lifetime.as_str()), Some(lifetime));
        }
    }

    #[test]
    fn keys_expire_soon_in_their_last_two_weeks() {
        for (days, expected) in [
            (-1.0, Urgency::Expired),
            (0.0, Urgency::Expired),
            (0.1, Urgency::Soon),
            (14.0, Urgency::Soon),
            (14.1, Urgency::Fine),
            (f64::NAN, Urgency::Fine),
        ] {
            assert_eq!(Urgency::at(days), expected, "{days}");
        }
    }
}
