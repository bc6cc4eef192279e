//! `strongroom-server backup` and `restore`.

use std::path::Path;
use std::sync::Arc;

use super::print;
use crate::service::{Figures, Location, Service, check_backup, restore_backup};
use crate::system::{Signals, SystemClock, SystemEntropy};

pub async fn write(service: Service, file: &Path, force: bool) -> anyhow::Result<()> {
    // A signal leaves no partial file.
    let mut signals = Signals::new()?;
    let figures = tokio::select! {
        figures = service.backup(file, force) => figures?,
        () = signals.next() => anyhow::bail!("stopped; no backup was made"),
    };
    service.close().await?;
    report(&figures)
}

pub async fn check(location: &Location, file: &Path) -> anyhow::Result<()> {
    report(&check_backup(location, file).await?)
}

pub async fn restore(location: &Location, file: &Path, accept_findings: bool) -> anyhow::Result<()> {
    let clock = Arc::new(SystemClock);
    let figures = restore_backup(location, file, accept_findings, clock, Arc::new(SystemEntropy)).await?;
    print(&format!("{figures}\nRestored. Everybody must log in again: backups contain no sessions.\n"))
}

/// Prints the contents of a backup; an error if the store was already damaged when it was made.
fn report(figures: &Figures) -> anyhow::Result<()> {
    print(&format!("{figures}\n"))?;
    anyhow::ensure!(
        figures.findings.is_empty(),
        "the backup is intact, but the store was already damaged when it was made; `restore` accepts it only with \
         `--accept-findings`"
    );
    Ok(())
}
