//! Relative times such as "3 minutes ago", with the exact local time as the tooltip.

use js_sys::{Date, Object, Reflect};
use strongroom_shared::DateTime;
use wasm_bindgen::JsValue;

use crate::prelude::*;

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;
const MONTH: f64 = 30.44 * DAY;
const YEAR: f64 = 365.25 * DAY;

/// The distance to a point in time at the moment of drawing.
#[component]
pub fn RelativeTime(time: DateTime) -> impl IntoView {
    let text = seconds_until(&time).map_or_else(|| time.0.clone(), in_words);
    let exact = exact(&time);
    view! { <time datetime=time.0 title=exact>{text}</time> }
}

/// The exact local time: `21 Nov 2026, 05:42`.
pub fn exact(time: &DateTime) -> String {
    let date = Date::new(&JsValue::from_str(&time.0));
    let text = formatted(&date, &[("dateStyle", "medium"), ("timeStyle", "short")]);
    if text.is_empty() { time.0.clone() } else { text }
}

/// A point in time in these styles of the browser; empty for an invalid one.
pub fn formatted(date: &Date, styles: &[(&str, &str)]) -> String {
    if date.get_time().is_nan() {
        return String::new();
    }
    let options = Object::new();
    for (name, value) in styles {
        // Setting a field of a new object can't fail.
        drop(Reflect::set(&options, &(*name).into(), &(*value).into()));
    }
    date.to_locale_string("en-GB", &options).into()
}

/// Negative in the past.
fn seconds_until(time: &DateTime) -> Option<f64> {
    let seconds = (Date::parse(&time.0) - Date::now()) / 1000.0;
    (!seconds.is_nan()).then_some(seconds)
}

fn in_words(seconds: f64) -> String {
    let distance = seconds.abs();
    let units = [("year", YEAR), ("month", MONTH), ("day", DAY), ("hour", HOUR), ("minute", MINUTE)];
    let Some((unit, length)) = units.into_iter().find(|(_, length)| distance >= *length) else {
        return if seconds > 0.0 { "in less than a minute" } else { "just now" }.to_owned();
    };
    // Round the past down and the future to the nearest.
    let count = if seconds > 0.0 { (distance / length).round() } else { (distance / length).floor() };
    let plural = if count > 1.0 { "s" } else { "" };
    if seconds > 0.0 { format!("in {count} {unit}{plural}") } else { format!("{count} {unit}{plural} ago") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_is_in_the_largest_unit_that_fits() {
        for (seconds, expected) in [
            (0.0, "just now"),
            (-59.0, "just now"),
            (5.0, "in less than a minute"),
            (-60.0, "1 minute ago"),
            (-3.0 * MINUTE - 20.0, "3 minutes ago"),
            (-HOUR, "1 hour ago"),
            (-23.9 * HOUR, "23 hours ago"),
            (7.0 * DAY - 1.0, "in 7 days"),
            (6.4 * DAY, "in 6 days"),
            (7.0 * DAY + 1.0, "in 7 days"),
            (-40.0 * DAY, "1 month ago"),
            (-3.0 * YEAR, "3 years ago"),
        ] {
            assert_eq!(in_words(seconds), expected, "{seconds}");
        }
    }
}
