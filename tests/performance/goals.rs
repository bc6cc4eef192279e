//! The goals and how far they are reached: for the server's developers, so not on the page.

use std::time::Duration;

use crate::load::{Mix, Round};
use crate::measure::{Figures, GROWING_CONNECTIONS, Measured};
use crate::page::{BARE, OPENBAO, STRONGROOM, megabytes};
use crate::value::Size;

/// Mix, connections, the other contender, and the factor by which Strongroom is to be faster.
const RATES: [(Mix, usize, &str, f64); 4] = [
    (Mix::Reads, 1, OPENBAO, 2.0),
    (Mix::Reads, 10, OPENBAO, 6.0),
    (Mix::Reads, 10, BARE, 0.4),
    (Mix::Writes, 10, OPENBAO, 6.0),
];
/// Processor time of a read, at ten connections.
const PROCESSOR: Duration = Duration::from_micros(100);
/// The factor by which reads of 1,000,000 names may be slower than of 1,000.
const GROWTH: f64 = 1.2;
const FIRST_PAGE: Duration = Duration::from_millis(10);
const START: Duration = Duration::from_millis(300);
/// In megabytes.
const IDLE_MEMORY: f64 = 30.0;
const BINARY: f64 = 25.0;

pub fn table(figures: &Figures) -> String {
    let mut lines = Vec::new();
    let mut goal = |what: &str, found: f64, is_most: bool, wanted: f64, unit: &str| {
        let (sign, reached) = if is_most { ("≤", found <= wanted) } else { ("≥", found >= wanted) };
        let verdict = if reached { "reached" } else { "falls short" };
        lines.push(format!("    {what:<36} {found:>8.3} {sign} {wanted} {unit}: {verdict}"));
    };
    let round = |name: &str, mix, size, connections| figures.contender(name)?.cell(mix, size, connections);
    for size in Size::ALL {
        for (mix, connections, other, wanted) in RATES {
            let what = format!("{} of {} at {connections}", mix.label(), size.label());
            let rate = |name| round(name, mix, size, connections).map(|round: &Round| round.rate);
            if let (Some(own), Some(others)) = (rate(STRONGROOM), rate(other)) {
                goal(&what, own / others, false, wanted, &format!("× {other}"));
            }
        }
        if let Some(reads) = round(STRONGROOM, Mix::Reads, size, 10) {
            let what = format!("processor time of a read of {}", size.label());
            goal(&what, milliseconds(reads.processor), true, milliseconds(PROCESSOR), "ms");
        }
    }
    let store = |names: &str| figures.growth.iter().find(|store| store.name == names);
    if let (Some(few), Some(many)) = (store("1000"), store("1000000")) {
        let reads = |store: &Measured| {
            store.cell(Mix::Reads, Size::Small, GROWING_CONNECTIONS).map(|round| round.rate)
        };
        if let (Some(few), Some(many)) = (reads(few), reads(many)) {
            goal("reads of 1,000,000 names", few / many, true, GROWTH, "× the time of 1,000");
        }
        if let Some(page) = many.cell(Mix::FirstPage, Size::Small, 1) {
            let most = milliseconds(FIRST_PAGE);
            goal("first page of 1,000,000 names", milliseconds(page.p50), true, most, "ms");
        }
    }
    for contender in &figures.contenders {
        if let Some(again) = contender.started_again {
            let what = format!("start of {}", contender.name);
            goal(&what, milliseconds(again), true, milliseconds(START), "ms");
        }
    }
    if let Some(own) = figures.contender(STRONGROOM) {
        goal("idle memory", megabytes(own.idle_memory), true, IDLE_MEMORY, "MB");
    }
    goal("the server's file", megabytes(figures.binary), true, BINARY, "MB");
    format!("Goals:\n{}", lines.join("\n"))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
