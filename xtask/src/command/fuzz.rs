//! `cargo xtask fuzz`: builds the fuzz targets of `fuzz/` and runs each for some minutes.
//!
//! libFuzzer needs coverage instrumentation, which stable Rust has. The sanitizers need nightly, and find little
//! without unsafe code. A run starts with the corpus and the findings of earlier runs, which stay in the target
//! directory: the corpus itself is only changed by hand.

use std::fs::{self, File};
use std::path::Path;
use std::process::{Command, ExitCode};

use anyhow::{Context, Result};

use crate::project;
use crate::step::Steps;
use crate::tool::{Tool, Toolbox};

/// The targets, and the maximum length of each one's input in bytes.
const TARGETS: [(&str, u32); 5] =
    [("names", 1024), ("env", 4096), ("literals", 4096), ("backup", 16384), ("endpoint", 16384)];

/// libFuzzer's limits: twenty seconds for an input, because machines are busy, and a gigabyte for the process.
const LIMITS: [&str; 3] = ["-timeout=20", "-rss_limit_mb=1024", "-print_final_stats=1"];

/// The build's options: optimised, with debug assertions, and without anything that needs nightly.
const BUILD: &str =
    "--fuzz-dir fuzz --sanitizer none --no-cfg-fuzzing --features libfuzzer --codegen-units 16";

/// The lines at the end of libFuzzer's log that report a run.
const FIGURES: [&str; 4] = [
    "stat::number_of_executed_units",
    "stat::average_exec_per_sec",
    "stat::peak_rss_mb",
    "Test unit written to",
];

#[derive(clap::Args)]
pub struct Arguments {
    /// Minutes to run each target
    #[arg(long, default_value_t = 1)]
    minutes: u64,
    /// The targets to run [default: all]
    #[arg(value_parser = TARGETS.map(|(name, _)| name))]
    targets: Vec<String>,
}

pub fn run(arguments: &Arguments) -> Result<ExitCode> {
    let mut steps = Steps::default();
    let tools = steps.run("tools", || Toolbox::with(&[Tool::CargoFuzz]))?;
    // The server's build script watches the page's directory; if it is missing, each build compiles the server again.
    let dist = project::dist();
    fs::create_dir_all(&dist).with_context(|| format!("creating {}", dist.display()))?;
    let folder = project::target()?.join("fuzz");
    steps.run("targets", || project::check(&mut cargo_fuzz("build", &folder, &tools)))?;
    let mut all_passed = true;
    for (name, longest) in TARGETS {
        if !arguments.targets.is_empty() && !arguments.targets.iter().any(|wanted| wanted == name) {
            continue;
        }
        let found = folder.join("corpus").join(name);
        fs::create_dir_all(&found).with_context(|| format!("creating {}", found.display()))?;
        let log = folder.join(format!("{name}.log"));
        let mut fuzz = cargo_fuzz("run", &folder, &tools);
        let kept = project::root().join("fuzz/corpus").join(name);
        fuzz.arg(name).arg(&found).arg(kept).arg("--").args(LIMITS);
        fuzz.arg(format!("-max_len={longest}"));
        fuzz.arg(format!("-max_total_time={}", arguments.minutes * 60));
        let output = File::create(&log).with_context(|| format!("creating {}", log.display()))?;
        fuzz.stdout(output.try_clone()?).stderr(output);
        let outcome = steps.run(name, || project::check(&mut fuzz));
        report(&log)?;
        if let Err(error) = outcome {
            all_passed = false;
            println!("    {error:#}; the log is {}", log.display());
        }
    }
    steps.print_times();
    Ok(if all_passed { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// `cargo fuzz` with its own target directory.
fn cargo_fuzz(command: &str, folder: &Path, tools: &Toolbox) -> Command {
    let mut cargo = tools.cargo();
    cargo.args(["fuzz", command]).args(BUILD.split(' '));
    cargo.arg("--target-dir").arg(folder);
    // Link-time optimisation takes many times longer than it saves.
    cargo.env("CARGO_PROFILE_RELEASE_LTO", "off");
    cargo
}

fn report(log: &Path) -> Result<()> {
    let text = fs::read(log).with_context(|| format!("reading {}", log.display()))?;
    let text = String::from_utf8_lossy(&text);
    let covered: Vec<&str> = text.lines().filter(|line| line.contains(" cov: ")).collect();
    let ends = [covered.first(), covered.last()].into_iter().flatten().copied();
    let figures = text.lines().filter(|line| FIGURES.iter().any(|figure| line.contains(figure)));
    for line in ends.chain(figures) {
        println!("    {}", line.trim());
    }
    Ok(())
}
