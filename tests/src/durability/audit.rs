//! Compares the audit log with the history: it must have every acknowledged change and every value that was read, in the
//! order of the client's requests, and nothing else. An unanswered operation is there as a whole or not at all.

use std::collections::{BTreeMap, BTreeSet};

use super::checker::{Kind, Violation};
use super::history::{Event, Number, Outcome, outcomes};
use super::model::{Action, Answer};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub action: String,
    pub name: String,
    pub detail: Option<String>,
}

type Operation<'history> = (Number, &'history Action, Option<&'history Outcome>);

/// `entries` are those since the last call, by client and by whether its key is the reading one.
pub fn compare(events: &[Event], entries: &BTreeMap<(usize, bool), Vec<Entry>>) -> Vec<Violation> {
    let outcomes = outcomes(events);
    let mut asked: BTreeMap<(usize, bool), Vec<Operation<'_>>> =
        entries.keys().map(|key| (*key, Vec::new())).collect();
    for event in events {
        if let Event::Asked { number, client, action } = event
            && *action != Action::Look
        {
            let key = (*client, matches!(action, Action::Read { .. }));
            let operation = (*number, action, outcomes.get(number).copied());
            asked.entry(key).or_default().push(operation);
        }
    }
    let compared = asked.iter().filter_map(|(key, operations)| {
        compare_one(operations, entries.get(key).map(Vec::as_slice).unwrap_or_default())
    });
    compared.collect()
}

/// Compares the operations of one key with its entries. Nothing says which belong together, so all possibilities are
/// tried: `ends` is how many entries the operations so far may have made.
fn compare_one(operations: &[Operation<'_>], entries: &[Entry]) -> Option<Violation> {
    let mut ends = BTreeSet::from([0]);
    for (number, action, outcome) in operations {
        let (may_not, may) = match outcome {
            Some(
                Outcome::Answered(Answer::Refused | Answer::Value(None))
                | Outcome::Failed(_)
                | Outcome::Unsent,
            ) => (true, false),
            // Vault's API answers the same if there was nothing to delete.
            Some(Outcome::Answered(_)) => (matches!(action, Action::KvDelete { .. }), true),
            None => (true, true),
        };
        let mut next = if may_not { ends.clone() } else { BTreeSet::new() };
        for &end in ends.iter().filter(|_| may) {
            next.extend(matching(action, &entries[end..]).map(|count| end + count));
        }
        if next.is_empty() {
            let from = ends.first().copied().unwrap_or_default();
            let there = &entries[from..entries.len().min(from + 3)];
            return Some(Violation::new(
                Kind::Unrecorded,
                format!(
                    "operation {number}, {action:?}, is not in the audit log; its next entries are {there:?}"
                ),
            ));
        }
        ends = next;
    }
    let end = ends.last().copied().unwrap_or_default();
    (!ends.contains(&entries.len())).then(|| {
        Violation::new(
            Kind::Invented,
            format!("no request explains the audit log's entry {:?}", entries.get(end)),
        )
    })
}

/// The numbers of entries that an action may have made, one for each possible outcome.
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
    let (first, second) = match action {
        Action::Set { name, .. } => (is(0, &["create:secret", "update:secret"], name, None), false),
        Action::KvSet { name, .. } => {
            let restores = is(0, &["restore:secret"], name, None) && is(1, &["update:secret"], name, None);
            (is(0, &["create:secret", "update:secret"], name, None), restores)
        }
        Action::Delete { name } | Action::KvDelete { name } => (is(0, &["delete:secret"], name, None), false),
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
    first.then_some(1).into_iter().chain(second.then_some(2))
}
