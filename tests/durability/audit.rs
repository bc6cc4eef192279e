//! The comparison with the audit log finds what is missing from it and what nobody asked for, and nothing else.

use std::collections::BTreeMap;

use strongroom_tests::durability::audit::{Entry, compare};
use strongroom_tests::durability::checker::Kind;
use strongroom_tests::durability::history::{Event, Outcome};
use strongroom_tests::durability::model::{Action, Answer};

fn set() -> Action {
    let name = "a".to_owned();
    Action::Set { name, number: 1 }
}

fn rename() -> Action {
    Action::Rename { from: "a".to_owned(), to: "b".to_owned(), overwrite: true, number: None }
}

fn done() -> Outcome {
    Outcome::Told(Answer::Done)
}

fn unclear() -> Outcome {
    Outcome::Unclear(String::new())
}

fn entry(action: &str, name: &str, detail: Option<&str>) -> Entry {
    Entry { action: action.to_owned(), name: name.to_owned(), detail: detail.map(str::to_owned) }
}

#[track_caller]
fn check(operations: &[(Action, Option<Outcome>)], entries: &[Entry], expected: &[Kind]) {
    let mut events = Vec::new();
    for (number, (action, outcome)) in (1..).zip(operations) {
        events.push(Event::Asked { number, client: 0, action: action.clone() });
        events.extend(outcome.clone().map(|outcome| Event::Ended { number, outcome }));
    }
    let found = compare(&events, &BTreeMap::from([((0, false), entries.to_vec())]));
    let found: Vec<Kind> = found.into_iter().map(|violation| violation.kind).collect();
    assert_eq!(found, expected);
}

#[test]
fn what_was_acknowledged_is_in_the_log() {
    check(&[(set(), Some(done()))], &[entry("create:secret", "a", None)], &[]);
    check(&[(set(), Some(done()))], &[], &[Kind::Unrecorded]);
    check(&[(set(), Some(done()))], &[entry("create:secret", "b", None)], &[Kind::Unrecorded]);
    check(&[(set(), Some(done()))], &[entry("delete:secret", "a", None)], &[Kind::Unrecorded]);
}

#[test]
fn what_was_refused_or_not_asked_for_is_not() {
    let entries = [entry("update:secret", "a", None)];
    check(&[(set(), Some(Outcome::Told(Answer::Refused)))], &entries, &[Kind::Invented]);
    check(&[(set(), Some(Outcome::Unsent))], &entries, &[Kind::Invented]);
    check(&[(set(), Some(Outcome::Failed(String::new())))], &entries, &[Kind::Invented]);
    check(&[], &entries, &[Kind::Invented]);
}

#[test]
fn what_is_unclear_or_was_not_answered_is_there_or_not() {
    let entries = [entry("update:secret", "a", None)];
    for outcome in [Some(unclear()), None] {
        check(&[(set(), outcome.clone())], &entries, &[]);
        check(&[(set(), outcome)], &[], &[]);
    }
    check(&[(set(), Some(unclear())), (set(), Some(done()))], &entries, &[]);
    check(&[(set(), Some(unclear())), (set(), Some(done()))], &[], &[Kind::Unrecorded]);
    let three = [&entries[..], &entries, &entries].concat();
    check(&[(set(), Some(unclear())), (set(), Some(done()))], &three, &[Kind::Invented]);
}

#[test]
fn what_makes_two_entries_has_both_or_none() {
    let renamed = entry("update:secret", "b", Some("was a"));
    let replaced = entry("delete:secret", "b", None);
    let both = [replaced.clone(), renamed.clone()];
    check(&[(rename(), None)], &both, &[]);
    check(&[(rename(), None)], &[renamed], &[]);
    check(&[(rename(), None)], &[], &[]);
    check(&[(rename(), None)], &[replaced], &[Kind::Invented]);
    check(&[(rename(), Some(done()))], &[entry("update:secret", "b", Some("was c"))], &[Kind::Unrecorded]);
}
