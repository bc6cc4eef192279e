//! The lifetimes to choose from for keys and secrets, and how soon one expires.

use js_sys::Date;
use strongroom_shared::limit::EXPIRY_NOTICE_DAYS;
use strongroom_shared::{DateTime, text_enum};
use wasm_bindgen::JsValue;

use crate::clock;

const DAY_SECONDS: f64 = 24.0 * 60.0 * 60.0;

/// How long before its expiry a key or a secret should be replaced.
const SOON_SECONDS: f64 = EXPIRY_NOTICE_DAYS as f64 * DAY_SECONDS;

text_enum! {
    /// Its text is the value of an option. A number is one of days.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    Lifetime {
        Month = "30", "In 30 days";
        Quarter = "90", "In 90 days";
        Year = "365", "In 1 year";
        Date = "date", "On a date";
        Never = "never", "Never";
    }
}

impl Lifetime {
    fn days(self) -> Option<f64> {
        self.as_str().parse::<u16>().ok().map(f64::from)
    }

    /// When something with this lifetime expires. `date` is the value of a date field: the last local day of its life.
    pub fn end(self, date: &str) -> Result<Option<DateTime>, &'static str> {
        let now = Date::now();
        let end = match (self, self.days()) {
            (Self::Never, _) => return Ok(None),
            (_, Some(days)) => Date::new(&JsValue::from_f64(now + days * DAY_SECONDS * 1000.0)),
            (_, None) => clock::parse(&format!("{date}T23:59:59")),
        };
        match clock::to_time(&end) {
            None => Err("Choose a day."),
            Some(_) if end.get_time() <= now => Err("Choose today or a later day."),
            end => Ok(end),
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
    /// Of something that expires in so many seconds.
    pub fn of(seconds: f64) -> Self {
        if seconds <= 0.0 {
            Self::Expired
        } else if seconds <= SOON_SECONDS {
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
    fn keys_expire_soon_in_their_last_two_weeks() {
        for (days, expected) in [
            (-1.0, Urgency::Expired),
            (0.0, Urgency::Expired),
            (0.1, Urgency::Soon),
            (14.0, Urgency::Soon),
            (14.1, Urgency::Fine),
            (f64::NAN, Urgency::Fine),
        ] {
            assert_eq!(Urgency::of(days * DAY_SECONDS), expected, "{days}");
        }
    }
}
