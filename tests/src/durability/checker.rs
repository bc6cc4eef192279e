//! Is there an order of the operations that explains every answer?
//!
//! An answered operation took effect at one moment between its question and its answer; one that was not answered did so at
//! one moment since its question, before the server was killed, or not at all. A history that such moments can be found
//! for is *linearizable*, and acknowledged changes are then neither lost nor undone: a look at everything after a
//! restart is an operation like any other.
//!
//! The search goes along the history and keeps every state that is possible so far, each with those open operations
//! that have taken effect in it already. Only when an operation is answered does it have to have taken effect, so only
//! then are the open ones applied, in every order that ends with this one: just-in-time linearization (Lowe, *Testing for
//! linearizability*, 2017), which is Wing and Gong's search breadth first, with each state visited once. Nothing is
//! assumed about unanswered operations, and no possible order is left out: if the set of possible states becomes empty,
//! there is none.
//!
//! Secrets that no operation connects are independent, and linearizable if each is ([`Checkers`]).

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use super::history::{Event, Number, Outcome, outcomes};
use super::model::{Action, Answer, Memory, Seen, Shelf, Sight};
use super::value::Content;

/// More possible states than this are a mistake in a test: too many operations on one name without a look between them.
const MOST_STATES: usize = 200_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub kind: Kind,
    pub text: String,
}

/// The ways in which promises are broken, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// An acknowledged change is not there any more, or can't be read.
    Lost,
    /// A value is no operation's.
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
    /// An error, without any fault that would explain it.
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
pub struct Checkers {
    groups: BTreeMap<String, Checker>,
}

impl Checkers {
    /// For these groups: what their names begin with, before the `/`, and what has to be remembered of them.
    pub fn new(groups: impl IntoIterator<Item = (String, Memory)>) -> Self {
        let groups = groups.into_iter();
        Self { groups: groups.map(|(group, memory)| (group, Checker::new(Shelf::new(memory)))).collect() }
    }

    /// Goes on along the history; what it finds broken. It goes on from what was seen.
    pub fn follow(&mut self, events: &[Event]) -> Vec<Violation> {
        let asked = events.iter().filter_map(|event| match event {
            Event::Asked { number, action, .. } => Some((*number, group(action))),
            _ => None,
        });
        let groups: HashMap<Number, Option<&str>> = asked.collect();
        let concerns = |name: &str, event: &Event| match event {
            Event::Asked { number, .. } | Event::Ended { number, .. } => {
                groups.get(number).is_some_and(|group| group.is_none_or(|group| group == name))
            }
            Event::Killed => true,
        };
        let follow = |(name, checker): (&String, &mut Checker)| {
            let part = events.iter().filter(|event| concerns(name, event));
            checker.follow(&part.map(|event| only(name, event)).collect::<Vec<_>>())
        };
        self.groups.iter_mut().flat_map(follow).collect()
    }
}

fn group(action: &Action) -> Option<&str> {
    match action {
        Action::Set { name, .. }
        | Action::Rename { from: name, .. }
        | Action::Delete { name }
        | Action::Restore { name }
        | Action::Revert { name, .. }
        | Action::Read { name } => Some(group_of(name)),
        Action::Look => None,
    }
}

fn group_of(name: &str) -> &str {
    name.split_once('/').map_or(name, |(group, _)| group)
}

fn only(group: &str, event: &Event) -> Event {
    match event {
        Event::Ended { number, outcome: Outcome::Told(Answer::All(sight)) } => {
            let is_here = |name: &str| group_of(name) == group;
            let mut part = sight.clone();
            part.live.retain(|name, _| is_here(name));
            if let Some(deleted) = &mut part.deleted {
                deleted.retain(|name, _| is_here(name));
            }
            Event::Ended { number: *number, outcome: Outcome::Told(Answer::All(part)) }
        }
        event => event.clone(),
    }
}

#[derive(Clone, Debug)]
pub struct Checker {
    possible: HashSet<Possibility>,
    open: BTreeMap<Number, Open>,
}

/// A state that is possible, and which of the open operations have taken effect in it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Possibility {
    shelf: Shelf,
    done: BTreeSet<Number>,
}

#[derive(Clone, Debug)]
struct Open {
    action: Action,
    /// What will come of it, if anything does.
    outcome: Option<Outcome>,
}

impl Checker {
    pub fn new(shelf: Shelf) -> Self {
        Self {
            possible: HashSet::from([Possibility { shelf, done: BTreeSet::new() }]),
            open: BTreeMap::new(),
        }
    }

    /// `events` have to hold what came of each operation that is asked for in them, if anything ever does.
    pub fn follow(&mut self, events: &[Event]) -> Vec<Violation> {
        let outcomes = outcomes(events);
        let mut violations = Vec::new();
        for event in events {
            match event {
                Event::Asked { number, action, .. } => {
                    let open = Open {
                        action: action.clone(),
                        outcome: outcomes.get(number).map(|outcome| (*outcome).clone()),
                    };
                    self.open.insert(*number, open);
                }
                Event::Killed => {
                    self.possible = self.reachable(None);
                    self.close();
                }
                Event::Ended { number, outcome } => violations.extend(self.end(*number, outcome)),
            }
        }
        violations
    }

    fn end(&mut self, number: Number, outcome: &Outcome) -> Vec<Violation> {
        let mut next: HashSet<Possibility> = match outcome {
            Outcome::Told(_) => self.reachable(Some(number)),
            Outcome::Unclear(_) => {
                let mut either = self.reachable(Some(number));
                either.extend(self.possible.iter().cloned());
                either
            }
            Outcome::Failed(_) | Outcome::Unsent => self.possible.clone(),
        };
        let mut violations = Vec::new();
        if next.is_empty() {
            violations = self.explain(number, outcome);
            // From here on, what was seen is what counts.
            let told = match outcome {
                Outcome::Told(Answer::All(sight)) => Some(sight),
                _ => None,
            };
            next = self.reachable(None);
            if let Some(sight) = told {
                next = next
                    .iter()
                    .take(1)
                    .map(|any| Possibility { shelf: any.shelf.as_seen(sight), done: BTreeSet::new() })
                    .collect();
            }
        }
        self.open.remove(&number);
        self.possible = next
            .into_iter()
            .map(|mut possibility| {
                possibility.done.remove(&number);
                possibility
            })
            .collect();
        violations
    }

    fn close(&mut self) {
        self.open.clear();
        self.possible = self
            .possible
            .drain()
            .map(|possibility| Possibility { done: BTreeSet::new(), ..possibility })
            .collect();
    }

    /// All orders of open operations that end with `last`; without it, all orders of any of them.
    fn reachable(&self, last: Option<Number>) -> HashSet<Possibility> {
        let mut found = HashSet::new();
        let mut visited = self.possible.clone();
        let mut waiting: Vec<Possibility> = self.possible.iter().cloned().collect();
        while let Some(possibility) = waiting.pop() {
            assert!(visited.len() < MOST_STATES, "too many possible states");
            match last {
                Some(last) if possibility.done.contains(&last) => {
                    found.insert(possibility);
                    continue;
                }
                Some(_) => {}
                None => {
                    found.insert(possibility.clone());
                }
            }
            for (number, open) in &self.open {
                if let Some(next) = possibility.with(*number, open)
                    && visited.insert(next.clone())
                {
                    waiting.push(next);
                }
            }
        }
        found
    }

    fn explain(&self, number: Number, outcome: &Outcome) -> Vec<Violation> {
        let states = self.reachable(None);
        let shelves: HashSet<&Shelf> = states.iter().map(|possibility| &possibility.shelf).collect();
        if let Outcome::Told(Answer::All(sight)) = outcome {
            // Of the states that are possible, the one that is most like it; of several, the one that makes least of it.
            let differences = shelves.iter().map(|shelf| differences(shelf, sight));
            let nearest = differences.min_by_key(|found| {
                let kinds: Vec<Kind> = found.iter().map(|violation| violation.kind).collect();
                (kinds.len(), Reverse(kinds))
            });
            return nearest.unwrap_or_default();
        }
        if let Outcome::Told(Answer::Value(Some(Seen { content: Content::Torn(text), .. }))) = outcome {
            return vec![Violation::new(Kind::Torn, format!("operation {number} has read {text}"))];
        }
        let action = self.open.get(&number).map(|open| &open.action);
        let sights: Vec<_> = shelves.iter().take(3).map(|shelf| shelf.sight()).collect();
        vec![Violation::new(
            Kind::Unexplained,
            format!(
                "operation {number}, {action:?}, was answered {outcome:?}, but all there can be is {sights:?}"
            ),
        )]
    }
}

impl Possibility {
    /// What becomes of it when one more operation takes effect; `None` if it has, or could not have been answered so.
    fn with(&self, number: Number, open: &Open) -> Option<Self> {
        if self.done.contains(&number) || matches!(open.outcome, Some(Outcome::Failed(_) | Outcome::Unsent)) {
            return None;
        }
        let (after, expected) = self.shelf.after(&open.action);
        if let Some(Outcome::Told(told)) = &open.outcome
            && !expected.fits(told)
        {
            return None;
        }
        let mut done = self.done.clone();
        done.insert(number);
        Some(Self { shelf: after, done })
    }
}

fn differences(shelf: &Shelf, sight: &Sight) -> Vec<Violation> {
    let expected = shelf.sight();
    let mut found = Vec::new();
    for (name, wanted) in &expected.live {
        found.extend(match sight.live.get(name) {
            None => Some((Kind::Lost, format!("{name} should be {wanted:?}, and is not there"))),
            Some(seen) if wanted.fits(seen) => None,
            Some(seen) => {
                Some((worse(wanted, seen), format!("{name} should be {wanted:?}, and is {seen:?}")))
            }
        });
        if let Some(Seen { content: Content::Torn(_), .. }) = sight.live.get(name) {
            found.push((Kind::Lost, format!("{name} should be {wanted:?}, which can't be read")));
        }
    }
    for (name, seen) in &sight.live {
        if !expected.live.contains_key(name) {
            let kind = where_none_should_be(name, seen, shelf, sight);
            found.push((kind, format!("{name} should not be there, and is {seen:?}")));
        }
    }
    if sight.deleted.is_some() && sight.deleted != expected.deleted {
        let (wanted, seen) = (expected.deleted, &sight.deleted);
        found
            .push((Kind::Wrong, format!("of deleted secrets, {wanted:?} should be there, and are {seen:?}")));
    }
    found.into_iter().map(|(kind, text)| Violation::new(kind, text)).collect()
}

fn worse(wanted: &Seen, seen: &Seen) -> Kind {
    match &seen.content {
        Content::Torn(_) => Kind::Torn,
        // Where versions are not told, the number of the operation tells what is older.
        Content::Whole(_) if seen.version.is_none() && seen.content < wanted.content => Kind::Lost,
        Content::Whole(_) if seen.version.is_some() && seen.version < wanted.version => Kind::Lost,
        Content::Whole(_) => Kind::Wrong,
    }
}

fn where_none_should_be(name: &str, seen: &Seen, shelf: &Shelf, sight: &Sight) -> Kind {
    let Content::Whole(number) = seen.content else {
        return Kind::Torn;
    };
    let should_be = shelf.sight().live;
    let is_elsewhere = |(other, wanted): (&String, &Seen)| {
        wanted.content == seen.content && sight.live.get(other).is_some_and(|there| wanted.fits(there))
    };
    if should_be.iter().any(is_elsewhere) {
        Kind::Doubled
    } else if shelf.has_deleted(name, number) {
        Kind::Resurrected
    } else {
        Kind::Wrong
    }
}
