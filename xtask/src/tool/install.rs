//! Installing several tools at once. What cargo builds keeps the processor busy, one tool after the other, and what is
//! only downloaded comes in beside it. Each tool's output goes to a log of its own; the screen shows one line for each
//! start and end, and one now and then in between.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::cache::Cache;
use super::{Lane, Tool, cargo};
use crate::project;
use crate::step::Took;

/// How long the screen stays quiet.
const QUIET: Duration = Duration::from_secs(30);

/// How many lines of a log are shown when an install has failed.
const SHOWN_LINES: usize = 30;

/// What an install prints.
#[derive(Clone)]
pub struct Log {
    path: PathBuf,
}

impl Log {
    fn create(tool: Tool, cache: &Cache) -> Result<Self> {
        let path = cache.log(&tool.label())?;
        File::create(&path).with_context(|| format!("creating {}", path.display()))?;
        Ok(Self { path })
    }

    /// Runs a program to its end, with its output in the log, and fails when it does.
    pub fn run(&self, command: &mut Command) -> Result<()> {
        let open = || File::options().append(true).open(&self.path);
        let (out, err) =
            open().and_then(|out| Ok((out, open()?))).with_context(|| self.path.display().to_string())?;
        let command = command.stdin(Stdio::null()).stdout(out).stderr(err);
        let status = command.status().with_context(|| format!("starting {}", project::shown(command)))?;
        if !status.success() {
            let lines = self.lines();
            let tail = lines[lines.len().saturating_sub(SHOWN_LINES)..].join("\n      ");
            bail!(
                "{} ended with {status}; the end of {}:\n      {tail}",
                project::shown(command),
                self.path.display()
            );
        }
        Ok(())
    }

    fn lines(&self) -> Vec<String> {
        let text = fs::read(&self.path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }
}

/// What a lane tells the screen.
enum Event {
    Started(Tool, Log),
    Ended(Tool, Result<()>),
}

/// Installs the tools. All are tried; those that failed are in the error.
pub fn install(missing: &[Tool], cache: &Cache) -> Result<()> {
    let (sender, events) = mpsc::channel();
    let failures = thread::scope(|scope| {
        for lane in [Lane::Apt, Lane::Npm, Lane::Pip, Lane::Cargo] {
            let sender = sender.clone();
            scope.spawn(move || {
                for &tool in missing.iter().filter(|tool| tool.lane() == lane) {
                    let outcome = Log::create(tool, cache).and_then(|log| {
                        // Nobody listens any more only when the screen's side has panicked; then the scope ends too.
                        let _ = sender.send(Event::Started(tool, log.clone()));
                        tool.install(cache, &log)
                    });
                    let _ = sender.send(Event::Ended(tool, outcome));
                }
            });
        }
        drop(sender);
        show(&events)
    });
    if !failures.is_empty() {
        bail!("these could not be installed:\n  {}", failures.join("\n  "));
    }
    cargo::clean(cache)
}

/// Shows what happens until all lanes have ended, and returns what went wrong.
fn show(events: &Receiver<Event>) -> Vec<String> {
    let mut running: Vec<(Tool, Log, Instant)> = Vec::new();
    let mut failures = Vec::new();
    loop {
        match events.recv_timeout(QUIET) {
            Ok(Event::Started(tool, log)) => {
                println!("    {}: installing; its output goes to {}", tool.label(), log.path.display());
                running.push((tool, log, Instant::now()));
            }
            Ok(Event::Ended(tool, outcome)) => {
                let start = running.iter().find(|(found, ..)| *found == tool).map(|(.., start)| *start);
                let time = Took(start.map_or(Duration::ZERO, |start| start.elapsed()));
                running.retain(|(found, ..)| *found != tool);
                match outcome {
                    Ok(()) => println!("    {}: installed in {time}", tool.label()),
                    Err(error) => {
                        println!("    {}: failed after {time}", tool.label());
                        failures.push(format!("{}: {error:#}", tool.label()));
                    }
                }
            }
            Err(RecvTimeoutError::Timeout) => {
                for (tool, log, start) in &running {
                    let last_line = log.lines().pop().unwrap_or_default();
                    let last_line: String = last_line.chars().take(60).collect();
                    println!(
                        "    {}: still at it after {}: {last_line}",
                        tool.label(),
                        Took(start.elapsed())
                    );
                }
            }
            Err(RecvTimeoutError::Disconnected) => return failures,
        }
    }
}
