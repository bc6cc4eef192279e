//! The output of installations.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::cache::Cache;
use crate::project;
use crate::step::Took;

const SHOWN_LINES: usize = 30;
const QUIET: Duration = Duration::from_secs(30);
const POLL: Duration = Duration::from_millis(50);

pub struct Log {
    label: String,
    path: PathBuf,
}

impl Log {
    pub fn create(label: &str, cache: &Cache) -> Result<Self> {
        let path = cache.log(label)?;
        File::create(&path).with_context(|| format!("creating {}", path.display()))?;
        Ok(Self { label: label.to_owned(), path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Runs a command, and prints its last line now and then.
    pub fn run(&self, command: &mut Command) -> Result<()> {
        let open = || File::options().append(true).open(&self.path);
        let (out, err) =
            open().and_then(|out| Ok((out, open()?))).with_context(|| self.path.display().to_string())?;
        let command = command.stdin(Stdio::null()).stdout(out).stderr(err);
        let mut child = command.spawn().with_context(|| format!("starting {}", project::shown(command)))?;
        let start = Instant::now();
        let mut shown = start;
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break status;
            }
            if shown.elapsed() >= QUIET {
                let last_line: String = self.lines().pop().unwrap_or_default().chars().take(60).collect();
                println!("    {}: still running after {}: {last_line}", self.label, Took(start.elapsed()));
                shown = Instant::now();
            }
            thread::sleep(POLL);
        };
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
