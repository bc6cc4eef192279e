//! Installs several tools at once. Cargo's builds run one after the other, because each uses all cores; downloads run
//! beside them. Each tool's output goes to a log; the screen shows a line when an installation starts and ends, and one
//! now and then in between.

use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

use super::cache::Cache;
use super::log::Log;
use super::package::Package;
use crate::step::Took;

const QUIET: Duration = Duration::from_secs(30);

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

enum Event {
    Started(String, Log),
    Ended(String, Result<()>),
}

/// Installs the tools. All are attempted; the error names those that failed.
pub fn install(missing: &[(Lane, &'static dyn Package)], cache: &Cache) -> Result<()> {
    let (sender, events) = mpsc::channel();
    let failures = thread::scope(|scope| {
        for lane in Lane::ALL {
            let sender = sender.clone();
            scope.spawn(move || {
                for (_, tool) in missing.iter().filter(|(found, _)| *found == lane) {
                    let label = tool.label();
                    let outcome = Log::create(&label, cache).and_then(|log| {
                        // Fails only if the receiver has panicked; then the scope ends, too.
                        let _ = sender.send(Event::Started(label.clone(), log.clone()));
                        tool.install(cache, &log)
                    });
                    let _ = sender.send(Event::Ended(label, outcome));
                }
            });
        }
        drop(sender);
        show(&events)
    });
    if !failures.is_empty() {
        bail!("these could not be installed:\n  {}", failures.join("\n  "));
    }
    cache.delete_build()
}

fn show(events: &Receiver<Event>) -> Vec<String> {
    let mut running: Vec<(String, Log, Instant)> = Vec::new();
    let mut failures = Vec::new();
    loop {
        match events.recv_timeout(QUIET) {
            Ok(Event::Started(label, log)) => {
                println!("    {label}: installing; its output goes to {}", log.path().display());
                running.push((label, log, Instant::now()));
            }
            Ok(Event::Ended(label, outcome)) => {
                let start = running.iter().find(|(found, ..)| *found == label).map(|(.., start)| *start);
                let time = Took(start.map_or(Duration::ZERO, |start| start.elapsed()));
                running.retain(|(found, ..)| *found != label);
                match outcome {
                    Ok(()) => println!("    {label}: installed in {time}"),
                    Err(error) => {
                        println!("    {label}: failed after {time}");
                        failures.push(format!("{label}: {error:#}"));
                    }
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                for (label, log, start) in &running {
                    let last_line = log.lines().pop().unwrap_or_default();
                    let last_line: String = last_line.chars().take(60).collect();
                    println!("    {label}: still running after {}: {last_line}", Took(start.elapsed()));
                }
            }
            Err(RecvTimeoutError::Disconnected) => return failures,
        }
    }
}
