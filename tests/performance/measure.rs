//! The run: who is asked what, in which order.

use std::fs;
use std::time::{Duration, Instant};

use strongroom_tests::store::server_binary;

use crate::commits::{Commits, MANY};
use crate::contender::{self, Contender, bare, openbao, strongroom};
use crate::load::{self, Cell, Mix, Round, Timing};
use crate::machine::Cores;
use crate::value::Size;

pub const CONNECTIONS: [usize; 3] = [1, 10, 64];

pub const GROWING_CONNECTIONS: usize = 10;

/// Of the connections that list the first page, there is one, so that nothing waits for anything.
const PAGE_CONNECTIONS: usize = 1;

/// How long filling stores with more and more names may take altogether.
const GROWING_TIME: Duration = Duration::from_mins(10);

pub struct Figures {
    pub contenders: Vec<Measured>,
    /// Who is missing, and why.
    pub missing: Vec<(&'static str, String)>,
    pub starts: Vec<Start>,
    /// SQLite's durable commits, by size.
    pub commits: Vec<CommitRates>,
    pub sqlite_version: String,
    /// In bytes.
    pub binary: u64,
    pub growth: Vec<Measured>,
}

pub struct Measured {
    pub name: String,
    pub started: Duration,
    /// In bytes.
    pub idle_memory: u64,
    pub loaded_memory: u64,
    pub cells: Vec<(Cell, Round)>,
}

pub struct Start {
    pub name: String,
    /// On a store that is there.
    pub again: Duration,
}

pub struct CommitRates {
    pub size: Size,
    pub one: f64,
    pub many: f64,
}

impl Measured {
    pub fn cell(&self, mix: Mix, size: Size, connections: usize) -> Option<&Round> {
        let wanted = Cell { mix, size, connections };
        self.cells.iter().find_map(|(cell, round)| (*cell == wanted).then_some(round))
    }
}

impl Figures {
    pub fn contender(&self, name: &str) -> Option<&Measured> {
        self.contenders.iter().find(|measured| measured.name == name)
    }

    pub async fn measure(cores: Cores, timing: Timing, names_up_to: usize) -> Self {
        let values = contender::values();
        let mut contenders = Vec::new();
        let mut starts = Vec::new();
        let mut missing = Vec::new();

        let mut here = |name: &'static str, found: Result<Contender, String>| match found {
            Ok(contender) => {
                println!("{name}: ready");
                contenders.push(contender);
            }
            Err(reason) => {
                println!("{name}: left out, {reason}");
                missing.push((name, reason));
            }
        };
        let mut strongroom = |started: strongroom::Strongroom| {
            starts.push(Start { name: started.contender.name.clone(), again: started.start_again });
            started.contender
        };
        let sqlite = strongroom::on_sqlite(cores, &values).await;
        here("Strongroom", Ok(strongroom(sqlite)));
        let postgresql = strongroom::on_postgresql(cores, &values).await;
        here("Strongroom on PostgreSQL", postgresql.map(&mut strongroom));
        here("OpenBao", Ok(openbao::start(cores, &values).await));
        here("bare GraphQL", Ok(bare::start(cores, &values).await));

        let mut commits = Commits::open(cores).await;
        let sqlite_version = commits.version().await;
        let mut cells = Vec::new();
        let mut rates = Vec::new();
        for size in Size::ALL {
            for mix in Mix::OF_ALL {
                for connections in CONNECTIONS {
                    let cell = Cell { mix, size, connections };
                    println!("{}, {}, {connections} connections", mix.label(), size.label());
                    cells.push((cell, in_turn(&contenders, cell, timing).await));
                }
            }
            rates.push(commit_rates(&mut commits, size, timing).await);
        }
        commits.close().await;
        let measured = of_each(&contenders, &cells);
        drop(contenders);

        let binary = fs::metadata(server_binary()).expect("the server is there").len();
        Self {
            contenders: measured,
            missing,
            starts,
            commits: rates,
            sqlite_version,
            binary,
            growth: growth(cores, timing, names_up_to).await,
        }
    }
}

/// Each contender's rounds of a cell, in turn, and of each the median. `None` where it can't be asked that.
async fn in_turn(contenders: &[Contender], cell: Cell, timing: Timing) -> Vec<Option<Round>> {
    let mut rounds: Vec<Vec<Round>> = contenders.iter().map(|_| Vec::new()).collect();
    for _ in 0..timing.rounds {
        for (contender, rounds) in contenders.iter().zip(&mut rounds) {
            if contender.requests(cell.size).can(cell.mix) {
                rounds.push(load::round(contender, cell, timing).await);
            }
        }
    }
    rounds.iter().map(|rounds| median_round(rounds)).collect()
}

fn of_each(contenders: &[Contender], cells: &[(Cell, Vec<Option<Round>>)]) -> Vec<Measured> {
    let of_one = |(index, contender): (usize, &Contender)| Measured {
        name: contender.name.clone(),
        started: contender.started,
        idle_memory: contender.idle_memory,
        loaded_memory: contender.loaded_memory(),
        cells: cells.iter().filter_map(|(cell, rounds)| Some((*cell, rounds[index]?))).collect(),
    };
    contenders.iter().enumerate().map(of_one).collect()
}

async fn commit_rates(commits: &mut Commits, size: Size, timing: Timing) -> CommitRates {
    let (mut one, mut many) = (Vec::new(), Vec::new());
    for _ in 0..timing.rounds {
        one.push(commits.rate(size, 1, timing.window).await);
        many.push(commits.rate(size, MANY, timing.window).await);
    }
    CommitRates { size, one: median(one), many: median(many) }
}

async fn growth(cores: Cores, timing: Timing, names_up_to: usize) -> Vec<Measured> {
    let start = Instant::now();
    let mut stores: Vec<Contender> = Vec::new();
    let mut filling = Duration::ZERO;
    for count in (2..).map(|power| 10_usize.pow(power)) {
        // Ten times as many names take about ten times as long.
        if count > names_up_to {
            break;
        }
        if start.elapsed() + 10 * filling > GROWING_TIME {
            println!("{count} names: left out, they would take too long");
            break;
        }
        let before = Instant::now();
        stores.push(strongroom::with_names(cores, count).await);
        filling = before.elapsed();
        println!("{count} names: there after {:.1} s", filling.as_secs_f64());
    }
    let plan = [
        (Mix::Reads, GROWING_CONNECTIONS),
        (Mix::Writes, GROWING_CONNECTIONS),
        (Mix::FirstPage, PAGE_CONNECTIONS),
    ];
    let mut cells = Vec::new();
    for (mix, connections) in plan {
        let cell = Cell { mix, size: Size::Small, connections };
        println!("{} while the store grows", mix.label());
        cells.push((cell, in_turn(&stores, cell, timing).await));
    }
    of_each(&stores, &cells)
}

fn median_round(rounds: &[Round]) -> Option<Round> {
    let of = |figure: fn(&Round) -> f64| median(rounds.iter().map(figure).collect());
    let time = |figure: fn(&Round) -> Duration| median_time(rounds.iter().map(figure).collect());
    (!rounds.is_empty()).then(|| Round {
        rate: of(|round| round.rate),
        p50: time(|round| round.p50),
        p99: time(|round| round.p99),
        processor: time(|round| round.processor),
        generator_busy: of(|round| round.generator_busy),
    })
}

fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_unstable_by(f64::total_cmp);
    figures[figures.len() / 2]
}

fn median_time(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}
