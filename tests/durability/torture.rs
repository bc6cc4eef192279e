//! `cargo xtask torture`: kills a server again and again, and reports whether anything was lost.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the command line, of the tests"
)]

use std::env;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser;
use strongroom_tests::durability::faults::{Needs, become_one_with_own_mounts};
use strongroom_tests::durability::{Plan, Tally};

const PROGRESS: Duration = Duration::from_secs(10);

/// Kills a server at random under load, and checks after each kill that it has kept its promises
#[derive(Parser)]
#[command(bin_name = "cargo xtask torture")]
struct Arguments {
    /// For how long, in minutes
    #[arg(long, default_value_t = 5.0)]
    minutes: f64,
    /// After how many kills to end, if not earlier
    #[arg(long)]
    kills: Option<u64>,
    /// The seed of everything random; another one each time, unless given
    #[arg(long)]
    seed: Option<u64>,
    /// How many clients ask at the same time
    #[arg(long, default_value_t = 8)]
    clients: usize,
    /// Cut the power of the disk, too, which loses unsynchronised writes. For root, on Linux
    #[arg(long)]
    power: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if arguments.power
        && let Err(reason) = become_one_with_own_mounts(Needs::Ext4)
    {
        eprintln!("error: the power can't be cut: {reason}");
        return ExitCode::FAILURE;
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be started");
    runtime.block_on(run(&arguments))
}

async fn run(arguments: &Arguments) -> ExitCode {
    let seed = arguments.seed.unwrap_or_else(|| fastrand::u64(..1_000_000_000));
    let begin = Instant::now();
    let plan = Plan {
        seed,
        clients: arguments.clients,
        power: arguments.power,
        kills: arguments.kills,
        until: Some(begin + Duration::from_secs_f64(60.0 * arguments.minutes)),
    };
    println!("seed {seed}, {} clients", arguments.clients);
    let mut said = Instant::now();
    let progress = |tally: &Tally| {
        if said.elapsed() >= PROGRESS {
            said = Instant::now();
            println!("    {:>4} s: {tally}", begin.elapsed().as_secs());
        }
    };
    let tally = plan.run(progress).await;
    for violation in &tally.violations {
        println!("    {violation}");
    }
    if let Some(folder) = &tally.kept {
        println!("    the store is kept in {}", folder.display());
    }
    println!("{tally} in {:.0} s", begin.elapsed().as_secs_f64());
    println!("again: {}", again(arguments, seed));
    if tally.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn again(arguments: &Arguments, seed: u64) -> String {
    let mut words: Vec<String> = ["cargo", "xtask", "torture"].map(str::to_owned).to_vec();
    words.extend(env::args().skip(1));
    if arguments.seed.is_none() {
        words.extend(["--seed".to_owned(), seed.to_string()]);
    }
    words.join(" ")
}
