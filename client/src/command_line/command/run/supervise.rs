//! `strongroom run --watch`: keeps the command running, and starts it anew when its secrets have changed.
//!
//! The values are read before the old command is told to end: while the server can't be asked, the command goes on with
//! what it has. Between two starts no value is kept, only a number that tells whether they are the same.
//!
//! In the foreground of a terminal the command stays in the terminal's process group, or it could not read from it, and the
//! terminal sends it Ctrl-C itself. Elsewhere it gets a group of its own, so that what it has started, say through `sh -c`,
//! is told to end as well and does not go on with the old values.
//!
//! Not here: starting a command that ended by itself. That is for what started this process.

use std::collections::BTreeSet;
use std::hash::RandomState;
use std::io;
use std::process::{ExitCode, ExitStatus};
use std::time::Duration;
#[cfg(unix)]
use std::time::Instant;

use strongroom::Error;
use tokio::process::Child;
use tokio::time::sleep;

use super::environment::Environment;
use super::plan::Plan;
use super::program::{Failure, Program, code};
use super::source::{Source, Versions, versions};
use super::terminal::Signals;
use crate::command_line::output::{self, list};

/// How long a new command gets the terminal's signals from us as well: it may have started after they were sent.
#[cfg(unix)]
const YOUNG: Duration = Duration::from_secs(1);

/// Runs the command, and anew with each change, until it ends by itself or this process is told to end.
pub async fn supervise(
    program: &Program,
    environment: Environment,
    watch: Watch,
    grace: Duration,
) -> Result<ExitCode, Failure> {
    // From here on every signal is for the command, which is about to be there.
    let mut signals = Signals::listen()?;
    let mut running = Running::start(program, environment)?;
    let mut change = Box::pin(watch.next());
    let mut ending = false;
    loop {
        tokio::select! {
            status = running.child.wait() => return Ok(code(status?)),
            signal = signals.next() => ending |= running.pass_on(signal),
            // A command that was told to end takes its time, and is not started again.
            (watch, environment) = &mut change, if !ending => {
                if let Some(status) = running.end(&mut signals, grace, &watch.title).await? {
                    return Ok(code(status));
                }
                running = Running::start(program, environment)?;
                change = Box::pin(watch.next());
            }
        }
    }
}

struct Running {
    child: Child,
    #[cfg(unix)]
    leads_group: bool,
    #[cfg(unix)]
    started: Instant,
}

#[cfg(unix)]
impl Running {
    fn start(program: &Program, environment: Environment) -> Result<Self, Failure> {
        use std::os::unix::process::CommandExt as _;

        let (mut command, sizes) = program.command(environment);
        let leads_group = !super::terminal::is_in_foreground();
        if leads_group {
            command.process_group(0);
        }
        let child = tokio::process::Command::from(command).spawn();
        Ok(Self {
            child: child.map_err(|error| program.not_started(&error, &sizes))?,
            leads_group,
            started: Instant::now(),
        })
    }

    fn pass_on(&self, signal: nix::sys::signal::Signal) -> bool {
        use nix::sys::signal::Signal;

        let from_terminal = matches!(signal, Signal::SIGINT | Signal::SIGQUIT | Signal::SIGWINCH);
        if self.leads_group || !from_terminal || self.started.elapsed() < YOUNG {
            self.send(signal);
        }
        matches!(signal, Signal::SIGTERM | Signal::SIGINT | Signal::SIGQUIT)
    }

    fn send(&self, signal: nix::sys::signal::Signal) {
        // No id: it has ended, and the id may be another's by now.
        if let Some(id) = self.child.id() {
            self.send_to(id, signal);
        }
    }

    fn send_to(&self, id: u32, signal: nix::sys::signal::Signal) {
        let Ok(id) = i32::try_from(id) else { return };
        let id = nix::unistd::Pid::from_raw(id);
        // One that has just ended needs no signal.
        let _ = if self.leads_group {
            nix::sys::signal::killpg(id, signal)
        } else {
            nix::sys::signal::kill(id, signal)
        };
    }

    /// Ends the command. `Some` if it has ended by itself, or this process was told to end meanwhile: then with that.
    async fn end(
        &mut self,
        signals: &mut Signals,
        grace: Duration,
        title: &str,
    ) -> io::Result<Option<ExitStatus>> {
        use nix::sys::signal::Signal;

        if let Some(status) = self.child.try_wait()? {
            return Ok(Some(status));
        }
        let id = self.child.id();
        self.send(Signal::SIGTERM);
        // One that is stopped could not end.
        self.send(Signal::SIGCONT);
        let mut told_to_end = false;
        let mut killed = false;
        let mut late = std::pin::pin!(sleep(grace));
        let status = loop {
            tokio::select! {
                status = self.child.wait() => break status?,
                signal = signals.next() => {
                    told_to_end |= self.pass_on(signal) || signal == Signal::SIGHUP;
                }
                () = &mut late, if !killed => {
                    let grace = humantime::format_duration(grace);
                    output::warn(&format!("{title} has not ended within {grace}: it is killed."));
                    self.send(Signal::SIGKILL);
                    killed = true;
                }
            }
        };
        // What it has started and left behind must not go on with the old values. While there is any of it, the group's
        // id is nobody else's.
        if let Some(id) = id.filter(|_| self.leads_group && !told_to_end) {
            self.send_to(id, Signal::SIGKILL);
        }
        Ok(told_to_end.then_some(status))
    }
}

#[cfg(not(unix))]
impl Running {
    fn start(program: &Program, environment: Environment) -> Result<Self, Failure> {
        let (command, sizes) = program.command(environment);
        let child = tokio::process::Command::from(command).spawn();
        Ok(Self { child: child.map_err(|error| program.not_started(&error, &sizes))? })
    }

    /// Ctrl-C reaches the command without us.
    #[expect(clippy::unused_self, reason = "as where there are signals")]
    fn pass_on(&self, (): ()) -> bool {
        true
    }

    /// Ends the command at once: there is no way to ask it.
    async fn end(&mut self, _: &mut Signals, _: Duration, _: &str) -> io::Result<Option<ExitStatus>> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(Some(status));
        }
        self.child.kill().await?;
        Ok(None)
    }
}

pub struct Watch {
    source: Source,
    versions: Versions,
    hasher: RandomState,
    fingerprint: u64,
    warnings: Vec<String>,
    interval: Duration,
    title: String,
    trouble: Option<Trouble>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Away,
    Refused,
}

impl Watch {
    /// Looks for what differs from `versions` and `environment`.
    pub fn new(
        source: Source,
        versions: Versions,
        environment: &Environment,
        interval: Duration,
        title: String,
    ) -> Self {
        let hasher = RandomState::new();
        let names: Vec<String> = versions.keys().cloned().collect();
        let versions = needed(&source.plan(&names), versions);
        Self {
            fingerprint: environment.fingerprint(&hasher),
            hasher,
            warnings: environment.warnings.clone(),
            source,
            versions,
            interval,
            title,
            trouble: None,
        }
    }

    async fn next(mut self) -> (Self, Environment) {
        loop {
            sleep(self.interval).await;
            let found = self.look().await;
            match &found {
                Ok(_) => self.goes_well(),
                Err(error) => self.goes_wrong(error),
            }
            if let Ok(Some(environment)) = found {
                return (self, environment);
            }
        }
    }

    /// The variables, if they differ from those of before.
    async fn look(&mut self) -> Result<Option<Environment>, Error> {
        let versions = versions(&self.source.client).await?;
        let names: Vec<String> = versions.keys().cloned().collect();
        let plan = self.source.plan(&names);
        let versions = needed(&plan, versions);
        if versions == self.versions {
            return Ok(None);
        }
        let secrets = self.source.values(&plan).await?;
        let changed = changed(&self.versions, &versions);
        let is_gone = |name: &&str| self.versions.contains_key(*name) && !versions.contains_key(*name);
        let gone: Vec<_> = self.source.request.named().into_iter().filter(is_gone).collect();
        let gone = (!gone.is_empty()).then(|| list(&gone));
        let changed = list(&changed);
        // Whatever comes of it: it is not read again before the next change.
        self.versions = versions;

        let title = &self.title;
        let environment = match plan.fill(&secrets) {
            Ok(environment) => environment,
            Err(error) => {
                output::warn(&format!("{error} {title} goes on with the values it has."));
                return Ok(None);
            }
        };
        drop(secrets);
        if environment.warnings != self.warnings {
            environment.warnings.iter().for_each(|warning| output::warn(warning));
            self.warnings.clone_from(&environment.warnings);
        }
        let fingerprint = environment.fingerprint(&self.hasher);
        if fingerprint == self.fingerprint {
            return Ok(None);
        }
        self.fingerprint = fingerprint;
        if let Some(gone) = gone {
            output::warn(&format!(
                "No longer there, or no longer for this key: {gone}. {title} gets no value."
            ));
        }
        output::note(&format!("Secrets have changed ({changed}): {title} is started anew."));
        Ok(Some(environment))
    }

    fn goes_well(&mut self) {
        if self.trouble.take().is_some() {
            output::note("Secrets can be watched again.");
        }
    }

    /// Says it once, not at every look.
    fn goes_wrong(&mut self, error: &Error) {
        let trouble = if error.is_transient() { Trouble::Away } else { Trouble::Refused };
        if self.trouble.replace(trouble) != Some(trouble) {
            let until = match trouble {
                Trouble::Away => "until the server is back",
                Trouble::Refused => "until the server lets it again",
            };
            let error = error.to_string();
            let error = error.trim_end_matches('.');
            output::warn(&format!(
                "Changes of secrets can't be seen: {error}. {} goes on with the values it has, {until}.",
                self.title
            ));
        }
    }
}

fn needed(plan: &Plan<'_>, mut versions: Versions) -> Versions {
    let needed = plan.needed();
    versions.retain(|name, _| needed.contains(name.as_str()));
    versions
}

fn changed<'a>(before: &'a Versions, after: &'a Versions) -> Vec<&'a str> {
    let names: BTreeSet<&str> = before.keys().chain(after.keys()).map(String::as_str).collect();
    let differs = |name: &&str| before.get(*name) != after.get(*name);
    names.into_iter().filter(differs).collect()
}

#[cfg(test)]
mod tests {
    use strongroom_shared::Uuid;

    use super::*;

    fn versions(of: &[(&str, i32)]) -> Versions {
        let version = |(name, version): &(&str, i32)| ((*name).to_owned(), (Uuid::nil(), *version));
        of.iter().map(version).collect()
    }

    #[test]
    fn new_gone_and_overwritten_secrets_have_changed() {
        let before = versions(&[("A", 1), ("B", 1), ("C", 1)]);
        assert!(changed(&before, &before).is_empty());
        let after = versions(&[("A", 1), ("B", 2), ("D", 1)]);
        assert_eq!(changed(&before, &after), ["B", "C", "D"]);
    }

    #[test]
    fn one_that_was_deleted_and_made_anew_has_changed() {
        let before = versions(&[("A", 1)]);
        let after = Versions::from([("A".to_owned(), (Uuid::max(), 1))]);
        assert_eq!(changed(&before, &after), ["A"]);
    }
}
