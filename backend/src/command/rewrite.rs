//! `strongroom-server rotate-master-key`, `rotate-data-keys` and `move-values`: progress on standard error, and the result.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use indicatif::{ProgressBar, ProgressStyle};

use crate::domain::Slug;
use crate::domain::clock::format_time;
use crate::service::{Location, Progress, Service};

/// The interval of progress lines.
const PERIOD: Duration = Duration::from_secs(5);

/// Rotates the master key, and returns the text for standard output.
pub async fn rotate_master_key(service: &Service, location: &Location) -> anyhow::Result<String> {
    let rotated = service.rotate_master_key(location).await?;
    let (key, count) = (&rotated.fingerprint, rotated.data_keys);
    let mut text = if rotated.is_new {
        format!("Created the master key {key} and wrapped all data keys with it ({count}).\n")
    } else if count > 0 {
        format!(
            "Wrapped the remaining data keys ({count}) with the master key {key}; it now wraps all of them.\n"
        )
    } else {
        format!("The master key {key} already wraps all data keys.\n")
    };
    for (old, file) in rotated.retired {
        writeln!(
            text,
            "The old key {old} is now in {}. Older backups need it: move it to a safe place.",
            file.display()
        )?;
    }
    for old in rotated.unused {
        writeln!(text, "The key {old} is no longer used: remove it, but keep it for older backups.")?;
    }
    if rotated.is_new {
        text.push_str("Keep a copy of the new key apart from the store: without it no value can be read.\n");
    }
    Ok(text)
}

/// Rotates teams' data keys, and returns the text for standard output. Fails at the end if some values don't decrypt.
pub async fn rotate_data_keys(service: &Service, team: Option<&Slug>) -> anyhow::Result<String> {
    let mut display = Display::new();
    let show = |Progress { team, done, total }: Progress<'_>| display.show(team.as_str(), done, total);
    let rotated = service.rotate_data_keys(team, show).await?;
    display.clear();
    let mut text = String::new();
    let mut broken = Vec::new();
    for team in rotated {
        let (slug, values) = (team.team.as_str(), team.values);
        match team.begun {
            None => writeln!(text, "{slug}: encrypted {values} values with a new data key.")?,
            Some(begun) => writeln!(
                text,
                "{slug}: encrypted {values} values, which finished the rotation started at {}. Run this again for \
                 another data key.",
                format_time(begun)
            )?,
        }
        broken.extend(team.broken.iter().map(|key| format!("{slug}: {key}")));
    }
    ensure!(
        broken.is_empty(),
        "{text}These values do not decrypt and were left unchanged; their data keys are kept:\n{}",
        broken.join("\n")
    );
    Ok(text)
}

/// Moves values to the location of new ones, and returns the text for standard output. Fails at the end if some are lost.
pub async fn move_values(service: &Service) -> anyhow::Result<String> {
    let mut display = Display::new();
    let moved = service.move_values(|done, total| display.show("moved", done, total)).await;
    let moved = moved.context("some values were not moved; run this again")?;
    let moved = moved.context("`vault-address` is not set: there is no Vault to move values to or from")?;
    display.clear();
    let (to, from) = if moved.to_vault { ("Vault", "the database") } else { ("the database", "Vault") };
    let mut text = format!("Moved {} values to {to}; {} are left in {from}.\n", moved.values, moved.left);
    if moved.removed > 0 {
        writeln!(text, "Removed {} unused values from Vault.", moved.removed)?;
    }
    if moved.to_be_removed > 0 {
        writeln!(
            text,
            "{} unused values remain in Vault for an hour or two, until a running server or this command removes them: \
             keep the Vault settings until then.",
            moved.to_be_removed
        )?;
    }
    let lost: Vec<_> = moved.lost.iter().map(ToString::to_string).collect();
    ensure!(lost.is_empty(), "{text}Vault has lost these values:\n{}", lost.join("\n"));
    Ok(text)
}

/// Progress on standard error: a bar in a terminal, otherwise a line from time to time.
enum Display {
    Bar(ProgressBar),
    /// The time of the last line.
    Lines(Option<Instant>),
}

impl Display {
    fn new() -> Self {
        if !std::io::stderr().is_terminal() {
            return Self::Lines(None);
        }
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{msg} {wide_bar} {pos} of {len} values, {eta} left")
        {
            bar.set_style(style);
        }
        Self::Bar(bar)
    }

    fn show(&mut self, what: &str, done: u64, total: u64) {
        match self {
            Self::Bar(bar) => {
                if done == 0 {
                    bar.reset();
                    bar.set_message(what.to_owned());
                }
                bar.set_length(total);
                bar.set_position(done);
            }
            Self::Lines(last) => {
                let is_end = done == 0 || done == total;
                if is_end || last.is_none_or(|last| last.elapsed() >= PERIOD) {
                    *last = Some(Instant::now());
                    // A closed standard error does not stop the work.
                    let _ = writeln!(std::io::stderr(), "{what}: {done} of {total} values");
                }
            }
        }
    }

    fn clear(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
