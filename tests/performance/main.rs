//! `cargo xtask bench` runs this: Strongroom and its alternatives, under the same load, in the same run. It prints a page
//! of figures and the goals that they reach, and writes the page to a file.
//!
//! The contenders ([`contender`]) run at the same time on one core, each idle while another is measured, and the
//! generator ([`load`]) on another core. They are measured in turn, A B C A B C …, so that other activity on the
//! machine affects all of them; the median of all rounds counts.
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

/// The highest load by other programs that allows a measurement, from 0 to 1.
const QUIET: f64 = 0.1;

/// Measures Strongroom and others under the same load.
#[derive(Parser)]
struct Arguments {
    /// One short round, and few names
    #[arg(long)]
    quick: bool,
    /// Seconds of each round [default: 1; with --quick 0.6]
    #[arg(long)]
    seconds: Option<f64>,
    /// Names to which the store grows tenfold from 100, as far as ten minutes of filling allow [default: 1000000; with
    /// --quick 10000]
    #[arg(long)]
    names_up_to: Option<usize>,
    /// The file for the page of figures
    #[arg(long)]
    page: PathBuf,
    /// Cargo passes this to every benchmark.
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
        println!("There is one core: generator and server share it, which lowers all figures.");
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
