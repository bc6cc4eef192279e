//! The load: a number of connections, each of which sends a request, waits for the answer, checks it and sends the next.
//!
//! Every answer is checked: a read must return, byte by byte, a value that the name has or had; after each round, names
//! that were written must have the value that was acknowledged last. One wrong answer ends the run.

use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;
use tokio::task::JoinSet;

use crate::contender::{Contender, Dialect};
use crate::http::{Answer, Connection, Prepared};
use crate::machine::{self, Usage};
use crate::measure::CONNECTIONS;
use crate::value::{Size, VARIANTS, Values};

/// How many of the names that a connection has written it reads again after a round.
const READ_AGAIN: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mix {
    Reads,
    Writes,
    /// Lists the first fifty names.
    FirstPage,
}

impl Mix {
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

impl Cell {
    /// The cells of all contenders.
    pub fn all() -> impl Iterator<Item = Self> {
        [Mix::Reads, Mix::Writes].into_iter().flat_map(|mix| {
            Size::ALL.into_iter().flat_map(move |size| {
                CONNECTIONS.into_iter().map(move |connections| Self { mix, size, connections })
            })
        })
    }
}

#[derive(Clone, Copy)]
pub struct Timing {
    pub rounds: usize,
    /// The time before the window, whose requests don't count.
    pub warm_up: Duration,
    pub window: Duration,
}

#[derive(Clone, Copy, Debug)]
pub struct Round {
    pub rate: f64,
    pub p50: Duration,
    pub p99: Duration,
    /// Processor time of the server and its database, per request.
    pub processor: Duration,
    /// The load of the generator's core, from 0 to 1.
    pub generator_busy: f64,
}

pub struct Requests {
    reads: Vec<Prepared>,
    /// Empty where nothing can be written.
    writes: Vec<[Prepared; VARIANTS]>,
    page: Option<Prepared>,
    values: Arc<Values>,
    /// The variant of each name that was acknowledged last.
    acknowledged: Vec<AtomicUsize>,
    before_value: &'static str,
    written: &'static str,
}

impl Requests {
    pub fn prepare<D: Dialect>(dialect: &D, values: &Arc<Values>) -> Self {
        let writes = |(name, variants): (&String, &[String; VARIANTS])| {
            let writes: Vec<_> = variants.iter().filter_map(|value| dialect.write(name, value)).collect();
            writes.try_into().ok()
        };
        Self {
            reads: values.names.iter().map(|name| dialect.read(name)).collect(),
            writes: values.names.iter().zip(&values.values).filter_map(writes).collect(),
            page: dialect.first_page(),
            values: Arc::clone(values),
            acknowledged: values.names.iter().map(|_| AtomicUsize::new(0)).collect(),
            before_value: D::BEFORE_VALUE,
            written: D::WRITTEN,
        }
    }

    pub fn can(&self, mix: Mix) -> bool {
        match mix {
            Mix::Reads => true,
            Mix::Writes => !self.writes.is_empty(),
            Mix::FirstPage => self.page.is_some(),
        }
    }

    /// Returns the variant of a name that the answer holds.
    fn check_read(&self, name: usize, answer: &Answer) -> io::Result<usize> {
        let variants = &self.values.values[name];
        let found = (answer.status == 200).then(|| self.value_in(&answer.body, variants[0].len()));
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

    fn wrong(&self, what: &str, name: usize, answer: &Answer) -> io::Error {
        let shown = String::from_utf8_lossy(&answer.body[..answer.body.len().min(300)]);
        let name = &self.values.names[name];
        io::Error::other(format!("a wrong answer to a {what} of {name}: {}, {shown:?}", answer.status))
    }
}

/// Panics when an answer is wrong or missing.
pub async fn round(contender: &mut Contender, cell: Cell, timing: Timing) -> Round {
    // Otherwise this round would pay for data that the round before has not synchronised.
    machine::sync();
    let requests = contender.requests(cell.size);
    let mut connections = Vec::new();
    for _ in 0..cell.connections {
        let connection = Connection::open(&contender.address).await;
        connections.push(connection.unwrap_or_else(|error| panic!("{}: {error}", contender.name)));
    }
    let warm = Instant::now() + timing.warm_up / 2;
    let start = warm + timing.warm_up / 2;
    let counted = start..start + timing.window;
    let mut tasks = JoinSet::new();
    for (number, connection) in connections.into_iter().enumerate() {
        let random = Rng::with_seed(number as u64);
        let asker = Asker { connection, requests: Arc::clone(requests), number, cell, random };
        tasks.spawn(asker.run(counted.clone()));
    }
    // Listing processes takes milliseconds, so it happens before the window; by now, all of them have started.
    tokio::time::sleep_until(warm.into()).await;
    let processes = contender.processes();
    tokio::time::sleep_until(counted.start.into()).await;
    let usage = Usage::of(processes);
    let own = Usage::of(vec![std::process::id()]);
    tokio::time::sleep_until(counted.end.into()).await;
    let (processor, own) = (usage.spent(), own.spent());
    let measured = counted.start.elapsed();

    let mut times = Vec::new();
    for outcome in tasks.join_all().await {
        times.extend(outcome.unwrap_or_else(|error| panic!("{}, {cell:?}: {error}", contender.name)));
    }
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
        p50: times[times.len() / 2],
        p99: times[times.len() * 99 / 100],
        processor: processor / count,
        generator_busy: own.as_secs_f64() / measured.as_secs_f64(),
    }
}

struct Asker {
    connection: Connection,
    requests: Arc<Requests>,
    number: usize,
    cell: Cell,
    random: Rng,
}

impl Asker {
    /// Returns the time of each request that was answered in the range.
    async fn run(mut self, counted: Range<Instant>) -> io::Result<Vec<Duration>> {
        let mut times = Vec::with_capacity(1 << 16);
        let mut written = Vec::new();
        loop {
            let asked = Instant::now();
            if asked >= counted.end {
                break;
            }
            match self.cell.mix {
                Mix::Reads => self.read().await?,
                Mix::Writes => written.push(self.write().await?),
                Mix::FirstPage => self.first_page().await?,
            }
            let answered = Instant::now();
            if counted.contains(&answered) {
                times.push(answered - asked);
            }
        }
        self.read_again(&written).await?;
        Ok(times)
    }

    async fn read(&mut self) -> io::Result<()> {
        let name = self.random.usize(..self.requests.reads.len());
        self.read_name(name).await.map(drop)
    }

    async fn read_name(&mut self, name: usize) -> io::Result<usize> {
        let answer = self.connection.ask(&self.requests.reads[name]).await?;
        self.requests.check_read(name, &answer)
    }

    /// Overwrites one of the names that only this connection writes with its next variant, and returns the name.
    async fn write(&mut self) -> io::Result<usize> {
        let own = self.requests.writes.len() / self.cell.connections;
        let name = self.random.usize(..own) * self.cell.connections + self.number;
        let variant = (self.requests.acknowledged[name].load(Ordering::Relaxed) + 1) % VARIANTS;
        let answer = self.connection.ask(&self.requests.writes[name][variant]).await?;
        if answer.status != 200 || !answer.body.starts_with(self.requests.written.as_bytes()) {
            return Err(self.requests.wrong("write", name, &answer));
        }
        self.requests.acknowledged[name].store(variant, Ordering::Relaxed);
        Ok(name)
    }

    /// Reads some of the names that were written: each must have the value that was acknowledged last.
    async fn read_again(&mut self, written: &[usize]) -> io::Result<()> {
        for &name in written.iter().rev().take(READ_AGAIN) {
            let read = self.read_name(name).await?;
            let acknowledged = self.requests.acknowledged[name].load(Ordering::Relaxed);
            if read != acknowledged {
                let name = &self.requests.values.names[name];
                return Err(io::Error::other(format!("{name} has lost an acknowledged value")));
            }
        }
        Ok(())
    }

    async fn first_page(&mut self) -> io::Result<()> {
        let page = self.requests.page.as_ref().expect("`can` has been asked");
        let answer = self.connection.ask(page).await?;
        let first = self.requests.values.names[0].as_bytes();
        let is_there = answer.body.windows(first.len()).any(|part| part == first);
        if answer.status == 200 && is_there { Ok(()) } else { Err(self.requests.wrong("page", 0, &answer)) }
    }
}
