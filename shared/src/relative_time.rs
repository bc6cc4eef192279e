//! Relative times such as "3 minutes ago", as the page and the command line show them.

const MINUTE: f64 = 60.0;
const HOUR: f64 = 60.0 * MINUTE;
const DAY: f64 = 24.0 * HOUR;
const MONTH: f64 = 30.44 * DAY;
const YEAR: f64 = 365.25 * DAY;

/// The distance to a point in time, in the largest unit that fits. Negative seconds are in the past.
pub fn in_words(seconds: f64) -> String {
    let distance = seconds.abs();
    let units = [("year", YEAR), ("month", MONTH), ("day", DAY), ("hour", HOUR), ("minute", MINUTE)];
    let Some((unit, length)) = units.into_iter().find(|(_, length)| distance >= *length) else {
        return if seconds > 0.0 { "in less than a minute" } else { "just now" }.to_owned();
    };
    // Round the past down and the future to the nearest.
    let count = if seconds > 0.0 { (distance / length).round() } else { (distance / length).floor() };
    // Printing floats would be ten kilobytes of the page.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is positive, and fits")]
    let count = count as u32;
    let plural = if count > 1 { "s" } else { "" };
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
            (-2.1 * DAY, "2 days ago"),
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
