//! Kills a server under its clients, starts it again, and checks that it has kept its word. Again and again.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::checker::{Checkers, Kind, Violation};
use super::history::{Event, Numbers, Outcome};
use super::load::{self, Common};
use super::target::Target;

/// How many kills one store lives through. What is checked after each grows with its age.
const KILLS_OF_A_LIFE: u64 = 40;
/// How many operations are acknowledged before the kill, at most, unless they take too long.
const MOST_ACKNOWLEDGED: u64 = 60;
const LONGEST_LOAD: Duration = Duration::from_secs(1);
/// How much later the kill comes, at most, in microseconds: a commit takes some of them.
const LATEST_KILL: u64 = 20_000;
/// When a server is killed that is about to start, at the latest, in milliseconds.
const LATEST_START: u64 = 150;
/// Of so many starts, one is killed.
const ONE_START_KILLED_IN: u64 = 8;
/// How much later, at most, where a command runs beside the server: it needs some time to do something.
const LATEST_KILL_OF_COMMAND: u64 = 300_000;
/// Of so many rounds, one has a command running beside the server.
const ONE_WITH_COMMANDS_IN: u64 = 4;

#[derive(Clone, Debug)]
pub struct Plan {
    /// For requests and kills. Their outcome also depends on the clock and on races.
    pub seed: u64,
    pub clients: usize,
    pub kills: Option<u64>,
    pub until: Option<Instant>,
}

#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub kills: u64,
    pub kills_while_starting: u64,
    pub kills_with_command: u64,
    pub acknowledged: u64,
    pub in_flight: u64,
    pub violations: Vec<Violation>,
    /// Where the store is kept in which something was broken.
    pub kept: Option<PathBuf>,
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{} kills ({} while starting, {} with a command beside it), {} operations acknowledged, {} in flight at a kill, \
             {} violations",
            self.kills,
            self.kills_while_starting,
            self.kills_with_command,
            self.acknowledged,
            self.in_flight,
            self.violations.len()
        )
    }
}

impl Plan {
    fn is_over(&self, tally: &Tally) -> bool {
        self.kills.is_some_and(|kills| tally.kills >= kills)
            || self.until.is_some_and(|until| Instant::now() >= until)
            || !tally.violations.is_empty()
    }

    pub async fn run<T: Target>(&self, new: impl AsyncFn() -> T, mut progress: impl FnMut(&Tally)) -> Tally {
        let mut random = fastrand::Rng::with_seed(self.seed);
        let mut tally = Tally::default();
        while !self.is_over(&tally) {
            let target = new().await;
            Life {
                plan: self,
                target,
                checkers: Checkers::new(load::groups(self.clients)),
                numbers: Arc::default(),
                random: &mut random,
                tally: &mut tally,
            }
            .live(&mut progress)
            .await;
        }
        tally
    }
}

struct Life<'run, T> {
    plan: &'run Plan,
    target: T,
    checkers: Checkers,
    numbers: Arc<Numbers>,
    random: &'run mut fastrand::Rng,
    tally: &'run mut Tally,
}

impl<T: Target> Life<'_, T> {
    async fn live(&mut self, progress: &mut impl FnMut(&Tally)) {
        let mut events = Vec::new();
        for _ in 0..KILLS_OF_A_LIFE {
            if self.plan.is_over(self.tally) {
                break;
            }
            if self.random.u64(..ONE_START_KILLED_IN) == 0 {
                let after = Duration::from_millis(self.random.u64(..LATEST_START));
                self.target.kill_while_starting(after).await;
                self.tally.kills += 1;
                self.tally.kills_while_starting += 1;
            }
            if !self.start_and_check(&events).await {
                return;
            }
            let (happened, violation) = self.load_and_kill().await;
            events = happened;
            self.note(violation);
            progress(self.tally);
        }
        if self.tally.violations.is_empty() {
            self.start_and_check(&events).await;
        }
    }

    /// Starts it and checks what it has after these events. Whether there is a way to go on.
    async fn start_and_check(&mut self, events: &[Event]) -> bool {
        if let Err(reason) = self.target.start().await {
            let text = format!("it does not start any more: {reason}");
            self.note([Violation::new(Kind::Lost, text)]);
            return false;
        }
        self.check(events).await;
        self.tally.violations.is_empty()
    }

    async fn check(&mut self, events: &[Event]) {
        let common = self.common();
        match self.target.sight().await {
            Ok(sight) => load::add_sight(&common, sight),
            Err(reason) => {
                self.note([Violation::new(Kind::Lost, reason)]);
                return;
            }
        }
        let violations = self.checkers.follow(&[events, &common.history.take()].concat());
        self.note(violations);
        let violations = self.target.inspect(events).await;
        self.note(violations);
    }

    async fn load_and_kill(&mut self) -> (Vec<Event>, Option<Violation>) {
        let common = Arc::new(self.common());
        let clients: Vec<_> = (0..self.plan.clients)
            .map(|client| {
                let random = fastrand::Rng::with_seed(self.random.u64(..));
                let (asker, common) = (self.target.client(client), Arc::clone(&common));
                tokio::spawn(load::work(asker, client, random, common))
            })
            .collect();
        let enough = self.random.u64(..=MOST_ACKNOWLEDGED);
        let has_command = self.random.u64(..ONE_WITH_COMMANDS_IN) == 0;
        let latest = if has_command { LATEST_KILL_OF_COMMAND } else { LATEST_KILL };
        let later = Duration::from_micros(self.random.u64(..latest));
        let moment = async {
            let begin = Instant::now();
            while common.acknowledged.load(Ordering::Relaxed) < enough && begin.elapsed() < LONGEST_LOAD {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            tokio::time::sleep(later).await;
        };
        let mut violation = None;
        if has_command {
            self.tally.kills_with_command += 1;
            // Whatever runs beside the server is killed with it.
            tokio::select! {
                () = moment => {}
                broken = self.target.beside() => violation = Some(broken),
            }
        } else {
            moment.await;
        }
        // Clients end when nobody answers them, and nobody has been killed yet.
        if clients.iter().any(tokio::task::JoinHandle::is_finished) {
            let why = "the server ended by itself, or dropped a request";
            violation = violation.or(Some(Violation::new(Kind::Error, why)));
        }
        self.target.kill().await;
        common.stop.store(true, Ordering::Relaxed);
        for client in clients {
            client.await.expect("clients end with the server");
        }
        common.history.add(Event::Killed);
        let events = common.history.take();
        let acknowledged = common.acknowledged.load(Ordering::Relaxed);
        self.tally.kills += 1;
        self.tally.acknowledged += acknowledged;
        let asked = events.iter().filter(|event| matches!(event, Event::Asked { .. })).count();
        let ended = events.iter().filter(|event| matches!(event, Event::Ended { .. })).count();
        self.tally.in_flight += (asked - ended) as u64;
        // Nothing but the kill has happened to it.
        let error = events.iter().find_map(|event| match event {
            Event::Ended { number, outcome: Outcome::Failed(message) } => {
                Some(Violation::new(Kind::Error, format!("operation {number} was answered {message}")))
            }
            _ => None,
        });
        (events, violation.or(error))
    }

    fn common(&self) -> Common {
        Common { numbers: Arc::clone(&self.numbers), ..Common::default() }
    }

    fn note(&mut self, violations: impl IntoIterator<Item = Violation>) {
        let before = self.tally.violations.len();
        self.tally.violations.extend(violations);
        if self.tally.violations.len() > before {
            self.tally.kept = Some(self.target.keep());
        }
    }
}
