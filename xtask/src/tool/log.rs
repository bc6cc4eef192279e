//! The output of installations.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use super::cache::Cache;
use crate::project;

const SHOWN_LINES: usize = 30;

#[derive(Clone)]
pub struct Log {
    path: PathBuf,
}

impl Log {
    pub fn create(label: &str, cache: &Cache) -> Result<Self> {
        let path = cache.log(label)?;
        File::create(&path).with_context(|| format!("creating {}", path.display()))?;
        Ok(Self { path })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

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

    pub fn lines(&self) -> Vec<String> {
        let text = fs::read(&self.path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text).into_owned();
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    }
}
