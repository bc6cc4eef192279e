//! The page of figures: `page.md` has its fixed text, this module its tables.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use comfy_table::Table;
use comfy_table::presets::ASCII_MARKDOWN;
use strongroom_tests::{openbao, postgres};

use crate::commits::MANY;
use crate::contender::Contender;
use crate::load::{Cell, Mix, Round, Timing};
use crate::machine::{Cores, Machine};
use crate::measure::{Figures, GROWING_CONNECTIONS};
use crate::value::Size;

const TEMPLATE: &str = include_str!("page.md");

pub const STRONGROOM: &str = "Strongroom";
pub const ON_POSTGRESQL: &str = "Strongroom on PostgreSQL";
pub const THROUGH_VAULTS_API: &str = "Strongroom, Vault's API";
pub const OPENBAO: &str = "OpenBao";
pub const BARE: &str = "bare GraphQL";

/// From this load of its core on, from 0 to 1, the generator itself may be the bottleneck.
const TOO_BUSY: f64 = 0.9;

pub fn write(machine: &Machine, cores: Cores, timing: Timing, figures: &Figures) -> String {
    let cores = if cores.is_one() {
        "There is one core, which generator and server share."
    } else {
        "The generator has one core to itself, the server with its database another."
    };
    let parts = [
        ("figures", rates(figures)),
        ("commits", commits(figures)),
        ("resources", resources(figures)),
        ("starts", starts(figures)),
        ("connections", GROWING_CONNECTIONS.to_string()),
        ("growth", growth(&figures.growth)),
        ("machine", about_machine(machine, figures)),
        ("timing", about_timing(timing)),
        ("cores", cores.to_owned()),
        ("generator", generator(figures)),
    ];
    parts.iter().fold(TEMPLATE.to_owned(), |page, (name, text)| page.replace(&format!("{{{name}}}"), text))
}

fn cell_label(cell: Cell) -> String {
    let s = if cell.connections == 1 { "" } else { "s" };
    format!("{}, {}, {} connection{s}", cell.mix.label(), cell.size.label(), cell.connections)
}

fn rates(figures: &Figures) -> String {
    let rows = Cell::all().map(|cell| {
        let round = |contender: &Contender| contender.cell(cell.mix, cell.size, cell.connections).copied();
        let shown = |round: Round| {
            format!("{} ({} / {})", grouped(round.rate), milliseconds(round.p50), milliseconds(round.p99))
        };
        let of = |name| figures.contender(name).and_then(round);
        let ratio = |(own, other): (Round, Round)| format!("{:.1}", own.rate / other.rate);
        let rounds = figures.contenders.iter().map(|contender| round(contender).map(shown));
        let row = rounds.chain([of(STRONGROOM).zip(of(OPENBAO)).map(ratio)]).map(Option::unwrap_or_default);
        [cell_label(cell)].into_iter().chain(row).collect()
    });
    let names = figures.contenders.iter().map(|contender| contender.name.as_str());
    let head: Vec<&str> = [""].into_iter().chain(names).chain(["Strongroom ÷ OpenBao"]).collect();
    table(&head, rows)
}

fn commits(figures: &Figures) -> String {
    let rates = figures.commits.rates.iter().map(|(size, rates)| {
        let [one, many] = rates.map(grouped);
        format!("{one} of {} one at a time and {many} in batches of {MANY}", size.label())
    });
    format!("SQLite alone commits, in values per second: {}.", rates.collect::<Vec<_>>().join(", "))
}

fn resources(figures: &Figures) -> String {
    let rows = figures.contenders.iter().map(|contender| {
        let processor = |mix| {
            let round = contender.cell(mix, Size::Small, GROWING_CONNECTIONS);
            round.map(|round| round.processor.as_micros().to_string()).unwrap_or_default()
        };
        vec![
            contender.name.clone(),
            processor(Mix::Reads),
            processor(Mix::Writes),
            format!("{:.1}", megabytes(contender.idle_memory)),
            format!("{:.1}", megabytes(contender.loaded_memory)),
            contender.started.as_millis().to_string(),
        ]
    });
    table(&["", "read, µs", "write, µs", "idle memory, MB", "under load, MB", "first start, ms"], rows)
}

fn starts(figures: &Figures) -> String {
    let starts = figures.contenders.iter().filter_map(|contender| {
        let again = contender.started_again?.as_millis();
        Some(format!("{} restarts in {again} ms with 2,000 names.", contender.name))
    });
    let file =
        format!("The server is one file of {:.1} MB, with the page embedded.", megabytes(figures.binary));
    starts.chain([file]).collect::<Vec<_>>().join(" ")
}

fn growth(stores: &[Contender]) -> String {
    let base = stores.iter().find(|store| store.name == "1000");
    let rows = stores.iter().map(|store| {
        let rate = |mix| {
            let cell = |store: &Contender| store.cell(mix, Size::Small, GROWING_CONNECTIONS).copied();
            let round = cell(store)?;
            let ratio = base.and_then(cell).map(|base| format!(" ({:.2})", round.rate / base.rate));
            let (rate, p99) = (grouped(round.rate), milliseconds(round.p99));
            Some(format!("{rate}/s{}, p99 {p99} ms", ratio.unwrap_or_default()))
        };
        let page = store.cell(Mix::FirstPage, Size::Small, 1);
        let page = page.map(|page| format!("{} / {} ms", milliseconds(page.p50), milliseconds(page.p99)));
        vec![
            store.name.parse::<f64>().map_or_else(|_| store.name.clone(), grouped),
            rate(Mix::Reads).unwrap_or_default(),
            rate(Mix::Writes).unwrap_or_default(),
            page.unwrap_or_default(),
            format!("{:.1}", megabytes(store.loaded_memory)),
        ]
    });
    table(&["names", "reads", "writes", "first page, p50 / p99", "memory, MB"], rows)
}

fn generator(figures: &Figures) -> String {
    let rounds = figures.contenders.iter().flat_map(|contender| {
        let named = |(cell, round): &(Cell, Round)| (contender.name.as_str(), *cell, round.generator_busy);
        contender.cells.iter().map(named)
    });
    let busiest = rounds.max_by(|(.., one), (.., other)| one.total_cmp(other));
    let Some((name, cell, busy)) = busiest else {
        return String::new();
    };
    let limit = if busy < TOO_BUSY { "it did not limit the figures" } else { "it limited that figure" };
    let (busy, cell) = (percent(busy), cell_label(cell));
    format!("The generator's core was {busy} busy at most ({name}, {cell}): {limit}.")
}

fn about_machine(machine: &Machine, figures: &Figures) -> String {
    let versions = [
        Some(format!("Strongroom {}", env!("CARGO_PKG_VERSION"))),
        Some(format!("SQLite {}", figures.commits.sqlite_version)),
        said(&openbao::program()),
        postgres::version().ok().map(|version| format!("PostgreSQL {version}")),
    ];
    let busy = percent(machine.busy_before);
    let mut lines = vec![
        format!("- {}; {busy} busy with other programs when the run began", machine.hardware),
        format!("- {}", machine.disk),
        format!("- {}", versions.into_iter().flatten().collect::<Vec<_>>().join(", ")),
    ];
    lines.extend(figures.missing.iter().map(|(name, reason)| format!("- left out: {name} ({reason})")));
    lines.join("\n")
}

fn about_timing(timing: Timing) -> String {
    let s = if timing.rounds == 1 { "" } else { "s" };
    format!(
        "{} round{s} of {} ms after a warm-up of {} ms, the contenders in turn; each figure is the median of all rounds.",
        timing.rounds,
        timing.window.as_millis(),
        timing.warm_up.as_millis()
    )
}

/// A program's answer to `--version`, without the commit of its build.
fn said(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split(" (").next().map(str::to_owned)
}

fn table(head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut table = Table::new();
    table.load_style(ASCII_MARKDOWN).set_header(head).add_rows(rows);
    table.to_string()
}

/// A whole number, with commas between thousands.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut groups: Vec<_> = digits.as_bytes().rchunks(3).map(String::from_utf8_lossy).collect();
    groups.reverse();
    groups.join(",")
}

pub fn milliseconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e3)
}

fn percent(part: f64) -> String {
    format!("{:.0} %", part * 100.0)
}

#[expect(clippy::cast_precision_loss, reason = "sizes are shown with three digits")]
pub fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
