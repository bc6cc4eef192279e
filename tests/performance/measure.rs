//! The run: the order in which the contenders are measured.

use std::fs;
use std::time::{Duration, Instant};

use strongroom_tests::store::server_binary;

use crate::commits::Commits;
use crate::contender::{self, Contender, bare, openbao, strongroom};
use crate::load::{self, Cell, Mix, Round, Timing};
use crate::machine::Cores;
use crate::page::ON_POSTGRESQL;
use crate::value::Size;

pub const CONNECTIONS: [usize; 3] = [1, 10, 64];

pub const GROWING_CONNECTIONS: usize = 10;

/// One connection lists the first page, so that no request waits for another.
const PAGE_CONNECTIONS: usize = 1;

/// Limits the time for filling stores with more and more names.
const GROWING_TIME: Duration = Duration::from_mins(10);

pub struct Figures {
    pub contenders: Vec<Contender>,
    /// The contenders left out, and why.
    pub missing: Vec<(&'static str, String)>,
    pub commits: Commits,
    /// In bytes.
    pub binary: u64,
    pub growth: Vec<Contender>,
}

impl Figures {
    pub fn contender(&self, name: &str) -> Option<&Contender> {
        self.contenders.iter().find(|contender| contender.name == name)
    }

    pub async fn measure(cores: Cores, timing: Timing, names_up_to: usize) -> Self {
        let values = contender::values();
        let mut missing = Vec::new();
        let mut contenders = vec![strongroom::on_sqlite(cores, &values).await];
        match strongroom::on_postgresql(cores, &values).await {
            Ok(contender) => contenders.push(contender),
            Err(reason) => {
                println!("{ON_POSTGRESQL}: left out, {reason}");
                missing.push((ON_POSTGRESQL, reason));
            }
        }
        contenders.push(strongroom::through_vaults_api(cores, &values).await);
        contenders.push(openbao::start(cores, &values).await);
        contenders.push(bare::start(cores, &values).await);
        println!("All contenders are ready.");

        measure(&mut contenders, Cell::all(), timing).await;
        let commits = Commits::measure(cores, timing).await;
        Self {
            contenders,
            missing,
            commits,
            binary: fs::metadata(server_binary()).expect("the server exists").len(),
            growth: growth(cores, timing, names_up_to).await,
        }
    }
}

/// Measures the contenders in turn, and stops them.
async fn measure(contenders: &mut [Contender], cells: impl Iterator<Item = Cell>, timing: Timing) {
    for cell in cells {
        println!("{}, {}, {} connections", cell.mix.label(), cell.size.label(), cell.connections);
        let mut rounds: Vec<Vec<Round>> = contenders.iter().map(|_| Vec::new()).collect();
        for _ in 0..timing.rounds {
            for (contender, rounds) in contenders.iter_mut().zip(&mut rounds) {
                if contender.requests(cell.size).can(cell.mix) {
                    rounds.push(load::round(contender, cell, timing).await);
                }
            }
        }
        for (contender, rounds) in contenders.iter_mut().zip(rounds) {
            contender.cells.extend(median_round(&rounds).map(|round| (cell, round)));
        }
    }
    for contender in contenders {
        contender.stop();
    }
}

async fn growth(cores: Cores, timing: Timing, names_up_to: usize) -> Vec<Contender> {
    let start = Instant::now();
    let mut stores: Vec<Contender> = Vec::new();
    let mut filling = Duration::ZERO;
    for count in (2..).map(|power| 10_usize.pow(power)).take_while(|&count| count <= names_up_to) {
        // Ten times as many names take about ten times as long.
        if start.elapsed() + 10 * filling > GROWING_TIME {
            println!("{count} names: left out, they would take too long");
            break;
        }
        let before = Instant::now();
        stores.push(strongroom::with_names(cores, count).await);
        filling = before.elapsed();
        println!("{count} names: there after {:.1} s", filling.as_secs_f64());
    }
    let cells = [
        (Mix::Reads, GROWING_CONNECTIONS),
        (Mix::Writes, GROWING_CONNECTIONS),
        (Mix::FirstPage, PAGE_CONNECTIONS),
    ];
    let cells = cells.into_iter().map(|(mix, connections)| Cell { mix, size: Size::Small, connections });
    measure(&mut stores, cells, timing).await;
    stores
}

fn median_round(rounds: &[Round]) -> Option<Round> {
    let number = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
    let time = |figure: fn(&Round) -> Duration| median(rounds.iter().map(figure).collect());
    (!rounds.is_empty()).then(|| Round {
        rate: number(|round| round.rate),
        p50: time(|round| round.p50),
        p99: time(|round| round.p99),
        processor: time(|round| round.processor),
        generator_busy: number(|round| round.generator_busy),
    })
}

pub fn median<T: PartialOrd + Copy>(mut figures: Vec<T>) -> T {
    figures.sort_unstable_by(|one, other| one.partial_cmp(other).expect("no figure is NaN"));
    figures[figures.len() / 2]
}
