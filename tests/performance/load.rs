//! The load: so many connections, each of which asks, waits for the answer, checks it and asks again.
//!
//! Every answer is checked: a value that is read has to be one that its name has or had, byte by byte; after each round,
//! names that were written have to have the value that was acknowledged last. One wrong answer ends the run.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::contender::{Contender, Dialect};
use crate::http::{Answer, Connection};
use crate::machine::{self, Usage};
use crate::value::{Random, Size, VARIANTS, Values};

/// How many of the names that a connection has written are read again after a round.
const READ_AGAIN: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    Reads,
    Writes,
    /// The first fifty names are listed.
    FirstPage,
}

impl Mix {
    /// What every contender is asked, as far as it can.
    pub const OF_ALL: [Self; 2] = [Self::Reads, Self::Writes];

    pub const fn label(self) -> &'static str {
        match self {
            Self::Reads => "reads",
            Self::Writes => "writes",
            Self::FirstPage => "first page",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    pub mix: Mix,
    pub size: Size,
    pub connections: usize,
}

#[derive(Clone, Copy)]
pub struct Timing {
    pub rounds: usize,
    /// Asked, and not counted.
    pub warm_up: Duration,
    pub window: Duration,
}

#[derive(Clone, Copy, Debug)]
pub struct Round {
    pub rate: f64,
    pub p50: Duration,
    pub p99: Duration,
    /// Processor time of the server and of all that it needs, per request.
    pub processor: Duration,
    /// How busy the generator has kept its core: a part of 1.
    pub generator_busy: f64,
}

pub struct Requests {
    reads: Vec<Vec<u8>>,
    /// Empty where nothing can be written.
    writes: Vec<[Vec<u8>; VARIANTS]>,
    page: Option<Vec<u8>>,
    values: Arc<Values>,
    /// Which value of each name was acknowledged last.
    acknowledged: Vec<AtomicUsize>,
    before_value: &'static str,
    written: (u16, &'static str),
}

impl Requests {
    pub fn prepare(dialect: &dyn Dialect, values: &Arc<Values>) -> Self {
        let pairs = || values.names.iter().zip(&values.values);
        Self {
            reads: values.names.iter().map(|name| dialect.read(name)).collect(),
            writes: pairs()
                .filter_map(|(name, values)| {
                    let writes: Vec<Vec<u8>> =
                        values.iter().filter_map(|value| dialect.write(name, value)).collect();
                    writes.try_into().ok()
                })
                .collect(),
            page: dialect.first_page(),
            values: Arc::clone(values),
            acknowledged: values.names.iter().map(|_| AtomicUsize::new(0)).collect(),
            before_value: dialect.before_value(),
            written: dialect.written(),
        }
    }

    pub fn can(&self, mix: Mix) -> bool {
        match mix {
            Mix::Reads => true,
            Mix::Writes => !self.writes.is_empty(),
            Mix::FirstPage => self.page.is_some(),
        }
    }

    /// Whether this is the value of a name, one of those that it takes in turn.
    fn check_read(&self, name: usize, answer: &Answer<'_>) -> Result<usize, String> {
        let variants = &self.values.values[name];
        let found = (answer.status == 200).then(|| self.value_in(answer.body, variants[0].len()));
        found
            .flatten()
            .and_then(|value| variants.iter().position(|known| known.as_bytes() == value))
            .ok_or_else(|| self.wrong("read", name, answer))
    }

    fn value_in<'a>(&self, body: &'a [u8], length: usize) -> Option<&'a [u8]> {
        let before = self.before_value.as_bytes();
        let start = body.windows(before.len()).position(|part| part == before)? + before.len();
        let value = body.get(start..start + length)?;
        (body.get(start + length) == Some(&b'"')).then_some(value)
    }

    fn check_write(&self, name: usize, answer: &Answer<'_>) -> Result<(), String> {
        let (status, body) = self.written;
        if answer.status == status && answer.body.starts_with(body.as_bytes()) {
            Ok(())
        } else {
            Err(self.wrong("write", name, answer))
        }
    }

    fn wrong(&self, what: &str, name: usize, answer: &Answer<'_>) -> String {
        let shown = String::from_utf8_lossy(&answer.body[..answer.body.len().min(300)]);
        let name = &self.values.names[name];
        format!("a wrong answer to a {what} of {name}: {}, {shown:?}", answer.status)
    }
}

/// From when on answers count, and when nothing more is asked.
#[derive(Clone, Copy)]
struct Clock {
    start: Instant,
    end: Instant,
}

/// Panics when an answer is wrong or missing.
pub async fn round(contender: &Contender, cell: Cell, timing: Timing) -> Round {
    // What others have written and not synchronised would be written at the expense of the next contender.
    machine::sync();
    let requests = contender.requests(cell.size);
    let mut connections = Vec::new();
    for _ in 0..cell.connections {
        let connection = Connection::open(&contender.address).await;
        connections.push(connection.unwrap_or_else(|error| panic!("{}: {error}", contender.name)));
    }
    let warm = Instant::now() + timing.warm_up / 2;
    let start = warm + timing.warm_up / 2;
    let clock = Clock { start, end: start + timing.window };
    let mut tasks = JoinSet::new();
    for (number, connection) in connections.into_iter().enumerate() {
        let asker =
            Asker { connection, requests: Arc::clone(requests), number, cell, random: Random::new(number) };
        tasks.spawn(asker.run(clock));
    }
    // Looking for processes takes milliseconds, so it must not fall into what counts; by now, all have been started.
    tokio::time::sleep_until(warm.into()).await;
    let processes = contender.processes();
    tokio::time::sleep_until(clock.start.into()).await;
    let usage = Usage::of(processes);
    let own = Usage::of(vec![std::process::id()]);
    tokio::time::sleep_until(clock.end.into()).await;
    let (processor, own) = (usage.spent(), own.spent());
    let measured = clock.start.elapsed();

    let outcomes = tasks.join_all().await;
    let connections = outcomes.len();
    let mut times = Vec::new();
    let mut failures = Vec::new();
    for outcome in outcomes {
        match outcome {
            Ok(taken) => times.extend(taken),
            Err(failure) => failures.push(failure),
        }
    }
    assert!(
        failures.is_empty(),
        "{}, {cell:?}: {} of {connections} connections failed; the first: {}",
        contender.name,
        failures.len(),
        failures[0]
    );
    assert!(
        !times.is_empty(),
        "{}, {cell:?}: nothing was answered in {:?}; something else keeps the machine busy",
        contender.name,
        timing.window
    );
    contender.note_memory();
    times.sort_unstable();
    let count = u32::try_from(times.len()).expect("a round is short");
    Round {
        rate: f64::from(count) / timing.window.as_secs_f64(),
        p50: percentile(&times, 50),
        p99: percentile(&times, 99),
        processor: processor / count,
        generator_busy: own.as_secs_f64() / measured.as_secs_f64(),
    }
}

/// The time that so many of a hundred requests took at most; `times` is sorted.
fn percentile(times: &[Duration], hundredths: usize) -> Duration {
    times[(times.len() * hundredths / 100).min(times.len() - 1)]
}

struct Asker {
    connection: Connection,
    requests: Arc<Requests>,
    number: usize,
    cell: Cell,
    random: Random,
}

impl Asker {
    /// Asks until the end, and returns how long each request took whose answer counts.
    async fn run(mut self, clock: Clock) -> Result<Vec<Duration>, String> {
        let mut times = Vec::with_capacity(1 << 16);
        let mut written = Vec::new();
        loop {
            let asked = Instant::now();
            if asked >= clock.end {
                break;
            }
            match self.cell.mix {
                Mix::Reads => self.read().await?,
                Mix::Writes => written.push(self.write().await?),
                Mix::FirstPage => self.first_page().await?,
            }
            let answered = Instant::now();
            if (clock.start..clock.end).contains(&answered) {
                times.push(answered - asked);
            }
        }
        self.read_again(&written).await?;
        Ok(times)
    }

    async fn read(&mut self) -> Result<(), String> {
        let name = self.random.below(self.requests.reads.len());
        self.read_name(name).await.map(drop)
    }

    async fn read_name(&mut self, name: usize) -> Result<usize, String> {
        let answer = self.connection.ask(&self.requests.reads[name]).await;
        let answer = answer.map_err(|error| error.to_string())?;
        self.requests.check_read(name, &answer)
    }

    /// Overwrites one of the names that only this connection writes, with the value whose turn it is, and returns which.
    async fn write(&mut self) -> Result<usize, String> {
        let own = self.requests.writes.len() / self.cell.connections;
        let name = self.random.below(own) * self.cell.connections + self.number;
        let variant = (self.requests.acknowledged[name].load(Ordering::Relaxed) + 1) % VARIANTS;
        let answer = self.connection.ask(&self.requests.writes[name][variant]).await;
        let answer = answer.map_err(|error| error.to_string())?;
        self.requests.check_write(name, &answer)?;
        self.requests.acknowledged[name].store(variant, Ordering::Relaxed);
        Ok(name)
    }

    /// Reads some of the names that were written: each has to have the value that was acknowledged last.
    async fn read_again(&mut self, written: &[usize]) -> Result<(), String> {
        for &name in written.iter().rev().take(READ_AGAIN) {
            let read = self.read_name(name).await?;
            let acknowledged = self.requests.acknowledged[name].load(Ordering::Relaxed);
            if read != acknowledged {
                let name = &self.requests.values.names[name];
                return Err(format!("{name} does not have the value that was acknowledged last"));
            }
        }
        Ok(())
    }

    async fn first_page(&mut self) -> Result<(), String> {
        let page = self.requests.page.as_deref().ok_or("there is no such page")?;
        let answer = self.connection.ask(page).await;
        let answer = answer.map_err(|error| error.to_string())?;
        let first = self.requests.values.names[0].as_bytes();
        let is_there = answer.body.windows(first.len()).any(|part| part == first);
        if answer.status == 200 && is_there { Ok(()) } else { Err(self.requests.wrong("page", 0, &answer)) }
    }
}
