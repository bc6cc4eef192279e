//! Local days and times of day.

use js_sys::Date;
use strongroom_shared::DateTime;

use crate::clock::{formatted, parse, to_time};

/// The start of a local day plus a number of days; `None` for an invalid day.
pub fn midnight(day: &str, later: u32) -> Option<DateTime> {
    let date = parse(&format!("{day}T00:00:00"));
    // Days may have 23 or 25 hours.
    date.set_date(date.get_date() + later);
    to_time(&date)
}

/// Year, month and day of a point in time.
pub fn day_of(time: &DateTime) -> (u32, u32, u32) {
    plain(&parse(&time.0))
}

/// `Today`, `Yesterday`, or the day in full.
pub fn day_label(time: &DateTime) -> String {
    let date = parse(&time.0);
    let day = Date::new_0();
    if plain(&date) == plain(&day) {
        return "Today".to_owned();
    }
    // Day 0 is the last one of the previous month.
    day.set_date(day.get_date() - 1);
    if plain(&date) == plain(&day) {
        return "Yesterday".to_owned();
    }
    formatted(&date, &[("dateStyle", "full")]).unwrap_or_else(|| time.0.clone())
}

/// `05:42:07`.
pub fn time_of_day(time: &DateTime) -> String {
    let date = parse(&time.0);
    format!("{:02}:{:02}:{:02}", date.get_hours(), date.get_minutes(), date.get_seconds())
}

/// The local time in full, and the time as logged.
pub fn in_full(time: &DateTime) -> String {
    let local = formatted(&parse(&time.0), &[("dateStyle", "full"), ("timeStyle", "long")]);
    format!("{}\n{}", local.unwrap_or_default(), time.0)
}

fn plain(date: &Date) -> (u32, u32, u32) {
    (date.get_full_year(), date.get_month(), date.get_date())
}
