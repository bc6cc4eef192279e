//! `cargo xtask torture`: kills a server again and again, and reports whether anything was lost.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for the command line, of the tests"
)]

use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser as _;
use strongroom_tests::durability::faults::{Needs, become_one_with_own_mounts};
use strongroom_tests::durability::{Plan, Tally};

const PROGRESS: Duration = Duration::from_secs(10);

fn main() -> ExitCode {
    let plan = Plan::parse();
    if plan.power
        && let Err(reason) = become_one_with_own_mounts(Needs::Ext4)
    {
        eprintln!("error: the power can't be cut: {reason}");
        return ExitCode::FAILURE;
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime can be started");
    runtime.block_on(run(&plan))
}

async fn run(plan: &Plan) -> ExitCode {
    let begin = Instant::now();
    println!("seed {}, {} clients", plan.seed, plan.clients);
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
    let Plan { minutes, kills, seed, clients, power } = plan;
    let kills = kills.map_or_else(String::new, |kills| format!(" --kills {kills}"));
    let power = if *power { " --power" } else { "" };
    println!(
        "again: cargo xtask torture --minutes {minutes} --seed {seed} --clients {clients}{kills}{power}"
    );
    if tally.violations.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
