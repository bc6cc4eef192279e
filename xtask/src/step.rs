//! Steps: each prints its name when it starts, and its duration when it ends.
//!
//! Not here: the steps themselves. A command makes one [`Steps`] and calls [`Steps::run`] for each thing it does.

use std::fmt;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

#[derive(Default)]
pub struct Steps {
    done: Vec<(String, Duration)>,
}

impl Steps {
    pub fn run<T>(&mut self, what: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        println!("==> {what}");
        let start = Instant::now();
        let outcome = work();
        let took = start.elapsed();
        self.done.push((what.to_owned(), took));
        let ending = if outcome.is_ok() { "done in" } else { "failed after" };
        println!("    {what}: {ending} {}", Took(took));
        outcome.with_context(|| what.to_owned())
    }

    pub fn print_times(&self) {
        println!("==> times");
        let total: Duration = self.done.iter().map(|(_, took)| *took).sum();
        let rows = self.done.iter().map(|(what, took)| (what.as_str(), *took));
        for (what, took) in rows.chain([("all", total)]) {
            println!("    {what:<32} {:>12}", Took(took).to_string());
        }
    }
}

pub struct Took(pub Duration);

impl fmt::Display for Took {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs();
        if seconds < 60 {
            write!(out, "{:.1} s", self.0.as_secs_f64())
        } else {
            write!(out, "{} min {:02} s", seconds / 60, seconds % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_or_more_is_in_minutes_and_seconds() {
        for (milliseconds, expected) in [(420, "0.4 s"), (125_900, "2 min 05 s")] {
            assert_eq!(Took(Duration::from_millis(milliseconds)).to_string(), expected);
        }
    }

    #[test]
    fn a_failed_step_names_itself() {
        let outcome: Result<()> = Steps::default().run("the page", || anyhow::bail!("no such file"));
        assert_eq!(format!("{:#}", outcome.unwrap_err()), "the page: no such file");
    }
}
