//! Relative times such as "3 minutes ago", with the exact local time as the tooltip.

use strongroom_shared::{DateTime, relative_time};

use super::{Icon, Picture};
use crate::clock::{self, Clock};
use crate::expiry::Urgency;
use crate::prelude::*;

/// The distance to a point in time.
#[component]
pub fn RelativeTime(time: DateTime) -> impl IntoView {
    let clock = Clock::expect();
    let (datetime, exact) = (time.0.clone(), clock::exact(&time));
    let text = move || match clock.seconds_until(&time) {
        seconds if seconds.is_nan() => time.0.clone(),
        seconds => relative_time::in_words(seconds),
    };
    view! { <time datetime=datetime title=exact>{text}</time> }
}

/// The distance to the last time that something happened, if ever.
#[component]
pub fn LastTime(time: Option<DateTime>) -> impl IntoView {
    match time {
        Some(time) => view! { <RelativeTime time /> }.into_any(),
        None => "never".into_any(),
    }
}

/// A warning from two weeks before the expiry of something on.
#[component]
pub fn ExpiryBadge(time: DateTime) -> impl IntoView {
    let clock = Clock::expect();
    let end = time.clone();
    let urgency = Memo::new(move |_| Urgency::of(clock.seconds_until(&end)));
    move || {
        let words = match urgency.get() {
            Urgency::Fine => return None,
            Urgency::Soon => "Expires ",
            Urgency::Expired => "Expired ",
        };
        let is_expired = urgency.get() == Urgency::Expired;
        let time = time.clone();
        Some(view! {
            <span class="expiry" class:expiry--over=is_expired>
                <Picture icon=Icon::Warning />
                <span>{words} <RelativeTime time /></span>
            </span>
        })
    }
}
