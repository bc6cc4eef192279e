//! The time now, lengths of time, and dates in the browser's language and time zone.

use std::time::Duration;

use js_sys::{Array, Date, Intl, Object, Reflect};
use leptos::prelude::*;
use strongroom_shared::DateTime;
use wasm_bindgen::JsValue;

use crate::browser;

const MINUTE: Duration = Duration::from_mins(1);

/// Ticks every minute, and when the user returns to the tab, where timers may have stood still.
#[derive(Clone, Copy)]
pub struct Clock(RwSignal<()>);

impl Clock {
    pub fn provide() {
        let tick = RwSignal::new(());
        set_interval(move || tick.set(()), MINUTE);
        browser::on_return(move || tick.set(()));
        provide_context(Self(tick));
    }

    pub fn expect() -> Self {
        expect_context()
    }

    /// The seconds until a point in time, negative in the past, and not a number for a malformed one.
    pub fn seconds_until(self, time: &DateTime) -> f64 {
        self.track();
        (Date::parse(&time.0) - Date::now()) / 1000.0
    }

    pub fn track(self) {
        self.0.track();
    }
}

/// The time now, in seconds since 1970.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is positive, and fits")]
pub fn now() -> u64 {
    (Date::now() / 1000.0) as u64
}

/// An invalid date for a malformed text.
pub fn parse(text: &str) -> Date {
    Date::new(&JsValue::from_str(text))
}

/// `None` for an invalid date.
pub fn to_time(date: &Date) -> Option<DateTime> {
    (!date.get_time().is_nan()).then(|| DateTime(date.to_iso_string().into()))
}

/// Date and time: `21 Nov 2026, 05:42` in British English.
pub fn exact(time: &DateTime) -> String {
    let text = formatted(&parse(&time.0), &[("dateStyle", "medium"), ("timeStyle", "short")]);
    text.unwrap_or_else(|| time.0.clone())
}

/// A date in these styles of `Intl.DateTimeFormat`; `None` for an invalid one.
pub fn formatted(date: &Date, styles: &[(&str, &str)]) -> Option<String> {
    let options = Object::new();
    for (name, value) in styles {
        // Setting a field of a new object can't fail.
        drop(Reflect::set(&options, &(*name).into(), &(*value).into()));
    }
    let format = Intl::DateTimeFormat::new(&Array::new(), &options).format();
    format.call1(&JsValue::UNDEFINED, date).ok()?.as_string()
}

/// A length of time in the largest unit that it is a multiple of: `7 days`.
pub fn lasting(seconds: i64) -> String {
    let units = [("day", 24 * 60 * 60), ("hour", 60 * 60), ("minute", 60)];
    let unit = units.into_iter().find(|(_, length)| seconds % length == 0);
    let (unit, length) = unit.unwrap_or(("second", 1));
    let count = seconds / length;
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_are_exact() {
        for (seconds, expected) in [
            (604_800, "7 days"),
            (86_400, "1 day"),
            (129_600, "36 hours"),
            (5400, "90 minutes"),
            (1, "1 second"),
        ] {
            assert_eq!(lasting(seconds), expected);
        }
    }
}
