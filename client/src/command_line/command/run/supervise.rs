//! `strongroom run --watch`: runs the command, and restarts it when its secrets change.
//!
//! The values are read before the old command is ended, so it goes on while the server is unreachable. Between two starts,
//! only a fingerprint of the values is kept.
//!
//! In the foreground of a terminal, the command stays in the terminal's process group, because it could not read from the
//! terminal otherwise, and gets Ctrl-C from it. Elsewhere it gets its own group, so that its children, say of `sh -c`, are
//! ended as well. A command that ends by itself is not restarted.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::future::poll_fn;
use std::hash::RandomState;
use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{ExitCode, ExitStatus};
use std::task::Poll;
use std::time::{Duration, Instant};

use nix::sys::signal::Signal::{self, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
use nix::sys::signal::{kill, killpg};
use nix::unistd::{Pid, getpgrp, tcgetpgrp};
use strongroom::Error;
use tokio::process::Child;
use tokio::signal::unix::{self, SignalKind};
use tokio::time::sleep;

use super::environment::Environment;
use super::plan::Plan;
use super::program::{Program, code};
use super::source::{Source, Versions, versions};
use crate::command_line::output::{self, list};

/// How long a new command also gets the terminal's signals from us: the terminal may have sent them before it started.
const YOUNG: Duration = Duration::from_secs(1);

/// Runs the command, and restarts it after each change, until it ends by itself or a signal ends it.
pub async fn supervise(
    program: &Program,
    environment: Environment,
    watch: Watch,
) -> anyhow::Result<ExitCode> {
    // Before the command starts, so that no signal is lost.
    let mut signals = Signals::listen()?;
    let mut running = Running::start(program, environment)?;
    let mut change = Box::pin(watch.next());
    let mut ending = false;
    loop {
        tokio::select! {
            status = running.child.wait() => return Ok(code(status?)),
            signal = signals.next() => ending |= running.pass_on(signal),
            // A command that is ending is not restarted.
            (watch, environment) = &mut change, if !ending => {
                if let Some(status) = running.end(&mut signals, &watch).await? {
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
    leads_group: bool,
    started: Instant,
}

impl Running {
    fn start(program: &Program, environment: Environment) -> anyhow::Result<Self> {
        let (mut command, sizes) = program.command(environment);
        let leads_group = !is_in_foreground();
        if leads_group {
            command.process_group(0);
        }
        let child = tokio::process::Command::from(command).spawn();
        let child = child.map_err(|error| program.not_started(&error, &sizes))?;
        Ok(Self { child, leads_group, started: Instant::now() })
    }

    /// Passes a signal on, and returns whether it ends the command.
    fn pass_on(&self, signal: Signal) -> bool {
        let from_terminal = matches!(signal, SIGINT | SIGQUIT | SIGWINCH);
        if self.leads_group || !from_terminal || self.started.elapsed() < YOUNG {
            self.send(signal);
        }
        matches!(signal, SIGTERM | SIGINT | SIGQUIT)
    }

    fn send(&self, signal: Signal) {
        // After its end, it has no id, which may be another process's by then.
        if let Some(id) = self.child.id() {
            self.send_to(id, signal);
        }
    }

    fn send_to(&self, id: u32, signal: Signal) {
        let Ok(id) = i32::try_from(id).map(Pid::from_raw) else { return };
        // It may have just ended.
        let _ = if self.leads_group { killpg(id, signal) } else { kill(id, signal) };
    }

    /// Ends the command. Returns its status if it ended by itself or by a signal to this process.
    async fn end(&mut self, signals: &mut Signals, watch: &Watch) -> io::Result<Option<ExitStatus>> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(Some(status));
        }
        let id = self.child.id();
        self.send(SIGTERM);
        // A stopped command could not end.
        self.send(Signal::SIGCONT);
        let (mut ending, mut killed) = (false, false);
        let mut late = std::pin::pin!(sleep(watch.grace));
        let status = loop {
            tokio::select! {
                status = self.child.wait() => break status?,
                signal = signals.next() => ending |= self.pass_on(signal) || signal == SIGHUP,
                () = &mut late, if !killed => {
                    let (title, grace) = (&watch.title, humantime::format_duration(watch.grace));
                    output::warn(&format!("{title} did not exit within {grace}: killing it."));
                    self.send(Signal::SIGKILL);
                    killed = true;
                }
            }
        };
        // Its remaining children must not go on with the old values. While there are any, no other group has this id.
        if let Some(id) = id.filter(|_| self.leads_group && !ending) {
            self.send_to(id, Signal::SIGKILL);
        }
        Ok(ending.then_some(status))
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
    grace: Duration,
    /// The secrets named by an option that are reported as missing.
    missing: Vec<String>,
    /// How long the reported trouble lasts.
    trouble: Option<&'static str>,
}

impl Watch {
    /// Watches for differences from `versions` and `environment`.
    pub fn new(
        source: Source,
        versions: Versions,
        environment: &Environment,
        title: String,
        interval: Duration,
        grace: Duration,
    ) -> Self {
        let hasher = RandomState::new();
        let names: Vec<String> = versions.keys().cloned().collect();
        let versions = needed(&source.plan(&names), versions);
        let (fingerprint, warnings) = (environment.fingerprint(&hasher), environment.warnings.clone());
        let (missing, trouble) = (Vec::new(), None);
        Self { source, versions, hasher, fingerprint, warnings, interval, title, grace, missing, trouble }
    }

    async fn next(mut self) -> (Self, Environment) {
        loop {
            sleep(self.interval).await;
            match self.check().await {
                Ok(found) => {
                    if self.trouble.take().is_some() {
                        output::note("Watching for changes again.");
                    }
                    if let Some(environment) = found {
                        return (self, environment);
                    }
                }
                Err(error) => self.report(&error),
            }
        }
    }

    /// The variables, if they have changed.
    async fn check(&mut self) -> Result<Option<Environment>, Error> {
        let versions = versions(&self.source.client).await?;
        let names: Vec<String> = versions.keys().cloned().collect();
        let title = &self.title;
        // As at the first start, every secret named by an option must exist.
        let wanted = self.source.request.named();
        let missing: Vec<&str> =
            wanted.iter().copied().filter(|name| !versions.contains_key(*name)).collect();
        if missing != self.missing {
            if !missing.is_empty() {
                let missing = list(&missing);
                output::warn(&format!(
                    "Deleted or no longer accessible: {missing}. {title} keeps its values."
                ));
            }
            self.missing = missing.into_iter().map(str::to_owned).collect();
        }
        if !self.missing.is_empty() {
            return Ok(None);
        }
        let plan = self.source.plan(&names);
        let versions = needed(&plan, versions);
        if versions == self.versions {
            return Ok(None);
        }
        let secrets = self.source.values(&plan).await?;
        let is_read = |name: &str| secrets.iter().any(|secret| secret.name == name);
        if wanted.iter().any(|name| versions.contains_key(*name) && !is_read(name)) {
            // Deleted meanwhile: the next check reports it.
            return Ok(None);
        }
        let changed = list(&changed(&self.versions, &versions));
        // Even after an error, they are not read again before the next change.
        self.versions = versions;

        let environment = match plan.fill(&secrets) {
            Ok(environment) => environment,
            Err(error) => {
                output::warn(&format!("{error} {title} keeps its values."));
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
        output::note(&format!("Secrets have changed ({changed}): restarting {title}."));
        Ok(Some(environment))
    }

    /// Reports an error once, not after every check.
    fn report(&mut self, error: &Error) {
        let until = if error.is_transient() { "the server is back" } else { "the server permits it again" };
        if self.trouble.replace(until) != Some(until) {
            let (error, title) = (error.to_string(), &self.title);
            let error = error.trim_end_matches('.');
            output::warn(&format!(
                "Can't check for changes: {error}. {title} keeps its values until {until}."
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

const PASSED_ON: [Signal; 7] = [SIGTERM, SIGINT, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2, SIGWINCH];

/// Receives the signals, none of which ends this process any more.
struct Signals(Vec<(Signal, unix::Signal)>);

impl Signals {
    /// Signals that this process ignores, as with `nohup`, stay ignored, for the command too.
    fn listen() -> io::Result<Self> {
        let ignored = ignored();
        let signals = PASSED_ON.into_iter().filter(|signal| ignored >> (*signal as i32 - 1) & 1 == 0);
        let listen = |signal| {
            let stream = unix::signal(SignalKind::from_raw(signal as i32));
            stream.map(|stream| (signal, stream))
        };
        signals.map(listen).collect::<io::Result<_>>().map(Self)
    }

    async fn next(&mut self) -> Signal {
        poll_fn(|context| {
            let mut is_ready = |stream: &mut unix::Signal| stream.poll_recv(context).is_ready();
            let ready = self.0.iter_mut().find_map(|(signal, stream)| is_ready(stream).then_some(*signal));
            ready.map_or(Poll::Pending, Poll::Ready)
        })
        .await
    }
}

/// The ignored signals, as a bit mask from signal 1. There is no safe call for it, so it is read from `/proc`; other
/// systems ignore none.
fn ignored() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

/// Whether the terminal sends its signals (Ctrl-C) to this process and its children.
fn is_in_foreground() -> bool {
    File::open("/dev/tty").map(tcgetpgrp).is_ok_and(|group| group == Ok(getpgrp()))
}

#[cfg(test)]
mod tests {
    use strongroom_shared::Uuid;

    use super::*;

    #[test]
    fn new_deleted_overwritten_and_recreated_secrets_have_changed() {
        let versions = |of: [(&str, Uuid, i32); 4]| -> Versions {
            of.into_iter().map(|(name, id, version)| (name.to_owned(), (id, version))).collect()
        };
        let id = Uuid::nil();
        let before = versions([("A", id, 1), ("B", id, 1), ("C", id, 1), ("E", id, 1)]);
        assert!(changed(&before, &before).is_empty());
        let after = versions([("A", id, 1), ("B", id, 2), ("D", id, 1), ("E", Uuid::max(), 1)]);
        assert_eq!(changed(&before, &after), ["B", "C", "D", "E"]);
    }
}
