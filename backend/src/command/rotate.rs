//! `strongroom-server rotate-master-key` and `rotate-data-keys`: what an operator is told of them, while they run and
//! afterwards.

use std::fmt::Write as _;
use std::io::{IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use anyhow::ensure;
use indicatif::{ProgressBar, ProgressStyle};

use crate::domain::Slug;
use crate::domain::clock::format_time;
use crate::service::{Location, Progress, Service};

/// How often a line tells how far it is, where no bar can be drawn.
const PERIOD: Duration = Duration::from_secs(5);

/// Changes the master key, and says what to print on standard output.
pub async fn master_key(service: &Service, location: &Location) -> anyhow::Result<String> {
    let rotated = service.rotate_master_key(location).await?;
    let (key, count) = (&rotated.fingerprint, rotated.data_keys);
    let mut text = if rotated.is_new {
        format!("Made the master key {key} and wrapped all {count} data keys by it.\n")
    } else if count > 0 {
        format!("Wrapped {count} data keys by the master key {key}; now it wraps all of them.\n")
    } else {
        format!("The master key {key} wraps all data keys already.\n")
    };
    for (old, file) in rotated.retired {
        writeln!(
            text,
            "The old key {old} is in {} now. Backups made before need it: keep it where you keep such keys, and remove it \
             there.",
            file.display()
        )?;
    }
    for old in rotated.unused {
        writeln!(text, "The key {old} is no longer used: take it out, and keep it for backups made before.")?;
    }
    if rotated.is_new {
        text.push_str("Keep a copy of the new key apart from the store: without it no value can be read.\n");
    }
    Ok(text)
}

/// Gives teams other data keys, shows on standard error how far that is, and says what to print on standard output. Fails,
/// after everything else is done, if there are values that don't open.
pub async fn data_keys(service: &Service, team: Option<&Slug>) -> anyhow::Result<String> {
    let mut display = Display::new();
    let rotated = service
        .rotate_data_keys(team, |Progress { team, done, total }| {
            display.show(team.as_str(), done, total);
        })
        .await?;
    display.clear();
    let mut text = String::new();
    let mut broken = Vec::new();
    for team in rotated {
        let (slug, values) = (team.team.as_str(), team.values);
        match team.begun {
            None => writeln!(text, "{slug}: sealed {values} values with a new data key.")?,
            Some(begun) => writeln!(
                text,
                "{slug}: sealed {values} values, which finished the rotation that was begun at {}. For another data key, \
                 run this again.",
                format_time(begun)
            )?,
        }
        broken.extend(team.broken.iter().map(|key| format!("{slug}: {key}")));
    }
    ensure!(
        broken.is_empty(),
        "{text}These values do not open, and are as they were; their data keys are kept:\n{}",
        broken.join("\n")
    );
    Ok(text)
}

/// Shows how far it is: a terminal a bar, anything else a line from time to time.
pub(crate) enum Display {
    Bar(ProgressBar),
    /// When the last line was.
    Lines(Option<Instant>),
}

impl Display {
    pub fn new() -> Self {
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

    pub fn show(&mut self, what: &str, done: u64, total: u64) {
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
                    // Whoever does not want to know how far it is gets it done all the same.
                    let _ = writeln!(std::io::stderr(), "{what}: {done} of {total} values");
                }
            }
        }
    }

    pub fn clear(&self) {
        if let Self::Bar(bar) = self {
            bar.finish_and_clear();
        }
    }
}
