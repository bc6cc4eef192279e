//! The goals and how far they are reached: for the server's developers, so not on the page.

use std::time::Duration;

use crate::load::Mix;
use crate::measure::{Figures, GROWING_CONNECTIONS};
use crate::page::{BARE, OPENBAO, STRONGROOM, megabytes};
use crate::value::Size;

/// Mix, connections, the other contender, and the factor by which Strongroom is to be faster.
const RATES: [(Mix, usize, &str, f64); 4] = [
    (Mix::Reads, 1, OPENBAO, 2.0),
    (Mix::Reads, 10, OPENBAO, 6.0),
    (Mix::Reads, 10, BARE, 0.4),
    (Mix::Writes, 10, OPENBAO, 6.0),
];

pub fn table(figures: &Figures) -> String {
    let mut lines = Vec::new();
    let mut goal = |what: &str, found: Option<f64>, sign: &str, wanted: f64, unit: &str| {
        let Some(found) = found else { return };
        let reached = if sign == "≤" { found <= wanted } else { found >= wanted };
        let verdict = if reached { "reached" } else { "falls short" };
        lines.push(format!("    {what:<36} {found:>8.3} {sign} {wanted} {unit}: {verdict}"));
    };
    let own = figures.contender(STRONGROOM);
    for size in Size::ALL {
        for (mix, connections, other, wanted) in RATES {
            let what = format!("{} of {} at {connections}", mix.label(), size.label());
            let rate = |name| Some(figures.contender(name)?.cell(mix, size, connections)?.rate);
            let ratio = rate(STRONGROOM).zip(rate(other)).map(|(own, other)| own / other);
            goal(&what, ratio, "≥", wanted, &format!("× {other}"));
        }
        let what = format!("processor time of a read of {}", size.label());
        let reads = own.and_then(|own| own.cell(Mix::Reads, size, 10));
        goal(&what, reads.map(|reads| milliseconds(reads.processor)), "≤", 0.1, "ms");
    }
    let store = |names: &str| figures.growth.iter().find(|store| store.name == names);
    let reads = |names| Some(store(names)?.cell(Mix::Reads, Size::Small, GROWING_CONNECTIONS)?.rate);
    let slower = reads("1000").zip(reads("1000000")).map(|(few, many)| few / many);
    goal("reads of 1,000,000 names", slower, "≤", 1.2, "× the time of 1,000");
    let page = store("1000000").and_then(|store| store.cell(Mix::FirstPage, Size::Small, 1));
    goal("first page of 1,000,000 names", page.map(|page| milliseconds(page.p50)), "≤", 10.0, "ms");
    for contender in &figures.contenders {
        let what = format!("start of {}", contender.name);
        goal(&what, contender.started_again.map(milliseconds), "≤", 300.0, "ms");
    }
    goal("idle memory", own.map(|own| megabytes(own.idle_memory)), "≤", 30.0, "MB");
    goal("the server's file", Some(megabytes(figures.binary)), "≤", 25.0, "MB");
    format!("Goals:\n{}", lines.join("\n"))
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
