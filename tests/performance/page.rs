//! The page of figures. What is said in any case is in `page.md`; here are its tables.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use strongroom_tests::{openbao, postgres};

use crate::commits::MANY;
use crate::load::{Cell, Mix, Round, Timing};
use crate::machine::{Cores, Machine};
use crate::measure::{CONNECTIONS, Figures, GROWING_CONNECTIONS, Measured};
use crate::value::Size;

const TEMPLATE: &str = include_str!("page.md");

pub const STRONGROOM: &str = "Strongroom";
pub const OPENBAO: &str = "OpenBao";
pub const BARE: &str = "bare GraphQL";

/// From here on, the generator may be what is measured: a part of 1 of its core.
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

fn cells() -> impl Iterator<Item = Cell> {
    Mix::OF_ALL.into_iter().flat_map(|mix| {
        Size::ALL.into_iter().flat_map(move |size| {
            CONNECTIONS.into_iter().map(move |connections| Cell { mix, size, connections })
        })
    })
}

fn cell_label(cell: Cell) -> String {
    let s = if cell.connections == 1 { "" } else { "s" };
    format!("{}, {}, {} connection{s}", cell.mix.label(), cell.size.label(), cell.connections)
}

fn rates(figures: &Figures) -> String {
    let rows = cells().map(|cell| {
        let round = |contender: &Measured| contender.cell(cell.mix, cell.size, cell.connections).copied();
        let shown = |round: Round| {
            format!("{} ({} / {})", grouped(round.rate), milliseconds(round.p50), milliseconds(round.p99))
        };
        let of = |name| figures.contender(name).and_then(round);
        let ratio =
            of(STRONGROOM).zip(of(OPENBAO)).map(|(own, other)| format!("{:.1}", own.rate / other.rate));
        let mut row = vec![cell_label(cell)];
        row.extend(
            figures.contenders.iter().map(|contender| round(contender).map(shown).unwrap_or_default()),
        );
        row.push(ratio.unwrap_or_default());
        row
    });
    let names = figures.contenders.iter().map(|contender| contender.name.as_str());
    let head: Vec<&str> = [""].into_iter().chain(names).chain(["Strongroom ÷ OpenBao"]).collect();
    table(&head, rows)
}

fn commits(figures: &Figures) -> String {
    let rates = figures.commits.iter().map(|rate| {
        format!(
            "{} of {} one by one and {} by {MANY}s",
            grouped(rate.one),
            rate.size.label(),
            grouped(rate.many)
        )
    });
    format!("SQLite alone keeps so many values a second: {}.", rates.collect::<Vec<_>>().join(", "))
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
    let starts = figures.starts.iter().map(|start| {
        format!("{} starts again in {} ms with 2,000 names.", start.name, start.again.as_millis())
    });
    let file =
        format!("The server is one file of {:.1} MB, with the page inside.", megabytes(figures.binary));
    starts.chain([file]).collect::<Vec<_>>().join(" ")
}

fn growth(stores: &[Measured]) -> String {
    let base = stores.iter().find(|store| store.name == "1000");
    let rows = stores.iter().map(|store| {
        let rate = |mix| {
            let Some(round) = store.cell(mix, Size::Small, GROWING_CONNECTIONS) else {
                return String::new();
            };
            let base = base.and_then(|base| base.cell(mix, Size::Small, GROWING_CONNECTIONS));
            let ratio = base.map_or_else(String::new, |base| format!(" ({:.2})", round.rate / base.rate));
            format!("{}/s{ratio}, p99 {} ms", grouped(round.rate), milliseconds(round.p99))
        };
        let page = store.cell(Mix::FirstPage, Size::Small, 1);
        let page = page.map(|page| format!("{} / {} ms", milliseconds(page.p50), milliseconds(page.p99)));
        vec![
            store.name.parse::<f64>().map_or_else(|_| store.name.clone(), grouped),
            rate(Mix::Reads),
            rate(Mix::Writes),
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
    let verdict = if busy < TOO_BUSY {
        "it is not what was measured"
    } else {
        "there, it is the generator that was measured"
    };
    format!(
        "The generator's core was {} busy at most ({name}, {}): {verdict}.",
        percent(busy),
        cell_label(cell)
    )
}

fn about_machine(machine: &Machine, figures: &Figures) -> String {
    let versions = [
        Some(format!("Strongroom {}", env!("CARGO_PKG_VERSION"))),
        Some(format!("SQLite {}", figures.sqlite_version)),
        said(&openbao::program()),
        postgres::version().ok().map(|version| format!("PostgreSQL {version}")),
    ];
    let mut lines = vec![
        format!(
            "- {}, {} cores, {:.0} GB of memory, {}; {} busy with other things when the run began",
            machine.processor,
            machine.cores,
            megabytes(machine.memory) / 1000.0,
            machine.system,
            percent(machine.busy_before)
        ),
        format!(
            "- {}; 4 KiB are on it after {} ms (p50; p99 {} ms)",
            machine.disk,
            milliseconds(machine.fsync_p50),
            milliseconds(machine.fsync_p99)
        ),
        format!("- {}", versions.into_iter().flatten().collect::<Vec<_>>().join(", ")),
    ];
    lines.extend(figures.missing.iter().map(|(name, reason)| format!("- left out: {name} ({reason})")));
    lines.join("\n")
}

fn about_timing(timing: Timing) -> String {
    let s = if timing.rounds == 1 { "" } else { "s" };
    format!(
        "{} round{s} of {} ms after {} ms that don't count, the contenders in turn; of all rounds, the median of each figure.",
        timing.rounds,
        timing.window.as_millis(),
        timing.warm_up.as_millis()
    )
}

/// What a program says to `--version`, without the commit that it was built from.
fn said(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split(" (").next().map(str::to_owned)
}

fn table<Cell: AsRef<str>>(head: &[&str], rows: impl Iterator<Item = Vec<Cell>>) -> String {
    let rows: Vec<Vec<String>> =
        rows.map(|row| row.iter().map(|cell| cell.as_ref().to_owned()).collect()).collect();
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([head[column].chars().count(), 3]).max().unwrap_or(3)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let cells: Vec<String> = cells.zip(&widths).map(|(cell, &width)| format!("{cell:<width$}")).collect();
        format!("| {} |", cells.join(" | "))
    };
    let rule: Vec<String> = widths.iter().map(|&width| "-".repeat(width)).collect();
    let mut lines = vec![line(&mut head.iter().copied()), line(&mut rule.iter().map(String::as_str))];
    lines.extend(rows.iter().map(|row| line(&mut row.iter().map(String::as_str))));
    lines.join("\n")
}

/// A whole number, with commas between thousands.
fn grouped(number: f64) -> String {
    let digits = format!("{number:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e3)
}

fn percent(part: f64) -> String {
    format!("{:.0} %", part * 100.0)
}

#[expect(clippy::cast_precision_loss, reason = "sizes are shown with three digits")]
pub fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
