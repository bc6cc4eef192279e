//! Kills a server under its clients again and again, and checks after each restart that it has kept its promises.

use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::checker::{Kind, Violation};
use super::history::Event;
use super::load;
use super::strongroom::Strongroom;
use crate::store::Store;

/// The kills of one store. Each check takes longer as the store ages.
const KILLS_OF_A_LIFE: u64 = 40;
/// The maximum number of operations acknowledged before a kill, unless they take too long.
const MOST_ACKNOWLEDGED: u64 = 60;
const LONGEST_LOAD: Duration = Duration::from_secs(1);
/// The longest delay of a kill, in microseconds. A commit takes only a part of it.
const LATEST_KILL: u64 = 20_000;
/// The same while a command runs, which takes some time to start.
const LATEST_KILL_OF_COMMAND: u64 = 300_000;
/// The longest time after which a starting server is killed, in milliseconds.
const LATEST_START: u64 = 150;
const ONE_START_KILLED_IN: u64 = 8;
/// In one round of this many, a command runs alongside the server.
const ONE_WITH_COMMANDS_IN: u64 = 4;

/// Kills a server at random under load, and checks after each kill that it has kept its promises
#[derive(Clone, Debug, clap::Parser)]
#[command(bin_name = "cargo xtask torture")]
pub struct Plan {
    /// For how long, in minutes
    #[arg(long, default_value_t = 5.0)]
    pub minutes: f64,
    /// After how many kills to end, if not earlier
    #[arg(long)]
    pub kills: Option<u64>,
    /// The seed of requests and kills, whose outcome also depends on the clock and on races [default: another one each time]
    #[arg(long, default_value_t = fastrand::u64(..1_000_000_000), hide_default_value = true)]
    pub seed: u64,
    /// The number of concurrent clients
    #[arg(long, default_value_t = 8)]
    pub clients: usize,
    /// Cut the power of the disk, too, which loses unsynchronised writes. For root, on Linux
    #[arg(long)]
    pub power: bool,
}

#[derive(Clone, Debug, Default)]
pub struct Tally {
    pub kills: u64,
    pub kills_while_starting: u64,
    pub kills_with_command: u64,
    pub acknowledged: u64,
    pub in_flight: u64,
    pub violations: Vec<Violation>,
    /// The directory of the store with the violations.
    pub kept: Option<PathBuf>,
}

impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kills, kills_while_starting, kills_with_command, acknowledged, in_flight, violations, ..
        } = self;
        write!(
            out,
            "{kills} kills ({kills_while_starting} while starting, {kills_with_command} with a command beside it), \
             {acknowledged} operations acknowledged, {in_flight} in flight at a kill, {} violations",
            violations.len()
        )
    }
}

impl Plan {
    pub async fn run(&self, mut progress: impl FnMut(&Tally)) -> Tally {
        let until = Instant::now() + Duration::from_secs_f64(60.0 * self.minutes);
        let is_over = |tally: &Tally| {
            self.kills.is_some_and(|kills| tally.kills >= kills)
                || Instant::now() >= until
                || !tally.violations.is_empty()
        };
        let mut random = fastrand::Rng::with_seed(self.seed);
        let mut tally = Tally::default();
        while !is_over(&tally) {
            let strongroom = if self.power {
                Strongroom::on_a_disk(Store::new(), self.clients).await
            } else {
                Strongroom::new(Store::new(), self.clients).await
            };
            let mut life = Life { strongroom, random: &mut random, tally: &mut tally };
            for _ in 0..KILLS_OF_A_LIFE {
                if is_over(life.tally) {
                    break;
                }
                life.kill_some_starts().await;
                if !life.start_and_check().await {
                    break;
                }
                life.load_and_kill().await;
                progress(life.tally);
            }
            if life.tally.violations.is_empty() {
                life.start_and_check().await;
            }
        }
        tally
    }
}

struct Life<'run> {
    strongroom: Strongroom,
    random: &'run mut fastrand::Rng,
    tally: &'run mut Tally,
}

impl Life<'_> {
    async fn kill_some_starts(&mut self) {
        if self.random.u64(..ONE_START_KILLED_IN) == 0 {
            let after = Duration::from_millis(self.random.u64(..LATEST_START));
            self.strongroom.kill_while_starting(after).await;
            self.tally.kills += 1;
            self.tally.kills_while_starting += 1;
        }
    }

    /// Whether the server starts and has kept its promises so far.
    async fn start_and_check(&mut self) -> bool {
        let violations = match self.strongroom.start().await {
            Ok(()) => self.strongroom.check().await,
            Err(reason) => {
                vec![Violation::new(Kind::Lost, format!("it does not start any more: {reason}"))]
            }
        };
        self.note(violations);
        self.tally.violations.is_empty()
    }

    async fn load_and_kill(&mut self) {
        let Self { strongroom, random, tally } = self;
        strongroom.load(|caller| load::work(caller, fastrand::Rng::with_seed(random.u64(..))));
        let history = Arc::clone(&strongroom.history);
        let before = history.acknowledged();
        let enough = before + random.u64(..=MOST_ACKNOWLEDGED);
        let has_command = random.u64(..ONE_WITH_COMMANDS_IN) == 0;
        let latest = if has_command { LATEST_KILL_OF_COMMAND } else { LATEST_KILL };
        let later = Duration::from_micros(random.u64(..latest));
        let moment = async {
            let begin = Instant::now();
            while history.acknowledged() < enough && begin.elapsed() < LONGEST_LOAD {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            tokio::time::sleep(later).await;
        };
        let mut violation = None;
        if has_command {
            tally.kills_with_command += 1;
            tokio::select! {
                () = moment => {}
                broken = strongroom.run_commands() => violation = Some(broken),
            }
        } else {
            moment.await;
        }
        if strongroom.has_lost_a_client() {
            let why = "the server ended by itself, or dropped a request";
            violation = violation.or(Some(Violation::new(Kind::Error, why)));
        }
        strongroom.kill().await;
        tally.kills += 1;
        tally.acknowledged += history.acknowledged() - before;
        for event in &*history.events() {
            match event {
                Event::Asked { .. } => tally.in_flight += 1,
                Event::Ended { .. } => tally.in_flight -= 1,
                Event::Killed => {}
            }
        }
        // Nothing but the kill has happened to the server.
        let violations = violation.into_iter().chain(strongroom.errors()).take(1);
        self.note(violations.collect());
    }

    fn note(&mut self, violations: Vec<Violation>) {
        if !violations.is_empty() {
            self.tally.violations.extend(violations);
            self.tally.kept = Some(self.strongroom.keep());
        }
    }
}
