//! Days and times of day, here: what the log is divided by and filtered by.

use js_sys::Date;
use strongroom_shared::DateTime;
use wasm_bindgen::JsValue;

use crate::component::time::formatted;

/// When a day begins here, a number of days later; nothing for what is no day.
pub fn midnight(day: &str, later: u32) -> Option<DateTime> {
    let date = Date::new(&JsValue::from_str(&format!("{day}T00:00:00")));
    if date.get_time().is_nan() {
        return None;
    }
    // The calendar knows which days have 23 or 25 hours.
    date.set_date(date.get_date() + later);
    Some(DateTime(date.to_iso_string().into()))
}

/// The day of a point in time, to tell days apart.
pub fn day_of(time: &DateTime) -> (u32, u32, u32) {
    plain(&Date::new(&JsValue::from_str(&time.0)))
}

/// What people call the day of a point in time: `Today`, `Friday, 20 November 2026`.
pub fn day_label(time: &DateTime) -> String {
    let date = Date::new(&JsValue::from_str(&time.0));
    let day = Date::new_0();
    if date.get_time().is_nan() {
        return time.0.clone();
    }
    if plain(&date) == plain(&day) {
        return "Today".to_owned();
    }
    // The calendar takes day 0 for the last one of the month before.
    day.set_date(day.get_date() - 1);
    if plain(&date) == plain(&day) {
        return "Yesterday".to_owned();
    }
    formatted(&date, &[("dateStyle", "full")])
}

/// The time of day here, to the second: `05:42:07`.
pub fn time_of_day(time: &DateTime) -> String {
    let date = Date::new(&JsValue::from_str(&time.0));
    format!("{:02}:{:02}:{:02}", date.get_hours(), date.get_minutes(), date.get_seconds())
}

/// The point in time in full: here, and as the log has it.
pub fn in_full(time: &DateTime) -> String {
    let date = Date::new(&JsValue::from_str(&time.0));
    let here = formatted(&date, &[("dateStyle", "full"), ("timeStyle", "long")]);
    format!("{here}\n{}", time.0)
}

fn plain(date: &Date) -> (u32, u32, u32) {
    (date.get_full_year(), date.get_month(), date.get_date())
}
