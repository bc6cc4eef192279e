//! Searches for an order of the operations that explains every answer.
//!
//! An answered operation took effect at one moment between request and response; an unanswered one at some moment after
//! its request and before the server was killed, or never. If such moments exist, the history is *linearizable*, and no
//! acknowledged change was lost or undone, because the snapshot after a restart is an operation like any other.
//!
//! The search follows the history and keeps every possible state, each with the open operations that have already taken
//! effect in it. An operation needs to have taken effect only when it is answered, so only then are the open ones applied, in
//! every order that ends with this one: just-in-time linearization (Lowe, *Testing for linearizability*, 2017), which is
//! Wing and Gong's search breadth first, with each state visited once. It assumes nothing about unanswered operations and
//! leaves out no order: if no state is possible any more, no order explains the history.
//!
//! Groups of secrets that no operation connects are independent; the history is linearizable if each of them is.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use super::history::{Event, Number, Outcome, outcomes};
use super::model::{Action, Answer, Content, Memory, Secrets, Seen, Snapshot};

/// More states mean a mistake in a test: too many operations on one name between two snapshots.
const MOST_STATES: usize = 200_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub kind: Kind,
    pub text: String,
}

/// The ways to break a promise, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An acknowledged change is missing or unreadable.
    Lost,
    /// No operation has set this value.
    Torn,
    Resurrected,
    Doubled,
    Wrong,
    /// No order of the operations explains an answer.
    Unexplained,
    Unrecorded,
    Invented,
    Chain,
    Database,
    /// An error that no fault explains.
    Error,
}

impl Violation {
    pub fn new(kind: Kind, text: impl Into<String>) -> Self {
        let text = text.into();
        Self { kind, text }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:?}: {}", self.kind, self.text)
    }
}

#[derive(Clone, Debug)]
pub struct Checker {
    groups: Vec<Group>,
}

impl Checker {
    /// For groups of names, which begin with the group's name and a `/`.
    pub fn new(groups: impl IntoIterator<Item = (String, Memory)>) -> Self {
        let groups = groups.into_iter().map(|(name, memory)| {
            let possible = HashSet::from([Possibility::new(Secrets::new(memory))]);
            Group { name, possible, open: BTreeMap::new() }
        });
        Self { groups: groups.collect() }
    }

    /// Continues with these events, and returns the violations. After one, the search restarts at the last snapshot.
    /// `events` must hold the outcome of each operation in them, unless it never gets one.
    pub fn follow(&mut self, events: &[Event]) -> Vec<Violation> {
        let outcomes = outcomes(events);
        self.groups.iter_mut().flat_map(|group| group.follow(events, &outcomes)).collect()
    }
}

fn group_of(name: &str) -> &str {
    name.split_once('/').map_or(name, |(group, _)| group)
}

/// The part of an outcome that concerns a group.
fn only(group: &str, outcome: &Outcome) -> Outcome {
    let mut outcome = outcome.clone();
    if let Outcome::Answered(Answer::All(snapshot)) = &mut outcome {
        snapshot.live.retain(|name, _| group_of(name) == group);
        if let Some(deleted) = &mut snapshot.deleted {
            deleted.retain(|name, _| group_of(name) == group);
        }
    }
    outcome
}

#[derive(Clone, Debug)]
struct Group {
    name: String,
    possible: HashSet<Possibility>,
    open: BTreeMap<Number, Open>,
}

/// A possible state, and the open operations that have taken effect in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Possibility {
    secrets: Secrets,
    done: BTreeSet<Number>,
}

#[derive(Clone, Debug)]
struct Open {
    action: Action,
    outcome: Option<Outcome>,
}

impl Group {
    fn follow(&mut self, events: &[Event], outcomes: &HashMap<Number, &Outcome>) -> Vec<Violation> {
        let mut violations = Vec::new();
        for event in events {
            match event {
                Event::Asked { number, action, .. } => {
                    if action.name().is_none_or(|of| group_of(of) == self.name) {
                        let outcome = outcomes.get(number).map(|outcome| only(&self.name, outcome));
                        self.open.insert(*number, Open { action: action.clone(), outcome });
                    }
                }
                Event::Ended { number, outcome } => {
                    if self.open.contains_key(number) {
                        violations.extend(self.end(*number, &only(&self.name, outcome)));
                    }
                }
                Event::Killed => {
                    let reached = self.reachable(None).into_iter();
                    self.possible = reached.map(|reached| Possibility::new(reached.secrets)).collect();
                    self.open.clear();
                }
            }
        }
        violations
    }

    fn end(&mut self, number: Number, outcome: &Outcome) -> Vec<Violation> {
        let mut next = match outcome {
            Outcome::Answered(_) => self.reachable(Some(number)),
            Outcome::Failed(_) | Outcome::Unsent => self.possible.clone(),
        };
        let mut violations = Vec::new();
        if next.is_empty() {
            violations = self.explain(number, outcome);
            next = self.reachable(None);
            // From here on, the snapshot counts.
            if let Outcome::Answered(Answer::All(snapshot)) = outcome {
                let any = next.into_iter().take(1);
                next = any.map(|any| Possibility::new(any.secrets.as_seen(snapshot))).collect();
            }
        }
        self.open.remove(&number);
        let without = |mut possibility: Possibility| {
            possibility.done.remove(&number);
            possibility
        };
        self.possible = next.into_iter().map(without).collect();
        violations
    }

    /// The states after all orders of open operations that end with `last`; without it, after all orders of any of them.
    fn reachable(&self, last: Option<Number>) -> HashSet<Possibility> {
        let has_last = |state: &Possibility| last.is_some_and(|last| state.done.contains(&last));
        let mut reached = self.possible.clone();
        let mut waiting: Vec<Possibility> = self.possible.iter().cloned().collect();
        while let Some(state) = waiting.pop() {
            assert!(reached.len() < MOST_STATES, "too many possible states");
            if has_last(&state) {
                continue;
            }
            for (number, open) in &self.open {
                if let Some(next) = state.with(*number, open)
                    && reached.insert(next.clone())
                {
                    waiting.push(next);
                }
            }
        }
        reached.retain(|state| last.is_none() || has_last(state));
        reached
    }

    fn explain(&self, number: Number, outcome: &Outcome) -> Vec<Violation> {
        let states = self.reachable(None);
        let candidates: HashSet<&Secrets> = states.iter().map(|possibility| &possibility.secrets).collect();
        if let Outcome::Answered(Answer::All(snapshot)) = outcome {
            // The most similar possible state; of several, the one with the least serious differences.
            let differences = candidates.iter().map(|secrets| differences(secrets, snapshot));
            let nearest = differences.min_by_key(|found| {
                let kinds: Vec<Kind> = found.iter().map(|violation| violation.kind).collect();
                (kinds.len(), Reverse(kinds))
            });
            return nearest.unwrap_or_default();
        }
        if let Outcome::Answered(Answer::Value(Some(Seen { content: Content::Torn(text), .. }))) = outcome {
            return vec![Violation::new(Kind::Torn, format!("operation {number} has read {text}"))];
        }
        let action = self.open.get(&number).map(|open| &open.action);
        let sights: Vec<_> = candidates.iter().take(3).map(|secrets| secrets.snapshot()).collect();
        vec![Violation::new(
            Kind::Unexplained,
            format!(
                "operation {number}, {action:?}, was answered {outcome:?}, but only {sights:?} are possible"
            ),
        )]
    }
}

impl Possibility {
    const fn new(secrets: Secrets) -> Self {
        Self { secrets, done: BTreeSet::new() }
    }

    /// The state after one more operation; `None` if it has taken effect already, or had another answer.
    fn with(&self, number: Number, open: &Open) -> Option<Self> {
        if self.done.contains(&number) || matches!(open.outcome, Some(Outcome::Failed(_) | Outcome::Unsent)) {
            return None;
        }
        let (after, expected) = self.secrets.after(&open.action);
        if let Some(Outcome::Answered(told)) = &open.outcome
            && !expected.fits(told)
        {
            return None;
        }
        let mut done = self.done.clone();
        done.insert(number);
        Some(Self { secrets: after, done })
    }
}

fn differences(secrets: &Secrets, snapshot: &Snapshot) -> Vec<Violation> {
    let expected = secrets.snapshot();
    let mut found = Vec::new();
    for (name, wanted) in &expected.live {
        match snapshot.live.get(name) {
            None => found.push((Kind::Lost, format!("{name} should be {wanted:?}, but is missing"))),
            Some(seen) if wanted.fits(seen) => {}
            Some(seen) => {
                found.push((worse(wanted, seen), format!("{name} should be {wanted:?}, but is {seen:?}")));
            }
        }
        if let Some(Seen { content: Content::Torn(_), .. }) = snapshot.live.get(name) {
            found.push((Kind::Lost, format!("{name} should be {wanted:?}, but can't be read")));
        }
    }
    for (name, seen) in &snapshot.live {
        if !expected.live.contains_key(name) {
            let kind = unexpected(name, seen, secrets, snapshot);
            found.push((kind, format!("{name} should not exist, but is {seen:?}")));
        }
    }
    if snapshot.deleted.is_some() && snapshot.deleted != expected.deleted {
        let (wanted, seen) = (expected.deleted, &snapshot.deleted);
        found.push((Kind::Wrong, format!("the deleted secrets should be {wanted:?}, but are {seen:?}")));
    }
    found.into_iter().map(|(kind, text)| Violation::new(kind, text)).collect()
}

fn worse(wanted: &Seen, seen: &Seen) -> Kind {
    match &seen.content {
        Content::Torn(_) => Kind::Torn,
        // Without a version, the older operation is the one with the lower number.
        Content::Whole(_) if seen.version.is_none() && seen.content < wanted.content => Kind::Lost,
        Content::Whole(_) if seen.version.is_some() && seen.version < wanted.version => Kind::Lost,
        Content::Whole(_) => Kind::Wrong,
    }
}

fn unexpected(name: &str, seen: &Seen, secrets: &Secrets, snapshot: &Snapshot) -> Kind {
    let Content::Whole(number) = seen.content else {
        return Kind::Torn;
    };
    let should_be = secrets.snapshot().live;
    let is_elsewhere = |(other, wanted): (&String, &Seen)| {
        wanted.content == seen.content && snapshot.live.get(other).is_some_and(|there| wanted.fits(there))
    };
    if should_be.iter().any(is_elsewhere) {
        Kind::Doubled
    } else if secrets.has_deleted(name, number) {
        Kind::Resurrected
    } else {
        Kind::Wrong
    }
}
