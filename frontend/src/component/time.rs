//! Relative times such as "3 minutes ago", with the exact local time as the tooltip.

use js_sys::{Date, Object, Reflect};
use strongroom_shared::{DateTime, relative_time};
use wasm_bindgen::JsValue;

use crate::prelude::*;

/// The distance to a point in time at the moment of drawing.
#[component]
pub fn RelativeTime(time: DateTime) -> impl IntoView {
    let text = seconds_until(&time).map_or_else(|| time.0.clone(), relative_time::in_words);
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
