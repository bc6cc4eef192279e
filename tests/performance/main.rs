//! What `cargo xtask bench` runs: Strongroom beside the systems that people would pick instead, under the same load, in
//! the same run. It prints a page of figures and which of our goals they reach, and leaves the page where it is told.
//!
//! The contenders ([`contender`]) run at the same time, each idle while another one is asked, all of them on one core and the
//! generator ([`load`]) on another. What is to be compared is measured in turn, A B C A B C …, so that whatever else the
//! machine does falls on all of them; of all rounds, the median counts.
//!
//! Not here: whether answers are right in every case, that is what the tests are for; and building, which is
//! `cargo xtask bench`'s.
#![expect(clippy::print_stdout, reason = "it is what this program is for")]

mod commits;
mod contender;
mod goals;
mod http;
mod load;
mod machine;
mod measure;
mod page;
mod value;

use std::env;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use self::load::Timing;
use self::machine::{Cores, Machine};
use self::measure::Figures;

/// How busy a machine may be with other things while something is measured on it: a part of 1.
const QUIET: f64 = 0.1;

/// Measures Strongroom and others under the same load.
#[derive(Parser)]
struct Arguments {
    /// One short round, and few names
    #[arg(long)]
    quick: bool,
    /// How many seconds each round takes [default: 1; with --quick 0.6]
    #[arg(long)]
    seconds: Option<f64>,
    /// To how many names the store grows, in steps of ten from 100 on [default: 1000000; with --quick 10000]
    #[arg(long)]
    names_up_to: Option<usize>,
    /// Where to leave the page of figures
    #[arg(long)]
    page: PathBuf,
    /// What cargo says to every benchmark.
    #[arg(long, hide = true)]
    bench: bool,
}

#[tokio::main(flavor = "current_thread")]
async fn main() {
    if env::args().nth(1).as_deref() == Some(contender::bare::ARGUMENT) {
        return contender::bare::serve().await;
    }
    let arguments = Arguments::parse();
    let (rounds, seconds, names_up_to) = if arguments.quick { (1, 0.6, 10_000) } else { (5, 1.0, 1_000_000) };
    let window = Duration::from_secs_f64(arguments.seconds.unwrap_or(seconds));
    let timing = Timing { rounds, warm_up: Duration::from_millis(200), window };
    let cores = Cores::choose();
    if cores.is_one() {
        println!(
            "There is one core: generator and server share it, and all figures are lower than they could be."
        );
    }
    let machine = Machine::look(&env::temp_dir()).await;
    if machine.busy_before > QUIET {
        println!("Something else keeps the machine busy: these figures say little.");
    }
    let figures = Figures::measure(cores, timing, arguments.names_up_to.unwrap_or(names_up_to)).await;
    let page = page::write(&machine, cores, timing, &figures);
    println!("\n{page}\n{}", goals::table(&figures));
    fs::write(&arguments.page, page).expect("the page can be written");
}
