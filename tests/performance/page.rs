//! The page of figures. What is said in any case is in `page.md`; here are its tables, and how far the goals are
//! reached.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use strongroom_tests::postgres;

use crate::commits::MANY;
use crate::contender::{postgraphile, rvault};
use crate::load::{Cell, Mix, Round, Timing};
use crate::machine::{Cores, Machine};
use crate::measure::{CONNECTIONS, CommitRates, Figures, GROWING_CONNECTIONS, Measured};
use crate::value::Size;

const TEMPLATE: &str = include_str!("page.md");

/// Names of contenders that goals and ratios are about.
const SQLITE: &str = "Strongroom, SQLite";
const POSTGRESQL: &str = "Strongroom, PostgreSQL";
const RVAULT: &str = "rvault";
const POSTGRAPHILE: &str = "PostGraphile";
const BARE: &str = "bare GraphQL";

/// From here on, the generator may be what is measured: a part of 1 of its core.
const TOO_BUSY: f64 = 0.9;

/// What the store is to reach.
mod goal {
    use std::time::Duration;

    /// Of the bare ceiling's rate.
    pub const OF_BARE: f64 = 0.6;
    /// The slowest of a hundred reads, in medians of the bare ceiling's.
    pub const P99_IN_BARE_P50: f64 = 3.0;
    /// How much slower 1,000,000 names may be than 1,000.
    pub const GROWTH: f64 = 1.5;
    pub const FIRST_PAGE: Duration = Duration::from_millis(10);
    pub const IDLE_MEMORY: f64 = 30.0;
    pub const START: Duration = Duration::from_millis(300);
    pub const BINARY: f64 = 25.0;
}

/// The page.
pub fn write(machine: &Machine, cores: Cores, timing: Timing, figures: &Figures) -> String {
    let goals = goals(figures);
    let cores = if cores.is_one() {
        "There is one core, which generator and contenders share."
    } else {
        "The generator has one core to itself, the contender with its database another."
    };
    let parts = [
        ("goals", goal_table(&goals)),
        ("falls_short", falls_short(&goals)),
        ("ratios", ratios(figures)),
        (
            "figures",
            by_cell(figures, |round| {
                format!("{} ({} / {})", grouped(round.rate), milliseconds(round.p50), milliseconds(round.p99))
            }),
        ),
        ("commits", commits(&figures.commits)),
        (
            "processor",
            by_cell(figures, |round| format!("{} ({})", round.processor.as_micros(), percent(round.busy))),
        ),
        ("generator", generator(figures)),
        ("resources", resources(figures)),
        ("growing", GROWING_CONNECTIONS.to_string()),
        ("growth", growth(&figures.growth)),
        ("machine", about_machine(machine, figures)),
        ("timing", about_timing(timing)),
        ("cores", cores.to_owned()),
        ("many", MANY.to_string()),
    ];
    parts.iter().fold(TEMPLATE.to_owned(), |page, (name, text)| page.replace(&format!("{{{name}}}"), text))
}

impl Figures {
    fn contender(&self, name: &str) -> Option<&Measured> {
        self.contenders.iter().find(|measured| measured.name == name)
    }

    fn store_of(&self, names: usize) -> Option<&Measured> {
        self.growth.iter().find(|measured| measured.name == names.to_string())
    }
}

/// One goal, and how far it is reached.
struct Goal {
    what: String,
    wanted: String,
    found: String,
    reached: bool,
    /// Where the time goes, for what falls short.
    why: Option<String>,
}

fn goals(figures: &Figures) -> Vec<Goal> {
    let mut goals = Vec::new();
    for store in [SQLITE, POSTGRESQL] {
        let Some(store) = figures.contender(store) else {
            continue;
        };
        for size in Size::ALL {
            read_goals(figures, store, size, &mut goals);
            write_goals(figures, store, size, &mut goals);
        }
    }
    growth_goals(figures, &mut goals);
    let sqlite = figures.contender(SQLITE).map(|store| megabytes(store.idle_memory));
    if let Some(idle) = sqlite {
        goals.push(Goal::at_most("idle memory", goal::IDLE_MEMORY, idle, "MB"));
    }
    for start in &figures.starts {
        goals.push(Goal::at_most(
            &format!("{}: from start to ready", start.name),
            goal::START.as_secs_f64() * 1e3,
            start.again.as_secs_f64() * 1e3,
            "ms",
        ));
    }
    let binary = megabytes(figures.binary);
    goals.push(Goal::at_most("binary, with the page inside", goal::BINARY, binary, "MB"));
    goals
}

fn read_goals(figures: &Figures, store: &Measured, size: Size, goals: &mut Vec<Goal>) {
    const AT: usize = 10;
    let Some(reads) = store.cell(Mix::Reads, size, AT) else {
        return;
    };
    let of = |name| figures.contender(name)?.cell(Mix::Reads, size, AT);
    let what = format!("{}: reads of {}, {AT} connections", store.name, size.label());
    let bare = of(BARE);
    let why = bare.map(|bare| {
        format!(
            "{what}: a request takes {} µs of processor time, of which bare GraphQL takes {} µs; the rest is \
             finding out who asks, finding and opening the value, and the audit log. The core is {} busy",
            reads.processor.as_micros(),
            bare.processor.as_micros(),
            percent(reads.busy)
        )
    });
    if let Some(rvault) = of(RVAULT) {
        goals.push(Goal::at_least(&what, "rvault's rate", 1.0, reads.rate / rvault.rate, why.clone()));
    }
    if let Some(bare) = bare {
        let ratio = reads.rate / bare.rate;
        goals.push(Goal::at_least(&what, "bare GraphQL's rate", goal::OF_BARE, ratio, why.clone()));
        let p99 = reads.p99.as_secs_f64() / bare.p50.as_secs_f64();
        goals.push(Goal {
            what,
            wanted: format!("p99 ≤ {} × bare GraphQL's p50", goal::P99_IN_BARE_P50),
            found: format!("{p99:.2} ×"),
            reached: p99 <= goal::P99_IN_BARE_P50,
            why,
        });
    }
}

fn write_goals(figures: &Figures, store: &Measured, size: Size, goals: &mut Vec<Goal>) {
    const AT: usize = 64;
    let Some(writes) = store.cell(Mix::Writes, size, AT) else {
        return;
    };
    let what = format!("{}: writes of {}, {AT} connections", store.name, size.label());
    let why = Some(format!(
        "{what}: a request takes {} µs of processor time, and the core is {} busy; the rest of the time \
         it waits for the disk",
        writes.processor.as_micros(),
        percent(writes.busy)
    ));
    let rvault = figures.contender(RVAULT).and_then(|rvault| rvault.cell(Mix::Writes, size, AT));
    if let Some(rvault) = rvault {
        goals.push(Goal::at_least(&what, "rvault's rate", 1.0, writes.rate / rvault.rate, why.clone()));
    }
    if let Some(commits) = figures.commits.iter().find(|commits| commits.size == size) {
        let ratio = writes.rate / commits.one;
        goals.push(Goal::at_least(&what, "SQLite's one commit per write", 1.0, ratio, why));
    }
}

fn growth_goals(figures: &Figures, goals: &mut Vec<Goal>) {
    let (Some(few), Some(many)) = (figures.store_of(1000), figures.growth.last()) else {
        return;
    };
    if many.name == few.name {
        return;
    }
    let names = many.name.parse::<f64>().map_or_else(|_| many.name.clone(), grouped);
    for mix in [Mix::Reads, Mix::Writes] {
        let rate = |store: &Measured| Some(store.cell(mix, Size::Small, GROWING_CONNECTIONS)?.rate);
        if let (Some(few), Some(many)) = (rate(few), rate(many)) {
            let slower = few / many;
            goals.push(Goal {
                what: format!("{}: {names} names", mix.label()),
                wanted: format!("≤ {} × the time at 1,000", goal::GROWTH),
                found: format!("{slower:.2} ×"),
                reached: slower <= goal::GROWTH,
                why: None,
            });
        }
    }
    if let Some(page) = many.cell(Mix::FirstPage, Size::Small, 1) {
        goals.push(Goal::at_most(
            &format!("first page of {names} names"),
            goal::FIRST_PAGE.as_secs_f64() * 1e3,
            page.p50.as_secs_f64() * 1e3,
            "ms",
        ));
    }
}

impl Goal {
    fn at_least(what: &str, other: &str, wanted: f64, ratio: f64, why: Option<String>) -> Self {
        Self {
            what: what.to_owned(),
            wanted: format!("≥ {wanted} × {other}"),
            found: format!("{ratio:.2} ×"),
            reached: ratio >= wanted,
            why,
        }
    }

    fn at_most(what: &str, wanted: f64, found: f64, unit: &str) -> Self {
        Self {
            what: what.to_owned(),
            wanted: format!("≤ {wanted} {unit}"),
            found: format!("{found:.1} {unit}"),
            reached: found <= wanted,
            why: None,
        }
    }
}

fn goal_table(goals: &[Goal]) -> String {
    let rows = goals.iter().map(|goal| {
        let reached = if goal.reached { "reached" } else { "falls short" };
        vec![goal.what.clone(), goal.wanted.clone(), goal.found.clone(), reached.to_owned()]
    });
    table(&["what", "goal", "found", ""], rows)
}

/// Where the time goes for the goals that are not reached.
fn falls_short(goals: &[Goal]) -> String {
    let mut reasons: Vec<&str> =
        goals.iter().filter(|goal| !goal.reached).filter_map(|goal| goal.why.as_deref()).collect();
    reasons.dedup();
    if reasons.is_empty() {
        return String::new();
    }
    let lines: Vec<String> = reasons.iter().map(|reason| format!("- {reason}.")).collect();
    format!("Where the time goes for what falls short:\n\n{}", lines.join("\n"))
}

/// Every cell of the load, in order.
fn cells() -> impl Iterator<Item = Cell> {
    let mixes = [Mix::Reads, Mix::Writes, Mix::Mixed];
    mixes.into_iter().flat_map(|mix| {
        Size::ALL.into_iter().flat_map(move |size| {
            CONNECTIONS.into_iter().map(move |connections| Cell { mix, size, connections })
        })
    })
}

fn cell_label(cell: Cell) -> String {
    let s = if cell.connections == 1 { "" } else { "s" };
    format!("{}, {}, {} connection{s}", cell.mix.label(), cell.size.label(), cell.connections)
}

fn round_of<'a>(figures: &'a Figures, name: &str, cell: Cell) -> Option<&'a Round> {
    figures.contender(name)?.cell(cell.mix, cell.size, cell.connections)
}

fn ratios(figures: &Figures) -> String {
    let others = [RVAULT, POSTGRAPHILE, BARE, POSTGRESQL];
    let others: Vec<&str> = others.into_iter().filter(|name| figures.contender(name).is_some()).collect();
    let rows = cells().map(|cell| {
        let own = round_of(figures, SQLITE, cell);
        let ratio = |other: Option<f64>| match (own, other) {
            (Some(own), Some(other)) => format!("{:.2}", own.rate / other),
            _ => String::new(),
        };
        let mut row = vec![cell_label(cell)];
        row.extend(others.iter().map(|name| ratio(round_of(figures, name, cell).map(|round| round.rate))));
        let commits =
            figures.commits.iter().find(|commits| commits.size == cell.size && cell.mix == Mix::Writes);
        row.push(ratio(commits.map(|commits| commits.one)));
        row
    });
    let mut head = vec![""];
    head.extend(&others);
    head.push("SQLite, one commit per write");
    table(&head, rows)
}

/// A table of all cells and contenders.
fn by_cell(figures: &Figures, show: impl Fn(&Round) -> String) -> String {
    let rows = cells().map(|cell| {
        let mut row = vec![cell_label(cell)];
        row.extend(figures.contenders.iter().map(|contender| {
            let round = contender.cell(cell.mix, cell.size, cell.connections);
            round.map(&show).unwrap_or_default()
        }));
        row
    });
    let mut head = vec![""];
    head.extend(figures.contenders.iter().map(|contender| contender.name.as_str()));
    table(&head, rows)
}

/// Whether it is the generator that was measured.
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
        "The generator kept its own core {} busy where it had most to do ({name}, {}): {verdict}.",
        percent(busy),
        cell_label(cell)
    )
}

fn commits(rates: &[CommitRates]) -> String {
    let many = format!("{MANY} in each commit");
    let rows =
        rates.iter().map(|rate| vec![rate.size.label().to_owned(), grouped(rate.one), grouped(rate.many)]);
    table(&["", "one in each commit", &many], rows)
}

fn resources(figures: &Figures) -> String {
    let rows = figures.contenders.iter().map(|contender| {
        vec![
            contender.name.clone(),
            format!("{:.1}", megabytes(contender.idle_memory)),
            format!("{:.1}", megabytes(contender.loaded_memory)),
            contender.started.as_millis().to_string(),
        ]
    });
    let head = ["", "idle memory, MB", "under load, MB", "first start, ms"];
    let mut parts = vec![table(&head, rows)];
    parts.extend(figures.starts.iter().map(|start| {
        format!(
            "{}: ready after {} ms on a store with a team in it, and after {} ms with 2,000 names.",
            start.name,
            start.first.as_millis(),
            start.again.as_millis()
        )
    }));
    parts.push(format!(
        "Memory is what is resident, of the server and its database; what several processes share counts once. The \
         server is one file of {:.1} MB, with the page inside.",
        megabytes(figures.binary)
    ));
    parts.join("\n\n")
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
            let p99 = milliseconds(round.p99);
            format!("{}/s{ratio}, p99 {p99} ms", grouped(round.rate))
        };
        let page = store.cell(Mix::FirstPage, Size::Small, 1);
        vec![
            store.name.parse::<f64>().map_or_else(|_| store.name.clone(), grouped),
            rate(Mix::Reads),
            rate(Mix::Writes),
            page.map_or_else(String::new, |page| {
                format!("{} / {} ms", milliseconds(page.p50), milliseconds(page.p99))
            }),
            format!("{:.1}", megabytes(store.loaded_memory)),
        ]
    });
    let head = ["names", "reads", "writes", "first page, p50 / p99", "memory, MB"];
    table(&head, rows)
}

fn about_machine(machine: &Machine, figures: &Figures) -> String {
    let mut lines = vec![
        format!("- {}, {} cores, {}", machine.processor, machine.cores, machine.system),
        format!("- {} busy with other things when the run began", percent(machine.busy_before)),
        format!("- {:.0} GB of memory", megabytes(machine.memory) / 1000.0),
        format!(
            "- {}; 4 KiB are on it after {} ms (p50; p99 {} ms)",
            machine.disk,
            milliseconds(machine.fsync_p50),
            milliseconds(machine.fsync_p99)
        ),
        format!(
            "- Strongroom {}, SQLite {}, axum {}, async-graphql {}",
            env!("CARGO_PKG_VERSION"),
            figures.sqlite_version,
            locked("axum"),
            locked("async-graphql")
        ),
    ];
    let others = [
        rvault::program().and_then(|program| said(&program)),
        postgraphile::module()
            .and_then(|module| package_version(&module))
            .map(|version| format!("PostGraphile {version}")),
        said(Path::new("node")).map(|version| format!("Node.js {version}")),
        postgres::version().ok().map(|version| format!("PostgreSQL {version}")),
    ];
    lines.push(format!("- {}", others.into_iter().flatten().collect::<Vec<_>>().join(", ")));
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

/// The version of a crate that everything here was built with.
fn locked(name: &str) -> &'static str {
    const LOCK: &str = include_str!("../../Cargo.lock");
    let entry = format!("name = \"{name}\"\nversion = \"");
    let found = LOCK.split_once(&entry).and_then(|(_, rest)| rest.split('"').next());
    found.unwrap_or_default()
}

/// What a program says to `--version`, in one line.
fn said(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.lines().rfind(|line| !line.is_empty()).map(str::to_owned)
}

/// The version of the npm package that a module is the main file of.
fn package_version(module: &Path) -> Option<String> {
    let text = fs::read_to_string(module.with_file_name("package.json")).ok()?;
    let package: serde_json::Value = serde_json::from_str(&text).ok()?;
    Some(package["version"].as_str()?.to_owned())
}

/// A table, as people read it without any program, too.
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
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}
