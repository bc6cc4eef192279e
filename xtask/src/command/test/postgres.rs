//! The PostgreSQL cluster that all tests share. A program of the tests starts it, and stops it when its input ends.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

pub struct Postgres {
    lender: Child,
    url: String,
    folder: PathBuf,
}

impl Postgres {
    pub fn borrow(lender: &Path, server: &Path) -> Result<Self> {
        let folder = server.parent().context("PostgreSQL is in no directory")?.to_owned();
        let mut lender = Command::new(lender)
            .env("STRONGROOM_POSTGRES_BIN", &folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("the program that starts PostgreSQL can't be started")?;
        let out = lender.stdout.take().context("it has no output")?;
        let mut url = String::new();
        BufReader::new(out).read_line(&mut url)?;
        let url = url.trim().to_owned();
        if url.is_empty() {
            bail!("PostgreSQL could not be started");
        }
        Ok(Self { lender, url, folder })
    }

    pub fn tell(&self, tests: &mut Command) {
        tests.env("STRONGROOM_TEST_POSTGRES", &self.url);
        tests.env("STRONGROOM_POSTGRES_BIN", &self.folder);
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Its input ends here, so it cleans up.
        drop(self.lender.stdin.take());
        let _ = self.lender.wait();
    }
}
