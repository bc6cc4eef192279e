//! Installs several tools at once. Cargo's builds run one after another, because each uses all cores; downloads run
//! alongside them. Each tool's output goes to a log; the screen shows a line when an installation starts and ends, and
//! one now and then in between.

use std::sync::mpsc;
use std::thread;
use std::time::Instant;

use anyhow::{Result, bail};

use super::cache::{self, Cache};
use super::log::Log;
use super::package::Package;
use crate::step::Took;

/// Installers with one queue each, because several runs of one would block each other.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Lane {
    Cargo,
    Npm,
    Apt,
    Pip,
}

impl Lane {
    pub const ALL: [Self; 4] = [Self::Apt, Self::Npm, Self::Pip, Self::Cargo];
}

/// Installs the tools. All are attempted; the error names those that failed.
pub fn install(missing: &[(Lane, &'static dyn Package)], cache: &Cache) -> Result<()> {
    let (sender, failures) = mpsc::channel();
    thread::scope(|scope| {
        for lane in Lane::ALL {
            let sender = sender.clone();
            scope.spawn(move || {
                for (_, tool) in missing.iter().filter(|(found, _)| *found == lane) {
                    if let Err(error) = install_one(*tool, cache) {
                        // Can't fail: the receiver outlives the threads.
                        let _ = sender.send(format!("{}: {error:#}", tool.label()));
                    }
                }
            });
        }
    });
    drop(sender);
    let failures: Vec<String> = failures.iter().collect();
    if !failures.is_empty() {
        bail!("these could not be installed:\n  {}", failures.join("\n  "));
    }
    cache::delete(&cache.build())
}

fn install_one(tool: &dyn Package, cache: &Cache) -> Result<()> {
    let label = tool.label();
    let log = Log::create(&label, cache)?;
    println!("    {label}: installing; its output goes to {}", log.path().display());
    let start = Instant::now();
    let outcome = tool.install(cache, &log);
    let ending = if outcome.is_ok() { "installed in" } else { "failed after" };
    println!("    {label}: {ending} {}", Took(start.elapsed()));
    outcome
}
