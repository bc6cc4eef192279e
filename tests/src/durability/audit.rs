//! Whether the audit log tells what has happened: each acknowledged change and each value that was told, in the order in
//! which their client asked, and nothing that nobody has asked for. What was not answered is there as a whole
//! or not at all.

use std::collections::{BTreeMap, BTreeSet};

use super::checker::{Kind, Violation};
use super::history::{Event, Number, Outcome, outcomes};
use super::model::{Action, Answer};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What was done: `create:secret` and so on.
    pub action: String,
    pub name: String,
    pub detail: Option<String>,
}

type Operation<'history> = (Number, &'history Action, Option<&'history Outcome>);

/// Compares the history with the entries that each client's keys have made meanwhile: of reading, and of all else.
pub fn compare(events: &[Event], entries: &BTreeMap<(usize, bool), Vec<Entry>>) -> Vec<Violation> {
    let outcomes = outcomes(events);
    let mut asked: BTreeMap<(usize, bool), Vec<Operation<'_>>> = BTreeMap::new();
    for key in entries.keys() {
        asked.entry(*key).or_default();
    }
    for event in events {
        if let Event::Asked { number, client, action } = event
            && *action != Action::Look
        {
            let key = (*client, matches!(action, Action::Read { .. }));
            let operation = (*number, action, outcomes.get(number).copied());
            asked.entry(key).or_default().push(operation);
        }
    }
    let none = Vec::new();
    asked
        .iter()
        .filter_map(|(key, operations)| compare_one(operations, entries.get(key).unwrap_or(&none)))
        .collect()
}

/// Compares the operations of one key with its entries. Which of them belong together is not written anywhere, so all
/// that is possible is tried: `ends` is how many entries those operations may have made that were looked at so far.
fn compare_one(operations: &[Operation<'_>], entries: &[Entry]) -> Option<Violation> {
    let mut ends = BTreeSet::from([0]);
    for (number, action, outcome) in operations {
        let (may_not, may) = match outcome {
            Some(
                Outcome::Told(Answer::Refused | Answer::Value(None)) | Outcome::Failed(_) | Outcome::Unsent,
            ) => (true, false),
            Some(Outcome::Told(_)) => (false, true),
            Some(Outcome::Unclear(_)) | None => (true, true),
        };
        let mut next = BTreeSet::new();
        for &end in &ends {
            if may_not {
                next.insert(end);
            }
            if may {
                next.extend(matching(action, &entries[end..]).map(|count| end + count));
            }
        }
        if next.is_empty() {
            let from = ends.first().copied().unwrap_or_default();
            let there = &entries[from..entries.len().min(from + 3)];
            return Some(Violation::new(
                Kind::Unrecorded,
                format!("operation {number}, {action:?}, is not in the audit log; next in it is {there:?}"),
            ));
        }
        ends = next;
    }
    let end = ends.last().copied().unwrap_or_default();
    (!ends.contains(&entries.len())).then(|| {
        Violation::new(
            Kind::Invented,
            format!("nobody asked for what the audit log has: {:?}", entries.get(end)),
        )
    })
}

/// How many of the next entries an action may have made: as many as there are ways.
fn matching(action: &Action, entries: &[Entry]) -> impl Iterator<Item = usize> {
    let is = |index: usize, actions: &[&str], name: &str, detail: Option<&str>| {
        entries.get(index).is_some_and(|entry| {
            actions.contains(&entry.action.as_str())
                && entry.name == name
                && detail.is_none_or(|detail| {
                    entry.detail.as_deref().is_some_and(|found| found.starts_with(detail))
                })
        })
    };
    let (one, two) = match action {
        Action::Set { name, .. } => (is(0, &["create:secret", "update:secret"], name, None), false),
        Action::Delete { name } => (is(0, &["delete:secret"], name, None), false),
        Action::Restore { name } => (is(0, &["restore:secret"], name, None), false),
        Action::Revert { name, version } => {
            let detail = format!("version {version} as version ");
            (is(0, &["restore:secret-version"], name, Some(&detail)), false)
        }
        Action::Read { name } => (is(0, &["read:secret-value"], name, None), false),
        Action::Rename { from, to, overwrite, .. } => {
            let detail = format!("was {from}");
            let renames = |index| is(index, &["update:secret"], to, Some(&detail));
            let replaces = *overwrite && is(0, &["delete:secret"], to, None) && renames(1);
            (renames(0), replaces)
        }
        Action::Look => (false, false),
    };
    one.then_some(1).into_iter().chain(two.then_some(2))
}
